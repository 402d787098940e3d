//! What becomes of a pod here: the fates, and the stages of kwok that act them out.
//!
//! There is no kubelet in the sandbox; kwok writes the statuses that one would write. A pod chooses its fate by the
//! annotation [`ANNOTATION`], or by an image whose last name is `fate-<fate>`. Each fate is a chain of stages: in which state a pod
//! is found, after how long, and which status, word for word as containerd and the kubelet of 1.36 put it, comes next.
//! Quota, scheduling and admission need no fate: the real controllers do those.

use serde_json::{Value, json};

/// The annotation that chooses a fate.
pub const ANNOTATION: &str = "sandbox.towpath.dev/fate";
/// The annotation that says after how long a fate that heals does so, for example `90s`.
pub const AFTER: &str = "sandbox.towpath.dev/after";
/// The label that makes a node be lost.
pub const LOST: &str = "sandbox.towpath.dev/lost";

/// Names of the fates, for those who write a manifest and for those who test all of them.
pub const FATES: [&str; 19] = [
    "ready",
    "slow-start",
    "never-ready",
    "liveness",
    "image-missing",
    "pull-refused",
    "registry-unreachable",
    "pull-heals",
    "crash-loop",
    "crash-once",
    "crash-after-ready",
    "out-of-memory",
    "bad-command",
    "config-missing",
    "config-heals",
    "secret-missing",
    "init-failing",
    "volume",
    "fails",
];

/// Where a pod is: the reason or kind of its first container's state, and how often that was restarted.
const STEP: &str = r#"
(.metadata.annotations["sandbox.towpath.dev/fate"] // ([.spec.containers[].image | capture("/fate-(?<fate>[a-z-]+)").fate][0]) // "ready")
+ " " + (((.status.initContainerStatuses // [])[0] // (.status.containerStatuses // [])[0] // {}) as $c
| ($c.state.waiting.reason // (if $c.state.terminated then "terminated" elif $c.state.running then (if $c.ready then "ready" else "running" end) else "new" end))
+ ":" + (($c.restartCount // 0) | tostring))
+ (if .status.phase == "Succeeded" or .status.phase == "Failed" then " over" elif any(.metadata.ownerReferences[]?; .kind == "Job") then " job" else "" end)"#;

const RUNNING: &str = r#"{"running": {"startedAt": {{ Now | Quote }} }}"#;
const KILLED: &str = r#"{"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": {{ Now | Quote }}, "finishedAt": {{ Now | Quote }} }}"#;
const EXITED: &str = r#"{"terminated": {"exitCode": 1, "reason": "Error", "startedAt": {{ Now | Quote }}, "finishedAt": {{ Now | Quote }} }}"#;
const COMPLETED: &str = r#"{"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": {{ Now | Quote }}, "finishedAt": {{ Now | Quote }} }}"#;
const STOPPED: &str = r#"{"terminated": {"exitCode": 143, "reason": "Error", "startedAt": {{ Now | Quote }}, "finishedAt": {{ Now | Quote }} }}"#;
const NOT_STARTED: &str = r#"{"terminated": {"exitCode": 128, "reason": "StartError", "message": "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"serve\": executable file not found in $PATH: unknown", "startedAt": {{ Now | Quote }}, "finishedAt": {{ Now | Quote }} }}"#;
const BACK_OFF: &str = "back-off 10s restarting failed container={{ $item.name }} pod={{ $pod.metadata.name }}_{{ $pod.metadata.namespace }}({{ $pod.metadata.uid }})";

const NOT_FOUND: &str = "failed to pull and unpack image \\\"{{ $item.image }}\\\": failed to resolve reference \\\"{{ $item.image }}\\\": {{ $item.image }}: not found";
const REFUSED: &str = "failed to pull and unpack image \\\"{{ $item.image }}\\\": failed to resolve reference \\\"{{ $item.image }}\\\": unexpected status from HEAD request: 403 Forbidden";
const UNREACHABLE: &str = "failed to pull and unpack image \\\"{{ $item.image }}\\\": failed to resolve reference \\\"{{ $item.image }}\\\": failed to do request: Head \\\"https://registry.test/v2/\\\": dial tcp 192.0.2.7:443: i/o timeout";

/// One change of a pod.
struct Step {
    fate: &'static str,
    at: &'static str,
    after: u32,
    to: To,
    event: Option<(&'static str, &'static str, &'static str)>,
}

/// The status after a step.
enum To {
    Containers {
        ready: bool,
        restarts: u32,
        state: String,
        last: Option<&'static str>,
    },
    Init {
        restarts: u32,
        state: String,
        last: Option<&'static str>,
    },
    Over {
        phase: &'static str,
        state: &'static str,
    },
}

fn waiting(reason: &str, message: &str) -> String {
    format!(r#"{{"waiting": {{"reason": "{reason}", "message": "{message}"}}}}"#)
}

fn containers(
    ready: bool,
    restarts: u32,
    state: impl Into<String>,
    last: Option<&'static str>,
) -> To {
    To::Containers {
        ready,
        restarts,
        state: state.into(),
        last,
    }
}

fn step(fate: &'static str, at: &'static str, after: u32, to: To) -> Step {
    Step {
        fate,
        at,
        after,
        to,
        event: None,
    }
}

impl Step {
    fn warns(mut self, reason: &'static str, message: &'static str) -> Self {
        self.event = Some(("Warning", reason, message));
        self
    }

    fn stage(&self, number: usize) -> Value {
        let mut delay = json!({"durationMilliseconds": self.after});
        if self.fate.ends_with("-heals") || self.fate == "slow-start" {
            delay["durationFrom"] =
                json!({"expressionFrom": format!(".metadata.annotations[\"{AFTER}\"]")});
        }
        if self.at == "new:0" {
            delay = json!({"durationMilliseconds": self.after});
        }
        let mut next = json!({"statusTemplate": self.to.template()});
        if let Some((kind, reason, message)) = self.event {
            next["event"] = json!({"type": kind, "reason": reason, "message": message});
        }
        stage(
            &format!("{}-{number}", self.fate),
            "Pod",
            json!([
                {"key": ".spec.nodeName", "operator": "Exists"},
                {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
                {"key": STEP, "operator": "In", "values": [format!("{} {}", self.fate, self.at)]},
            ]),
            delay,
            next,
        )
    }
}

impl To {
    fn template(&self) -> String {
        let (phase, ready, init, of) = match self {
            Self::Containers { ready, state, .. } => (
                if state.contains("\"waiting\"") && !state.contains("CrashLoopBackOff") {
                    "Pending"
                } else {
                    "Running"
                },
                *ready,
                false,
                self,
            ),
            Self::Init { .. } => ("Pending", false, true, self),
            Self::Over { phase, .. } => (*phase, false, false, self),
        };
        let (restarts, state, last) = match of {
            Self::Containers {
                restarts,
                state,
                last,
                ..
            }
            | Self::Init {
                restarts,
                state,
                last,
            } => (*restarts, state.as_str(), *last),
            Self::Over { state, .. } => (0, *state, None),
        };
        let condition = |kind: &str, holds: bool| {
            let status = if holds { "True" } else { "False" };
            format!(
                "- {{type: {kind}, status: \"{status}\", lastTransitionTime: {{{{ Now | Quote }}}} }}\n"
            )
        };
        let item = |ready: bool, restarts: u32, state: &str, last: Option<&str>| {
            let last = last
                .map(|last| format!("  lastState: {last}\n"))
                .unwrap_or_default();
            let started = ready || state.contains("running");
            format!(
                "- name: {{{{ $item.name | Quote }}}}\n  image: {{{{ $item.image | Quote }}}}\n  imageID: {{{{ $item.image | Quote }}}}\n  ready: {ready}\n  started: {started}\n  restartCount: {restarts}\n  state: {state}\n{last}"
            )
        };
        let mut text = format!("{{{{ $pod := . }}}}\nphase: {phase}\n");
        text.push_str("hostIP: {{ NodeIPWith .spec.nodeName | Quote }}\npodIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid \"\" ) ( or .metadata.name \"\" ) ( or .metadata.namespace \"\" ) | Quote }}\nstartTime: {{ or .status.startTime Now | Quote }}\nconditions:\n");
        text.push_str(&condition("Initialized", !init));
        text.push_str(&condition("Ready", ready));
        text.push_str(&condition("ContainersReady", ready));
        if init {
            text.push_str(
                "initContainerStatuses:\n{{ range .spec.initContainers }}{{ $item := . }}\n",
            );
            text.push_str(&item(false, restarts, state, last));
            text.push_str(
                "{{ end }}\ncontainerStatuses:\n{{ range .spec.containers }}{{ $item := . }}\n",
            );
            text.push_str(&item(
                false,
                0,
                r#"{"waiting": {"reason": "PodInitializing"}}"#,
                None,
            ));
        } else {
            text.push_str("containerStatuses:\n{{ range .spec.containers }}{{ $item := . }}\n");
            text.push_str(&item(ready, restarts, state, last));
        }
        text.push_str("{{ end }}\n");
        text
    }
}

/// A container that ends, is started again, ends again, and is kept waiting from then on.
fn crashing(fate: &'static str, ready: bool, how: &'static str) -> Vec<Step> {
    let at = |count: u32| -> (&'static str, &'static str) {
        match (count, ready) {
            (0, false) => ("running:0", "terminated:0"),
            (0, true) => ("ready:0", "terminated:0"),
            (_, false) => ("running:1", "CrashLoopBackOff:1"),
            (_, true) => ("ready:1", "CrashLoopBackOff:1"),
        }
    };
    let looping = || waiting("CrashLoopBackOff", BACK_OFF);
    let lives = if ready { 900 } else { 300 };
    vec![
        step(fate, "new:0", 100, containers(ready, 0, RUNNING, None)),
        step(fate, at(0).0, lives, containers(false, 0, how, None)),
        step(fate, at(0).1, 200, containers(ready, 1, RUNNING, Some(how))),
        step(
            fate,
            at(1).0,
            lives,
            containers(false, 1, looping(), Some(how)),
        )
        .warns("BackOff", "Back-off restarting failed container"),
        step(
            fate,
            at(1).1,
            10_000,
            containers(false, 2, looping(), Some(how)),
        ),
    ]
}

fn pulling(fate: &'static str, error: &'static str, event: &'static str) -> Vec<Step> {
    let back_off =
        format!("Back-off pulling image \\\"{{{{ $item.image }}}}\\\": ErrImagePull: {error}");
    vec![
        step(
            fate,
            "new:0",
            100,
            containers(false, 0, waiting("ErrImagePull", error), None),
        )
        .warns("Failed", event),
        step(
            fate,
            "ErrImagePull:0",
            2_000,
            containers(false, 0, waiting("ImagePullBackOff", &back_off), None),
        ),
    ]
}

fn steps() -> Vec<Step> {
    let one = |fate, to| step(fate, "new:0", 100, to);
    let mut steps = vec![
        one("ready", containers(true, 0, RUNNING, None)),
        one("slow-start", containers(false, 0, RUNNING, None)),
        step("slow-start", "running:0", 3_000, containers(true, 0, RUNNING, None)),
        one("never-ready", containers(false, 0, RUNNING, None)).warns("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        one("crash-once", containers(false, 0, RUNNING, None)),
        step("crash-once", "running:0", 300, containers(false, 0, EXITED, None)),
        step("crash-once", "terminated:0", 300, containers(true, 1, RUNNING, Some(EXITED))),
        one("bad-command", containers(false, 0, waiting("RunContainerError", "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \\\"serve\\\": executable file not found in $PATH: unknown"), None))
            .warns("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"serve\": executable file not found in $PATH: unknown"),
        step("bad-command", "RunContainerError:0", 2_000, containers(false, 1, waiting("CrashLoopBackOff", BACK_OFF), Some(NOT_STARTED))),
        one("config-missing", containers(false, 0, waiting("CreateContainerConfigError", "configmap \\\"frontend-settings\\\" not found"), None))
            .warns("Failed", "Error: configmap \"frontend-settings\" not found"),
        one("config-heals", containers(false, 0, waiting("CreateContainerConfigError", "couldn't find key api_url in ConfigMap {{ $pod.metadata.namespace }}/frontend"), None))
            .warns("Failed", "Error: couldn't find key api_url in ConfigMap"),
        step("config-heals", "CreateContainerConfigError:0", 3_000, containers(true, 0, RUNNING, None)),
        one("secret-missing", containers(false, 0, waiting("CreateContainerConfigError", "secret \\\"api-token\\\" not found"), None))
            .warns("Failed", "Error: secret \"api-token\" not found"),
        one("volume", containers(false, 0, waiting("ContainerCreating", ""), None))
            .warns("FailedMount", "MountVolume.SetUp failed for volume \"models\" : rpc error: code = Internal desc = could not mount \"fs-0123\" at \"/models\": mount failed: exit status 32"),
        one("init-failing", To::Init { restarts: 0, state: RUNNING.into(), last: None }),
        step("init-failing", "running:0", 300, To::Init { restarts: 0, state: EXITED.into(), last: None }),
        step("init-failing", "terminated:0", 200, To::Init { restarts: 1, state: RUNNING.into(), last: Some(EXITED) }),
        step("init-failing", "running:1", 300, To::Init { restarts: 1, state: waiting("CrashLoopBackOff", BACK_OFF), last: Some(EXITED) })
            .warns("BackOff", "Back-off restarting failed container migrate"),
        one("liveness", containers(false, 0, RUNNING, None)).warns("Unhealthy", "Liveness probe failed: Get \"http://10.0.0.1:8501/healthz\": context deadline exceeded"),
        step("liveness", "running:0", 400, containers(false, 1, RUNNING, Some(STOPPED))).warns("Killing", "Container app failed liveness probe, will be restarted"),
        step("liveness", "running:1", 400, containers(false, 1, waiting("CrashLoopBackOff", BACK_OFF), Some(STOPPED))),
        // a Job's pods end
        step("ready", "new:0 job", 100, containers(true, 0, RUNNING, None)),
        step("ready", "ready:0 job", 300, To::Over { phase: "Succeeded", state: COMPLETED }),
        step("fails", "new:0 job", 100, containers(true, 0, RUNNING, None)),
        step("fails", "ready:0 job", 300, To::Over { phase: "Failed", state: EXITED }),
    ];
    steps.extend(crashing("crash-loop", false, EXITED));
    steps.extend(crashing("crash-after-ready", true, EXITED));
    steps.extend(crashing("out-of-memory", false, KILLED));
    steps.extend(pulling("image-missing", NOT_FOUND, "Failed to pull image: rpc error: code = NotFound desc = failed to pull and unpack image: failed to resolve reference: not found"));
    steps.extend(pulling("pull-refused", REFUSED, "Failed to pull image: failed to pull and unpack image: failed to resolve reference: unexpected status from HEAD request: 403 Forbidden"));
    steps.extend(pulling("registry-unreachable", UNREACHABLE, "Failed to pull image: failed to pull and unpack image: failed to resolve reference: failed to do request: dial tcp 192.0.2.7:443: i/o timeout"));
    steps.push(
        step(
            "pull-heals",
            "new:0",
            100,
            containers(false, 0, waiting("ErrImagePull", UNREACHABLE), None),
        )
        .warns(
            "Failed",
            "Failed to pull image: dial tcp 192.0.2.7:443: i/o timeout",
        ),
    );
    steps.push(step(
        "pull-heals",
        "ErrImagePull:0",
        3_000,
        containers(true, 0, RUNNING, None),
    ));
    steps
}

fn stage(name: &str, kind: &str, when: Value, delay: Value, next: Value) -> Value {
    json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": when},
            "delay": delay,
            "next": next,
        },
    })
}

fn node(name: &str, lost: bool) -> Value {
    let (status, reason, message, operator) = if lost {
        (
            "Unknown",
            "NodeStatusUnknown",
            "Kubelet stopped posting node status.",
            "Exists",
        )
    } else {
        (
            "True",
            "KubeletReady",
            "kubelet is posting ready status",
            "DoesNotExist",
        )
    };
    let template = format!(
        "conditions:\n- {{type: Ready, status: \"{status}\", reason: {reason}, message: {message}, lastHeartbeatTime: {{{{ Now | Quote }}}}, lastTransitionTime: {{{{ Now | Quote }}}} }}\naddresses:\n- {{type: InternalIP, address: {{{{ NodeIP | Quote }}}} }}\ndaemonEndpoints:\n  kubeletEndpoint:\n    Port: {{{{ NodePort }}}}\nphase: Running\n"
    );
    stage(
        name,
        "Node",
        json!([
            {"key": format!(".metadata.labels[\"{LOST}\"]"), "operator": operator},
            {"key": ".status.conditions.[] | select(.type == \"Ready\") | .status", "operator": "NotIn", "values": [status]},
        ]),
        json!({"durationMilliseconds": 0}),
        json!({"statusTemplate": template}),
    )
}

/// Everything that kwok is told: a stream of YAML documents.
///
/// `logs` is what a container says now, `previous` what it said before it ended; both are files in CRI's format.
pub(super) fn configuration(logs: &str, previous: &str) -> String {
    let gone = stage(
        "gone",
        "Pod",
        json!([{"key": ".metadata.deletionTimestamp", "operator": "Exists"}]),
        json!({"durationMilliseconds": 50}),
        json!({"finalizers": {"empty": true}, "delete": true}),
    );
    let speaks = json!({
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterLogs",
        "metadata": {"name": "all"},
        "spec": {"logs": [{"logsFile": logs, "previousLogsFile": previous, "follow": false}]},
    });
    let mut documents = vec![
        node("node-ready", false),
        node("node-lost", true),
        gone,
        speaks,
    ];
    documents.extend(
        steps()
            .iter()
            .enumerate()
            .map(|(number, step)| step.stage(number)),
    );
    documents
        .iter()
        .map(|document| format!("---\n{document}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fate_begins_and_no_step_is_unreachable_by_name() {
        let steps = steps();
        for fate in FATES {
            assert!(
                steps
                    .iter()
                    .any(|step| step.fate == fate && step.at.starts_with("new:0")),
                "{fate}"
            );
        }
        for step in &steps {
            assert!(FATES.contains(&step.fate), "{}", step.fate);
        }
    }
}
