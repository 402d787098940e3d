//! Every class of failure: seconds until it is said, and whether the cause is named, by us and by whoever else is on the path.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use kube_rollout::{Ending, Report};
use sandbox::Machine;
use serde_json::{Value, json};

use crate::Failed;
use crate::stand::{NEW, OLD, Stand, deployment, request, rolled};

/// A class: its fate, what we call it, how long we let it last, and words of which a peer's output has to have one to have named the cause.
const CLASSES: [(&str, &str, &[&str]); 14] = [
    (
        "image-missing",
        "image missing",
        &["not found", "NotFound", "ErrImagePull", "ImagePullBackOff"],
    ),
    (
        "pull-refused",
        "pull refused",
        &["403", "Forbidden", "denied"],
    ),
    (
        "registry-unreachable",
        "registry unreachable",
        &["i/o timeout", "dial tcp"],
    ),
    (
        "crash-loop",
        "crash loop",
        &["CrashLoopBackOff", "KeyError", "Error (exit", "exited"],
    ),
    ("out-of-memory", "out of memory", &["OOMKilled", "memory"]),
    (
        "bad-command",
        "bad command",
        &["executable file not found", "RunContainerError"],
    ),
    (
        "config-missing",
        "config or secret missing",
        &["configmap", "CreateContainerConfigError"],
    ),
    (
        "secret-missing",
        "config or secret missing",
        &["secret", "CreateContainerConfigError"],
    ),
    (
        "init-failing",
        "init container failing",
        &["init", "migrate"],
    ),
    ("liveness", "probe failing", &["Liveness", "probe"]),
    ("volume", "volume", &["MountVolume", "FailedMount"]),
    ("quota", "quota exceeded", &["exceeded quota", "quota"]),
    (
        "unschedulable",
        "unschedulable",
        &["nodes are available", "Unschedulable", "FailedScheduling"],
    ),
    (
        "admission",
        "admission refused",
        &["violates PodSecurity", "PodSecurity"],
    ),
];

/// What one tool did with one class.
struct Said {
    after: Option<Duration>,
    named: bool,
}

pub(crate) fn run(stand: &Stand, cap: u64) -> Result<bool, Failed> {
    let machine = Machine::current();
    let peers: Vec<&str> = ["kubectl", "helm", "kubedog"]
        .into_iter()
        .filter(|name| machine.which(name).is_some())
        .collect();
    let mut ours = Vec::new();
    for (number, (fate, class, _)) in CLASSES.iter().enumerate() {
        ours.push(measured(stand, &format!("ours-{number}"), fate, class)?);
    }
    // they mostly wait, so all of them at once
    let theirs = alongside(stand, &peers, Duration::from_secs(cap))?;
    println!(
        "| class | Towpath says it | after the first sign | rolled back and serving |{}",
        peers
            .iter()
            .map(|peer| format!(" {peer} |"))
            .collect::<String>()
    );
    println!("|---|---|---|---|{}", "---|".repeat(peers.len()));
    let mut holds = true;
    for (number, (fate, class, _)) in CLASSES.iter().enumerate() {
        let (report, sign, said) = &ours[number];
        let named = report
            .failure
            .as_ref()
            .is_some_and(|failure| failure.class.name() == *class);
        let back = report.ending == Ending::RolledBack;
        holds &= named && back;
        let end = report
            .timeline
            .last()
            .map_or(0.0, |moment| moment.at.as_secs_f64());
        print!(
            "| {fate} | {:.1} s{} | {:.1} s | {} |",
            said.as_secs_f64(),
            if named { "" } else { ", misnamed" },
            (*said - *sign).as_secs_f64(),
            if back {
                format!("{end:.1} s")
            } else {
                "no".to_owned()
            }
        );
        for peer in &theirs {
            let said = &peer[number];
            let after = said.after.map_or_else(
                || format!("> {cap} s"),
                |after| format!("{:.1} s", after.as_secs_f64()),
            );
            print!(
                " {after}, {} |",
                if said.named { "named" } else { "not named" }
            );
        }
        println!();
    }
    Ok(holds)
}

/// One class by us: the report, when the first sign was told, and when the failure was.
fn measured(
    stand: &Stand,
    namespace: &str,
    fate: &str,
    class: &str,
) -> Result<(Report, Duration, Duration), Failed> {
    prepare(stand, namespace, fate)?;
    let mut wanted = request(namespace, vec![manifest(fate, NEW)]);
    // what may heal has a budget, which is not what is measured here
    wanted.budgets.registry = Duration::from_secs(3);
    wanted.budgets.unschedulable = Duration::from_secs(3);
    wanted.budgets.volume = Duration::from_secs(3);
    if fate == "admission" {
        wanted
            .objects
            .retain(|object| object["kind"] != "Namespace");
    }
    let report = stand.runtime.block_on(rolled(&stand.cluster, &wanted))?;
    let at = |holds: &dyn Fn(&str) -> bool| {
        report
            .timeline
            .iter()
            .find(|moment| holds(&moment.what))
            .map(|moment| moment.at)
    };
    let said = report
        .timeline
        .iter()
        .find(|moment| moment.failure.is_some())
        .map_or(Duration::MAX, |moment| moment.at);
    let sign = at(&|what| what.starts_with("Pod ") || what.starts_with("ReplicaSet "))
        .unwrap_or(said)
        .min(said);
    eprintln!("{class}: {:.1} s", said.as_secs_f64());
    Ok((report, sign, said))
}

/// A release that serves, and then the trouble.
fn prepare(stand: &Stand, namespace: &str, fate: &str) -> Result<(), Failed> {
    let good = request(
        namespace,
        vec![manifest(
            if fate == "quota" { "quota" } else { "ready" },
            OLD,
        )],
    );
    stand.runtime.block_on(async {
        let report = rolled(&stand.cluster, &good).await?;
        if report.ending != Ending::Serves {
            return Err(format!(
                "the good release of {fate} does not serve: {:?}",
                report.failure
            )
            .into());
        }
        Ok::<(), Failed>(())
    })?;
    trouble(stand, namespace, fate)
}

fn manifest(fate: &str, image: &str) -> Value {
    let played = if matches!(fate, "quota" | "unschedulable" | "admission") {
        "ready"
    } else {
        fate
    };
    let mut manifest = deployment("frontend", image, played, "10m");
    let spec = &mut manifest["spec"]["template"]["spec"];
    match fate {
        "quota" => {
            for containers in ["containers", "initContainers"] {
                spec[containers][0]["resources"] = json!({"requests": {"memory": "100Mi"}});
            }
        }
        "unschedulable" => spec["nodeSelector"] = json!({"gpu": "yes"}),
        _ => {}
    }
    manifest
}

/// Every peer over every class, all at once.
fn alongside(stand: &Stand, peers: &[&str], cap: Duration) -> Result<Vec<Vec<Said>>, Failed> {
    let folder = tempfile::tempdir()?;
    let mut running = Vec::new();
    for peer in peers {
        for (number, (fate, _, words)) in CLASSES.iter().enumerate() {
            let namespace = format!("{peer}-{number}");
            if *peer == "helm" {
                let namespaces = request(&namespace, Vec::new());
                stand
                    .runtime
                    .block_on(rolled(&stand.cluster, &namespaces))?;
            } else {
                prepare(stand, &namespace, fate)?;
            }
            let place = folder.path().join(&namespace);
            fs::create_dir_all(place.join("chart/templates"))?;
            fs::write(
                place.join("chart/Chart.yaml"),
                "apiVersion: v2\nname: frontend\nversion: 0.1.0\n",
            )?;
            fs::write(place.join("bad.json"), manifest(fate, NEW).to_string())?;
            let template = place.join("chart/templates/deployment.yaml");
            let kubeconfig = stand.plane.kubeconfig();
            if *peer == "helm" {
                fs::write(
                    &template,
                    manifest(if *fate == "quota" { "quota" } else { "ready" }, OLD).to_string(),
                )?;
                let chart = place.join("chart").to_string_lossy().into_owned();
                let status = Command::new("helm")
                    .args([
                        "install",
                        "frontend",
                        &chart,
                        "--wait",
                        "-n",
                        &namespace,
                        "--kubeconfig",
                        kubeconfig.as_str(),
                    ])
                    .stdout(Stdio::null())
                    .status()?;
                if !status.success() {
                    return Err("helm does not install the good release".into());
                }
                trouble(stand, &namespace, fate)?;
                fs::write(&template, manifest(fate, NEW).to_string())?;
            }
            let script = match *peer {
                "kubectl" => {
                    "kubectl apply --server-side --force-conflicts -f bad.json && kubectl rollout status deployment/frontend"
                }
                "helm" => "helm upgrade frontend chart --wait",
                _ => {
                    "kubectl apply --server-side --force-conflicts -f bad.json && kubedog rollout track deployment frontend"
                }
            };
            let script = script
                .replace(" -f ", " -n $NS -f ")
                .replace(
                    "status deployment/frontend",
                    "status deployment/frontend -n $NS",
                )
                .replace("chart --wait", "chart --wait -n $NS")
                .replace("deployment frontend", "deployment frontend -n $NS");
            let output = fs::File::create(place.join("output"))?;
            let child = Command::new("sh")
                .args(["-c", &script])
                .current_dir(&place)
                .env("KUBECONFIG", &kubeconfig)
                .env("NS", &namespace)
                .stdout(output.try_clone()?)
                .stderr(output)
                .spawn()?;
            running.push((child, Instant::now(), None, place, *words));
        }
    }
    let deadline = Instant::now() + cap;
    while Instant::now() < deadline && running.iter().any(|(_, _, ended, ..)| ended.is_none()) {
        for (child, started, ended, ..) in &mut running {
            if ended.is_none() && child.try_wait()?.is_some() {
                *ended = Some(started.elapsed());
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut said = Vec::new();
    for (mut child, _, ended, place, words) in running {
        child.kill().ok();
        child.wait()?;
        let text = fs::read_to_string(place.join("output")).unwrap_or_default();
        said.push(Said {
            after: ended,
            named: words.iter().any(|word| text.contains(word)),
        });
    }
    let mut by_peer = Vec::new();
    for _ in peers {
        let rest = said.split_off(CLASSES.len().min(said.len()));
        by_peer.push(std::mem::replace(&mut said, rest));
    }
    Ok(by_peer)
}

/// What makes the next release fail without a fate of a pod.
fn trouble(stand: &Stand, namespace: &str, fate: &str) -> Result<(), Failed> {
    match fate {
        "quota" | "admission" => stand.runtime.block_on(async {
            if fate == "quota" {
                let quotas = stand.cluster.resource("v1", "ResourceQuota").await?;
                let quota = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "small", "namespace": namespace}, "spec": {"hard": {"requests.memory": "250Mi"}}});
                stand.cluster.create(&quotas, &quota).await?;
            } else {
                let namespaces = stand.cluster.resource("v1", "Namespace").await?;
                let mut live = stand.cluster.get(&namespaces, None, namespace).await?.ok_or("the namespace is gone")?;
                live["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "restricted".into();
                stand.cluster.replace(&namespaces, &live).await?;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        }),
        _ => Ok(()),
    }
}
