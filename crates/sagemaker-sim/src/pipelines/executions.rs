//! Executions: what was started with which parameters, and how far every step is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::definition::Definition;
use super::values::{self, Left, Scope};
use super::{KIND, find_mut, progress};
use crate::listing;
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, timestamp};

#[derive(Debug)]
pub(crate) struct Execution {
    pub(super) arn: String,
    pub(super) id: String,
    /// ARN of its pipeline
    pub(super) pipeline: String,
    pub(super) caller: Caller,
    pub(super) definition: Arc<Definition>,
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) steps: BTreeMap<String, Progress>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) shown: Object,
    token: String,
    text: Value,
}

/// A step that has begun
#[derive(Debug, Clone, Default)]
pub(super) struct Progress {
    pub(super) shown: Object,
    pub(super) properties: Value,
    pub(super) files: BTreeMap<String, Value>,
    /// What an equal step would be called with
    pub(super) cache_key: Option<String>,
}

impl Progress {
    pub(super) fn status(&self) -> &str {
        self.shown["StepStatus"].as_str().unwrap_or_default()
    }

    pub(super) fn is_over(&self) -> bool {
        ["Succeeded", "Failed", "Stopped"].contains(&self.status())
    }
}

impl Execution {
    pub(super) fn status(&self) -> &str {
        self.shown["PipelineExecutionStatus"]
            .as_str()
            .unwrap_or_default()
    }

    pub(super) fn is_over(&self) -> bool {
        ["Succeeded", "Failed", "Stopped"].contains(&self.status())
    }

    pub(super) fn set(&mut self, status: &str, now: Duration) {
        self.shown
            .insert("PipelineExecutionStatus".into(), status.into());
        self.shown.insert("LastModifiedTime".into(), timestamp(now));
    }

    /// What values refer to now
    pub(super) fn scope(&self, now: Duration) -> Scope<'_> {
        let name = self.pipeline.rsplit('/').next().unwrap_or_default();
        let started = self.shown["CreationTime"].as_f64().unwrap_or_default();
        let variables = json!({
            "PipelineName": name,
            "PipelineArn": self.pipeline,
            "PipelineExecutionId": self.id,
            "PipelineExecutionArn": self.arn,
            "StartDateTime": moment(Duration::from_secs_f64(started)),
            "CurrentDateTime": moment(now),
        });
        Scope {
            parameters: &self.parameters,
            execution: variables.as_object().cloned().unwrap_or_default(),
            steps: self
                .steps
                .iter()
                .map(|(name, step)| {
                    (
                        name.as_str(),
                        Left {
                            properties: &step.properties,
                            files: &step.files,
                        },
                    )
                })
                .collect(),
        }
    }
}

pub(crate) fn start(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("PipelineName"));
    let token = call.text("ClientRequestToken");
    let mut known = world.pipelines.executions.iter();
    if let Some(known) = known.find(|known| known.pipeline == arn && known.token == token) {
        return Ok(json!({ "PipelineExecutionArn": known.arn }));
    }
    let number = world.pipelines.executions.len();
    let pipeline = find_mut(world, &arn)?;
    let given = call
        .input
        .get("PipelineParameters")
        .and_then(Value::as_array);
    let parameters = pipeline
        .definition
        .values(given.map_or(&[][..], Vec::as_slice))?;
    if call.input.contains_key("SelectiveExecutionConfig") {
        return Err(Failure::validation(
            "The simulator does not run pipelines selectively.",
        ));
    }
    pipeline
        .shown
        .insert("LastRunTime".into(), timestamp(call.now));
    let id = identifier(&format!("{arn} {number} {} {token}", call.now.as_nanos()));
    let mut shown = call.resource();
    for member in ["PipelineName", "PipelineParameters", "ClientRequestToken"] {
        shown.remove(member);
    }
    if let Some(width) = pipeline.shown.get("ParallelismConfiguration") {
        shown
            .entry("ParallelismConfiguration")
            .or_insert_with(|| width.clone());
    }
    let execution = Execution {
        arn: format!("{arn}/execution/{id}"),
        pipeline: arn.clone(),
        caller: call.caller.clone(),
        definition: Arc::clone(&pipeline.definition),
        parameters,
        steps: BTreeMap::new(),
        stop: Arc::default(),
        token: token.to_owned(),
        text: pipeline.shown["PipelineDefinition"].clone(),
        id,
        shown,
    };
    world.pipelines.executions.push(execution);
    let execution = &mut world.pipelines.executions[number];
    let started = execution.arn.clone();
    let display = format!("execution-{}", call.now.as_millis());
    let shown = &mut execution.shown;
    shown.insert("PipelineArn".into(), arn.into());
    shown.insert("PipelineExecutionArn".into(), started.clone().into());
    shown
        .entry("PipelineExecutionDisplayName")
        .or_insert_with(|| display.into());
    shown.insert("CreatedBy".into(), call.caller.user_context());
    shown.insert("LastModifiedBy".into(), call.caller.user_context());
    execution.set("Executing", call.now);
    progress::advance(world, call.now, &started);
    Ok(json!({ "PipelineExecutionArn": started }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    Ok(Value::Object(asked(world, call)?.shown.clone()))
}

pub(crate) fn definition(world: &mut World, call: &Call) -> Answer {
    let execution = asked(world, call)?;
    Ok(
        json!({ "PipelineDefinition": execution.text, "CreationTime": execution.shown["CreationTime"] }),
    )
}

pub(crate) fn parameters(world: &mut World, call: &Call) -> Answer {
    let values = &asked(world, call)?.parameters;
    let values = values
        .iter()
        .map(|(name, value)| json!({ "Name": name, "Value": values::text(value) }));
    let values = values.collect();
    listing::page(&long(call), "PipelineParameters", "Name", values)
}

/// The latest first, unless asked otherwise
pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("PipelineName"));
    find_mut(world, &arn)?;
    let executions = world.pipelines.executions.iter();
    let mut summaries: Vec<Value> = executions
        .filter(|execution| execution.pipeline == arn)
        .map(|execution| {
            let mut summary = json!({ "StartTime": execution.shown["CreationTime"] });
            for (theirs, ours) in [
                ("PipelineExecutionArn", "PipelineExecutionArn"),
                ("PipelineExecutionStatus", "PipelineExecutionStatus"),
                (
                    "PipelineExecutionDescription",
                    "PipelineExecutionDescription",
                ),
                (
                    "PipelineExecutionDisplayName",
                    "PipelineExecutionDisplayName",
                ),
                ("FailureReason", "PipelineExecutionFailureReason"),
            ] {
                if let Some(value) = execution.shown.get(theirs) {
                    summary[ours] = value.clone();
                }
            }
            summary
        })
        .collect();
    if call.text("SortOrder") != "Ascending" {
        summaries.reverse();
    }
    listing::page(
        &in_order(call),
        "PipelineExecutionSummaries",
        "PipelineExecutionArn",
        summaries,
    )
}

/// The steps that have begun; the latest first, unless asked otherwise
pub(crate) fn steps(world: &mut World, call: &Call) -> Answer {
    let execution = asked(world, call)?;
    let definition = &execution.definition;
    let steps = definition
        .steps
        .iter()
        .filter_map(|step| execution.steps.get(&step.name));
    let mut shown: Vec<Value> = steps
        .map(|step| Value::Object(step.shown.clone()))
        .collect();
    let began = |step: &Value| step["StartTime"].as_f64().unwrap_or_default();
    shown.sort_by(|a, b| began(a).total_cmp(&began(b)));
    if call.text("SortOrder") != "Ascending" {
        shown.reverse();
    }
    listing::page(&in_order(call), "PipelineExecutionSteps", "StepName", shown)
}

pub(crate) fn stop(world: &mut World, call: &Call) -> Answer {
    let arn = call.text("PipelineExecutionArn").to_owned();
    asked(world, call)?;
    let mut executions = world.pipelines.executions.iter_mut();
    if let Some(execution) = executions.find(|execution| execution.arn == arn) {
        if execution.is_over() {
            return Err(Failure::new(
                "ConflictException",
                format!("Pipeline execution '{arn}' is not running."),
            ));
        }
        execution.stop.store(true, Ordering::Relaxed);
        execution.set("Stopping", call.now);
        for step in execution.steps.values_mut().filter(|step| !step.is_over()) {
            step.shown.insert("StepStatus".into(), "Stopping".into());
        }
    }
    progress::advance(world, call.now, &arn);
    Ok(json!({ "PipelineExecutionArn": arn }))
}

fn asked<'w>(world: &'w World, call: &Call) -> Result<&'w Execution, Failure> {
    let arn = call.text("PipelineExecutionArn");
    let mut executions = world.pipelines.executions.iter();
    executions
        .find(|execution| execution.arn == arn)
        .ok_or_else(|| {
            Failure::new(
                "ResourceNotFound",
                format!("Pipeline execution with ARN '{arn}' does not exist."),
            )
        })
}

/// The request, for a list that is in its order already
fn in_order<'c>(call: &Call<'c>) -> Call<'c> {
    let mut call = Call {
        operation: call.operation,
        input: call.input.clone(),
        caller: call.caller.clone(),
        now: call.now,
        pace: call.pace,
    };
    call.input.remove("SortBy");
    call.input.remove("SortOrder");
    call
}

/// A page of parameters holds them all
fn long<'c>(call: &Call<'c>) -> Call<'c> {
    let mut call = in_order(call);
    call.input.entry("MaxResults").or_insert(50.into());
    call
}

fn identifier(seed: &str) -> String {
    const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(seed);
    digest
        .iter()
        .take(12)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % 36]))
        .collect()
}

fn moment(time: Duration) -> String {
    jiff::Timestamp::from_second(time.as_secs() as i64)
        .map(|time| time.to_string())
        .unwrap_or_default()
}
