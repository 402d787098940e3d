//! Endpoints and their changes over time.
//!
//! An endpoint serves a fleet. Creation, update and deletion take the configured transition time and are settled by the first call
//! after it. The fleet is a copy of its configuration, because a configuration may be deleted under a serving endpoint.
//!
//! `UpdateEndpoint` keeps the deployment configuration only when `RetainDeploymentConfig` asks for it; otherwise what the
//! request does not repeat is gone, as in AWS. After a silent rollback the endpoint is `InService` with its former fleet.

use std::time::Duration;

use serde_json::{Value, json};

use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, string, timestamp};
use crate::{deployment, endpoint_configs, models};

const KIND: &str = "endpoint";

/// One endpoint
#[derive(Debug)]
pub(crate) struct Endpoint {
    name: String,
    created: Duration,
    modified: Duration,
    serving: Option<Fleet>,
    change: Option<Change>,
    deployment: Option<Value>,
}

/// What an endpoint configuration asked for at the time of the request
#[derive(Debug, Clone)]
struct Fleet {
    config: String,
    variants: Vec<Value>,
    data_capture: Option<Value>,
}

#[derive(Debug)]
struct Change {
    started: Duration,
    due: Duration,
    to: Target,
}

#[derive(Debug)]
enum Target {
    Serve(Fleet),
    /// The new fleet is only pretended; at the end the former one serves
    RollBack(Fleet),
    Gone,
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("EndpointName");
    let arn = call.caller.arn(KIND, name);
    if world.endpoints.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Cannot create already existing endpoint \"{arn}\"."
        )));
    }
    let fleet = fleet(world, call)?;
    let deployment = call.input.get("DeploymentConfig").cloned();
    if let Some(deployment) = &deployment {
        deployment::check(deployment, &configured(world, call)?)?;
    }
    let endpoint = Endpoint {
        name: name.to_owned(),
        created: call.now,
        modified: call.now,
        serving: None,
        change: Some(Change::begin(call, Target::Serve(fleet))),
        deployment,
    };
    world.endpoints.insert(arn.clone(), endpoint);
    world.tag(&arn, call);
    Ok(json!({ "EndpointArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    let endpoint = world.endpoints.get(&arn).ok_or_else(|| missing(&arn))?;
    Ok(endpoint.describe(&arn))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    let current = at_rest(world, &arn)?;
    let serving = current.serving.clone();
    let mut deployment = call.input.get("DeploymentConfig").cloned();
    if deployment.is_none() && call.flag("RetainDeploymentConfig") {
        deployment = current.deployment.clone();
    }
    let mut fleet = fleet(world, call)?;
    if let Some(deployment) = &deployment {
        deployment::check(deployment, &configured(world, call)?)?;
    }
    if let Some(serving) = serving.filter(|_| call.flag("RetainAllVariantProperties")) {
        retain(&mut fleet, &serving, call);
    }
    let target = match world.faults.rolls_back(call) {
        true => Target::RollBack(fleet),
        false => Target::Serve(fleet),
    };
    if let Some(endpoint) = world.endpoints.get_mut(&arn) {
        endpoint.deployment = deployment;
        endpoint.modified = call.now;
        endpoint.change = Some(Change::begin(call, target));
    }
    Ok(json!({ "EndpointArn": arn }))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointName"));
    at_rest(world, &arn)?;
    if let Some(endpoint) = world.endpoints.get_mut(&arn) {
        endpoint.modified = call.now;
        endpoint.change = Some(Change::begin(call, Target::Gone));
    }
    Ok(Value::Null)
}

/// Ends every change that is due
pub(crate) fn settle(world: &mut World, now: Duration) {
    world.endpoints.retain(|arn, endpoint| {
        let Some(change) = endpoint.change.take_if(|change| change.due <= now) else {
            return true;
        };
        endpoint.modified = change.due;
        match change.to {
            Target::Serve(fleet) => endpoint.serving = Some(fleet),
            Target::RollBack(_) => {}
            Target::Gone => {
                world.tags.remove(arn);
                return false;
            }
        }
        true
    });
}

impl Change {
    fn begin(call: &Call, to: Target) -> Self {
        Self {
            started: call.now,
            due: call.now + call.transition,
            to,
        }
    }
}

impl Endpoint {
    fn status(&self) -> &'static str {
        match (&self.change, &self.serving) {
            (None, _) => "InService",
            (Some(change), _) if matches!(change.to, Target::Gone) => "Deleting",
            (Some(_), None) => "Creating",
            (Some(_), Some(_)) => "Updating",
        }
    }

    fn describe(&self, arn: &str) -> Value {
        let mut shown = Object::new();
        let mut put = |member: &str, value: Value| shown.insert(member.into(), value);
        put("EndpointName", self.name.as_str().into());
        put("EndpointArn", arn.into());
        put("EndpointStatus", self.status().into());
        put("CreationTime", timestamp(self.created));
        put("LastModifiedTime", timestamp(self.modified));
        if let Some(deployment) = &self.deployment {
            put("LastDeploymentConfig", deployment.clone());
        }
        let pending = match &self.change {
            Some(change) => match &change.to {
                Target::Serve(fleet) | Target::RollBack(fleet) => Some((change, fleet)),
                Target::Gone => None,
            },
            None => None,
        };
        if let Some(fleet) = &self.serving {
            put("EndpointConfigName", fleet.config.as_str().into());
            put("ProductionVariants", fleet.variants.clone().into());
            if let Some(capture) = &fleet.data_capture {
                put("DataCaptureConfig", capture.clone());
            }
        } else if let Some((_, fleet)) = pending {
            put("EndpointConfigName", fleet.config.as_str().into());
        }
        if let Some((change, fleet)) = pending.filter(|_| self.serving.is_some()) {
            put(
                "PendingDeploymentSummary",
                json!({
                    "EndpointConfigName": fleet.config,
                    "ProductionVariants": fleet.variants,
                    "StartTime": timestamp(change.started),
                }),
            );
        }
        Value::Object(shown)
    }
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

/// The variants as configured, which say how many instances there are to be
fn configured(world: &World, call: &Call) -> Result<Vec<Value>, Failure> {
    let config = endpoint_configs::find(world, call, call.text("EndpointConfigName"))?;
    let variants = config.get("ProductionVariants").and_then(Value::as_array);
    Ok(variants.cloned().unwrap_or_default())
}

fn fleet(world: &World, call: &Call) -> Result<Fleet, Failure> {
    let name = call.text("EndpointConfigName");
    let variants = configured(world, call)?
        .iter()
        .map(|variant| running(world, call, variant))
        .collect::<Result<_, _>>()?;
    let config = endpoint_configs::find(world, call, name)?;
    Ok(Fleet {
        config: name.to_owned(),
        variants,
        data_capture: config.get("DataCaptureConfig").map(capture_summary),
    })
}

/// A configured variant as the endpoint reports it
fn running(world: &World, call: &Call, variant: &Value) -> Result<Value, Failure> {
    let mut shown = Object::new();
    let mut put = |member: &str, value: &Value| shown.insert(member.into(), value.clone());
    put("VariantName", &variant["VariantName"]);
    for (theirs, ours) in [
        ("InitialVariantWeight", "Weight"),
        ("InitialInstanceCount", "InstanceCount"),
        ("ServerlessConfig", "ServerlessConfig"),
    ] {
        if let Some(value) = variant.get(theirs) {
            put(&format!("Current{ours}"), value);
            put(&format!("Desired{ours}"), value);
        }
    }
    for member in ["ManagedInstanceScaling", "RoutingConfig"] {
        if let Some(value) = variant.get(member) {
            put(member, value);
        }
    }
    let model = string(variant, "ModelName");
    if !model.is_empty() {
        let model = models::find(world, &call.caller.arn("model", &model))?;
        let images: Vec<Value> = models::images(world, call, model)
            .into_iter()
            .map(|image| {
                json!({ "SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": timestamp(call.now) })
            })
            .collect();
        put("DeployedImages", &images.into());
    }
    Ok(Value::Object(shown))
}

fn capture_summary(config: &Value) -> Value {
    let enabled = config["EnableCapture"].as_bool().unwrap_or_default();
    json!({
        "EnableCapture": enabled,
        "CaptureStatus": if enabled { "Started" } else { "Stopped" },
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": string(config, "KmsKeyId"),
    })
}

/// Keeps weights, counts and data capture of the variants that go on under the same name
fn retain(fleet: &mut Fleet, serving: &Fleet, call: &Call) {
    let excluded = |property: &str| {
        call.input
            .get("ExcludeRetainedVariantProperties")
            .and_then(Value::as_array)
            .is_some_and(|list| {
                list.iter()
                    .any(|entry| entry["VariantPropertyType"] == property)
            })
    };
    for variant in &mut fleet.variants {
        let former = serving
            .variants
            .iter()
            .find(|former| former["VariantName"] == variant["VariantName"]);
        for (property, member) in [
            ("DesiredInstanceCount", "InstanceCount"),
            ("DesiredWeight", "Weight"),
        ] {
            for member in [format!("Current{member}"), format!("Desired{member}")] {
                if let Some(value) = former.and_then(|former| former.get(&member))
                    && !excluded(property)
                {
                    variant[&member] = value.clone();
                }
            }
        }
    }
    if !excluded("DataCaptureConfig") {
        fleet.data_capture.clone_from(&serving.data_capture);
    }
}

fn missing(arn: &str) -> Failure {
    Failure::validation(format!("Could not find endpoint \"{arn}\"."))
}
