//! Jobs: what a script is run with.

use serde_json::{Value, json};

use super::{exists, invalid, missing, page, resource, tag};
use crate::wire::{Caller, Failure, Object};
use crate::world::{Answer, Call, World, string, timestamp};

pub(super) const KIND: &str = "job";

/// Glue's time-out of a job that says none, in minutes
const TIMEOUT: u64 = 2880;

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name").to_owned();
    let arn = call.caller.glue(KIND, &name);
    if world.glue.jobs.contains_key(&arn) {
        return Err(exists("Job", &name));
    }
    let mut job = resource(call);
    complete(&mut job)?;
    world.glue.jobs.insert(arn.clone(), job);
    tag(world, &arn, call.input.get("Tags"));
    Ok(json!({ "Name": name }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let job = find(world, &call.caller, call.text("JobName"))?;
    Ok(json!({ "Job": job }))
}

pub(crate) fn get_all(world: &mut World, call: &Call) -> Answer {
    let prefix = call.caller.glue(KIND, "");
    let jobs = world.glue.jobs.iter();
    let mine = jobs.filter(|(arn, _)| arn.starts_with(&prefix));
    let all = mine.map(|(_, job)| Value::Object(job.clone())).collect();
    page(call, "Jobs", all)
}

/// The former definition is overwritten completely
pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let name = call.text("JobName");
    let former = find(world, &call.caller, name)?;
    let mut job = match &call.input["JobUpdate"] {
        Value::Object(update) => update.clone(),
        _ => Object::new(),
    };
    job.insert("Name".into(), name.into());
    job.insert("CreatedOn".into(), former["CreatedOn"].clone());
    job.insert("LastModifiedOn".into(), timestamp(call.now));
    complete(&mut job)?;
    let arn = call.caller.glue(KIND, name);
    world.glue.jobs.insert(arn, job);
    Ok(json!({ "JobName": name }))
}

/// Deleting what is not there is no error in Glue
pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let name = call.text("JobName");
    let arn = call.caller.glue(KIND, name);
    world.glue.jobs.remove(&arn);
    world.tags.remove(&arn);
    Ok(json!({ "JobName": name }))
}

pub(super) fn find<'w>(
    world: &'w World,
    caller: &Caller,
    name: &str,
) -> Result<&'w Object, Failure> {
    let job = world.glue.jobs.get(&caller.glue(KIND, name));
    job.ok_or_else(|| missing("Job", name))
}

/// Checks what belongs together, and adds what Glue fills in
fn complete(job: &mut Object) -> Result<(), Failure> {
    let command = job.get("Command").cloned().unwrap_or_default();
    let kind = string(&command, "Name");
    let workers = job.contains_key("WorkerType") || job.contains_key("NumberOfWorkers");
    let capacity = job.get("MaxCapacity").and_then(Value::as_f64);
    if !["glueetl", "gluestreaming", "pythonshell", "glueray"].contains(&kind.as_str()) {
        return Err(invalid(format!(
            "Command name should be one of {{glueetl, gluestreaming, pythonshell, glueray}}, not {kind}."
        )));
    }
    if string(&command, "ScriptLocation").is_empty() {
        return Err(invalid("Script location cannot be null or empty."));
    }
    if workers && capacity.is_some() {
        return Err(invalid(
            "Please do not set Allocated Capacity or Max Capacity if using Worker Type and Number of Workers.",
        ));
    }
    if kind == "pythonshell" {
        if workers {
            return Err(invalid(
                "Worker Type and Number of Workers are not supported for PythonShell jobs.",
            ));
        }
        if capacity.is_some_and(|capacity| capacity != 0.0625 && capacity != 1.0) {
            return Err(invalid(
                "For PythonShell jobs Max Capacity can be either 0.0625 or 1.0.",
            ));
        }
        job.entry("MaxCapacity").or_insert_with(|| 0.0625.into());
        job.entry("GlueVersion").or_insert_with(|| "3.0".into());
    } else {
        job.entry("GlueVersion").or_insert_with(|| "5.0".into());
        job.entry("ExecutionClass")
            .or_insert_with(|| "STANDARD".into());
    }
    job.entry("MaxRetries").or_insert_with(|| 0.into());
    job.entry("Timeout").or_insert_with(|| TIMEOUT.into());
    job.entry("JobMode").or_insert_with(|| "SCRIPT".into());
    job.entry("ExecutionProperty")
        .or_insert_with(|| json!({ "MaxConcurrentRuns": 1 }));
    Ok(())
}
