//! The control plane that everything is measured on, and one rollout on it.

use std::time::Duration;

use kube_rollout::{Budgets, Cluster, Report, Request, Run, by_kubeconfig, roll_out};
use sandbox::kubernetes::{ControlPlane, Options};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::Failed;

pub(crate) const OLD: &str = "registry.test/frontend@sha256:4141414141414141414141414141414141414141414141414141414141414141";
pub(crate) const NEW: &str = "registry.test/frontend@sha256:9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e9b21c04e";

pub(crate) struct Stand {
    pub(crate) plane: ControlPlane,
    pub(crate) runtime: Runtime,
    pub(crate) cluster: Cluster,
}

impl Stand {
    pub(crate) fn start() -> Result<Self, Failed> {
        let plane = ControlPlane::start(&Options {
            progress: |line| eprintln!("{line}"),
            ..Options::default()
        })?;
        plane.say(
            &["listening"],
            &["Traceback (most recent call last):", "KeyError: 'API_URL'"],
        )?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let cluster = runtime.block_on(by_kubeconfig(Some(&plane.kubeconfig()), None))?;
        Ok(Self {
            plane,
            runtime,
            cluster,
        })
    }
}

pub(crate) fn request(namespace: &str, mut objects: Vec<Value>) -> Request {
    objects.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
    Request {
        application: "frontend".to_owned(),
        namespace: namespace.to_owned(),
        objects,
        run: Run {
            name: format!("bench {namespace}"),
            attempt: "1".to_owned(),
        },
        budgets: Budgets {
            steady: Duration::from_secs(1),
            ..Budgets::default()
        },
        patience: Duration::from_secs(30),
        force_conflicts: true,
        prune: true,
        roll_back: true,
        dry_run: false,
        canary: None,
        image_proof: None,
    }
}

pub(crate) async fn rolled(cluster: &Cluster, request: &Request) -> Result<Report, Failed> {
    Ok(roll_out(cluster, request, &mut |_| {}).await?)
}

pub(crate) fn deployment(name: &str, image: &str, fate: &str, after: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": {
            "metadata": {"labels": {"app": name}, "annotations": {"sandbox.towpath.dev/fate": fate, "sandbox.towpath.dev/after": after}},
            "spec": {"initContainers": [{"name": "migrate", "image": image}], "containers": [{"name": "app", "image": image}]},
        }},
    })
}
