//! Rollouts on the virtual clock: when alarms turn one back, what the endpoint shows afterwards, and that good ones are left alone.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::Sim;

/// When a new fleet begins to bake, in the time of `Sim::patient`
const BAKES: f64 = 3.0;

/// A deployment policy, and for how many seconds its fleet bakes
struct Policy {
    config: Value,
    bakes: f64,
}

/// Each kind of policy in turn, with waits that differ from one number to the next
fn policy(number: u32) -> Policy {
    let wait = number % 13 + 2;
    let last = number % 7 + 1;
    let percent = |value: u32| json!({"Type": "CAPACITY_PERCENT", "Value": value});
    let one = json!({"Type": "INSTANCE_COUNT", "Value": 1});
    let (routing, waits) = match number % 4 {
        0 => (json!({"Type": "ALL_AT_ONCE"}), 0),
        1 => (json!({"Type": "CANARY", "CanarySize": percent(25)}), 1),
        2 => (json!({"Type": "CANARY", "CanarySize": one}), 1),
        _ => (json!({"Type": "LINEAR", "LinearStepSize": percent(25)}), 3),
    };
    let mut config = json!({
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": last,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}, {"AlarmName": "wrong"}]},
    });
    config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] =
        wait.into();
    Policy {
        config,
        bakes: f64::from(waits * wait + last),
    }
}

/// An endpoint that serves `old`, beside a configuration `new`; three alarms, of which one concerns nobody
fn ready() -> Sim {
    let sim = Sim::patient();
    for alarm in ["errors", "wrong", "elsewhere"] {
        let put = format!(
            "AlarmName={alarm}&Namespace=Towpath&MetricName={alarm}&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=0&ComparisonOperator=GreaterThanThreshold"
        );
        assert_eq!(sim.form("PutMetricAlarm", &put).status, 200);
    }
    sim.configuration("old", 4);
    sim.configuration("new", 4);
    sim.ok("CreateEndpoint", update("old", None));
    assert_eq!(sim.at_rest("prod")["EndpointConfigName"], "old");
    sim
}

fn update(config: &str, policy: Option<&Policy>) -> Value {
    let mut request = json!({"EndpointName": "prod", "EndpointConfigName": config});
    if let Some(policy) = policy {
        request["DeploymentConfig"] = policy.config.clone();
    }
    request
}

fn set(sim: &Sim, alarm: &str, state: &str) {
    let state = format!("AlarmName={alarm}&StateValue={state}&StateReason=test");
    assert_eq!(sim.form("SetAlarmState", &state).status, 200);
}

fn pass(sim: &Sim, seconds: f64) {
    sim.clock.advance(Duration::from_secs_f64(seconds));
}

#[test]
fn each_of_fifty_silent_rollbacks_shows_at_the_first_look_after_in_service() {
    let sim = ready();
    for number in 0..50 {
        let policy = policy(number);
        let by_alarm = number % 2 == 0;
        if !by_alarm {
            let fault = json!({"operation": "UpdateEndpoint", "error": "SilentRollback", "times": 1, "endpoint_config": "new"});
            assert_eq!(sim.fault(fault).status, 200);
        }
        sim.ok("UpdateEndpoint", update("new", Some(&policy)));
        if by_alarm {
            let alarm = if number % 4 == 0 { "errors" } else { "wrong" };
            pass(&sim, BAKES + policy.bakes * f64::from(number) / 50.0);
            set(&sim, alarm, "ALARM");
            assert_eq!(sim.describe("prod")["EndpointStatus"], "RollingBack");
            set(&sim, alarm, "OK");
        }
        let shown = sim.at_rest("prod");
        assert_eq!(shown["EndpointStatus"], "InService", "{number}");
        assert_eq!(shown["EndpointConfigName"], "old", "{number}");
        assert!(shown.get("FailureReason").is_none(), "{number}");
        assert!(shown.get("PendingDeploymentSummary").is_none(), "{number}");
    }
}

#[test]
fn none_of_two_hundred_good_deployments_is_rolled_back() {
    let sim = ready();
    set(&sim, "elsewhere", "ALARM");
    for number in 0..200 {
        let state = if number % 3 == 0 {
            "INSUFFICIENT_DATA"
        } else {
            "OK"
        };
        set(&sim, "errors", state);
        let policy = policy(number);
        let wanted = if number % 2 == 0 { "new" } else { "old" };
        sim.ok("UpdateEndpoint", update(wanted, Some(&policy)));
        let mut seen = Vec::new();
        let shown = loop {
            let shown = sim.describe("prod");
            let status = shown["EndpointStatus"].as_str().unwrap().to_owned();
            if status == "InService" {
                break shown;
            }
            seen.push(status);
            pass(&sim, 1.0);
        };
        assert!(seen.iter().all(|status| status == "Updating"), "{seen:?}");
        let expected = (4.0 + policy.bakes) as usize;
        assert_eq!(seen.len(), expected, "{number}: as long as the policy says");
        assert_eq!(shown["EndpointConfigName"], wanted, "{number}");
    }
}

#[test]
fn an_alarm_turns_a_rollout_back_only_while_it_bakes() {
    // seconds after the request at which the alarm fires and is quiet again, and what serves in the end
    let policy = policy(1);
    let end = BAKES + policy.bakes;
    for (fires, quiet, serves) in [
        (0.0, BAKES - 0.1, "new"),
        (0.0, BAKES + 0.1, "old"),
        (BAKES, BAKES + 0.1, "old"),
        (end - 0.1, end + 0.5, "old"),
        (end + 0.1, end + 0.5, "new"),
        (end + 2.0, end + 3.0, "new"),
    ] {
        let sim = ready();
        sim.ok("UpdateEndpoint", update("new", Some(&policy)));
        pass(&sim, fires);
        set(&sim, "errors", "ALARM");
        pass(&sim, quiet - fires);
        set(&sim, "errors", "OK");
        let serving = sim.at_rest("prod")["EndpointConfigName"].clone();
        assert_eq!(serving, serves, "from {fires} to {quiet}");
    }
}

#[test]
fn without_alarms_in_its_policy_a_rollout_is_not_watched() {
    let sim = ready();
    let mut policy = policy(1);
    policy
        .config
        .as_object_mut()
        .unwrap()
        .remove("AutoRollbackConfiguration");
    set(&sim, "errors", "ALARM");
    sim.ok("UpdateEndpoint", update("new", Some(&policy)));
    assert_eq!(sim.at_rest("prod")["EndpointConfigName"], "new");
}

#[test]
fn a_measured_alarm_turns_a_rollout_back() {
    let sim = ready();
    let policy = policy(1);
    let datum = |value: u32| {
        let data = format!(
            "Namespace=Towpath&MetricData.member.1.MetricName=wrong&MetricData.member.1.Value={value}"
        );
        assert_eq!(sim.form("PutMetricData", &data).status, 200);
    };
    sim.ok("UpdateEndpoint", update("new", Some(&policy)));
    pass(&sim, BAKES + 0.5);
    datum(0);
    assert_eq!(sim.describe("prod")["EndpointStatus"], "Updating");
    datum(1);
    assert_eq!(sim.describe("prod")["EndpointStatus"], "RollingBack");
    assert_eq!(sim.at_rest("prod")["EndpointConfigName"], "old");
}

#[test]
fn a_rollout_shows_its_stages_and_other_rollbacks_say_why() {
    let sim = ready();
    let policy = policy(1);
    sim.ok("UpdateEndpoint", update("new", Some(&policy)));
    let stage = || {
        let shown = sim.describe("prod");
        let variant = &shown["PendingDeploymentSummary"]["ProductionVariants"][0];
        variant["VariantStatus"][0]["Status"].clone()
    };
    assert_eq!(stage(), "Creating");
    pass(&sim, 2.5);
    assert_eq!(stage(), "ActivatingTraffic");
    pass(&sim, 0.5);
    assert_eq!(stage(), "Baking");
    pass(&sim, policy.bakes);
    assert_eq!(stage(), "Deleting");
    sim.at_rest("prod");

    for (error, status) in [
        ("ExplainedRollback", "InService"),
        ("UpdateRollbackFailed", "UpdateRollbackFailed"),
    ] {
        sim.fault(json!({"operation": "UpdateEndpoint", "error": error, "times": 1}));
        sim.ok("UpdateEndpoint", update("old", Some(&policy)));
        let shown = sim.at_rest("prod");
        assert_eq!(shown["EndpointStatus"], status);
        assert_eq!(shown["EndpointConfigName"], "new");
        let reason = shown["FailureReason"].as_str().unwrap();
        assert!(reason.contains("rolled back"), "{reason}");
    }
    let (_, message) = sim.refused("UpdateEndpoint", update("old", None));
    assert!(message.contains("UpdateRollbackFailed"), "{message}");
}
