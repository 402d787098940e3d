//! Glue: jobs, the triggers that start them, workflows that tie both, and the runs of each.
//!
//! Jobs really run, as local processes (`glue/script.rs`); crawlers, schedules and events are refused where they are asked for. Glue's
//! resources are kept by their ARNs like SageMaker's. Names of errors and what they are answered to are AWS's; the texts are, where
//! AWS publishes them.

pub(crate) mod jobs;
pub(crate) mod runs;
mod script;
pub(crate) mod security;
pub(crate) mod triggers;
pub(crate) mod workflow_runs;
pub(crate) mod workflows;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, timestamp};
use runs::Run;
use triggers::Trigger;
use workflow_runs::WorkflowRun;

/// Glue's part of the state
#[derive(Debug, Default)]
pub(crate) struct Glue {
    jobs: BTreeMap<String, Object>,
    triggers: BTreeMap<String, Trigger>,
    workflows: BTreeMap<String, Object>,
    security: BTreeMap<String, Object>,
    /// In the order in which they were started
    runs: Vec<Run>,
    workflow_runs: Vec<WorkflowRun>,
}

pub(crate) fn missing(what: &str, name: &str) -> Failure {
    Failure::new(
        "EntityNotFoundException",
        format!("{what} with name: {name} not found."),
    )
}

pub(crate) fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("InvalidInputException", message)
}

fn exists(what: &str, name: &str) -> Failure {
    Failure::new(
        "AlreadyExistsException",
        format!("{what} with name {name} already submitted with different configuration"),
    )
}

/// `jr_` or `wr_` and 64 digits, as Glue numbers its runs; different for each `number` of a simulator
fn run_id(kind: &str, name: &str, number: usize, now: Duration) -> String {
    let digest = Sha256::digest(format!("{name} {number} {}", now.as_nanos()));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{kind}_{hex}")
}

/// Glue's tags are a map, in requests and in answers
fn tag(world: &mut World, arn: &str, tags: Option<&Value>) {
    let kept = world.tags.entry(arn.to_owned()).or_default();
    for (key, value) in tags.and_then(Value::as_object).into_iter().flatten() {
        kept.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
}

/// A request as a resource of Glue
fn resource(call: &Call) -> Object {
    let mut resource = call.input.clone();
    resource.remove("Tags");
    resource.insert("CreatedOn".into(), timestamp(call.now));
    resource.insert("LastModifiedOn".into(), timestamp(call.now));
    resource
}

/// A page of a list, by the offset that the last page gave
fn page(call: &Call, member: &str, all: Vec<Value>) -> Answer {
    let start = match call.text("NextToken") {
        "" => 0,
        token => token
            .parse()
            .map_err(|_| invalid("The NextToken is not valid."))?,
    };
    let most = call.input.get("MaxResults").and_then(Value::as_u64);
    let size = most.map_or(100, |most| most as usize);
    let mut answer = Object::new();
    if start + size < all.len() {
        answer.insert("NextToken".into(), (start + size).to_string().into());
    }
    let page = all.into_iter().skip(start).take(size).collect();
    answer.insert(member.into(), Value::Array(page));
    Ok(Value::Object(answer))
}

pub(crate) fn get_tags(world: &mut World, call: &Call) -> Answer {
    let arn = tagged(world, call)?;
    Ok(json!({ "Tags": world.tags.get(arn) }))
}

pub(crate) fn tag_resource(world: &mut World, call: &Call) -> Answer {
    let arn = tagged(world, call)?;
    tag(world, arn, call.input.get("TagsToAdd"));
    Ok(json!({}))
}

pub(crate) fn untag_resource(world: &mut World, call: &Call) -> Answer {
    let arn = tagged(world, call)?;
    let keys = call.input.get("TagsToRemove").and_then(Value::as_array);
    if let Some(tags) = world.tags.get_mut(arn) {
        for key in keys.into_iter().flatten().filter_map(Value::as_str) {
            tags.remove(key);
        }
    }
    Ok(json!({}))
}

fn tagged<'c>(world: &World, call: &'c Call) -> Result<&'c str, Failure> {
    let arn = call.text("ResourceArn");
    let glue = &world.glue;
    let known = glue.jobs.contains_key(arn)
        || glue.triggers.contains_key(arn)
        || glue.workflows.contains_key(arn);
    match known {
        true => Ok(arn),
        false => Err(missing("Resource", arn)),
    }
}
