//! A Kubernetes control plane on loopback: everything of a cluster but the kubelet is real.
//!
//! [`ControlPlane::start`] runs etcd, kube-apiserver, kube-controller-manager and kube-scheduler, and kwok in the place of the
//! kubelets, with stages of our own for every way in which a pod fails ([`fate`]). It writes a kubeconfig for an administrator, and adds nodes.
//! What clients do with it is not known here; a real cluster takes its place by the same `KUBECONFIG`.
//!
//! Simpler than a cluster: no container runs, so logs are one text for all (see [`ControlPlane::say`]), no packet is routed, and no
//! cloud controller makes load balancers or nodes.

pub mod fate;
mod keys;
mod service;

use std::fs;
use std::io;
use std::net::TcpListener;
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::{Api, Client, Config, discovery};
use miette::Diagnostic;
use serde_json::json;
use tempfile::TempDir;

use crate::machine::Machine;
use crate::ministack::tail;
use crate::tools::{self, Progress, ToolError};
use service::Service;

const TOKEN: &str = "sandbox-administrator";
const POLL: Duration = Duration::from_millis(40);
/// Two nodes, so that one can be lost
const NODES: usize = 2;

/// How to start a control plane
#[derive(Debug, Clone)]
pub struct Options {
    /// The environment variables to go by
    pub machine: Machine,
    /// How many nodes there are
    pub nodes: usize,
    /// The configuration of a webhook that is asked about bearer tokens, as kube-apiserver takes it
    pub token_webhook: Option<Utf8PathBuf>,
    /// How long the programs may take until they answer, without their first build
    pub patience: Duration,
    /// Told what takes time
    pub progress: Progress,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            machine: Machine::current(),
            nodes: NODES,
            token_webhook: None,
            patience: Duration::from_secs(90),
            progress: |_| {},
        }
    }
}

/// Why there is no control plane
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ControlPlaneError {
    /// A program is missing
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// Files cannot be written
    #[error("failed to prepare the control plane's folder")]
    #[diagnostic(help("free some space for temporary files, or set `TMPDIR` to another folder"))]
    Folder(#[source] io::Error),
    /// A program cannot be run
    #[error("failed to run `{program}`")]
    #[diagnostic(help("remove Towpath's folder in the cache so that it is built anew"))]
    Spawn {
        program: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    /// A program ended
    #[error("{name} ended while the control plane was starting")]
    #[diagnostic(help("read the end of its log:\n{log}"))]
    Ended { name: &'static str, log: String },
    /// The API server does not answer
    #[error("the API server did not answer within {seconds} s: {detail}")]
    #[diagnostic(help("try again on a less busy machine, or read the end of its log:\n{log}"))]
    Silent {
        seconds: u64,
        detail: String,
        log: String,
    },
}

/// A running control plane, until this value is dropped
#[derive(Debug)]
pub struct ControlPlane {
    // in the order in which they are dropped: whoever asks before whoever is asked
    services: Vec<(&'static str, Service)>,
    address: String,
    path: Utf8PathBuf,
    _removed_at_the_end: TempDir,
}

impl ControlPlane {
    /// Starts one, and waits until pods can be scheduled
    ///
    /// # Errors
    /// A program that can neither be found nor built, or that does not come up.
    pub fn start(options: &Options) -> Result<Self, ControlPlaneError> {
        let programs = tools::kubernetes(&options.machine, options.progress)?;
        let folder = tempfile::Builder::new()
            .prefix("towpath-kubernetes-")
            .tempdir()
            .map_err(ControlPlaneError::Folder)?;
        let path = Utf8PathBuf::try_from(folder.path().to_owned())
            .map_err(|error| ControlPlaneError::Folder(error.into_io_error()))?;
        let [client, peer, api, kubelet] = free_ports().map_err(ControlPlaneError::Folder)?;
        let mut plane = Self {
            services: Vec::new(),
            address: format!("https://127.0.0.1:{api}"),
            path,
            _removed_at_the_end: folder,
        };
        plane.write_files().map_err(ControlPlaneError::Folder)?;
        plane.run("etcd", &programs.etcd, &etcd(client, peer))?;
        let webhook = options.token_webhook.as_deref();
        plane.run(
            "kube-apiserver",
            &programs.apiserver,
            &api_server(client, api, webhook),
        )?;
        let deadline = Instant::now() + options.patience;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(ControlPlaneError::Folder)?;
        let ready = plane.until(deadline, options.patience, &runtime, async |plane| {
            let client = plane.client().await?;
            let request = http_get("/readyz")?;
            client
                .request_text(request)
                .await
                .map_err(|error| error.to_string())?;
            Ok(client)
        })?;
        plane.run(
            "kube-controller-manager",
            &programs.controller_manager,
            &controller_manager(),
        )?;
        plane.run("kube-scheduler", &programs.scheduler, &scheduler())?;
        plane.run("kwok", &programs.kwok, &kwok(kubelet))?;
        let nodes = options.nodes;
        plane.until(deadline, options.patience, &runtime, async |_| {
            add_nodes(&ready, nodes).await
        })?;
        plane.until(deadline, options.patience, &runtime, async |_| {
            can_schedule(&ready, nodes).await
        })?;
        // what was started last asks most, so it ends first
        plane.services.reverse();
        Ok(plane)
    }

    /// The kubeconfig of an administrator
    pub fn kubeconfig(&self) -> Utf8PathBuf {
        self.path.join("kubeconfig")
    }

    /// Where the API server listens
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The certificate to expect there, as a PEM file
    pub fn certificate(&self) -> Utf8PathBuf {
        self.path.join("certificates/apiserver.crt")
    }

    /// Lets every container have said `now`, and `previous` before it ended
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn say(&self, now: &[&str], previous: &[&str]) -> io::Result<()> {
        let write = |name: &str, lines: &[&str]| {
            let lines = lines
                .iter()
                .map(|line| format!("2026-01-01T00:00:00.000000000Z stderr F {line}\n"));
            fs::write(self.path.join(name), lines.collect::<String>())
        };
        write("now.log", now)?;
        write("previous.log", previous)
    }

    /// The numbers of the leaders of the programs' process groups, by name
    pub fn programs(&self) -> Vec<(&'static str, u32)> {
        self.services
            .iter()
            .map(|(name, service)| (*name, service.pid()))
            .collect()
    }

    /// Ends the programs and removes what they kept; dropping does the same
    pub fn stop(self) {}

    fn run(
        &mut self,
        name: &'static str,
        program: &Utf8Path,
        arguments: &[String],
    ) -> Result<(), ControlPlaneError> {
        let service = Service::start(name, program, arguments, &self.path).map_err(|source| {
            ControlPlaneError::Spawn {
                program: program.to_owned(),
                source,
            }
        })?;
        self.services.push((name, service));
        Ok(())
    }

    fn until<T>(
        &self,
        deadline: Instant,
        patience: Duration,
        runtime: &tokio::runtime::Runtime,
        attempt: impl AsyncFn(&Self) -> Result<T, String>,
    ) -> Result<T, ControlPlaneError> {
        loop {
            let detail = match runtime.block_on(attempt(self)) {
                Ok(done) => return Ok(done),
                Err(detail) => detail,
            };
            let log = |service: &Service| tail(&service.log);
            if let Some((name, service)) = self
                .services
                .iter()
                .find(|(_, service)| !service.is_alive())
            {
                return Err(ControlPlaneError::Ended {
                    name,
                    log: log(service),
                });
            }
            if Instant::now() > deadline {
                return Err(ControlPlaneError::Silent {
                    seconds: patience.as_secs(),
                    detail,
                    log: self
                        .services
                        .get(1)
                        .map(|(_, service)| log(service))
                        .unwrap_or_default(),
                });
            }
            sleep(POLL);
        }
    }

    fn write_files(&self) -> io::Result<()> {
        let file = |name: &str| self.path.join(name);
        fs::create_dir(file("certificates"))?;
        keys::write_pair(&file("accounts.key"), &file("accounts.pub"))?;
        fs::write(
            file("tokens.csv"),
            format!("{TOKEN},administrator,administrator,\"system:masters\"\n"),
        )?;
        let kubeconfig = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "sandbox",
            "clusters": [{"name": "sandbox", "cluster": {"server": self.address, "certificate-authority": self.certificate()}}],
            "users": [{"name": "administrator", "user": {"token": TOKEN}}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "administrator"}}],
        });
        fs::write(self.kubeconfig(), format!("{kubeconfig:#}\n"))?;
        self.say(&["listening on :8501"], &["the application ended"])?;
        let stages = fate::configuration(file("now.log").as_str(), file("previous.log").as_str());
        fs::write(file("stages.yaml"), stages)
    }

    async fn client(&self) -> Result<Client, String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let kubeconfig = Kubeconfig::read_from(self.kubeconfig()).map_err(|error| text(&error))?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .map_err(|error| text(&error))?;
        Client::try_from(config).map_err(|error| text(&error))
    }
}

/// Ports that nobody has at the moment
fn free_ports<const N: usize>() -> io::Result<[u16; N]> {
    // all at once, so that none is given twice
    let listeners: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind("127.0.0.1:0"))
        .collect::<io::Result<_>>()?;
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(&listeners) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

fn etcd(client: u16, peer: u16) -> Vec<String> {
    let [client, peer] = [client, peer].map(|port| format!("http://127.0.0.1:{port}"));
    vec![
        "--data-dir=etcd".into(),
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
    ]
}

fn api_server(etcd: u16, port: u16, webhook: Option<&Utf8Path>) -> Vec<String> {
    let mut arguments = vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        format!("--secure-port={port}"),
        "--bind-address=127.0.0.1".into(),
        "--endpoint-reconciler-type=none".into(),
        "--cert-dir=certificates".into(),
        "--service-cluster-ip-range=10.0.0.0/24".into(),
        "--allow-privileged=true".into(),
        "--authorization-mode=RBAC".into(),
        "--token-auth-file=tokens.csv".into(),
        "--service-account-issuer=https://sandbox.test".into(),
        "--service-account-key-file=accounts.pub".into(),
        "--service-account-signing-key-file=accounts.key".into(),
        "--kubelet-preferred-address-types=InternalIP".into(),
    ];
    if let Some(webhook) = webhook {
        arguments.push(format!(
            "--authentication-token-webhook-config-file={webhook}"
        ));
        arguments.push("--authentication-token-webhook-version=v1".into());
        arguments.push("--authentication-token-webhook-cache-ttl=1s".into());
    }
    arguments
}

fn controller_manager() -> Vec<String> {
    [
        "--kubeconfig=kubeconfig",
        "--leader-elect=false",
        "--use-service-account-credentials=false",
        "--service-account-private-key-file=accounts.key",
        "--root-ca-file=certificates/apiserver.crt",
        "--secure-port=0",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
        "--node-monitor-period=1s",
        // a busy machine is no lost node: those say so themselves, by their label
        "--node-monitor-grace-period=24h",
    ]
    .map(str::to_owned)
    .into()
}

fn scheduler() -> Vec<String> {
    [
        "--kubeconfig=kubeconfig",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=1000",
        "--kube-api-burst=2000",
    ]
    .map(str::to_owned)
    .into()
}

fn kwok(port: u16) -> Vec<String> {
    vec![
        "--kubeconfig=kubeconfig".into(),
        "--config=stages.yaml".into(),
        "--manage-all-nodes=true".into(),
        "--node-ip=127.0.0.1".into(),
        format!("--node-port={port}"),
        format!("--server-address=127.0.0.1:{port}"),
        "--tls-cert-file=certificates/apiserver.crt".into(),
        "--tls-private-key-file=certificates/apiserver.key".into(),
    ]
}

fn http_get(path: &str) -> Result<http::Request<Vec<u8>>, String> {
    http::Request::get(path)
        .body(Vec::new())
        .map_err(|error| error.to_string())
}

fn nodes_api(client: &Client) -> Api<DynamicObject> {
    let resource = discovery::ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Node"));
    Api::all_with(client.clone(), &resource)
}

async fn add_nodes(client: &Client, count: usize) -> Result<(), String> {
    for number in 1..=count {
        let room =
            json!({"cpu": "64", "memory": "256Gi", "pods": "10000", "ephemeral-storage": "1Ti"});
        let node: DynamicObject = serde_json::from_value(json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": format!("node-{number}"), "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "kubernetes.io/hostname": format!("node-{number}"),
            }},
            "status": {"capacity": room, "allocatable": room, "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.36.0", "containerRuntimeVersion": "containerd://2.1.0",
                "bootID": "", "kernelVersion": "", "kubeProxyVersion": "", "machineID": "", "osImage": "", "systemUUID": "",
            }},
        }))
        .map_err(|error| error.to_string())?;
        match nodes_api(client)
            .create(&kube::api::PostParams::default(), &node)
            .await
        {
            Ok(_) => {}
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

/// The nodes are ready and untainted, and the default service account is there
async fn can_schedule(client: &Client, count: usize) -> Result<(), String> {
    let nodes = nodes_api(client)
        .list(&kube::api::ListParams::default())
        .await
        .map_err(|error| error.to_string())?;
    let open = nodes.items.iter().filter(|node| {
        let ready = node.data["status"]["conditions"]
            .as_array()
            .is_some_and(|conditions| {
                conditions
                    .iter()
                    .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
            });
        ready
            && node.data["spec"]["taints"]
                .as_array()
                .is_none_or(Vec::is_empty)
    });
    if open.count() < count {
        return Err("the nodes are not ready".into());
    }
    let account = http_get("/api/v1/namespaces/default/serviceaccounts/default")?;
    client
        .request_text(account)
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}
