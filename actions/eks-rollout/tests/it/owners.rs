//! What others own: an autoscaler's replicas, a person's members, another application's objects.

use serde_json::{Value, json};

use crate::desk::{Desk, NEW, OLD, deployment};

fn replicas(desk: &Desk) -> Value {
    desk.get("apps/v1", "Deployment", "frontend").unwrap()["spec"]["replicas"].clone()
}

/// Sets `spec.replicas` as another manager does.
fn scale(desk: &Desk, replicas: u32) {
    let mut live = desk.get("apps/v1", "Deployment", "frontend").unwrap();
    live["spec"]["replicas"] = replicas.into();
    desk.create(&live);
}

#[test]
fn an_autoscaler_keeps_its_number() {
    let Some(desk) = Desk::new() else { return };
    desk.deployment(OLD, "ready");
    desk.write("scaler.yaml", &json!({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "frontend"},
        "spec": {"minReplicas": 2, "maxReplicas": 6, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "frontend"},
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}}]}}));
    assert_eq!(desk.run(&[]).exit_code, 0);
    assert_eq!(replicas(&desk), 2);
    scale(&desk, 5);
    desk.deployment(NEW, "ready");
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(replicas(&desk), 5);
    assert_eq!(desk.serves().len(), 5);
}

#[test]
fn members_of_others_are_named_and_taken_over_only_when_asked() {
    let Some(desk) = Desk::released() else { return };
    scale(&desk, 3);
    desk.deployment(NEW, "ready");
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("Deployment frontend has members that others own: `spec.replicas` ("),
        "{}",
        ran.stderr
    );
    assert_eq!(desk.serves(), [OLD, OLD, OLD]);
    let ran = desk.run(&["--force-conflicts"]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(desk.serves(), [NEW, NEW]);
}

#[test]
fn two_applications_do_not_take_objects_from_each_other() {
    let Some(desk) = Desk::released() else { return };
    let mut other = deployment(NEW, "ready");
    other["spec"]["replicas"] = 4.into();
    desk.write("frontend.yaml", &other);
    let ran = desk.program(&["--application", "other"]).run();
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("(towpath-frontend)"), "{}", ran.stderr);
}
