//! Workflows: a name under which triggers and jobs belong together. Their runs are in `workflow_runs.rs`.

use serde_json::{Value, json};

use super::{exists, jobs, missing, resource, tag, workflow_runs};
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, timestamp};

pub(super) const KIND: &str = "workflow";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name").to_owned();
    let arn = call.caller.glue(KIND, &name);
    if world.glue.workflows.contains_key(&arn) {
        return Err(exists("Workflow", &name));
    }
    world.glue.workflows.insert(arn.clone(), resource(call));
    tag(world, &arn, call.input.get("Tags"));
    Ok(json!({ "Name": name }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let mut workflow = find(world, &call.caller, name)?.clone();
    let arn = call.caller.glue(KIND, name);
    let last = world.glue.workflow_runs.iter().rev();
    if let Some(last) = last.into_iter().find(|run| run.workflow == arn) {
        workflow.insert("LastRun".into(), last.shown(world));
    }
    if call.flag("IncludeGraph") {
        workflow.insert("Graph".into(), graph(world, &call.caller, &arn, None));
    }
    Ok(json!({ "Workflow": workflow }))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let arn = call.caller.glue(KIND, name);
    let Some(workflow) = world.glue.workflows.get_mut(&arn) else {
        return Err(missing("Workflow", name));
    };
    for member in ["Description", "DefaultRunProperties", "MaxConcurrentRuns"] {
        if let Some(value) = call.input.get(member) {
            workflow.insert(member.into(), value.clone());
        }
    }
    workflow.insert("LastModifiedOn".into(), timestamp(call.now));
    Ok(json!({ "Name": name }))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let arn = call.caller.glue(KIND, name);
    world.glue.workflows.remove(&arn);
    world.tags.remove(&arn);
    Ok(json!({ "Name": name }))
}

pub(super) fn find<'w>(
    world: &'w World,
    caller: &Caller,
    name: &str,
) -> Result<&'w Object, Failure> {
    let workflow = world.glue.workflows.get(&caller.glue(KIND, name));
    workflow.ok_or_else(|| missing("Workflow", name))
}

/// The triggers and jobs of a workflow and what leads to what, with the job runs of one run of it if that is asked for
pub(super) fn graph(world: &World, caller: &Caller, workflow: &str, run: Option<&str>) -> Value {
    let mut nodes = Vec::new();
    let mut edges = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let node_of = |name: &str| format!("wnode_{}", caller.glue(jobs::KIND, name));
    for (arn, trigger) in &world.glue.triggers {
        if trigger.workflow.as_deref() != Some(workflow) {
            continue;
        }
        let id = format!("wnode_{arn}");
        nodes.push(json!({
            "Type": "TRIGGER", "Name": trigger.name(), "UniqueId": id,
            "TriggerDetails": { "Trigger": trigger.shown },
        }));
        for job in trigger.job_names() {
            edges.push(json!({ "SourceId": id, "DestinationId": node_of(&job) }));
            names.push(job);
        }
        for job in trigger.awaited() {
            edges.push(json!({ "SourceId": node_of(&job), "DestinationId": id }));
            names.push(job);
        }
    }
    names.sort();
    names.dedup();
    for name in names {
        let runs: Vec<&Object> = run
            .into_iter()
            .flat_map(|run| workflow_runs::job_runs(world, run))
            .filter(|run| run.shown["JobName"] == name.as_str())
            .map(|run| &run.shown)
            .collect();
        nodes.push(json!({
            "Type": "JOB", "Name": name, "UniqueId": node_of(&name),
            "JobDetails": { "JobRuns": runs },
        }));
    }
    json!({ "Nodes": nodes, "Edges": edges })
}
