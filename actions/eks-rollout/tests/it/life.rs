//! The life of an application: first, again, changed, taken up after a death, and pruned.

use std::time::Duration;

use serde_json::{Value, json};

use crate::desk::{Desk, NEW, OLD, attempt_of};

#[test]
fn a_release_serves_and_the_same_again_changes_nothing() {
    let Some(desk) = Desk::new() else { return };
    desk.write("settings.yaml", &json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1"}}));
    desk.deployment("frontend:latest", "ready");
    let pin = format!("app={OLD}");
    let arguments = ["--image", pin.as_str()];
    let ran = desk.run(&[&["--dry-run"], &arguments[..]].concat());
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("+ Deployment frontend") && ran.stdout.contains("planned"),
        "{}",
        ran.stdout
    );
    assert!(desk.get("apps/v1", "Deployment", "frontend").is_none());

    let ran = desk.run(&arguments);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("everything is as asked: 2 pods ready and serving"),
        "{}",
        ran.stderr
    );
    let record = desk.record();
    assert_eq!(
        record["predicateType"],
        "urn:towpath:evidence:eks-rollout:v1"
    );
    assert_eq!(record["predicate"]["ending"], "serves");

    let again = desk.run(&arguments);
    assert_eq!(again.exit_code, 0, "{}{}", again.stdout, again.stderr);
    assert!(
        again.stderr.contains("dry run: 3 objects, no change"),
        "{}",
        again.stderr
    );
    assert_eq!(
        desk.get("apps/v1", "Deployment", "frontend").unwrap()["metadata"]["generation"],
        1
    );

    let pin = format!("app={NEW}");
    let planned = desk.run(&["--image", &pin, "--dry-run"]);
    assert!(
        planned.stdout.contains(&format!(
            "~ Deployment frontend  spec.template.spec.containers[app].image: {OLD} -> {NEW}"
        )),
        "{}",
        planned.stdout
    );
}

#[test]
fn what_is_not_named_any_more_is_deleted_unless_it_holds_data_or_is_somebody_elses() {
    let Some(desk) = Desk::released() else { return };
    let map = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}});
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    desk.write("a.yaml", &map("a"));
    desk.write("b.yaml", &map("b"));
    desk.write("claim.yaml", &claim);
    assert_eq!(desk.run(&[]).exit_code, 0);
    for file in ["a.yaml", "b.yaml", "claim.yaml"] {
        desk.remove(file);
    }
    // `b` was made anew by somebody else meanwhile
    let mut theirs = map("b");
    theirs["metadata"]["namespace"] = desk.namespace.clone().into();
    desk.ask(async |cluster| {
        let maps = cluster.resource("v1", "ConfigMap").await.unwrap();
        let ours = cluster
            .get(&maps, Some(&desk.namespace), "b")
            .await
            .unwrap()
            .unwrap();
        cluster.delete(&maps, &ours).await.unwrap();
        cluster.create(&maps, &theirs).await.unwrap().unwrap();
    });
    let kept = desk.run(&["--keep"]);
    assert_eq!(kept.exit_code, 0);
    assert!(desk.get("v1", "ConfigMap", "a").is_some());
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("deleted ConfigMap a")
            && ran
                .stderr
                .contains("PersistentVolumeClaim data is not named any more, and stays"),
        "{}",
        ran.stderr
    );
    assert!(desk.get("v1", "ConfigMap", "a").is_none());
    assert!(desk.get("v1", "ConfigMap", "b").is_some());
    assert!(desk.get("v1", "PersistentVolumeClaim", "data").is_some());
}

fn lease(desk: &Desk) -> Option<Value> {
    desk.get("coordination.k8s.io/v1", "Lease", "towpath-frontend")
}

fn hold(desk: &Desk, holder: &str, renewed: &str) {
    desk.create(&json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "towpath-frontend", "namespace": desk.namespace},
        "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": renewed, "acquireTime": renewed}}));
}

#[test]
fn a_dead_run_is_taken_over_and_one_that_lives_is_not() {
    let Some(desk) = Desk::released() else { return };
    assert!(
        lease(&desk).is_none(),
        "a lock that is not needed any more is gone"
    );
    hold(
        &desk,
        "https://github.com/o/r/actions/runs/7 attempt 1",
        "2020-01-01T00:00:00.000000Z",
    );
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("took over the lock of https://github.com/o/r/actions/runs/7 attempt 1"),
        "{}",
        ran.stderr
    );

    let soon = "2199-01-01T00:00:00.000000Z";
    hold(
        &desk,
        "https://github.com/o/r/actions/runs/8 attempt 1",
        soon,
    );
    let ran = desk.run(&["--wait", "1"]);
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "another run rolls out `frontend`: https://github.com/o/r/actions/runs/8 attempt 1"
        ),
        "{}",
        ran.stderr
    );
    // the next attempt of the same run need not wait
    let run = desk.program(&["--wait", "1"]).envs(attempt_of("2"));
    assert_eq!(run.run().exit_code, 0);
}

/// Starts the program and kills it after a while.
fn killed(desk: &Desk, attempt: &str, after: Duration) {
    let mut child = desk.spawn(attempt);
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn killed_at_any_moment_and_run_again_it_converges() {
    let Some(desk) = Desk::released() else { return };
    for (round, after) in [30, 80, 120, 160, 200, 260, 350, 600, 1_000, 1_800]
        .into_iter()
        .enumerate()
    {
        let image = if round % 2 == 0 { NEW } else { OLD };
        desk.deployment(image, "slow-start");
        let attempts = [2 * round + 1, 2 * round + 2].map(|attempt| attempt.to_string());
        killed(&desk, &attempts[0], Duration::from_millis(after));
        desk.deployment(image, "ready");
        let ran = desk
            .program(&["--wait", "60"])
            .envs(attempt_of(&attempts[1]))
            .run();
        assert_eq!(
            ran.exit_code, 0,
            "killed after {after} ms: {}{}",
            ran.stdout, ran.stderr
        );
        assert_eq!(desk.serves(), [image, image], "killed after {after} ms");
        assert!(lease(&desk).is_none());
    }
}

#[test]
fn the_same_manifests_again_adopt_the_rollout_in_flight() {
    let Some(desk) = Desk::released() else { return };
    desk.deployment(NEW, "slow-start");
    killed(&desk, "1", Duration::from_millis(1_500));
    let generation = |desk: &Desk| {
        desk.get("apps/v1", "Deployment", "frontend").unwrap()["metadata"]["generation"].clone()
    };
    let before = generation(&desk);
    let ran = desk.run(&["--wait", "60"]);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("adopts the rollout that"),
        "{}",
        ran.stderr
    );
    assert_eq!(generation(&desk), before);
}
