//! Every class of failure is named, proven, and leads back to what served.

use serde_json::json;

use crate::desk::{Desk, NEW, OLD, deployment};

/// Rolls out a release with a fate over one that serves; what the program said.
fn fails(fate: &str, arguments: &[&str], cause: &str, sentences: &[&str]) {
    let Some(desk) = Desk::released() else { return };
    desk.deployment(NEW, fate);
    comes_back(&desk, arguments, cause, sentences);
}

fn comes_back(desk: &Desk, arguments: &[&str], cause: &str, sentences: &[&str]) {
    let ran = desk.run(arguments);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    for sentence in sentences
        .iter()
        .chain(&[cause, "rolling back to sha256:41414141, proven"])
    {
        assert!(
            ran.stderr.contains(sentence),
            "no `{sentence}` in:\n{}",
            ran.stderr
        );
    }
    assert!(
        ran.stdout.contains("failed, and rolled back"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.lines().count() + ran.stderr.lines().count() <= 40,
        "{}{}",
        ran.stderr,
        ran.stdout
    );
    let serves = desk.serves();
    assert!(
        serves.len() >= 2 && serves.iter().all(|image| image == OLD),
        "{serves:?}"
    );
    let record = desk.record();
    assert_eq!(record["predicate"]["ending"], "rolled-back");
    assert_eq!(
        record["predicate"]["failure"]["class"],
        cause.replace(' ', "-")
    );
    let ready = &record["predicate"]["serving"][0]["ready"];
    assert!(
        ready["sha256:41414141"].as_u64().unwrap() >= 2 && ready.as_object().unwrap().len() == 1,
        "{ready}"
    );
}

#[test]
fn image_missing() {
    fails(
        "image-missing",
        &[],
        "image missing",
        &["the registry has no `registry.test/frontend@sha256:9b21c04e"],
    );
}

#[test]
fn pull_refused() {
    fails(
        "pull-refused",
        &[],
        "pull refused",
        &["403 Forbidden", "ecr:BatchGetImage"],
    );
}

#[test]
fn registry_unreachable() {
    fails(
        "registry-unreachable",
        &["--registry", "3"],
        "registry unreachable",
        &["i/o timeout"],
    );
}

#[test]
fn crash_loop() {
    fails(
        "crash-loop",
        &[],
        "crash loop",
        &[
            "x crash loop: `KeyError: 'API_URL'` in container app (container app exited 1, 2nd time (pod frontend-",
            "      | Traceback (most recent call last):",
        ],
    );
}

#[test]
fn crash_after_it_was_ready_for_a_moment() {
    fails(
        "crash-after-ready",
        &[],
        "crash loop",
        &["container app exited 1"],
    );
}

#[test]
fn out_of_memory() {
    fails(
        "out-of-memory",
        &[],
        "out of memory",
        &["killed at its memory limit of 256Mi, 2nd time"],
    );
}

#[test]
fn bad_command() {
    fails(
        "bad-command",
        &[],
        "bad command",
        &["exec: \"serve\": executable file not found in $PATH"],
    );
}

#[test]
fn config_missing() {
    fails(
        "config-missing",
        &[],
        "config or secret missing",
        &["configmap \"frontend-settings\" not found"],
    );
}

#[test]
fn secret_missing() {
    fails(
        "secret-missing",
        &[],
        "config or secret missing",
        &["secret \"api-token\" not found"],
    );
}

#[test]
fn init_container() {
    fails(
        "init-failing",
        &[],
        "init container failing",
        &["init container migrate exited 1"],
    );
}

#[test]
fn readiness_probe() {
    fails(
        "never-ready",
        &["--timeout", "8"],
        "probe failing",
        &["HTTP probe failed with statuscode: 503", "after 8 s"],
    );
}

#[test]
fn liveness_probe() {
    fails("liveness", &[], "probe failing", &["Liveness probe failed"]);
}

#[test]
fn volume() {
    fails(
        "volume",
        &["--timeout", "6"],
        "volume",
        &["MountVolume.SetUp failed for volume \"models\""],
    );
}

#[test]
fn deadline() {
    // nothing is said by anybody: a pod that starts and starts
    let Some(desk) = Desk::released() else { return };
    let mut slow = deployment(NEW, "slow-start");
    slow["spec"]["template"]["metadata"]["annotations"]["sandbox.towpath.dev/after"] = "10m".into();
    desk.write("frontend.yaml", &slow);
    comes_back(
        &desk,
        &["--timeout", "5"],
        "deadline",
        &["1 of 2 pods are new", "after 5 s"],
    );
}

fn limit(desk: &Desk, hard: &serde_json::Value) {
    desk.create(&json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": desk.namespace}, "spec": {"hard": hard}}));
    // the controller counts what is there already
    while desk.get("v1", "ResourceQuota", "small").unwrap()["status"]["used"].is_null() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn quota() {
    let Some(desk) = Desk::released() else { return };
    let mut fed = deployment(OLD, "ready");
    let room = json!({"requests": {"memory": "100Mi"}});
    fed["spec"]["template"]["spec"]["containers"][0]["resources"] = room.clone();
    fed["spec"]["template"]["spec"]["initContainers"][0]["resources"] = room;
    desk.write("frontend.yaml", &fed);
    assert_eq!(desk.run(&[]).exit_code, 0);
    limit(&desk, &json!({"requests.memory": "250Mi"}));
    fed["spec"]["template"]["spec"]["containers"][0]["image"] = NEW.into();
    desk.write("frontend.yaml", &fed);
    comes_back(
        &desk,
        &[],
        "quota exceeded",
        &["exceeded quota: small", "maxSurge: 0"],
    );
}

#[test]
fn a_quota_without_room_for_the_first_new_pod_is_seen_before_anything_changes() {
    let Some(desk) = Desk::released() else { return };
    limit(&desk, &json!({"pods": "2"}));
    desk.deployment(NEW, "ready");
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("x quota exceeded: quota small has room for 0 of 1 new pod (used 2 of 2); no pod was made"), "{}", ran.stderr);
    assert_eq!(
        desk.get("apps/v1", "Deployment", "frontend").unwrap()["metadata"]["generation"],
        1
    );
}

#[test]
fn unschedulable() {
    let Some(desk) = Desk::released() else { return };
    let mut nowhere = deployment(NEW, "ready");
    nowhere["spec"]["template"]["spec"]["nodeSelector"] = json!({"gpu": "yes"});
    desk.write("frontend.yaml", &nowhere);
    comes_back(
        &desk,
        &["--unschedulable", "2"],
        "unschedulable",
        &["nodes are available", "no node is coming"],
    );
}

#[test]
fn admission() {
    let Some(desk) = Desk::released() else { return };
    let labelled = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": desk.namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    desk.write("namespace.yaml", &labelled);
    desk.deployment(NEW, "ready");
    comes_back(
        &desk,
        &[],
        "admission refused",
        &["violates PodSecurity \"restricted:latest\""],
    );
}

#[test]
fn a_policy_refuses_before_anything_changes() {
    let Some(desk) = Desk::released() else { return };
    desk.create(&json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": desk.namespace},
        "spec": {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["deployments"]}]},
            "validations": [{"expression": "object.spec.replicas < 5", "message": "at most four replicas"}]}}));
    desk.create(&json!({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": desk.namespace},
        "spec": {"policyName": desk.namespace, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": desk.namespace}}}}}));
    // the policy takes a moment until it is enforced
    std::thread::sleep(std::time::Duration::from_secs(2));
    let mut many = deployment(NEW, "ready");
    many["spec"]["replicas"] = 9.into();
    desk.write("frontend.yaml", &many);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("x admission refused: Deployment frontend is refused:")
            && ran.stderr.contains("at most four replicas"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        desk.get("apps/v1", "Deployment", "frontend").unwrap()["metadata"]["generation"],
        1
    );
}

#[test]
fn a_job_that_gives_up() {
    let Some(desk) = Desk::released() else { return };
    desk.write("migrate.yaml", &json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migrate"}, "spec": {"backoffLimit": 0, "template": {
        "metadata": {"annotations": {"sandbox.towpath.dev/fate": "fails"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "migrate", "image": NEW}]}}}}));
    comes_back(&desk, &[], "crash loop", &["container migrate exited 1"]);
    // what came with the failed release is gone with it
    assert!(desk.get("batch/v1", "Job", "migrate").is_none());
}

#[test]
fn a_stateful_set_and_a_daemon_set() {
    for kind in ["StatefulSet", "DaemonSet"] {
        let Some(desk) = Desk::new() else { return };
        let workload = |image: &str, fate: &str| {
            let mut workload = deployment(image, fate);
            workload["kind"] = kind.into();
            if kind == "StatefulSet" {
                workload["spec"]["serviceName"] = "frontend".into();
            } else {
                workload["spec"].as_object_mut().unwrap().remove("replicas");
            }
            workload
        };
        desk.write("frontend.yaml", &workload(OLD, "ready"));
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 0, "{kind}: {}{}", ran.stdout, ran.stderr);
        desk.write("frontend.yaml", &workload(NEW, "image-missing"));
        comes_back(&desk, &[], "image missing", &["the registry has no"]);
    }
}

#[test]
fn without_a_proven_release_there_is_no_way_back() {
    let Some(desk) = Desk::new() else { return };
    desk.deployment(NEW, "image-missing");
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("nothing serves Deployment frontend")
            && ran.stdout.contains("none was proven before"),
        "{}",
        ran.stdout
    );
}
