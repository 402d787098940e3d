//! Runs of jobs: how many at once, what they are given, how they end, and what is tried again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::script::{self, Script};
use super::{jobs, missing, page, run_id, triggers, workflow_runs};
use crate::process::End;
use crate::site::Task;
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, string, timestamp};

#[derive(Debug)]
pub(crate) struct Run {
    pub(super) caller: Caller,
    /// Name and run of the workflow that it belongs to
    pub(super) workflow_run: Option<(String, String)>,
    pub(super) shown: Object,
    start: Start,
    stop: Arc<AtomicBool>,
}

/// What a run is started with
#[derive(Debug, Clone, Default)]
pub(super) struct Start {
    pub(super) trigger: Option<String>,
    pub(super) workflow_run: Option<(String, String)>,
    /// `JobName`, `Arguments`, `Timeout` and so on, as a request or a trigger's action says them
    pub(super) asked: Object,
    /// The run that this one repeats
    pub(super) previous: Option<String>,
    pub(super) attempt: u64,
}

impl Start {
    pub(super) fn of(asked: &Value) -> Self {
        Self {
            asked: asked.as_object().cloned().unwrap_or_default(),
            ..Self::default()
        }
    }
}

impl Run {
    pub(super) fn id(&self) -> &str {
        self.shown["Id"].as_str().unwrap_or_default()
    }

    pub(super) fn is_over(&self) -> bool {
        !["STARTING", "RUNNING", "STOPPING"].contains(&self.state())
    }

    pub(super) fn state(&self) -> &str {
        self.shown["JobRunState"].as_str().unwrap_or_default()
    }

    /// Asks the process to end
    pub(super) fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.shown.insert("JobRunState".into(), "STOPPING".into());
    }
}

pub(crate) fn start_run(world: &mut World, call: &Call) -> Answer {
    let asked = Value::Object(call.input.clone());
    let id = start(world, &call.caller, call.now, Start::of(&asked))?;
    Ok(json!({ "JobRunId": id }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let (job, id) = (call.text("JobName"), call.text("RunId"));
    let mut runs = world.glue.runs.iter();
    let run = runs.find(|run| is(run, call, job) && run.id() == id);
    match run {
        Some(run) => Ok(json!({ "JobRun": run.shown })),
        None => Err(missing("Job Run", id)),
    }
}

/// The latest first
pub(crate) fn get_all(world: &mut World, call: &Call) -> Answer {
    let job = call.text("JobName");
    jobs::find(world, &call.caller, job)?;
    let runs = world.glue.runs.iter().rev();
    let runs = runs.filter(|run| is(run, call, job));
    page(
        call,
        "JobRuns",
        runs.map(|run| Value::Object(run.shown.clone())).collect(),
    )
}

pub(crate) fn batch_stop(world: &mut World, call: &Call) -> Answer {
    let job = call.text("JobName");
    let (mut stopped, mut errors) = (Vec::new(), Vec::new());
    let ids = call.input.get("JobRunIds").and_then(Value::as_array);
    for id in ids.into_iter().flatten().filter_map(Value::as_str) {
        let mut runs = world.glue.runs.iter_mut();
        let failure = match runs.find(|run| is(run, call, job) && run.id() == id) {
            Some(run) if !run.is_over() => {
                run.stop();
                stopped.push(json!({ "JobName": job, "JobRunId": id }));
                continue;
            }
            Some(_) => (
                "InvalidInputException",
                "Job Run is not in a state to be stopped.",
            ),
            None => ("EntityNotFoundException", "Job Run not found."),
        };
        errors.push(json!({
            "JobName": job, "JobRunId": id,
            "ErrorDetail": { "ErrorCode": failure.0, "ErrorMessage": failure.1 },
        }));
    }
    Ok(json!({ "SuccessfulSubmissions": stopped, "Errors": errors }))
}

fn is(run: &Run, call: &Call, job: &str) -> bool {
    run.shown["JobName"] == job
        && run.caller.account == call.caller.account
        && run.caller.region == call.caller.region
}

/// Starts a run of a job; its id
pub(super) fn start(
    world: &mut World,
    caller: &Caller,
    now: Duration,
    start: Start,
) -> Result<String, Failure> {
    let name = string(&Value::Object(start.asked.clone()), "JobName");
    let Some(job) = world
        .glue
        .jobs
        .get(&caller.glue(jobs::KIND, &name))
        .cloned()
    else {
        return Err(Failure::new(
            "EntityNotFoundException",
            "Failed to start job run due to missing metadata",
        ));
    };
    let most = job["ExecutionProperty"]["MaxConcurrentRuns"].as_u64();
    let running = world.glue.runs.iter().filter(|run| {
        run.shown["JobName"] == name.as_str()
            && run.caller.account == caller.account
            && !run.is_over()
    });
    if running.count() as u64 >= most.unwrap_or(1) {
        return Err(Failure::new(
            "ConcurrentRunsExceededException",
            format!("Concurrent runs exceeded for {name}"),
        ));
    }
    let mut run = begin(world, caller, now, start, &job);
    let id = run.id().to_owned();
    if world.faults.fails_run("StartJobRun") {
        finish_shown(
            &mut run.shown,
            now,
            "FAILED",
            Some("a failure that was asked for"),
        );
        world.glue.runs.push(run);
        let ended = id.clone();
        // settled by a task, so that whoever started it has its id first
        world.tasks.push(Task::new(move |site| {
            site.change(|world, now| settle(world, now, &ended));
        }));
        return Ok(id);
    }
    let script = Script {
        run: id.clone(),
        job: name,
        caller: caller.clone(),
        kind: string(&job["Command"], "Name"),
        location: string(&job["Command"], "ScriptLocation"),
        arguments: arguments(&job, &run),
        limit: Duration::from_secs(60 * run.shown["Timeout"].as_u64().unwrap_or(2880)),
        stop: Arc::clone(&run.stop),
    };
    world.glue.runs.push(run);
    world
        .tasks
        .push(Task::new(move |site| script::run(site, &script)));
    Ok(id)
}

/// A run that could not start, as a workflow shows it
pub(super) fn record_error(
    world: &mut World,
    caller: &Caller,
    now: Duration,
    start: Start,
    failure: &Failure,
) {
    let mut run = begin(world, caller, now, start, &Object::new());
    finish_shown(&mut run.shown, now, "ERROR", Some(&failure.message));
    world.glue.runs.push(run);
}

fn begin(world: &World, caller: &Caller, now: Duration, start: Start, job: &Object) -> Run {
    let asked = &start.asked;
    let name = asked["JobName"].as_str().unwrap_or_default();
    let id = match &start.previous {
        Some(first) => format!("{first}_attempt_{}", start.attempt),
        None => run_id("jr", name, world.glue.runs.len(), now),
    };
    let mut shown = Object::new();
    for member in [
        "Timeout",
        "MaxCapacity",
        "WorkerType",
        "NumberOfWorkers",
        "SecurityConfiguration",
        "NotificationProperty",
        "GlueVersion",
        "ExecutionClass",
        "JobMode",
    ] {
        if let Some(value) = asked.get(member).or_else(|| job.get(member)) {
            shown.insert(member.into(), value.clone());
        }
    }
    let spark = job
        .get("Command")
        .is_some_and(|command| command["Name"] != "pythonshell");
    let group = if spark {
        "/aws-glue/jobs"
    } else {
        "/aws-glue/python-jobs"
    };
    shown.insert("Id".into(), id.into());
    shown.insert("JobName".into(), name.into());
    shown.insert("Attempt".into(), start.attempt.into());
    shown.insert(
        "Arguments".into(),
        asked.get("Arguments").cloned().unwrap_or_else(|| json!({})),
    );
    shown.insert("JobRunState".into(), "STARTING".into());
    shown.insert("StartedOn".into(), timestamp(now));
    shown.insert("LastModifiedOn".into(), timestamp(now));
    shown.insert("PredecessorRuns".into(), json!([]));
    shown.insert("LogGroupName".into(), group.into());
    shown.insert("ExecutionTime".into(), 0.into());
    if let Some(previous) = &start.previous {
        shown.insert("PreviousRunId".into(), previous.clone().into());
    }
    if let Some(trigger) = &start.trigger {
        shown.insert("TriggerName".into(), trigger.clone().into());
    }
    Run {
        caller: caller.clone(),
        workflow_run: start.workflow_run.clone(),
        shown,
        start,
        stop: Arc::default(),
    }
}

/// The job's arguments, under those of the run, under those that a run cannot change
fn arguments(job: &Object, run: &Run) -> Object {
    let mut arguments = Object::new();
    for given in [
        job.get("DefaultArguments"),
        run.shown.get("Arguments"),
        job.get("NonOverridableArguments"),
    ] {
        arguments.extend(
            given
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        );
    }
    if let Some((name, id)) = &run.workflow_run {
        arguments.insert("--WORKFLOW_NAME".into(), name.clone().into());
        arguments.insert("--WORKFLOW_RUN_ID".into(), id.clone().into());
    }
    arguments
}

/// The script is running now
pub(super) fn running(world: &mut World, now: Duration, id: &str) {
    if let Some(run) = world.glue.runs.iter_mut().find(|run| run.id() == id)
        && run.state() == "STARTING"
    {
        run.shown.insert("JobRunState".into(), "RUNNING".into());
        run.shown.insert("LastModifiedOn".into(), timestamp(now));
    }
}

/// Writes down how a run's process ended
pub(super) fn finish(world: &mut World, now: Duration, id: &str, end: &Result<End, String>) {
    let Some(run) = world.glue.runs.iter_mut().find(|run| run.id() == id) else {
        return;
    };
    let (state, message) = match end {
        Ok(End::Succeeded) => ("SUCCEEDED", None),
        Ok(End::Stopped) => ("STOPPED", None),
        Ok(End::TimedOut) => ("TIMEOUT", Some("Job run timed out".to_owned())),
        Ok(End::Failed { code, last }) => (
            "FAILED",
            Some(match last.as_str() {
                "" => format!("Command failed with exit code {code}"),
                last => format!("Command failed with exit code {code} - {last}"),
            }),
        ),
        Err(trouble) => ("FAILED", Some(trouble.clone())),
    };
    finish_shown(&mut run.shown, now, state, message.as_deref());
    settle(world, now, id);
}

fn finish_shown(shown: &mut Object, now: Duration, state: &str, message: Option<&str>) {
    shown.insert("JobRunState".into(), state.into());
    shown.insert("CompletedOn".into(), timestamp(now));
    shown.insert("LastModifiedOn".into(), timestamp(now));
    let started = shown["StartedOn"].as_f64().unwrap_or_default();
    let seconds = (now.as_secs_f64() - started).max(0.0).round() as u64;
    shown.insert("ExecutionTime".into(), seconds.into());
    if let Some(message) = message {
        shown.insert("ErrorMessage".into(), message.into());
    }
}

/// What follows a run's end: another attempt, or what waits for it
fn settle(world: &mut World, now: Duration, id: &str) {
    let Some(run) = world.glue.runs.iter().find(|run| run.id() == id) else {
        return;
    };
    let caller = run.caller.clone();
    let workflow = run.workflow_run.clone();
    let name = string(&Value::Object(run.shown.clone()), "JobName");
    let job = world.glue.jobs.get(&caller.glue(jobs::KIND, &name));
    let retries = job
        .and_then(|job| job.get("MaxRetries")?.as_u64())
        .unwrap_or_default();
    let failed = ["FAILED", "TIMEOUT"].contains(&run.state());
    if failed && run.start.attempt < retries {
        let again = Start {
            previous: Some(run.start.previous.clone().unwrap_or_else(|| id.to_owned())),
            attempt: run.start.attempt + 1,
            ..run.start.clone()
        };
        if start(world, &caller, now, again).is_ok() {
            return;
        }
    }
    match workflow {
        Some((_, run)) => workflow_runs::advance(world, now, &run),
        None => triggers::hear(world, now, id),
    }
}
