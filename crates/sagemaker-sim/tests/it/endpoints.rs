//! Models, endpoint configurations and endpoints.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{ROLE, Sim};

const TRANSITION: Duration = Duration::from_millis(200);

fn describe(sim: &Sim) -> Value {
    sim.ok("DescribeEndpoint", json!({"EndpointName": "prod"}))
}

fn canary() -> Value {
    json!({
        "BlueGreenUpdatePolicy": { "TrafficRoutingConfiguration": {
            "Type": "CANARY", "WaitIntervalInSeconds": 300,
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        }},
    })
}

fn endpoint(config: &str) -> Value {
    json!({"EndpointName": "prod", "EndpointConfigName": config})
}

#[test]
fn an_endpoint_comes_up_changes_and_goes_with_time() {
    let sim = Sim::start();
    sim.configuration("one", 2);
    sim.configuration("two", 3);
    sim.ok("CreateEndpoint", endpoint("one"));
    let shown = describe(&sim);
    assert_eq!(shown["EndpointStatus"], "Creating");
    assert!(shown.get("ProductionVariants").is_none());
    let (_, message) = sim.refused("UpdateEndpoint", endpoint("two"));
    assert!(message.starts_with("Cannot update in-progress endpoint"));

    sim.clock.advance(TRANSITION);
    let shown = describe(&sim);
    assert_eq!(shown["EndpointStatus"], "InService");
    assert_eq!(shown["ProductionVariants"][0]["CurrentInstanceCount"], 2);

    sim.ok("UpdateEndpoint", endpoint("two"));
    let shown = describe(&sim);
    assert_eq!(shown["EndpointStatus"], "Updating");
    assert_eq!(
        shown["EndpointConfigName"], "one",
        "the old one still serves"
    );
    assert_eq!(
        shown["PendingDeploymentSummary"]["EndpointConfigName"],
        "two"
    );

    sim.clock.advance(TRANSITION);
    let shown = describe(&sim);
    assert_eq!(shown["EndpointConfigName"], "two");
    assert_eq!(shown["ProductionVariants"][0]["CurrentInstanceCount"], 3);
    assert!(shown.get("PendingDeploymentSummary").is_none());

    sim.ok("DeleteEndpoint", json!({"EndpointName": "prod"}));
    assert_eq!(describe(&sim)["EndpointStatus"], "Deleting");
    sim.clock.advance(TRANSITION);
    let (code, message) = sim.refused("DescribeEndpoint", json!({"EndpointName": "prod"}));
    assert_eq!(code, "ValidationException");
    assert!(message.starts_with("Could not find endpoint \"arn:"));
}

#[test]
fn an_update_drops_the_deployment_policy_unless_asked_to_keep_it() {
    let sim = Sim::start();
    sim.configuration("one", 2);
    let mut create = endpoint("one");
    create["DeploymentConfig"] = canary();
    sim.ok("CreateEndpoint", create);
    sim.clock.advance(TRANSITION);

    let mut keep = endpoint("one");
    keep["RetainDeploymentConfig"] = true.into();
    sim.ok("UpdateEndpoint", keep);
    sim.clock.advance(TRANSITION);
    assert_eq!(describe(&sim)["LastDeploymentConfig"], canary());

    sim.ok("UpdateEndpoint", endpoint("one"));
    assert!(describe(&sim).get("LastDeploymentConfig").is_none());
}

#[test]
fn a_canary_needs_two_instances_and_at_most_half_of_them() {
    let sim = Sim::start();
    sim.configuration("one", 1);
    sim.configuration("four", 4);
    let refused = |config: &str, size: Value| {
        let mut request = endpoint(config);
        request["DeploymentConfig"] = canary();
        request["DeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["CanarySize"] =
            size;
        sim.refused("CreateEndpoint", request).1
    };
    let half = json!({"Type": "CAPACITY_PERCENT", "Value": 50});
    assert!(refused("one", half).contains("requires at least 2 instances"));
    let three = json!({"Type": "INSTANCE_COUNT", "Value": 3});
    assert!(refused("four", three).contains("between 0 and 50 percent"));
}

#[test]
fn variant_properties_are_retained_on_request() {
    let sim = Sim::start();
    sim.configuration("two", 2);
    sim.configuration("five", 5);
    sim.ok("CreateEndpoint", endpoint("two"));
    sim.clock.advance(TRANSITION);
    let mut update = endpoint("five");
    update["RetainAllVariantProperties"] = true.into();
    sim.ok("UpdateEndpoint", update);
    sim.clock.advance(TRANSITION);
    let shown = describe(&sim);
    assert_eq!(shown["EndpointConfigName"], "five");
    assert_eq!(shown["ProductionVariants"][0]["DesiredInstanceCount"], 2);
}

#[test]
fn a_configuration_may_be_deleted_under_its_endpoint() {
    let sim = Sim::start();
    sim.configuration("one", 1);
    sim.ok("CreateEndpoint", endpoint("one"));
    sim.clock.advance(TRANSITION);
    sim.ok("DeleteEndpointConfig", json!({"EndpointConfigName": "one"}));
    assert_eq!(describe(&sim)["EndpointConfigName"], "one");
    let (_, message) = sim.refused("UpdateEndpoint", endpoint("one"));
    assert!(message.starts_with("Could not find endpoint configuration \"arn:"));
}

#[test]
fn what_a_request_names_must_exist_and_must_not_exist_twice() {
    let sim = Sim::start();
    sim.configuration("one", 1);
    let container = json!({"ModelPackageName": "arn:aws:sagemaker:eu-west-1:000000000000:model-package/housing/9"});
    let model = json!({"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container});
    let (_, message) = sim.refused("CreateModel", model);
    assert!(message.contains("model-package/housing/9 does not exist"));
    let model = json!({"ModelName": "one", "PrimaryContainer": {"Image": "i"}});
    let (_, message) = sim.refused("CreateModel", model);
    assert!(message.starts_with("Cannot create already existing model \"arn:"));
    let variant = json!({"VariantName": "v", "ModelName": "none", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1});
    let config = json!({"EndpointConfigName": "x", "ProductionVariants": [variant]});
    let (_, message) = sim.refused("CreateEndpointConfig", config);
    assert!(message.starts_with("Could not find model \"arn:"));
}

#[test]
fn defaults_are_shown_as_aws_shows_them() {
    let sim = Sim::start();
    let package = sim.package();
    sim.ok(
        "CreateModel",
        json!({"ModelName": "p", "PrimaryContainer": {"ModelPackageName": package}}),
    );
    let model = sim.ok("DescribeModel", json!({"ModelName": "p"}));
    assert_eq!(model["PrimaryContainer"]["Mode"], "SingleModel");
    assert_eq!(model["EnableNetworkIsolation"], false);
    assert!(model.get("VpcConfig").is_none());
}
