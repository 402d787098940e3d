//! Processing and training jobs, as `Describe*Job` shows what the steps ran.

use std::time::Duration;

use serde_json::{Value, json};

use super::definition::Kind;
use super::work::{Outcome, Work};
use crate::wire::Failure;
use crate::world::{Answer, Call, World, timestamp};

/// What the two kinds of jobs differ by
struct Names {
    kind: &'static str,
    prefix: &'static str,
    metadata: &'static str,
}

fn names(kind: Kind) -> Option<Names> {
    match kind {
        Kind::Processing => Some(Names {
            kind: "processing-job",
            prefix: "Processing",
            metadata: "ProcessingJob",
        }),
        Kind::Training => Some(Names {
            kind: "training-job",
            prefix: "Training",
            metadata: "TrainingJob",
        }),
        _ => None,
    }
}

impl Work {
    /// The name of the job that this attempt is
    pub(super) fn job(&self) -> String {
        let step = &self.definition.steps[self.step].name;
        let step: String = step.replace('_', "-").chars().take(30).collect();
        let step = step.trim_matches('-');
        format!("pipelines-{}-{step}-{:02}", self.id, self.attempt)
    }

    pub(super) fn job_arn(&self) -> String {
        let names = names(self.definition.steps[self.step].kind);
        let kind = names.map_or("job", |names| names.kind);
        self.caller.arn(kind, &self.job())
    }
}

/// Writes a job down that is about to run; the step's metadata
pub(super) fn begin(world: &mut World, now: Duration, work: &Work) -> Option<Value> {
    let names = names(work.definition.steps[work.step].kind)?;
    let arn = work.job_arn();
    let mut shown = work.request.as_object().cloned().unwrap_or_default();
    let prefix = names.prefix;
    shown.remove("Tags");
    shown.insert(format!("{prefix}JobName"), work.job().into());
    shown.insert(format!("{prefix}JobArn"), arn.clone().into());
    shown.insert(format!("{prefix}JobStatus"), "InProgress".into());
    shown.insert(format!("{prefix}StartTime"), timestamp(now));
    shown.insert("CreationTime".into(), timestamp(now));
    shown.insert("LastModifiedTime".into(), timestamp(now));
    if names.kind == "training-job" {
        shown.insert("SecondaryStatus".into(), "Training".into());
    }
    world.pipelines.jobs.insert(arn.clone(), shown);
    Some(json!({ names.metadata: { "Arn": arn } }))
}

/// Writes a job's end down; all that is known of it is what the step's properties are
pub(super) fn end(world: &mut World, now: Duration, work: &Work, outcome: &mut Outcome) {
    let Some(names) = names(work.definition.steps[work.step].kind) else {
        return;
    };
    let Some(shown) = world.pipelines.jobs.get_mut(&work.job_arn()) else {
        return;
    };
    let status = match outcome {
        Outcome::Done { .. } => "Completed",
        Outcome::Failed { .. } => "Failed",
        Outcome::Stopped => "Stopped",
    };
    shown.insert(format!("{}JobStatus", names.prefix), status.into());
    shown.insert(format!("{}EndTime", names.prefix), timestamp(now));
    shown.insert("LastModifiedTime".into(), timestamp(now));
    if names.kind == "training-job" {
        shown.insert("SecondaryStatus".into(), status.into());
        let began = shown["TrainingStartTime"].as_f64().unwrap_or_default();
        let seconds = (now.as_secs_f64() - began).max(0.0).ceil() as u64;
        shown.insert("TrainingTimeInSeconds".into(), seconds.into());
        shown.insert("BillableTimeInSeconds".into(), seconds.into());
    }
    match outcome {
        Outcome::Done {
            properties,
            metadata,
            ..
        } => {
            shown.extend(properties.as_object().cloned().unwrap_or_default());
            *properties = Value::Object(shown.clone());
            *metadata = json!({ names.metadata: { "Arn": work.job_arn() } });
        }
        Outcome::Failed { reason, .. } => {
            shown.insert("FailureReason".into(), reason.clone().into());
            // as the step shows it
            *reason = format!("ClientError: {reason}");
        }
        Outcome::Stopped => {}
    }
}

pub(crate) fn describe_processing(world: &mut World, call: &Call) -> Answer {
    find(
        world,
        &call
            .caller
            .arn("processing-job", call.text("ProcessingJobName")),
    )
}

pub(crate) fn describe_training(world: &mut World, call: &Call) -> Answer {
    find(
        world,
        &call
            .caller
            .arn("training-job", call.text("TrainingJobName")),
    )
}

fn find(world: &World, arn: &str) -> Answer {
    match world.pipelines.jobs.get(arn) {
        Some(shown) => Ok(Value::Object(shown.clone())),
        None => Err(Failure::validation("Requested resource not found.")),
    }
}
