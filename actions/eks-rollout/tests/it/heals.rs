//! What heals by itself fails no rollout.

use std::time::Duration;

use serde_json::json;

use crate::desk::{Desk, NEW, deployment};

fn heals(fate: &str, seen: &str) {
    let Some(desk) = Desk::released() else { return };
    desk.deployment(NEW, fate);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(seen), "no `{seen}` in {}", ran.stderr);
    assert_eq!(desk.serves(), [NEW, NEW]);
}

#[test]
fn a_registry_that_comes_back() {
    heals("pull-heals", "i/o timeout");
}

#[test]
fn a_container_that_ends_once() {
    heals("crash-once", "container app exited 1, 1st time");
}

#[test]
fn a_slow_start() {
    heals("slow-start", "pods are new");
}

#[test]
fn a_node_that_is_lost() {
    let Some(desk) = Desk::new() else { return };
    // the pods choose a node of their own, so that the other tests keep theirs
    let node = format!("lost-{}", desk.namespace);
    let spare = format!("spare-{}", desk.namespace);
    let add = |name: &str| {
        let room = json!({"cpu": "8", "memory": "8Gi", "pods": "100"});
        desk.create(&json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {"only": desk.namespace}}, "status": {"capacity": room, "allocatable": room}}));
    };
    add(&node);
    let mut pinned = deployment(NEW, "ready");
    pinned["spec"]["template"]["spec"]["nodeSelector"] = json!({"only": desk.namespace});
    pinned["spec"]["template"]["spec"]["tolerations"] = json!([
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 0},
    ]);
    desk.write("frontend.yaml", &pinned);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| desk.run(&["--steady", "12", "--unschedulable", "60"]));
        while desk.serves().len() < 2 {
            std::thread::sleep(Duration::from_millis(100));
        }
        add(&spare);
        let mut lost = desk.get("v1", "Node", &node).unwrap();
        lost["metadata"]["labels"]["sandbox.towpath.dev/lost"] = "true".into();
        desk.create(&lost);
        let ran = run.join().unwrap();
        assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("of 2 pods are available"),
            "{}",
            ran.stderr
        );
    });
    assert_eq!(desk.serves(), [NEW, NEW]);
}
