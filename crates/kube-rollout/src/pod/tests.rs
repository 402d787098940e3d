//! Every class of trouble with a pod's status as the kubelet writes it.

use serde_json::json;

use super::*;

fn pod(status: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "frontend-6c9d-x2l", "namespace": "housing", "uid": "u"},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "r/frontend@sha256:9b21", "resources": {"limits": {"memory": "256Mi"}}}],
            "initContainers": [{"name": "migrate", "image": "r/migrate"}]},
        "status": status,
    })
}

fn container(status: Value) -> Value {
    let mut status = status;
    status["name"] = "app".into();
    pod(json!({"phase": "Pending", "containerStatuses": [status]}))
}

fn waiting(reason: &str, message: &str) -> Value {
    container(
        json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": reason, "message": message}}}),
    )
}

fn event(reason: &str, message: &str) -> Event {
    Event {
        reason: reason.into(),
        message: message.into(),
        warning: true,
        at: None,
    }
}

fn only(pod: &Value, events: &[Event]) -> Sign {
    let signs = signs(pod, events, &Budgets::default());
    assert_eq!(signs.len(), 1, "{signs:?}");
    signs.into_iter().next().unwrap()
}

fn nothing(pod: &Value, events: &[Event]) {
    assert_eq!(signs(pod, events, &Budgets::default()), []);
}

#[test]
fn pulling() {
    let sign = only(
        &waiting(
            "ErrImagePull",
            "failed to resolve reference \"r/frontend@sha256:9b21\": r/frontend@sha256:9b21: not found",
        ),
        &[],
    );
    assert_eq!(
        (sign.class, sign.judgement),
        (Class::ImageMissing, Judgement::Permanent)
    );
    assert_eq!(
        sign.text,
        "the registry has no `r/frontend@sha256:9b21` for container app"
    );
    // before 1.32 a pod that backs off says nothing; the event does
    let before = waiting("ImagePullBackOff", "Back-off pulling image \"r/frontend\"");
    assert_eq!(
        only(
            &before,
            &[event("Failed", "Failed to pull image: 403 Forbidden")]
        )
        .class,
        Class::PullRefused
    );
    let unsaid = only(&before, &[]);
    assert_eq!(
        (unsaid.class, unsaid.judgement),
        (
            Class::RegistryUnreachable,
            Judgement::Budget(Budgets::default().registry)
        )
    );
}

#[test]
fn starting() {
    let sign = only(
        &waiting(
            "RunContainerError",
            "failed to create containerd task: error during container init: exec: \"serve\": executable file not found in $PATH: unknown",
        ),
        &[],
    );
    assert_eq!(
        (sign.class, sign.judgement),
        (Class::BadCommand, Judgement::Permanent)
    );
    assert_eq!(
        sign.text,
        "container app cannot start: exec: \"serve\": executable file not found in $PATH"
    );
    let sign = only(
        &waiting(
            "CreateContainerConfigError",
            "couldn't find key api_url in ConfigMap housing/frontend",
        ),
        &[],
    );
    assert_eq!(
        (sign.class, sign.judgement),
        (
            Class::ConfigMissing,
            Judgement::Budget(Budgets::default().config)
        )
    );
}

fn crashed(restarts: i64, now: Value, before: Value) -> Value {
    container(json!({"ready": false, "restartCount": restarts, "state": now, "lastState": before}))
}

#[test]
fn the_second_exit_is_a_crash_loop_and_the_first_may_be_bad_luck() {
    let exited =
        |code: i64, reason: &str| json!({"terminated": {"exitCode": code, "reason": reason}});
    let running = json!({"running": {}});
    let looping = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}});
    for (pod, class, judgement, text) in [
        (
            crashed(0, exited(1, "Error"), json!({})),
            Class::CrashLoop,
            Judgement::Transient,
            "container app exited 1, 1st time",
        ),
        (
            crashed(1, running.clone(), exited(1, "Error")),
            Class::CrashLoop,
            Judgement::Transient,
            "container app exited 1, 1st time",
        ),
        (
            crashed(1, exited(1, "Error"), exited(1, "Error")),
            Class::CrashLoop,
            Judgement::Permanent,
            "container app exited 1, 2nd time",
        ),
        (
            crashed(1, looping.clone(), exited(3, "Error")),
            Class::CrashLoop,
            Judgement::Permanent,
            "container app exited 3, 2nd time",
        ),
        (
            crashed(2, looping.clone(), exited(137, "OOMKilled")),
            Class::OutOfMemory,
            Judgement::Permanent,
            "container app was killed at its memory limit of 256Mi, 3rd time",
        ),
        (
            crashed(2, looping.clone(), exited(127, "Error")),
            Class::BadCommand,
            Judgement::Permanent,
            "container app cannot start: exit code 127",
        ),
    ] {
        let sign = only(&pod, &[]);
        assert_eq!(
            (sign.class, sign.judgement, sign.text.as_str()),
            (class, judgement, text)
        );
    }
    let killed = only(
        &crashed(1, looping, exited(143, "Error")),
        &[event("Unhealthy", "Liveness probe failed: timeout")],
    );
    assert_eq!(
        (killed.class, killed.judgement),
        (Class::Probe, Judgement::Permanent)
    );
    // it ended once, and serves now
    nothing(
        &container(
            json!({"ready": true, "restartCount": 1, "state": running, "lastState": exited(1, "Error")}),
        ),
        &[],
    );
    // a container that ended well did its work
    nothing(
        &container(json!({"ready": false, "restartCount": 0, "state": exited(0, "Completed")})),
        &[],
    );
}

#[test]
fn init_containers_come_first() {
    let status = json!({"phase": "Pending",
        "initContainerStatuses": [{"name": "migrate", "restartCount": 1, "state": {"terminated": {"exitCode": 2}}, "lastState": {"terminated": {"exitCode": 2}}}],
        "containerStatuses": [{"name": "app", "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}}]});
    let sign = only(&pod(status), &[]);
    assert_eq!(
        (sign.class, sign.judgement),
        (Class::InitContainer, Judgement::Permanent)
    );
    assert_eq!(sign.text, "init container migrate exited 2, 2nd time");
    nothing(
        &pod(
            json!({"initContainerStatuses": [{"name": "migrate", "restartCount": 0, "state": {"terminated": {"exitCode": 0}}}]}),
        ),
        &[],
    );
}

#[test]
fn probes_are_told_at_once_and_fail_by_the_deadline_only() {
    let starting = container(json!({"ready": false, "restartCount": 0, "state": {"running": {}}}));
    nothing(&starting, &[]);
    let sign = only(
        &starting,
        &[event(
            "Unhealthy",
            "Readiness probe failed: HTTP probe failed with statuscode: 503",
        )],
    );
    assert_eq!(
        (sign.class, sign.judgement),
        (Class::Probe, Judgement::Transient)
    );
}

#[test]
fn nodes_and_volumes() {
    let mut unscheduled = pod(
        json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available: 2 Insufficient cpu."}]}),
    );
    unscheduled["spec"]["nodeName"] = Value::Null;
    let budgets = Budgets::default();
    let sign = only(&unscheduled, &[]);
    assert_eq!(
        (sign.class, sign.judgement),
        (
            Class::Unschedulable,
            Judgement::Budget(budgets.unschedulable)
        )
    );
    let sign = only(
        &unscheduled,
        &[event("TriggeredScaleUp", "pod triggered scale-up: 1->2")],
    );
    assert_eq!(sign.judgement, Judgement::Budget(budgets.new_node));
    assert!(sign.text.contains("a node is coming"));
    let sign = only(
        &unscheduled,
        &[event("NotTriggerScaleUp", "max node group size reached")],
    );
    assert!(
        sign.text
            .contains("no node is coming (max node group size reached)"),
        "{}",
        sign.text
    );
    unscheduled["status"]["conditions"][0]["message"] =
        "pod has unbound immediate PersistentVolumeClaims".into();
    assert_eq!(only(&unscheduled, &[]).class, Class::Volume);
    let creating = waiting("ContainerCreating", "");
    nothing(&creating, &[]);
    assert_eq!(
        only(
            &creating,
            &[event(
                "FailedMount",
                "MountVolume.SetUp failed for volume \"models\" : mount failed"
            )]
        )
        .class,
        Class::Volume
    );
    let missing = only(
        &creating,
        &[event(
            "FailedMount",
            "MountVolume.SetUp failed for volume \"c\" : configmap \"frontend\" not found",
        )],
    );
    assert_eq!(missing.class, Class::ConfigMissing);
    let lost = pod(
        json!({"phase": "Running", "conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "Taint manager: deleting due to NoExecute taint"}]}),
    );
    let sign = only(&lost, &[]);
    assert_eq!(
        (sign.class, sign.judgement),
        (Class::NodeLost, Judgement::Transient)
    );
}

#[test]
fn a_text_of_the_cluster_cannot_break_a_line() {
    let sign = only(
        &waiting("CreateContainerConfigError", "a\n::error::b\u{1b}[31m"),
        &[],
    );
    assert!(!sign.text.contains('\n') && !sign.text.contains('\u{1b}'));
}

#[test]
fn ordinals() {
    for (number, expected) in [
        (1, "1st time"),
        (2, "2nd time"),
        (3, "3rd time"),
        (4, "4th time"),
        (11, "11th time"),
        (21, "21st time"),
        (112, "112th time"),
    ] {
        assert_eq!(nth(number), expected);
    }
}
