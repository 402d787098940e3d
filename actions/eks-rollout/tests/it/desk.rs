//! A folder of manifests, a namespace, and the program.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use kube_rollout::{Cluster, Resource, by_kubeconfig};
use sandbox::kubernetes::{ControlPlane, ControlPlaneError, Options};
use sandbox::tools::ToolError;
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{Program, Ran};

use crate::eks;

static PLANE: LazyLock<Option<ControlPlane>> = LazyLock::new(|| {
    // the API server asks it about every token that is not the administrator's
    let folder = tempfile::tempdir().unwrap();
    let webhook = Utf8Path::from_path(folder.path())
        .unwrap()
        .join("webhook.json");
    let config = json!({"apiVersion": "v1", "kind": "Config", "current-context": "w", "contexts": [{"name": "w", "context": {"cluster": "w", "user": "w"}}],
        "users": [{"name": "w", "user": {}}], "clusters": [{"name": "w", "cluster": {"server": format!("{}/token", *eks::SERVER)}}]});
    std::fs::write(&webhook, config.to_string()).unwrap();
    let options = Options {
        token_webhook: Some(webhook),
        #[expect(
            clippy::print_stderr,
            reason = "minutes without a word look like a hang"
        )]
        progress: |line| eprintln!("{line}"),
        ..Options::default()
    };
    match ControlPlane::start(&options) {
        Ok(plane) => {
            let certificate = std::fs::read_to_string(plane.certificate()).unwrap();
            eks::PLANE
                .set((plane.address().to_owned(), certificate))
                .unwrap();
            plane
                .say(
                    &["listening"],
                    &[
                        "Traceback (most recent call last):",
                        "  File \"app.py\", line 12, in <module>",
                        "KeyError: 'API_URL'",
                    ],
                )
                .unwrap();
            Some(plane)
        }
        #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
        Err(ControlPlaneError::Tool(error @ ToolError::Missing { .. })) => {
            eprintln!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error:?}"),
    }
});
static NAMESPACES: AtomicU32 = AtomicU32::new(0);

pub(crate) const OLD: &str = "registry.test/frontend@sha256:4141414141414141414141414141414141414141414141414141414141414141";
pub(crate) const NEW: &str = "registry.test/frontend@sha256:9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e";

pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) namespace: String,
    kubeconfig: Utf8PathBuf,
}

impl Desk {
    /// A namespace of its own; nothing where there is no control plane.
    pub(crate) fn new() -> Option<Self> {
        let plane = PLANE.as_ref()?;
        let number = NAMESPACES.fetch_add(1, Ordering::Relaxed);
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            namespace: format!("test-{number}"),
            kubeconfig: plane.kubeconfig(),
        };
        std::fs::create_dir(desk.path("deploy")).unwrap();
        desk.write(
            "namespace.yaml",
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": desk.namespace}}),
        );
        Some(desk)
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    /// Writes a manifest; JSON is YAML.
    pub(crate) fn write(&self, file: &str, object: &Value) {
        self.write_text(file, &object.to_string());
    }

    pub(crate) fn write_text(&self, file: &str, text: &str) {
        std::fs::write(self.path("deploy").join(file), text).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        std::fs::remove_file(self.path("deploy").join(file)).unwrap();
    }

    /// Writes the Deployment with what its pods are fated to.
    pub(crate) fn deployment(&self, image: &str, fate: &str) {
        self.write("frontend.yaml", &deployment(image, fate));
    }

    /// A release that serves and was proven.
    pub(crate) fn released() -> Option<Self> {
        let desk = Self::new()?;
        desk.deployment(OLD, "ready");
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
        Some(desk)
    }

    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_eks-rollout"))
            .cwd(self.path(""))
            .args([
                "--application",
                "frontend",
                "--manifests",
                "deploy",
                "--steady",
                "1",
            ])
            .args([
                "--namespace",
                &self.namespace,
                "--kubeconfig",
                self.kubeconfig.as_str(),
            ])
            .args(arguments)
    }

    /// Starts the program without waiting for it.
    pub(crate) fn spawn(&self, attempt: &str) -> std::process::Child {
        std::process::Command::new(env!("CARGO_BIN_EXE_eks-rollout"))
            .current_dir(self.path(""))
            .args([
                "--application",
                "frontend",
                "--manifests",
                "deploy",
                "--namespace",
                &self.namespace,
            ])
            .args(["--kubeconfig", self.kubeconfig.as_str()])
            .envs(attempt_of(attempt))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.program(arguments).run()
    }

    /// The evidence that was written.
    pub(crate) fn record(&self) -> Value {
        let file = self.path(".towpath/evidence/default/eks-rollout-frontend.json");
        serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
    }

    /// Asks the cluster itself.
    pub(crate) fn ask<T>(&self, question: impl AsyncFnOnce(Cluster) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let cluster = by_kubeconfig(Some(&self.kubeconfig), None).await.unwrap();
            question(cluster).await
        })
    }

    pub(crate) fn get(&self, api_version: &str, kind: &str, name: &str) -> Option<Value> {
        self.ask(async |cluster| {
            let resource = cluster.resource(api_version, kind).await.unwrap();
            cluster
                .get(&resource, Some(&self.namespace), name)
                .await
                .unwrap()
        })
    }

    /// Creates or replaces an object as somebody else.
    pub(crate) fn create(&self, object: &Value) {
        self.ask(async |cluster| {
            let (api_version, kind) = (
                object["apiVersion"].as_str().unwrap(),
                object["kind"].as_str().unwrap(),
            );
            let resource: Resource = cluster.resource(api_version, kind).await.unwrap();
            let known = cluster.get(
                &resource,
                object["metadata"]["namespace"].as_str(),
                object["metadata"]["name"].as_str().unwrap(),
            );
            let written = match known.await.unwrap() {
                None => cluster.create(&resource, object).await.unwrap(),
                Some(known) => {
                    let mut object = object.clone();
                    object["metadata"]["resourceVersion"] =
                        known["metadata"]["resourceVersion"].clone();
                    cluster.replace(&resource, &object).await.unwrap()
                }
            };
            assert!(written.is_some(), "somebody else wrote {object} meanwhile");
        });
    }

    /// The images of the Deployment's pods that are ready now.
    pub(crate) fn serves(&self) -> Vec<String> {
        self.ask(async |cluster| {
            let pods = cluster.resource("v1", "Pod").await.unwrap();
            let (pods, _) = cluster.list(&pods, Some(&self.namespace)).await.unwrap();
            let ready = pods.iter().filter(|pod| {
                pod["metadata"]["deletionTimestamp"].is_null()
                    && pod["status"]["conditions"].as_array().is_some_and(|all| {
                        all.iter()
                            .any(|one| one["type"] == "Ready" && one["status"] == "True")
                    })
            });
            ready
                .map(|pod| {
                    pod["spec"]["containers"][0]["image"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                })
                .collect()
        })
    }
}

/// The variables of an attempt of one workflow run.
pub(crate) fn attempt_of(attempt: &str) -> [(&str, &str); 4] {
    [
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_RUN_ID", "8"),
        ("GITHUB_RUN_ATTEMPT", attempt),
    ]
}

pub(crate) fn deployment(image: &str, fate: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "frontend"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "frontend"}},
            "template": {
                "metadata": {"labels": {"app": "frontend"}, "annotations": {"sandbox.towpath.dev/fate": fate}},
                "spec": {
                    "initContainers": [{"name": "migrate", "image": image}],
                    "containers": [{"name": "app", "image": image, "resources": {"limits": {"memory": "256Mi"}}}],
                },
            },
        },
    })
}
