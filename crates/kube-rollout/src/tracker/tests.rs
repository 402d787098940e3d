//! Rollouts as a sequence of looks: what fails when, what heals, and what is never believed.

use serde_json::json;

use super::*;
use crate::world::Change;

const SECOND: Duration = Duration::from_secs(1);

fn name() -> ObjectRef {
    ObjectRef {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        namespace: Some("n".into()),
        name: "web".into(),
    }
}

fn tracker(budgets: Budgets) -> Tracker {
    let applied = Applied {
        object: name(),
        uid: "d".into(),
        generation: 2,
    };
    Tracker::new(vec![applied], budgets)
}

fn deployment(generation: i64, observed: i64, available: i64) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "n", "uid": "d", "generation": generation, "annotations": {"deployment.kubernetes.io/revision": "1"}},
        "spec": {"replicas": 1},
        "status": {"observedGeneration": observed, "replicas": 1, "updatedReplicas": 1, "availableReplicas": available}})
}

fn pod(state: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "n", "uid": "p", "ownerReferences": [{"controller": true, "uid": "rs"}]},
        "spec": {"nodeName": "a", "containers": [{"name": "app", "image": "i"}]},
        "status": {"containerStatuses": [{"name": "app", "restartCount": 0, "ready": false, "state": state}]}})
}

fn set() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web-rs", "namespace": "n", "uid": "rs", "annotations": {"deployment.kubernetes.io/revision": "1"},
        "ownerReferences": [{"controller": true, "uid": "d"}]}})
}

fn world(objects: Vec<Value>) -> World {
    let mut world = World::default();
    objects
        .into_iter()
        .for_each(|object| world.take(Change::Is(object)));
    world
}

fn pulling(message: &str) -> Value {
    pod(json!({"waiting": {"reason": "ErrImagePull", "message": message}}))
}

fn class(look: &Look) -> Option<Class> {
    match &look.state {
        State::Failed(failure) => Some(failure.class),
        _ => None,
    }
}

#[test]
fn a_stale_success_is_never_believed() {
    let mut tracker = tracker(Budgets {
        steady: Duration::ZERO,
        ..Budgets::default()
    });
    for stale in [
        world(vec![]),
        world(vec![deployment(1, 1, 1)]),
        world(vec![deployment(2, 1, 1)]),
    ] {
        assert_eq!(tracker.look(&stale, SECOND).state, State::Underway);
    }
    let mut other = deployment(2, 2, 1);
    other["metadata"]["uid"] = "another one of that name".into();
    assert_eq!(
        tracker.look(&world(vec![other]), SECOND).state,
        State::Underway
    );
    assert_eq!(
        tracker
            .look(&world(vec![deployment(2, 2, 1)]), SECOND)
            .state,
        State::Settled
    );
}

#[test]
fn it_must_stay_settled_for_a_while() {
    let mut tracker = tracker(Budgets::default());
    let good = world(vec![deployment(2, 2, 1)]);
    let bad = world(vec![deployment(2, 2, 0)]);
    assert_eq!(tracker.look(&good, SECOND).state, State::Underway);
    assert_eq!(tracker.look(&bad, 2 * SECOND).state, State::Underway);
    assert_eq!(tracker.look(&good, 3 * SECOND).state, State::Underway);
    assert_eq!(tracker.look(&good, 4 * SECOND).state, State::Underway);
    assert_eq!(tracker.look(&good, 5 * SECOND).state, State::Settled);
}

#[test]
fn what_is_permanent_fails_at_the_first_look() {
    let look = tracker(Budgets::default()).look(
        &world(vec![deployment(2, 2, 0), set(), pulling("i: not found")]),
        SECOND,
    );
    assert_eq!(class(&look), Some(Class::ImageMissing));
    let State::Failed(failure) = look.state else {
        panic!()
    };
    assert_eq!(
        failure.to_string(),
        "image missing: the registry has no `i` for container app (pod web-1)"
    );
}

#[test]
fn what_may_heal_fails_only_after_its_budget_and_gaps_do_not_reset_it() {
    let mut tracker = tracker(Budgets::default());
    let trouble = world(vec![deployment(2, 2, 0), set(), pulling("i/o timeout")]);
    let between = world(vec![
        deployment(2, 2, 0),
        set(),
        pod(json!({"waiting": {"reason": "ContainerCreating"}})),
    ]);
    assert_eq!(class(&tracker.look(&trouble, SECOND)), None);
    assert_eq!(class(&tracker.look(&between, 10 * SECOND)), None);
    for second in (11..121).step_by(10) {
        assert_eq!(
            class(&tracker.look(&trouble, second * SECOND)),
            None,
            "{second}"
        );
    }
    assert_eq!(
        class(&tracker.look(&trouble, 121 * SECOND)),
        Some(Class::RegistryUnreachable)
    );
}

#[test]
fn a_trouble_that_heals_is_forgotten() {
    let mut tracker = tracker(Budgets {
        steady: Duration::ZERO,
        ..Budgets::default()
    });
    let trouble = world(vec![deployment(2, 2, 0), set(), pulling("i/o timeout")]);
    let quiet = world(vec![deployment(2, 2, 0), set()]);
    tracker.look(&trouble, SECOND);
    tracker.look(&quiet, 60 * SECOND);
    assert_eq!(class(&tracker.look(&trouble, 130 * SECOND)), None);
    assert_eq!(
        tracker
            .look(&world(vec![deployment(2, 2, 1)]), 131 * SECOND)
            .state,
        State::Settled
    );
}

#[test]
fn the_deadline_names_the_trouble_that_was_there() {
    let mut tracker = tracker(Budgets {
        deadline: 30 * SECOND,
        ..Budgets::default()
    });
    let starting = world(vec![
        deployment(2, 2, 0),
        set(),
        pod(json!({"running": {}})),
    ]);
    assert_eq!(class(&tracker.look(&starting, 29 * SECOND)), None);
    assert_eq!(
        class(&tracker.look(&starting, 30 * SECOND)),
        Some(Class::Deadline)
    );
    let mut probed = starting.clone();
    probed.take(Change::Is(json!({"kind": "Event", "type": "Warning", "reason": "Unhealthy", "message": "Readiness probe failed: 503", "involvedObject": {"uid": "p"}})));
    let look = tracker.look(&probed, 31 * SECOND);
    assert_eq!(class(&look), Some(Class::Probe));
    assert_eq!(
        look.news,
        ["Pod web-1: container app is not ready: Readiness probe failed: 503"]
    );
}

#[test]
fn each_thing_is_told_once() {
    let mut tracker = tracker(Budgets::default());
    let trouble = world(vec![deployment(2, 2, 0), set(), pulling("i/o timeout")]);
    assert_eq!(tracker.look(&trouble, SECOND).news.len(), 2);
    assert_eq!(
        tracker.look(&trouble, 2 * SECOND).news,
        Vec::<String>::new()
    );
}

#[test]
fn a_quota_waits_for_pods_that_are_ending() {
    let mut refused = set();
    refused["status"] = json!({"conditions": [{"type": "ReplicaFailure", "status": "True", "message": "pods \"a\" is forbidden: exceeded quota: small"}]});
    let mut ending = pod(json!({}));
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    let mut tracker = tracker(Budgets::default());
    let full = world(vec![deployment(2, 2, 0), refused.clone(), ending]);
    for second in 1..10 {
        assert_eq!(class(&tracker.look(&full, second * SECOND)), None);
    }
    assert_eq!(
        class(&tracker.look(&world(vec![deployment(2, 2, 0), refused]), 10 * SECOND)),
        Some(Class::Quota)
    );
}
