//! How an execution goes on: which step may begin, what its end means, what is reused and what is tried again.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::definition::{Kind, Step};
use super::executions::{Execution, Progress};
use super::work::{self, Outcome, Work};
use crate::site::Task;
use crate::wire::Object;
use crate::world::{World, timestamp};

/// Steps at once, as far as the pipeline allows it: this is one machine
const AT_ONCE: u64 = 2;
/// The arguments by which SageMaker recognizes an equal step: inputs, not where the outputs go
const KEY: [&str; 7] = [
    "AppSpecification",
    "AlgorithmSpecification",
    "Environment",
    "HyperParameters",
    "InputDataConfig",
    "ProcessingInputs",
    "CheckpointConfig",
];

enum Turn {
    Now,
    Later,
    /// In a branch that is not taken, or after such a step
    Never,
}

/// Begins what may begin, and ends the execution when nothing is left
pub(super) fn advance(world: &mut World, now: Duration, arn: &str) {
    loop {
        let Some(index) = world
            .pipelines
            .executions
            .iter()
            .position(|known| known.arn == arn)
        else {
            return;
        };
        let execution = &world.pipelines.executions[index];
        if execution.is_over() {
            return;
        }
        let running = execution
            .steps
            .values()
            .filter(|step| !step.is_over())
            .count() as u64;
        let failed = execution
            .steps
            .values()
            .any(|step| step.status() == "Failed");
        let halted = failed || execution.status() == "Stopping";
        let width = execution
            .shown
            .get("ParallelismConfiguration")
            .and_then(|width| width["MaxParallelExecutionSteps"].as_u64());
        let next = match halted || running >= width.unwrap_or(AT_ONCE).min(AT_ONCE) {
            true => None,
            false => execution
                .definition
                .steps
                .iter()
                .position(|step| matches!(turn(execution, step), Turn::Now)),
        };
        match next {
            Some(step) => begin(world, now, index, step),
            None if running > 0 => return,
            None => {
                let execution = &mut world.pipelines.executions[index];
                let status = match (failed, halted) {
                    (true, _) => "Failed",
                    (false, true) => "Stopped",
                    _ => "Succeeded",
                };
                if failed {
                    execution.shown.insert(
                        "FailureReason".into(),
                        "Step failure: One or multiple steps failed.".into(),
                    );
                }
                execution.set(status, now);
                return;
            }
        }
    }
}

fn turn(execution: &Execution, step: &Step) -> Turn {
    if execution.steps.contains_key(&step.name) {
        return Turn::Later;
    }
    if let Some((condition, wanted)) = &step.branch
        && let Some(decided) = execution
            .steps
            .get(condition)
            .filter(|decided| decided.is_over())
        && decided.properties["Outcome"] != *wanted
    {
        return Turn::Never;
    }
    let mut turn = Turn::Now;
    for needed in &step.needs {
        match execution.steps.get(needed) {
            Some(done) if done.status() == "Succeeded" => {}
            Some(_) => turn = Turn::Later,
            None => match execution
                .definition
                .step(needed)
                .map(|needed| self::turn(execution, needed))
            {
                Some(Turn::Never) => return Turn::Never,
                _ => turn = Turn::Later,
            },
        }
    }
    turn
}

fn begin(world: &mut World, now: Duration, index: usize, number: usize) {
    let execution = &world.pipelines.executions[index];
    let definition = std::sync::Arc::clone(&execution.definition);
    let step = &definition.steps[number];
    let mut shown = Object::new();
    shown.insert("StepName".into(), step.name.clone().into());
    for (theirs, ours) in [
        ("DisplayName", "StepDisplayName"),
        ("Description", "StepDescription"),
    ] {
        if let Some(value) = step.get(theirs) {
            shown.insert(ours.into(), value.clone());
        }
    }
    shown.insert("StartTime".into(), timestamp(now));
    shown.insert("StepStatus".into(), "Executing".into());
    shown.insert("AttemptCount".into(), 1.into());
    let scope = execution.scope(now);
    let decided: Result<Option<Outcome>, String> = match step.kind {
        Kind::Condition => scope.all(&step.arguments()["Conditions"]).map(|outcome| {
            let text = if outcome { "True" } else { "False" };
            Some(Outcome::done(
                json!({ "Outcome": outcome }),
                json!({ "Condition": { "Outcome": text } }),
            ))
        }),
        Kind::Fail => scope
            .resolve(&step.arguments()["ErrorMessage"])
            .map(|message| {
                let message = super::values::text(&message);
                shown.insert(
                    "Metadata".into(),
                    json!({ "Fail": { "ErrorMessage": message } }),
                );
                Some(Outcome::failed(message))
            }),
        _ => Ok(None),
    };
    let request = scope.resolve(step.arguments());
    let function = step
        .get("FunctionArn")
        .map_or(Ok(Value::Null), |arn| scope.resolve(arn));
    let (arn, caller, stop, id) = (
        execution.arn.clone(),
        execution.caller.clone(),
        execution.stop.clone(),
        execution.id.clone(),
    );
    let mut progress = Progress {
        shown,
        ..Progress::default()
    };
    let work = match (decided, request, function) {
        (Ok(None), Ok(request), Ok(function)) => {
            progress.cache_key = cache_key(step, &request, &function);
            Ok(Work {
                execution: arn.clone(),
                id,
                step: number,
                definition: definition.clone(),
                request,
                function,
                caller,
                stop,
                attempt: 1,
            })
        }
        (Ok(Some(outcome)), ..) => Err(outcome),
        (Err(reason), ..) | (_, Err(reason), _) | (_, _, Err(reason)) => {
            Err(Outcome::failed(reason))
        }
    };
    let cached = cached(world, index, step, progress.cache_key.as_deref(), now);
    world.pipelines.executions[index]
        .steps
        .insert(step.name.clone(), progress);
    match (work, cached) {
        (Err(outcome), _) => settle(world, now, &arn, &step.name, outcome),
        (Ok(_), Some((outcome, source))) => {
            if let Some(step) = world.pipelines.executions[index].steps.get_mut(&step.name) {
                step.shown.insert(
                    "CacheHitResult".into(),
                    json!({ "SourcePipelineExecutionArn": source }),
                );
                step.shown.remove("AttemptCount");
            }
            settle(world, now, &arn, &step.name, outcome);
        }
        (Ok(work), None) => {
            if let Some(metadata) = super::jobs::begin(world, now, &work)
                && let Some(step) = world.pipelines.executions[index].steps.get_mut(&step.name)
            {
                step.shown.insert("Metadata".into(), metadata);
            }
            world
                .tasks
                .push(Task::new(move |site| work::run(site, work)));
        }
    }
}

/// What a task brought back: the step's end, or another attempt
pub(super) fn finish(world: &mut World, now: Duration, mut work: Work, outcome: Outcome) {
    let (arn, step) = (work.execution.clone(), &work.definition.steps[work.step]);
    let name = step.name.clone();
    let again = match &outcome {
        Outcome::Failed {
            exception: Some(exception),
            ..
        } if !work.stopped() => attempts(step, exception) > work.attempt,
        _ => false,
    };
    if again {
        work.attempt += 1;
        let metadata = super::jobs::begin(world, now, &work);
        let mut executions = world.pipelines.executions.iter_mut();
        let execution = executions.find(|known| known.arn == arn);
        if let Some(progress) = execution.and_then(|execution| execution.steps.get_mut(&name)) {
            progress
                .shown
                .insert("AttemptCount".into(), work.attempt.into());
            progress
                .shown
                .extend(metadata.map(|metadata| ("Metadata".to_owned(), metadata)));
        }
        world
            .tasks
            .push(Task::new(move |site| work::run(site, work)));
        return;
    }
    settle(world, now, &arn, &name, outcome);
    advance(world, now, &arn);
}

fn settle(world: &mut World, now: Duration, arn: &str, name: &str, outcome: Outcome) {
    let mut executions = world.pipelines.executions.iter_mut();
    let execution = executions.find(|known| known.arn == arn);
    let Some(step) = execution.and_then(|execution| execution.steps.get_mut(name)) else {
        return;
    };
    let status = match outcome {
        Outcome::Done {
            properties,
            files,
            metadata,
        } => {
            step.properties = properties;
            step.files = files;
            if !metadata.is_null() {
                step.shown.insert("Metadata".into(), metadata);
            }
            "Succeeded"
        }
        Outcome::Failed { reason, .. } => {
            step.shown.insert("FailureReason".into(), reason.into());
            "Failed"
        }
        Outcome::Stopped => "Stopped",
    };
    step.shown.insert("StepStatus".into(), status.into());
    step.shown.insert("EndTime".into(), timestamp(now));
}

/// How often a step may be tried when `exception` ends it
fn attempts(step: &Step, exception: &str) -> u64 {
    let policies = step.get("RetryPolicies").and_then(Value::as_array);
    let policy = policies.into_iter().flatten().find(|policy| {
        policy["ExceptionType"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|kind| kind == exception)
    });
    policy.map_or(1, |policy| policy["MaxAttempts"].as_u64().unwrap_or(5))
}

fn cache_key(step: &Step, request: &Value, function: &Value) -> Option<String> {
    if step.get("CacheConfig")?["Enabled"] != true {
        return None;
    }
    let of = match step.kind {
        Kind::Processing | Kind::Training => {
            let mut request = request.as_object()?.clone();
            request.retain(|member, _| KEY.contains(&member.as_str()));
            Value::Object(request)
        }
        Kind::Lambda => json!([function, request]),
        _ => return None,
    };
    let digest = Sha256::digest(of.to_string());
    Some(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What an equal step of this pipeline left behind not too long ago, and in which execution
fn cached(
    world: &World,
    index: usize,
    step: &Step,
    key: Option<&str>,
    now: Duration,
) -> Option<(Outcome, String)> {
    let key = key?;
    let pipeline = &world.pipelines.executions[index].pipeline;
    let expires = step
        .get("CacheConfig")?
        .get("ExpireAfter")
        .and_then(Value::as_str);
    let oldest = expires.map_or(0.0, |text| {
        now.as_secs_f64() - seconds(text).unwrap_or_default()
    });
    let earlier = world.pipelines.executions[..index].iter().rev();
    earlier
        .filter(|known| known.pipeline == *pipeline)
        .find_map(|known| {
            let found = known.steps.get(&step.name)?;
            let fits = found.status() == "Succeeded"
                && found.cache_key.as_deref() == Some(key)
                && !found.shown.contains_key("CacheHitResult")
                && found.shown["EndTime"].as_f64()? >= oldest;
            let metadata = found.shown.get("Metadata").cloned().unwrap_or_default();
            fits.then(|| {
                let files: BTreeMap<String, Value> = found.files.clone();
                (
                    Outcome::Done {
                        properties: found.properties.clone(),
                        files,
                        metadata,
                    },
                    known.arn.clone(),
                )
            })
        })
}

/// The length of an ISO 8601 duration
fn seconds(text: &str) -> Option<f64> {
    let span: jiff::Span = text.parse().ok()?;
    let zero = jiff::civil::date(2000, 1, 1).at(0, 0, 0, 0);
    let end = zero.checked_add(span).ok()?;
    Some(end.duration_since(zero).as_secs_f64())
}
