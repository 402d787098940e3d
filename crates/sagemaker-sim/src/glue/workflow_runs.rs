//! Runs of workflows: their properties, the jobs that ran in them, and when they are over.
//!
//! A run begins with the workflow's starting trigger, goes on with the conditional triggers whose jobs have ended in it, each once, and is
//! `COMPLETED` when nothing runs and nothing fires any more. That says nothing about its jobs: `Statistics` does.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::runs::Run;
use super::triggers::{self, meets};
use super::{invalid, missing, page, run_id, workflows};
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, timestamp};

#[derive(Debug)]
pub(crate) struct WorkflowRun {
    /// ARN of the workflow
    pub(super) workflow: String,
    caller: Caller,
    properties: Object,
    shown: Object,
    /// ARNs of the triggers that have fired
    fired: BTreeSet<String>,
}

impl WorkflowRun {
    fn id(&self) -> &str {
        self.shown["WorkflowRunId"].as_str().unwrap_or_default()
    }

    fn status(&self) -> &str {
        self.shown["Status"].as_str().unwrap_or_default()
    }

    fn is_over(&self) -> bool {
        !["RUNNING", "STOPPING"].contains(&self.status())
    }

    pub(super) fn shown(&self, world: &World) -> Value {
        let mut shown = self.shown.clone();
        let properties = Value::Object(self.properties.clone());
        shown.insert("WorkflowRunProperties".into(), properties);
        let runs: Vec<&Run> = job_runs(world, self.id()).collect();
        let count = |states: &[&str]| {
            runs.iter()
                .filter(|run| states.contains(&run.state()))
                .count()
        };
        let statistics = json!({
            "TotalActions": runs.len(),
            "TimeoutActions": count(&["TIMEOUT"]),
            "FailedActions": count(&["FAILED"]),
            "StoppedActions": count(&["STOPPED"]),
            "SucceededActions": count(&["SUCCEEDED"]),
            "RunningActions": count(&["STARTING", "RUNNING", "STOPPING"]),
            "ErroredActions": count(&["ERROR"]),
            "WaitingActions": 0,
        });
        shown.insert("Statistics".into(), statistics);
        Value::Object(shown)
    }
}

/// The job runs of a workflow's run
pub(super) fn job_runs<'w>(world: &'w World, id: &str) -> impl Iterator<Item = &'w Run> {
    world.glue.runs.iter().filter(move |run| {
        run.workflow_run
            .as_ref()
            .is_some_and(|(_, workflow_run)| workflow_run == id)
    })
}

pub(crate) fn start(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let workflow = workflows::find(world, &call.caller, name)?.clone();
    let arn = call.caller.glue(workflows::KIND, name);
    let triggers = world.glue.triggers.iter();
    let first = triggers
        .filter(|(_, trigger)| trigger.workflow.as_ref() == Some(&arn))
        .find(|(_, trigger)| trigger.text("Type") != "CONDITIONAL")
        .map(|(arn, _)| arn.clone());
    let Some(first) = first else {
        return Err(invalid(format!("Workflow {name} has no starting trigger.")));
    };
    let runs = world.glue.workflow_runs.iter();
    let running = runs
        .filter(|run| run.workflow == arn && !run.is_over())
        .count();
    let most = workflow.get("MaxConcurrentRuns").and_then(Value::as_u64);
    if most.is_some_and(|most| most > 0 && running as u64 >= most) {
        return Err(Failure::new(
            "ConcurrentRunsExceededException",
            format!("Concurrent runs exceeded for {name}"),
        ));
    }
    let mut properties = Object::new();
    for given in [
        workflow.get("DefaultRunProperties"),
        call.input.get("RunProperties"),
    ] {
        properties.extend(
            given
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        );
    }
    let id = run_id("wr", name, world.glue.workflow_runs.len(), call.now);
    let mut shown = Object::new();
    shown.insert("Name".into(), name.into());
    shown.insert("WorkflowRunId".into(), id.clone().into());
    shown.insert("StartedOn".into(), timestamp(call.now));
    shown.insert("Status".into(), "RUNNING".into());
    world.glue.workflow_runs.push(WorkflowRun {
        workflow: arn,
        caller: call.caller.clone(),
        properties,
        shown,
        fired: BTreeSet::from([first.clone()]),
    });
    triggers::fire(world, &call.caller, call.now, &first, Some((name, &id)))?;
    advance(world, call.now, &id);
    Ok(json!({ "RunId": id }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let run = &world.glue.workflow_runs[find(world, call)?];
    let mut shown = run.shown(world);
    if call.flag("IncludeGraph") {
        shown["Graph"] = workflows::graph(world, &run.caller, &run.workflow, Some(run.id()));
    }
    Ok(json!({ "Run": shown }))
}

/// The latest first
pub(crate) fn get_all(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    workflows::find(world, &call.caller, name)?;
    let arn = call.caller.glue(workflows::KIND, name);
    let runs = world.glue.workflow_runs.iter().rev();
    let runs = runs.filter(|run| run.workflow == arn);
    page(call, "Runs", runs.map(|run| run.shown(world)).collect())
}

pub(crate) fn properties(world: &mut World, call: &Call) -> Answer {
    let run = &world.glue.workflow_runs[find(world, call)?];
    Ok(json!({ "RunProperties": run.properties }))
}

/// New properties are added, and those that are there already get their new value
pub(crate) fn put_properties(world: &mut World, call: &Call) -> Answer {
    let index = find(world, call)?;
    let given = call.input["RunProperties"].as_object().cloned();
    world.glue.workflow_runs[index]
        .properties
        .extend(given.unwrap_or_default());
    Ok(json!({}))
}

pub(crate) fn stop(world: &mut World, call: &Call) -> Answer {
    let index = find(world, call)?;
    let run = &mut world.glue.workflow_runs[index];
    if run.is_over() {
        return Err(Failure::new(
            "IllegalWorkflowStateException",
            format!("Workflow run {} is not running.", run.id()),
        ));
    }
    run.shown.insert("Status".into(), "STOPPING".into());
    let id = run.id().to_owned();
    for run in &mut world.glue.runs {
        let mine = run.workflow_run.as_ref().is_some_and(|(_, of)| *of == id);
        if mine && !run.is_over() {
            run.stop();
        }
    }
    advance(world, call.now, &id);
    Ok(json!({}))
}

fn find(world: &World, call: &Call) -> Result<usize, Failure> {
    let arn = call.caller.glue(workflows::KIND, call.text("Name"));
    let id = call.text("RunId");
    let mut runs = world.glue.workflow_runs.iter();
    runs.position(|run| run.workflow == arn && run.id() == id)
        .ok_or_else(|| missing("Workflow run", id))
}

/// Fires what has become due in a run, and ends the run when nothing is left
pub(super) fn advance(world: &mut World, now: Duration, id: &str) {
    let Some(index) = world
        .glue
        .workflow_runs
        .iter()
        .position(|run| run.id() == id)
    else {
        return;
    };
    while let Some(trigger) = due(world, index) {
        let run = &mut world.glue.workflow_runs[index];
        run.fired.insert(trigger.clone());
        let caller = run.caller.clone();
        let name = run.shown["Name"].as_str().unwrap_or_default().to_owned();
        // what cannot start is a run of its own in the state ERROR
        triggers::fire(world, &caller, now, &trigger, Some((&name, id))).ok();
    }
    if job_runs(world, id).all(Run::is_over) {
        let run = &mut world.glue.workflow_runs[index];
        let status = match run.status() {
            "STOPPING" => "STOPPED",
            "RUNNING" => "COMPLETED",
            _ => return,
        };
        run.shown.insert("Status".into(), status.into());
        run.shown.insert("CompletedOn".into(), timestamp(now));
    }
}

/// A conditional trigger of the run's workflow that is to fire now
fn due(world: &World, index: usize) -> Option<String> {
    let run = &world.glue.workflow_runs[index];
    if run.status() != "RUNNING" {
        return None;
    }
    // of several attempts the last one counts
    let last = |job: &Value| {
        let runs = job_runs(world, run.id()).filter(|run| run.shown["JobName"] == *job);
        runs.last()
    };
    let mut triggers = world.glue.triggers.iter();
    let found = triggers.find(|(arn, trigger)| {
        trigger.workflow.as_ref() == Some(&run.workflow)
            && trigger.listens()
            && !run.fired.contains(*arn)
            && trigger.fires(|_, condition| {
                last(&condition["JobName"]).is_some_and(|run| meets(run, condition))
            })
    });
    found.map(|(arn, _)| arn.clone())
}
