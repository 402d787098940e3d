//! Triggers: what starts jobs, on demand or when other jobs have ended.
//!
//! Scheduled triggers and those for events can be created and switched, but nothing makes them fire by themselves: the simulator has no
//! cron and hears no events. A conditional trigger outside of a workflow hears only of runs that another trigger started, as in Glue.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::runs::{self, Run, Start};
use super::{exists, invalid, jobs, missing, tag, workflows};
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, string};

pub(super) const KIND: &str = "trigger";

#[derive(Debug)]
pub(crate) struct Trigger {
    /// ARN of its workflow
    pub(super) workflow: Option<String>,
    pub(super) shown: Object,
    /// Which of its conditions have come true since it last fired, outside of a workflow
    met: BTreeSet<usize>,
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name").to_owned();
    let arn = call.caller.glue(KIND, &name);
    if world.glue.triggers.contains_key(&arn) {
        return Err(exists("Trigger", &name));
    }
    let kind = call.text("Type");
    let at_once = call.flag("StartOnCreation");
    match kind {
        "CONDITIONAL" if !call.input.contains_key("Predicate") => {
            return Err(invalid(
                "Predicate cannot be null or empty for CONDITIONAL trigger.",
            ));
        }
        "SCHEDULED" if !call.input.contains_key("Schedule") => {
            return Err(invalid(
                "Schedule cannot be null or empty for SCHEDULED trigger.",
            ));
        }
        "ON_DEMAND" if at_once => {
            return Err(invalid(
                "StartOnCreation is not supported for ON_DEMAND triggers.",
            ));
        }
        _ => {}
    }
    check(world, call, &call.input)?;
    let workflow = match call.text("WorkflowName") {
        "" => None,
        workflow => {
            workflows::find(world, &call.caller, workflow)?;
            Some(call.caller.glue(workflows::KIND, workflow))
        }
    };
    let others = world.glue.triggers.values();
    if workflow.is_some()
        && kind != "CONDITIONAL"
        && others
            .filter(|other| other.workflow == workflow)
            .any(|other| other.shown["Type"] != "CONDITIONAL")
    {
        return Err(invalid(
            "A workflow can have only one starting trigger; it has one already.",
        ));
    }
    let mut shown = call.input.clone();
    for member in ["Tags", "StartOnCreation"] {
        shown.remove(member);
    }
    let state = if at_once { "ACTIVATED" } else { "CREATED" };
    shown.insert("State".into(), state.into());
    shown.insert("Id".into(), name.clone().into());
    name_predicate(&mut shown);
    let trigger = Trigger {
        workflow,
        shown,
        met: BTreeSet::new(),
    };
    world.glue.triggers.insert(arn.clone(), trigger);
    tag(world, &arn, call.input.get("Tags"));
    Ok(json!({ "Name": name }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let trigger = find(world, call)?;
    Ok(json!({ "Trigger": trigger.shown }))
}

/// The former definition is overwritten, but for what a trigger keeps all its life
pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    find(world, call)?;
    let update = call.input["TriggerUpdate"].as_object();
    let update = update.cloned().unwrap_or_default();
    check(world, call, &update)?;
    let trigger = find(world, call)?;
    for member in [
        "Description",
        "Schedule",
        "Actions",
        "Predicate",
        "EventBatchingCondition",
    ] {
        match update.get(member) {
            Some(value) => trigger.shown.insert(member.into(), value.clone()),
            None if member == "Description" => trigger.shown.remove(member),
            None => None,
        };
    }
    name_predicate(&mut trigger.shown);
    trigger.met.clear();
    Ok(json!({ "Trigger": trigger.shown }))
}

/// Deleting what is not there is no error in Glue
pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let arn = call.caller.glue(KIND, name);
    world.glue.triggers.remove(&arn);
    world.tags.remove(&arn);
    Ok(json!({ "Name": name }))
}

/// One that is on demand fires; the others begin to wait for what they fire on
pub(crate) fn start(world: &mut World, call: &Call) -> Answer {
    let trigger = find(world, call)?;
    if trigger.shown["Type"] == "ON_DEMAND" {
        let arn = call.caller.glue(KIND, call.text("Name"));
        fire(world, &call.caller, call.now, &arn, None)?;
    } else {
        trigger.shown.insert("State".into(), "ACTIVATED".into());
    }
    Ok(json!({ "Name": call.text("Name") }))
}

pub(crate) fn stop(world: &mut World, call: &Call) -> Answer {
    let trigger = find(world, call)?;
    if trigger.shown["Type"] == "ON_DEMAND" {
        return Err(invalid("An ON_DEMAND trigger cannot be stopped."));
    }
    trigger.shown.insert("State".into(), "DEACTIVATED".into());
    Ok(json!({ "Name": call.text("Name") }))
}

fn find<'w>(world: &'w mut World, call: &Call) -> Result<&'w mut Trigger, Failure> {
    let name = call.text("Name");
    let trigger = world.glue.triggers.get_mut(&call.caller.glue(KIND, name));
    trigger.ok_or_else(|| missing("Trigger", name))
}

/// The jobs that it names must exist; crawlers are not simulated
fn check(world: &World, call: &Call, trigger: &Object) -> Result<(), Failure> {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned();
    let predicate = trigger.get("Predicate");
    let conditions = predicate.and_then(|predicate| predicate.get("Conditions"));
    let named = items(trigger.get("Actions")).unwrap_or_default();
    for part in named.iter().chain(&items(conditions).unwrap_or_default()) {
        let job = string(part, "JobName");
        if job.is_empty() {
            return Err(invalid("The simulator has no crawlers: name a job."));
        }
        jobs::find(world, &call.caller, &job)?;
    }
    Ok(())
}

/// Glue fills in what a predicate leaves open
fn name_predicate(shown: &mut Object) {
    if let Some(Value::Object(predicate)) = shown.get_mut("Predicate") {
        predicate.entry("Logical").or_insert_with(|| "AND".into());
    }
}

impl Trigger {
    pub(super) fn name(&self) -> String {
        self.text("Name")
    }

    pub(super) fn text(&self, member: &str) -> String {
        let text = self.shown.get(member).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    fn actions(&self) -> Vec<Value> {
        let actions = self.shown.get("Actions").and_then(Value::as_array);
        actions.cloned().unwrap_or_default()
    }

    fn conditions(&self) -> &[Value] {
        let predicate = self.shown.get("Predicate");
        let conditions = predicate.and_then(|predicate| predicate["Conditions"].as_array());
        conditions.map(Vec::as_slice).unwrap_or_default()
    }

    /// The jobs that it starts
    pub(super) fn job_names(&self) -> Vec<String> {
        let actions = self.actions();
        actions
            .iter()
            .map(|action| string(action, "JobName"))
            .collect()
    }

    /// The jobs that it waits for
    pub(super) fn awaited(&self) -> Vec<String> {
        let conditions = self.conditions().iter();
        conditions
            .map(|condition| string(condition, "JobName"))
            .collect()
    }

    /// Whether it is waiting for jobs to end
    pub(super) fn listens(&self) -> bool {
        self.text("Type") == "CONDITIONAL" && self.text("State") == "ACTIVATED"
    }

    /// Whether its predicate holds, where `holds` says it of one condition
    pub(super) fn fires(&self, holds: impl Fn(usize, &Value) -> bool) -> bool {
        let mut conditions = self.conditions().iter().enumerate();
        match string(&self.shown["Predicate"], "Logical").as_str() {
            "ANY" => conditions.any(|(index, condition)| holds(index, condition)),
            _ => conditions.all(|(index, condition)| holds(index, condition)),
        }
    }
}

/// Whether a run is what a condition waits for
pub(super) fn meets(run: &Run, condition: &Value) -> bool {
    run.shown["JobName"] == condition["JobName"] && run.shown["JobRunState"] == condition["State"]
}

/// Starts the jobs of a trigger; outside of a workflow the first that cannot start is the trigger's failure
pub(super) fn fire(
    world: &mut World,
    caller: &Caller,
    now: Duration,
    arn: &str,
    workflow_run: Option<(&str, &str)>,
) -> Result<(), Failure> {
    let Some(trigger) = world.glue.triggers.get_mut(arn) else {
        return Ok(());
    };
    trigger.met.clear();
    let (name, actions) = (trigger.name(), trigger.actions());
    for action in actions {
        let start = Start {
            trigger: Some(name.clone()),
            workflow_run: workflow_run.map(|(name, id)| (name.to_owned(), id.to_owned())),
            ..Start::of(&action)
        };
        match runs::start(world, caller, now, start.clone()) {
            Err(failure) if workflow_run.is_some() => {
                runs::record_error(world, caller, now, start, &failure);
            }
            other => {
                other?;
            }
        }
    }
    Ok(())
}

/// Lets the conditional triggers outside of workflows know of a run's end
pub(super) fn hear(world: &mut World, now: Duration, run_id: &str) {
    let Some(run) = world.glue.runs.iter().find(|run| run.id() == run_id) else {
        return;
    };
    if run.shown.get("TriggerName").is_none() || run.workflow_run.is_some() {
        return;
    }
    let caller = run.caller.clone();
    let prefix = caller.glue(KIND, "");
    let mut due = Vec::new();
    for (arn, trigger) in &mut world.glue.triggers {
        if !trigger.listens() || trigger.workflow.is_some() || !arn.starts_with(&prefix) {
            continue;
        }
        let conditions = trigger.conditions().iter().enumerate();
        let met: Vec<usize> = conditions
            .filter(|(_, condition)| meets(run, condition))
            .map(|(index, _)| index)
            .collect();
        trigger.met.extend(&met);
        if !met.is_empty() && trigger.fires(|index, _| trigger.met.contains(&index)) {
            due.push(arn.clone());
        }
    }
    for arn in due {
        // nobody is there to hear that a job is busy: Glue does not start it, and says so in its log only
        fire(world, &caller, now, &arn, None).ok();
    }
}
