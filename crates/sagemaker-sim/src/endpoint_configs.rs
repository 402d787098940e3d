//! Endpoint configurations: which models serve behind an endpoint, on what.
//!
//! As in AWS, nothing stops the deletion of a configuration that an endpoint still serves.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::models;
use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, string};

const KIND: &str = "endpoint-config";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("EndpointConfigName"));
    if world.endpoint_configs.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Cannot create already existing endpoint configuration \"{arn}\"."
        )));
    }
    let mut config = call.resource();
    let mut names = BTreeSet::new();
    for variant in variants_mut(&mut config) {
        let name = string(variant, "VariantName");
        check_variant(world, call, variant, &name)?;
        if !names.insert(name) {
            return Err(Failure::validation(
                "Variant names must be unique within an endpoint configuration.",
            ));
        }
        if let Some(variant) = variant.as_object_mut() {
            variant
                .entry("InitialVariantWeight")
                .or_insert_with(|| 1.0.into());
        }
    }
    config.insert("EndpointConfigArn".into(), arn.clone().into());
    config
        .entry("EnableNetworkIsolation")
        .or_insert(Value::Bool(false));
    world.endpoint_configs.insert(arn.clone(), config);
    world.tag(&arn, call);
    Ok(json!({ "EndpointConfigArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    Ok(Value::Object(
        find(world, call, call.text("EndpointConfigName"))?.clone(),
    ))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    find(world, call, call.text("EndpointConfigName"))?;
    let arn = call.caller.arn(KIND, call.text("EndpointConfigName"));
    world.endpoint_configs.remove(&arn);
    world.tags.remove(&arn);
    Ok(Value::Null)
}

/// The configuration of that name, or AWS's words for its absence
pub(crate) fn find<'w>(world: &'w World, call: &Call, name: &str) -> Result<&'w Object, Failure> {
    let arn = call.caller.arn(KIND, name);
    world.endpoint_configs.get(&arn).ok_or_else(|| {
        Failure::validation(format!("Could not find endpoint configuration \"{arn}\"."))
    })
}

/// Production variants, then shadow variants
fn variants_mut(config: &mut Object) -> Vec<&mut Value> {
    config
        .iter_mut()
        .filter(|(member, _)| member.ends_with("ProductionVariants"))
        .filter_map(|(_, variants)| variants.as_array_mut())
        .flatten()
        .collect()
}

fn check_variant(world: &World, call: &Call, variant: &Value, name: &str) -> Result<(), Failure> {
    let has = |member: &str| variant.get(member).is_some();
    if has("ModelName") {
        let model = string(variant, "ModelName");
        models::find(world, &call.caller.arn("model", &model))?;
    } else if !call.input.contains_key("ExecutionRoleArn") {
        return Err(Failure::validation(format!(
            "Production variant \"{name}\" names no model, and the endpoint configuration has no ExecutionRoleArn for inference components."
        )));
    }
    let instances = has("InstanceType") || has("InstancePools");
    if has("ServerlessConfig") == instances {
        return Err(Failure::validation(format!(
            "Production variant \"{name}\" must have either an InstanceType or a ServerlessConfig."
        )));
    }
    if has("InstanceType") && !has("InitialInstanceCount") {
        return Err(Failure::validation(format!(
            "Production variant \"{name}\" must have an InitialInstanceCount with its InstanceType."
        )));
    }
    Ok(())
}
