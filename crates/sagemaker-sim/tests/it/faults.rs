//! Failures that a test asks for.

use std::time::Duration;

use serde_json::json;

use crate::client::Sim;

#[test]
fn a_denial_names_caller_action_and_resource_until_cleared() {
    let sim = Sim::start();
    let arn = sim.package();
    let fault = json!({"operation": "DescribeModelPackage", "error": "AccessDeniedException"});
    assert_eq!(sim.fault(fault).status, 200);
    let describe = json!({"ModelPackageName": arn});
    for _ in 0..2 {
        assert_eq!(
            sim.refused("DescribeModelPackage", describe.clone()),
            (
                "AccessDeniedException".into(),
                "User: arn:aws:sts::000000000000:assumed-role/sandbox/AKIATEST is not authorized to perform: sagemaker:DescribeModelPackage on resource: arn:aws:sagemaker:eu-west-1:000000000000:model-package/housing/1 because no identity-based policy allows the sagemaker:DescribeModelPackage action".into()
            )
        );
    }
    sim.send("DELETE", "/_sim/faults", "", "");
    sim.ok("DescribeModelPackage", describe);
}

#[test]
fn throttling_lasts_as_many_times_as_asked() {
    let sim = Sim::start();
    sim.fault(
        json!({"operation": "ListModelPackageGroups", "error": "ThrottlingException", "times": 2}),
    );
    for _ in 0..2 {
        let (code, _) = sim.refused("ListModelPackageGroups", json!({}));
        assert_eq!(code, "ThrottlingException");
    }
    sim.ok("ListModelPackageGroups", json!({}));
}

#[test]
fn a_silent_rollback_looks_like_success() {
    let sim = Sim::start();
    sim.configuration("one", 1);
    sim.configuration("two", 1);
    sim.ok(
        "CreateEndpoint",
        json!({"EndpointName": "prod", "EndpointConfigName": "one"}),
    );
    sim.clock.advance(Duration::from_secs(1));
    sim.fault(json!({"operation": "UpdateEndpoint", "error": "SilentRollback", "times": 1}));
    sim.ok(
        "UpdateEndpoint",
        json!({"EndpointName": "prod", "EndpointConfigName": "two"}),
    );
    sim.send(
        "POST",
        "/_sim/clock",
        "",
        &json!({"advance_seconds": 1}).to_string(),
    );
    let shown = sim.ok("DescribeEndpoint", json!({"EndpointName": "prod"}));
    assert_eq!(shown["EndpointStatus"], "InService");
    assert_eq!(shown["EndpointConfigName"], "one");
    assert!(shown.get("FailureReason").is_none());
}

#[test]
fn a_fault_that_could_never_happen_is_refused() {
    let sim = Sim::start();
    for fault in [
        json!({"operation": "DescribeModelPackge", "error": "ThrottlingException"}),
        json!({"operation": "CreateEndpoint", "error": "SilentRollback"}),
        json!({"operation": "CreateEndpoint", "error": "ThrottlingException", "time": 1}),
    ] {
        assert_eq!(sim.fault(fault.clone()).status, 400, "{fault}");
    }
}
