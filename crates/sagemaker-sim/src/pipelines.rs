//! Pipelines: definitions, their executions, and the jobs that executions run as local processes.
//!
//! Processing and training steps run with the contract of SageMaker's containers (`pipelines/container.rs`); models are registered in this
//! simulator's own registry, functions invoked where `Config::aws_url` says. Definition and parameters are fixed when an execution starts.
//!
//! Other than in SageMaker: no image is pulled, so a script runs with the interpreter of [`crate::Config`], and `/opt/ml` is a folder of its own
//! for every job, by whose path the name is replaced wherever a container would be told it. At most two steps run at once. Retries follow at
//! once, whatever a retry policy says of intervals. A definition cannot be given by its place in S3, and steps of types that
//! would not run are refused with the definition.

mod archive;
mod container;
mod definition;
pub(crate) mod executions;
pub(crate) mod jobs;
mod progress;
mod training;
mod values;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::listing;
use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, timestamp};
use definition::Definition;
use executions::Execution;

const KIND: &str = "pipeline";

/// The pipelines' part of the state
#[derive(Debug, Default)]
pub(crate) struct Pipelines {
    pub(crate) pipelines: BTreeMap<String, Pipeline>,
    /// In the order in which they were started
    executions: Vec<Execution>,
    /// Processing and training jobs by their ARNs
    jobs: BTreeMap<String, Object>,
}

#[derive(Debug)]
pub(crate) struct Pipeline {
    definition: Arc<Definition>,
    shown: Object,
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("PipelineName");
    let arn = call.caller.arn(KIND, name);
    if world.pipelines.pipelines.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Pipeline names must be unique within an AWS account and region. Pipeline with name ({name}) already exists."
        )));
    }
    let definition = Arc::new(Definition::parse(given(call)?)?);
    let mut shown = call.resource();
    shown.remove("ClientRequestToken");
    shown.insert("PipelineArn".into(), arn.clone().into());
    shown.insert("PipelineStatus".into(), "Active".into());
    shown
        .entry("PipelineDisplayName")
        .or_insert_with(|| name.into());
    shown.insert("CreatedBy".into(), call.caller.user_context());
    touch(&mut shown, call);
    world
        .pipelines
        .pipelines
        .insert(arn.clone(), Pipeline { definition, shown });
    world.tag(&arn, call);
    Ok(json!({ "PipelineArn": arn }))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("PipelineName"));
    let new = match call.input.contains_key("PipelineDefinition")
        || call.input.contains_key("PipelineDefinitionS3Location")
    {
        true => Some(Arc::new(Definition::parse(given(call)?)?)),
        false => None,
    };
    let pipeline = find_mut(world, &arn)?;
    if let Some(definition) = new {
        pipeline.definition = definition;
    }
    for member in [
        "PipelineDisplayName",
        "PipelineDefinition",
        "PipelineDescription",
        "RoleArn",
        "ParallelismConfiguration",
    ] {
        if let Some(value) = call.input.get(member) {
            pipeline.shown.insert(member.into(), value.clone());
        }
    }
    touch(&mut pipeline.shown, call);
    Ok(json!({ "PipelineArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("PipelineName"));
    Ok(Value::Object(find_mut(world, &arn)?.shown.clone()))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("PipelineName"));
    find_mut(world, &arn)?;
    let mut executions = world.pipelines.executions.iter();
    if executions.any(|execution| execution.pipeline == arn && !execution.is_over()) {
        return Err(Failure::new(
            "ConflictException",
            format!("Pipeline '{arn}' has running executions."),
        ));
    }
    world.pipelines.pipelines.remove(&arn);
    world.tags.remove(&arn);
    Ok(json!({ "PipelineArn": arn }))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    let prefix = call.caller.arn(KIND, call.text("PipelineNamePrefix"));
    let pipelines = world.pipelines.pipelines.iter();
    let summaries = pipelines
        .filter(|(arn, _)| arn.starts_with(&prefix))
        .map(|(_, pipeline)| {
            let mut shown = pipeline.shown.clone();
            shown.retain(|member, _| {
                [
                    "PipelineArn",
                    "PipelineName",
                    "PipelineDisplayName",
                    "PipelineDescription",
                    "RoleArn",
                    "CreationTime",
                    "LastModifiedTime",
                ]
                .contains(&member.as_str())
            });
            if let Some(time) = pipeline.shown.get("LastRunTime") {
                shown.insert("LastExecutionTime".into(), time.clone());
            }
            Value::Object(shown)
        })
        .collect();
    listing::page(call, "PipelineSummaries", "PipelineName", summaries)
}

fn given<'c>(call: &'c Call) -> Result<&'c str, Failure> {
    match call.input.get("PipelineDefinition").and_then(Value::as_str) {
        Some(text) => Ok(text),
        None => Err(Failure::validation(
            "PipelineDefinition must be given; the simulator reads no PipelineDefinitionS3Location.",
        )),
    }
}

fn touch(shown: &mut Object, call: &Call) {
    shown.insert("LastModifiedTime".into(), timestamp(call.now));
    shown.insert("LastModifiedBy".into(), call.caller.user_context());
}

fn find_mut<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Pipeline, Failure> {
    world.pipelines.pipelines.get_mut(arn).ok_or_else(|| {
        Failure::new(
            "ResourceNotFound",
            format!("Pipeline '{arn}' does not exist."),
        )
    })
}
