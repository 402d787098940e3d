//! Endpoints and their changes over time.
//!
//! An endpoint serves a fleet. Creation and deletion take the configured transition time, an update what its deployment policy says (`rollout.rs`),
//! and both wait until the models are loaded. They are settled by the first call after it, or by the server's pulse.
//!
//! `UpdateEndpoint` keeps the deployment configuration only when `RetainDeploymentConfig` asks for it; otherwise what the
//! request does not repeat is gone, as in AWS.
//!
//! A new fleet whose models cannot be loaded leaves a created endpoint `Failed`, and an updated one with its former fleet and a
//! `FailureReason`. An alarm that fires while a fleet bakes rolls it back: `RollingBack`, then `InService` with the former fleet and
//! no failure reason. The silent rollback as a fault does not even show `RollingBack`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::fleet::{self, configured};
use crate::rollout::{Pace, Rollout};
use crate::wire::Failure;
use crate::world::{Answer, Call, World, string};
use crate::{alarms, capture, deployment, events};

mod endpoint;

pub(crate) use endpoint::Endpoint;
use endpoint::{Change, Target};

const KIND: &str = "endpoint";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("EndpointName");
    let arn = call.caller.arn(KIND, name);
    if world.endpoints.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Cannot create already existing endpoint \"{arn}\"."
        )));
    }
    let deployment = call.input.get("DeploymentConfig").cloned();
    if let Some(deployment) = &deployment {
        deployment::check(deployment, &configured(world, call)?)?;
    }
    let fleet = fleet::of_config(world, call)?;
    let endpoint = Endpoint {
        name: name.to_owned(),
        caller: call.caller.clone(),
        created: call.now,
        modified: call.now,
        serving: None,
        change: Some(Change::begin(
            call,
            Rollout::plain(call.pace),
            Target::Serve(fleet),
        )),
        deployment,
        failure: None,
        broken: None,
        captured: Vec::new(),
        told: None,
    };
    world.endpoints.insert(arn.clone(), endpoint);
    world.tag(&arn, call);
    Ok(json!({ "EndpointArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    let endpoint = world.endpoints.get(&arn).ok_or_else(|| missing(&arn))?;
    Ok(endpoint.describe(&arn, call.now))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    let current = at_rest(world, &arn)?;
    if let Some(broken) = current.broken {
        return Err(Failure::validation(format!(
            "Cannot update endpoint \"{arn}\" with status \"{broken}\"."
        )));
    }
    let serving = current.serving.clone();
    let mut deployment = call.input.get("DeploymentConfig").cloned();
    if deployment.is_none() && call.flag("RetainDeploymentConfig") {
        deployment = current.deployment.clone();
    }
    let variants = configured(world, call)?;
    if let Some(deployment) = &deployment {
        deployment::check(deployment, &variants)?;
    }
    let mut fleet = fleet::of_config(world, call)?;
    if let Some(serving) = serving.filter(|_| call.flag("RetainAllVariantProperties")) {
        fleet::retain(&mut fleet, &serving, call);
    }
    let rollout = Rollout::plan(deployment.as_ref(), &variants, call.pace);
    let change = match world.faults.rolls_back(call) {
        Some(how) => Change::begin(call, rollout.given_up(), Target::RollBack(fleet, how)),
        None => Change::begin(call, rollout, Target::Serve(fleet)),
    };
    if let Some(endpoint) = world.endpoints.get_mut(&arn) {
        endpoint.deployment = deployment;
        endpoint.modified = call.now;
        endpoint.failure = None;
        endpoint.change = Some(change);
    }
    Ok(json!({ "EndpointArn": arn }))
}

/// The same fleet with other weights and counts
pub(crate) fn update_weights(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    let mut fleet = at_rest(world, &arn)?
        .serving
        .clone()
        .ok_or_else(|| missing(&arn))?;
    let desired = call.input.get("DesiredWeightsAndCapacities");
    for wish in desired.and_then(Value::as_array).into_iter().flatten() {
        let name = string(wish, "VariantName");
        let variant = fleet
            .variants
            .iter_mut()
            .find(|variant| variant["VariantName"] == name)
            .ok_or_else(|| {
                Failure::validation(format!(
                    "The variant name \"{name}\" was not found in endpoint \"{arn}\"."
                ))
            })?;
        for (theirs, ours) in [
            ("DesiredWeight", "Weight"),
            ("DesiredInstanceCount", "InstanceCount"),
        ] {
            if let Some(value) = wish.get(theirs) {
                variant[format!("Current{ours}")] = value.clone();
                variant[format!("Desired{ours}")] = value.clone();
            }
        }
    }
    if let Some(endpoint) = world.endpoints.get_mut(&arn) {
        endpoint.modified = call.now;
        let rollout = Rollout::plain(call.pace);
        endpoint.change = Some(Change::begin(call, rollout, Target::Serve(fleet)));
    }
    Ok(json!({ "EndpointArn": arn }))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    at_rest(world, &arn)?;
    if let Some(endpoint) = world.endpoints.get_mut(&arn) {
        endpoint.modified = call.now;
        endpoint.change = Some(Change::begin(call, Rollout::plain(call.pace), Target::Gone));
    }
    Ok(Value::Null)
}

/// Brings every endpoint to where it is by now: changes that are due end, rollouts under a firing alarm turn back, captures are
/// written, and EventBridge hears of it
pub(crate) fn settle(world: &mut World, now: Duration, pace: Pace) {
    // first with the alarms as they were until now
    go_on(world, now, pace);
    if world.endpoints.values().any(Endpoint::is_watched) {
        alarms::evaluate(world, now, pace);
        go_on(world, now, pace);
    }
    if world.connected {
        report(world, now, pace);
    }
}

fn go_on(world: &mut World, now: Duration, pace: Pace) {
    let fires = |arn: String| {
        let alarm = world.alarms.get(&arn);
        alarm.is_some_and(|alarm| alarm.get("StateValue").is_some_and(|is| is == "ALARM"))
    };
    let mut gone = Vec::new();
    for (arn, endpoint) in &mut world.endpoints {
        let alarmed = endpoint
            .alarms()
            .any(|name| fires(endpoint.caller.alarm(&name)));
        if !endpoint.go_on(now, pace, alarmed) {
            gone.push(arn.clone());
        }
    }
    for arn in gone {
        world.tags.remove(&arn);
        if let Some(mut endpoint) = world.endpoints.remove(&arn).filter(|_| world.connected) {
            let about = (endpoint.name.as_str(), &endpoint.caller);
            capture::flush(
                &mut endpoint.captured,
                &mut world.tasks,
                about,
                &mut world.random,
                |_| true,
            );
        }
    }
}

/// Leaves to be done what the world outside is to see
fn report(world: &mut World, now: Duration, pace: Pace) {
    for (arn, endpoint) in &mut world.endpoints {
        let about = (endpoint.name.as_str(), &endpoint.caller);
        let due = |batch: &capture::Batch| batch.is_due(now, pace);
        capture::flush(
            &mut endpoint.captured,
            &mut world.tasks,
            about,
            &mut world.random,
            due,
        );
        if let Some((kind, shown)) = endpoint.news(arn, now) {
            let detail = events::of_endpoint(shown, world.tags.get(arn));
            let outbox = (&mut world.tasks, &mut world.faults);
            events::tell(outbox, &endpoint.caller, kind, arn, &detail);
        }
    }
}

/// A model has been loaded, or could not be: a rollout that waited for it goes on from here
pub(crate) fn loaded(world: &mut World, arn: &str, now: Duration, pace: Pace) {
    let endpoint = world.endpoints.get_mut(arn);
    if let Some(change) = endpoint.and_then(|endpoint| endpoint.change.as_mut()) {
        change.comes_up(now);
    }
    settle(world, now, pace);
}

/// The endpoint, if nothing is under way with it
fn at_rest<'w>(world: &'w World, arn: &str) -> Result<&'w Endpoint, Failure> {
    let endpoint = world.endpoints.get(arn).ok_or_else(|| missing(arn))?;
    match endpoint.change {
        None => Ok(endpoint),
        Some(_) => Err(Failure::validation(format!(
            "Cannot update in-progress endpoint \"{arn}\"."
        ))),
    }
}

fn missing(arn: &str) -> Failure {
    Failure::validation(format!("Could not find endpoint \"{arn}\"."))
}
