//! Many rollouts: troubles that heal, successes that might be stale, and one that is large.

use std::time::{Duration, Instant};

use futures::future::join_all;
use kube_rollout::{Cluster, Ending};
use serde_json::json;

use crate::Failed;
use crate::stand::{NEW, OLD, Stand, deployment, request, rolled};

/// How many run beside each other.
const BESIDE: u64 = 8;

/// Troubles that heal: none may fail.
pub(crate) fn transient(stand: &Stand, runs: u64) -> Result<bool, Failed> {
    let started = Instant::now();
    let fates = ["pull-heals", "crash-once", "config-heals", "slow-start"];
    let lanes = (0..BESIDE).map(|lane| async move {
        let namespace = format!("heals-{lane}");
        let good = request(&namespace, vec![deployment("frontend", OLD, "ready", "1s")]);
        rolled(&stand.cluster, &good).await?;
        let mut false_failures = Vec::new();
        for run in (lane..runs).step_by(BESIDE as usize) {
            // some take as long as a registry does in its worst hour
            let long = run % 13 == 12;
            let fate = if long {
                "pull-heals"
            } else {
                fates[run as usize % fates.len()]
            };
            let after = if long {
                "90s".to_owned()
            } else {
                format!("{}ms", 100 + 370 * (run % 6))
            };
            let image = if (run / BESIDE).is_multiple_of(2) {
                NEW
            } else {
                OLD
            };
            let mut one = deployment("frontend", image, fate, &after);
            one["spec"]["replicas"] = json!(if long { 1 } else { 2 });
            let wanted = request(&namespace, vec![one]);
            let report = rolled(&stand.cluster, &wanted).await?;
            if report.ending != Ending::Serves {
                false_failures.push(format!(
                    "{fate} after {after}: {:?}",
                    report.failure.map(|failure| failure.headline())
                ));
            }
        }
        Ok::<_, Failed>(false_failures)
    });
    let mut failures = Vec::new();
    for lane in stand.runtime.block_on(join_all(lanes)) {
        failures.extend(lane?);
    }
    println!("| transient faults | false failures | time |\n|---|---|---|");
    println!(
        "| {runs} | {} | {:.0} s |",
        failures.len(),
        started.elapsed().as_secs_f64()
    );
    failures.iter().for_each(|failure| println!("- {failure}"));
    Ok(failures.is_empty())
}

/// Apply, then watch: at the moment of success the cluster itself is asked what serves.
pub(crate) fn stale(stand: &Stand, runs: u64) -> Result<bool, Failed> {
    let started = Instant::now();
    let lanes = (0..BESIDE).map(|lane| async move {
        let namespace = format!("stale-{lane}");
        let mut stale = 0;
        for run in (lane..runs).step_by(BESIDE as usize) {
            let image = if (run / BESIDE).is_multiple_of(2) {
                NEW
            } else {
                OLD
            };
            let mut wanted = request(
                &namespace,
                vec![deployment("frontend", image, "ready", "1s")],
            );
            // the first moment counts
            wanted.budgets.steady = Duration::ZERO;
            let report = rolled(&stand.cluster, &wanted).await?;
            let serves = serving(&stand.cluster, &namespace).await?;
            if report.ending != Ending::Serves
                || serves.len() != 2
                || serves.iter().any(|one| one != image)
            {
                stale += 1;
            }
        }
        Ok::<_, Failed>(stale)
    });
    let mut stale = 0;
    for lane in stand.runtime.block_on(join_all(lanes)) {
        stale += lane?;
    }
    println!("| apply, then watch | stale successes | time |\n|---|---|---|");
    println!(
        "| {runs} | {stale} | {:.0} s |",
        started.elapsed().as_secs_f64()
    );
    Ok(stale == 0)
}

/// The images of the pods that are ready, asked of the cluster itself.
async fn serving(cluster: &Cluster, namespace: &str) -> Result<Vec<String>, Failed> {
    let pods = cluster.resource("v1", "Pod").await?;
    let (pods, _) = cluster.list(&pods, Some(namespace)).await?;
    let ready = pods.iter().filter(|pod| {
        let conditions = pod["status"]["conditions"].as_array();
        let is_ready = conditions.is_some_and(|all| {
            all.iter()
                .any(|one| one["type"] == "Ready" && one["status"] == "True")
        });
        is_ready && pod["metadata"]["deletionTimestamp"].is_null()
    });
    Ok(ready
        .filter_map(|pod| {
            pod["spec"]["containers"][0]["image"]
                .as_str()
                .map(str::to_owned)
        })
        .collect())
}

/// One rollout of many objects, five pods each.
pub(crate) fn scale(stand: &Stand, objects: u64) -> Result<bool, Failed> {
    let workloads = (0..objects).map(|number| {
        let mut one = deployment(&format!("web-{number}"), NEW, "ready", "1s");
        one["spec"]["replicas"] = json!(5);
        one
    });
    let mut wanted = request("scale", workloads.collect());
    wanted.budgets.deadline = Duration::from_secs(1_800);
    wanted.budgets.quota = Duration::from_secs(1_800);
    let before = memory();
    let started = Instant::now();
    let report = stand.runtime.block_on(rolled(&stand.cluster, &wanted))?;
    let applied = report
        .timeline
        .iter()
        .find(|moment| moment.what.starts_with("applied"))
        .map_or(0.0, |moment| moment.at.as_secs_f64());
    let first = started.elapsed();
    let again = Instant::now();
    let same = stand.runtime.block_on(rolled(&stand.cluster, &wanted))?;
    println!(
        "| objects | pods | dry run and apply | until all serve | the same again | peak memory |\n|---|---|---|---|---|---|"
    );
    println!(
        "| {objects} | {} | {applied:.1} s | {:.1} s | {:.1} s | {} MB (before: {before} MB) |",
        objects * 5,
        first.as_secs_f64(),
        again.elapsed().as_secs_f64(),
        memory()
    );
    if let Some(failure) = report.failure.or(same.failure) {
        println!("- {failure}");
        return Ok(false);
    }
    Ok(true)
}

/// The most that this process ever held, in megabytes; 0 where the system does not say.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}
