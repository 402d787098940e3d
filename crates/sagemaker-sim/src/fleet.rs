//! What serves behind an endpoint: its configuration as it was when it was asked for, because a configuration may be deleted under a
//! serving endpoint, and the models that its variants have loaded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::models;
use crate::random::Random;
use crate::serving::Slot;
use crate::wire::{Failure, Object};
use crate::world::{Call, World, string, timestamp};
use crate::{endpoint_configs, serving};

/// What an endpoint configuration asked for at the time of the request
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    pub(crate) config: String,
    /// As the endpoint reports them
    pub(crate) variants: Vec<Value>,
    pub(crate) shadows: Vec<Value>,
    pub(crate) data_capture: Option<Value>,
    /// Data capture as it is configured
    pub(crate) capture: Option<Value>,
    /// By variant; none where the simulator was not told where S3 is
    pub(crate) models: BTreeMap<String, Slot>,
}

impl Fleet {
    /// Whether all models are there: not yet, yes, or why not
    pub(crate) fn loaded(&self) -> Option<Result<(), String>> {
        for slot in self.models.values() {
            if let Err(reason) = slot.get()? {
                return Some(Err(reason.clone()));
            }
        }
        Some(Ok(()))
    }

    /// A variant by the weights
    pub(crate) fn pick(&self, random: &mut Random) -> Option<&Value> {
        let weight = |variant: &Value| variant["CurrentWeight"].as_f64().unwrap_or(1.0);
        let mut left = random.share() * self.variants.iter().map(weight).sum::<f64>();
        let picked = self.variants.iter().find(|variant| {
            left -= weight(variant);
            left < 0.0
        });
        picked.or(self.variants.first())
    }
}

/// The variants as configured, which say how many instances there are to be
pub(crate) fn configured(world: &World, call: &Call) -> Result<Vec<Value>, Failure> {
    let config = endpoint_configs::find(world, call, call.text("EndpointConfigName"))?;
    let variants = config.get("ProductionVariants").and_then(Value::as_array);
    Ok(variants.cloned().unwrap_or_default())
}

pub(crate) fn of_config(world: &mut World, call: &Call) -> Result<Fleet, Failure> {
    let name = call.text("EndpointConfigName");
    let config = endpoint_configs::find(world, call, name)?.clone();
    let listed = |member: &str| {
        let variants = config.get(member).and_then(Value::as_array);
        variants.cloned().unwrap_or_default()
    };
    let running = |variants: &[Value]| -> Result<Vec<Value>, Failure> {
        let shown = variants.iter().map(|variant| running(world, call, variant));
        shown.collect()
    };
    let (variants, shadows) = (
        listed("ProductionVariants"),
        listed("ShadowProductionVariants"),
    );
    let fleet = Fleet {
        config: name.to_owned(),
        variants: running(&variants)?,
        shadows: running(&shadows)?,
        data_capture: config.get("DataCaptureConfig").map(capture_summary),
        capture: config.get("DataCaptureConfig").cloned(),
        models: BTreeMap::new(),
    };
    let mut models = BTreeMap::new();
    for variant in variants.iter().chain(&shadows) {
        if let Some(slot) = serving::load(world, call, variant) {
            models.insert(string(variant, "VariantName"), slot);
        }
    }
    Ok(Fleet { models, ..fleet })
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
pub(crate) fn retain(fleet: &mut Fleet, serving: &Fleet, call: &Call) {
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
        fleet.capture.clone_from(&serving.capture);
    }
}
