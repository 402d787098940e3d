//! A real control plane: it schedules, its pods meet their fates, and nothing of it stays.
//!
//! The first run builds Kubernetes, which takes minutes. Without Go and without `KUBEBUILDER_ASSETS` these tests say so and pass.

use std::process::Command;
use std::time::{Duration, Instant};

use kube::api::{DynamicObject, ListParams, LogParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use kube::{Api, Client, Config};
use sandbox::kubernetes::{ControlPlane, ControlPlaneError, Options, fate};
use sandbox::tools::ToolError;
use serde_json::{Value, json};

use crate::support::{eventually, processes_with, role, spawn_and_read, this_program_as};

fn start() -> Option<ControlPlane> {
    let options = Options {
        #[expect(
            clippy::print_stderr,
            reason = "minutes without a word look like a hang"
        )]
        progress: |line| eprintln!("{line}"),
        ..Options::default()
    };
    match ControlPlane::start(&options) {
        Ok(plane) => Some(plane),
        #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
        Err(ControlPlaneError::Tool(error @ ToolError::Missing { .. })) => {
            eprintln!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
}

async fn client(plane: &ControlPlane) -> Client {
    let kubeconfig = Kubeconfig::read_from(plane.kubeconfig()).unwrap();
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .unwrap();
    Client::try_from(config).unwrap()
}

fn api(client: &Client, group: &str, kind: &str) -> Api<DynamicObject> {
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, "v1", kind));
    Api::namespaced_with(client.clone(), "default", &resource)
}

fn pod(fate: &str) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": fate, "annotations": {fate::ANNOTATION: fate, fate::AFTER: "500ms"}},
        "spec": {
            "containers": [{"name": "app", "image": "registry.test/app@sha256:aa"}],
            "initContainers": [{"name": "migrate", "image": "registry.test/app@sha256:aa"}],
        },
    }))
    .unwrap()
}

/// What a pod shows once its fate is fulfilled, as a JSON pointer into its status and a value.
const ENDS: [(&str, &str, &str); 17] = [
    ("ready", "/phase", "Running"),
    ("slow-start", "/conditions/ready", "True"),
    ("never-ready", "/conditions/ready", "False"),
    (
        "liveness",
        "/containerStatuses/0/state/waiting/reason",
        "CrashLoopBackOff",
    ),
    (
        "image-missing",
        "/containerStatuses/0/state/waiting/reason",
        "ImagePullBackOff",
    ),
    (
        "pull-refused",
        "/containerStatuses/0/state/waiting/reason",
        "ImagePullBackOff",
    ),
    (
        "registry-unreachable",
        "/containerStatuses/0/state/waiting/reason",
        "ImagePullBackOff",
    ),
    ("pull-heals", "/conditions/ready", "True"),
    (
        "crash-loop",
        "/containerStatuses/0/lastState/terminated/reason",
        "Error",
    ),
    ("crash-once", "/conditions/ready", "True"),
    (
        "crash-after-ready",
        "/containerStatuses/0/state/waiting/reason",
        "CrashLoopBackOff",
    ),
    (
        "out-of-memory",
        "/containerStatuses/0/lastState/terminated/reason",
        "OOMKilled",
    ),
    (
        "bad-command",
        "/containerStatuses/0/lastState/terminated/reason",
        "StartError",
    ),
    (
        "config-missing",
        "/containerStatuses/0/state/waiting/reason",
        "CreateContainerConfigError",
    ),
    ("config-heals", "/conditions/ready", "True"),
    (
        "init-failing",
        "/initContainerStatuses/0/state/waiting/reason",
        "CrashLoopBackOff",
    ),
    (
        "volume",
        "/containerStatuses/0/state/waiting/reason",
        "ContainerCreating",
    ),
];

fn shows(pod: &DynamicObject, pointer: &str) -> String {
    let status = &pod.data["status"];
    let found = match pointer {
        "/conditions/ready" => status["conditions"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["type"] == "Ready"))
            .map(|ready| &ready["status"]),
        pointer => status.pointer(pointer),
    };
    found.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn pods_meet_their_fates_and_say_what_they_are_told() {
    let Some(plane) = start() else { return };
    plane.say(&["serving"], &["KeyError: 'API_URL'"]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = client(&plane).await;
        let pods = api(&client, "", "Pod");
        for (fate, ..) in ENDS {
            pods.create(&PostParams::default(), &pod(fate))
                .await
                .unwrap();
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let listed = pods.list(&ListParams::default()).await.unwrap();
            let late: Vec<_> = ENDS
                .iter()
                .filter(|(fate, pointer, expected)| {
                    let pod = listed
                        .items
                        .iter()
                        .find(|pod| pod.metadata.name.as_deref() == Some(fate));
                    shows(pod.unwrap(), pointer) != *expected
                })
                .collect();
            if late.is_empty() {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "{late:?}\n{}",
                serde_json::to_string(&listed.items).unwrap()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let logs: Api<k8s_openapi::api::core::v1::Pod> = Api::default_namespaced(client.clone());
        let previous = LogParams {
            previous: true,
            ..LogParams::default()
        };
        assert_eq!(
            logs.logs("crash-loop", &previous).await.unwrap(),
            "KeyError: 'API_URL'\n"
        );
        assert_eq!(
            logs.logs("ready", &LogParams::default()).await.unwrap(),
            "serving\n"
        );
    });
}

#[test]
fn it_ends_with_its_owner() {
    if role().as_deref() == Some("kubernetes-owner") {
        match start() {
            Some(plane) => {
                println!("RUNS {}", plane.kubeconfig());
                std::thread::sleep(Duration::from_secs(600));
            }
            None => println!("RUNS nowhere"),
        }
        return;
    }
    let test = "kubernetes::it_ends_with_its_owner";
    let (mut owner, kubeconfig) =
        spawn_and_read(&mut this_program_as(test, "kubernetes-owner"), "RUNS");
    if kubeconfig == "nowhere" {
        return;
    }
    let folder = kubeconfig.strip_suffix("/kubeconfig").unwrap().to_owned();
    let mine = || {
        let mut found = processes_with("--etcd-servers=http://127.0.0.1");
        found.retain(|pid| {
            std::fs::read_link(format!("/proc/{pid}/cwd"))
                .is_ok_and(|cwd| cwd.to_string_lossy().starts_with(&folder))
        });
        found
    };
    assert!(!mine().is_empty());
    // as hard as it gets: the owner has no moment to clean up
    Command::new("kill")
        .args(["-9", &owner.id().to_string()])
        .status()
        .unwrap();
    owner.wait().unwrap();
    eventually("the API server ends with its owner", || mine().is_empty());
    std::fs::remove_dir_all(folder).ok();
}
