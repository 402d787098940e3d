//! What a deployment configuration must satisfy, given the fleet it is about to change.
//!
//! A canary needs at least two instances, because it may be half of the fleet at most; a linear step is a tenth to a half; and blue/green and
//! rolling exclude each other.

use serde_json::Value;

use crate::wire::Failure;
use crate::world::string;

/// The smallest and the largest share of the fleet in one step of linear and rolling deployments, in percent
const STEP: (f64, f64) = (10.0, 50.0);
const BATCH: (f64, f64) = (5.0, 50.0);
/// A canary may be small, but not more than half
const CANARY: (f64, f64) = (0.0, 50.0);

/// Refuses `deployment` if `variants` cannot be updated by it
pub(crate) fn check(deployment: &Value, variants: &[Value]) -> Result<(), Failure> {
    let blue_green = deployment.get("BlueGreenUpdatePolicy");
    let rolling = deployment.get("RollingUpdatePolicy");
    match (blue_green, rolling) {
        (Some(_), Some(_)) => Err(Failure::validation(
            "Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy may be specified.",
        )),
        (Some(policy), None) => check_routing(&policy["TrafficRoutingConfiguration"], variants),
        (None, Some(policy)) => check_share(policy, "MaximumBatchSize", variants, BATCH),
        (None, None) => Ok(()),
    }
}

fn check_routing(routing: &Value, variants: &[Value]) -> Result<(), Failure> {
    match string(routing, "Type").as_str() {
        "CANARY" => check_share(routing, "CanarySize", variants, CANARY),
        "LINEAR" => check_share(routing, "LinearStepSize", variants, STEP),
        _ => Ok(()),
    }
}

fn check_share(
    policy: &Value,
    member: &str,
    variants: &[Value],
    (least, most): (f64, f64),
) -> Result<(), Failure> {
    let Some(size) = policy.get(member) else {
        return Err(Failure::validation(format!(
            "{member} must be specified for this type of deployment."
        )));
    };
    let value = size["Value"].as_f64().unwrap_or_default();
    for variant in variants {
        let name = string(variant, "VariantName");
        let Some(count) = variant["InitialInstanceCount"].as_f64() else {
            continue; // serverless: SageMaker falls back to all at once
        };
        if count < 2.0 {
            return Err(Failure::validation(format!(
                "Variant \"{name}\" has {count} instance; {member} requires at least 2 instances."
            )));
        }
        let percent = match string(size, "Type").as_str() {
            "INSTANCE_COUNT" => 100.0 * value / count,
            _ => value,
        };
        if !(least..=most).contains(&percent) {
            return Err(Failure::validation(format!(
                "{member} must be between {least} and {most} percent of the instance count of variant \"{name}\", which is {count}."
            )));
        }
    }
    Ok(())
}
