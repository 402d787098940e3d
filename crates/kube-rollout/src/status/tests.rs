//! Every kind with literals: what is done, what is not, and what only looks done.

use serde_json::{Value, json};

use super::*;

fn object(kind: &str, generation: i64, spec: Value, status: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a", "generation": generation}, "spec": spec, "status": status})
}

fn is_underway(object: &Value, applied: i64) -> bool {
    matches!(stage(object, applied), Stage::Underway(_))
}

#[test]
fn a_status_about_an_older_generation_is_no_answer() {
    let done = json!({"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
        "conditions": [{"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]});
    assert_eq!(
        stage(
            &object("Deployment", 3, json!({"replicas": 2}), done.clone()),
            3
        ),
        Stage::Settled
    );
    // the watch still shows the object of before the apply
    assert!(is_underway(
        &object("Deployment", 3, json!({"replicas": 2}), done.clone()),
        4
    ));
    // the object is the new one, its status the old one
    assert!(is_underway(
        &object("Deployment", 4, json!({"replicas": 2}), done.clone()),
        4
    ));
    // and a deadline that passed for the old one says nothing about the new one
    let late = json!({"observedGeneration": 3, "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]});
    assert!(is_underway(
        &object("Deployment", 4, json!({}), late.clone()),
        4
    ));
    assert!(matches!(
        stage(&object("Deployment", 3, json!({}), late), 3),
        Stage::Broken(Class::Deadline, _)
    ));
}

#[test]
fn a_deployment_is_done_when_the_new_pods_serve_and_the_old_ones_are_gone() {
    for (replicas, updated, all, available, settled) in [
        (2, 2, 2, 2, true),
        (2, 1, 2, 2, false),
        (2, 2, 3, 3, false),
        (2, 2, 2, 1, false),
        (0, 0, 0, 0, true),
        (0, 0, 1, 1, false),
    ] {
        let status = json!({"observedGeneration": 1, "replicas": all, "updatedReplicas": updated, "availableReplicas": available});
        let found = stage(
            &object("Deployment", 1, json!({"replicas": replicas}), status),
            1,
        );
        assert_eq!(found == Stage::Settled, settled, "{found:?}");
    }
    assert!(is_underway(
        &object(
            "Deployment",
            1,
            json!({"paused": true}),
            json!({"observedGeneration": 1, "updatedReplicas": 1, "availableReplicas": 1, "replicas": 1})
        ),
        1
    ));
}

#[test]
fn a_stateful_set_counts_its_partition_and_its_revisions() {
    let done = |current: &str, updated: i64, available: i64| json!({"observedGeneration": 1, "replicas": 3, "currentRevision": current, "updateRevision": "b", "updatedReplicas": updated, "readyReplicas": 3, "availableReplicas": available});
    assert_eq!(
        stage(
            &object("StatefulSet", 1, json!({"replicas": 3}), done("b", 0, 3)),
            1
        ),
        Stage::Settled
    );
    assert!(is_underway(
        &object("StatefulSet", 1, json!({"replicas": 3}), done("a", 2, 3)),
        1
    ));
    assert!(is_underway(
        &object("StatefulSet", 1, json!({"replicas": 3}), done("a", 3, 3)),
        1
    ));
    assert!(is_underway(
        &object("StatefulSet", 1, json!({"replicas": 3}), done("b", 3, 2)),
        1
    ));
    let canary = json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}});
    assert_eq!(
        stage(&object("StatefulSet", 1, canary, done("a", 1, 3)), 1),
        Stage::Settled
    );
}

#[test]
fn a_daemon_set_covers_its_nodes() {
    let status = |updated: i64, available: i64| json!({"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available});
    assert_eq!(
        stage(&object("DaemonSet", 1, json!({}), status(3, 3)), 1),
        Stage::Settled
    );
    assert!(is_underway(
        &object("DaemonSet", 1, json!({}), status(2, 3)),
        1
    ));
    assert!(is_underway(
        &object("DaemonSet", 1, json!({}), status(3, 2)),
        1
    ));
}

#[test]
fn a_job_ends_one_way_or_the_other() {
    let with = |kind: &str| json!({"conditions": [{"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}]});
    assert_eq!(
        stage(&object("Job", 1, json!({}), with("Complete")), 1),
        Stage::Settled
    );
    assert!(matches!(
        stage(&object("Job", 1, json!({}), with("Failed")), 1),
        Stage::Broken(Class::JobFailed, _)
    ));
    assert!(is_underway(
        &object("Job", 1, json!({}), json!({"active": 1})),
        1
    ));
}

#[test]
fn other_kinds() {
    assert_eq!(
        stage(
            &object("Service", 0, json!({"type": "ClusterIP"}), json!({})),
            0
        ),
        Stage::Settled
    );
    assert!(is_underway(
        &object(
            "Service",
            0,
            json!({"type": "LoadBalancer"}),
            json!({"loadBalancer": {}})
        ),
        0
    ));
    assert!(matches!(
        stage(
            &object(
                "PersistentVolumeClaim",
                0,
                json!({}),
                json!({"phase": "Lost"})
            ),
            0
        ),
        Stage::Broken(Class::Volume, _)
    ));
    assert!(is_underway(
        &object(
            "PodDisruptionBudget",
            2,
            json!({}),
            json!({"observedGeneration": 1})
        ),
        2
    ));
    assert_eq!(
        stage(
            &object(
                "PodDisruptionBudget",
                2,
                json!({}),
                json!({"observedGeneration": 2})
            ),
            2
        ),
        Stage::Settled
    );
    let unable = json!({"conditions": [{"type": "AbleToScale", "status": "False", "message": "cannot get the scale"}]});
    assert!(is_underway(
        &object("HorizontalPodAutoscaler", 0, json!({}), unable),
        0
    ));
    let no_metrics = json!({"conditions": [{"type": "ScalingActive", "status": "False"}]});
    assert_eq!(
        stage(
            &object("HorizontalPodAutoscaler", 0, json!({}), no_metrics),
            0
        ),
        Stage::Settled
    );
}

#[test]
fn a_custom_resource_is_judged_by_its_conditions_about_this_generation() {
    let custom = |generation: i64, status: Value| json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"generation": generation}, "status": status});
    let ready = |status: &str, observed: i64| json!({"conditions": [{"type": "Ready", "status": status, "message": "m", "observedGeneration": observed}]});
    assert_eq!(stage(&custom(2, ready("True", 2)), 2), Stage::Settled);
    assert!(is_underway(&custom(2, ready("True", 1)), 2));
    assert!(is_underway(&custom(2, ready("False", 2)), 2));
    let stalled = json!({"observedGeneration": 2, "conditions": [{"type": "Stalled", "status": "True", "message": "no such chart"}]});
    assert_eq!(
        stage(&custom(2, stalled), 2),
        Stage::Broken(Class::Condition, "no such chart".into())
    );
    assert!(is_underway(
        &custom(
            2,
            json!({"observedGeneration": 1, "conditions": [{"type": "Stalled", "status": "True"}]})
        ),
        2
    ));
    assert_eq!(
        stage(
            &json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"generation": 1}}),
            1
        ),
        Stage::Silent
    );
    assert_eq!(
        stage(
            &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}),
            0
        ),
        Stage::Settled
    );
}
