//! Rollout on EKS: apply, watch until it serves, say why it does not, and come back.
//!
//! What is rolled out is resolved from `towpath.yaml` and the inputs ([`wanted`]), rendered by its own tool where it has one ([`render`]); the cluster is reached by `KUBECONFIG` or as an EKS cluster
//! ([`way`]); `kube-rollout` does it. While it happens each thing is a line ([`live`]); what came of it is a report and a record
//! ([`outcome`]). Nothing here judges a pod.

mod check;
mod error;
mod live;
mod outcome;
mod proof;
mod render;
mod wanted;
mod way;

use std::time::Duration;

use camino::Utf8PathBuf;
use evidence_store::Store;
use gha::{Host, Outcome};
use jiff::Timestamp;
use kube_rollout::{Pin, Setting};
use report_formats::Format;

pub use error::Error;
use wanted::Wanted;
use way::Way;

/// Roll out an application on EKS, say why it fails, and come back by itself
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    config: Option<Utf8PathBuf>,
    /// The environment, as the configuration names it; needed when there are several
    #[arg(long)]
    environment: Option<String>,
    /// The folder for evidence; replaces what the configuration says
    #[arg(long)]
    evidence: Option<Utf8PathBuf>,
    /// The application, as the configuration names it; needed when there are several
    #[arg(long)]
    application: Option<String>,
    /// The folder of its manifests, or one file; replaces what the configuration says
    #[arg(long)]
    manifests: Option<Utf8PathBuf>,
    /// The namespace of objects that name none; replaces what the configuration says
    #[arg(long)]
    namespace: Option<String>,
    /// An image by its digest: `<container>=<repository>@sha256:<digest>`, or `<workload>/<container>=...`
    #[arg(long, value_name = "PIN")]
    image: Vec<Pin>,
    /// A value for a key of a ConfigMap: `<ConfigMap>/<key>=<value>`
    #[arg(long, value_name = "SETTING")]
    value: Vec<Setting>,
    /// The EKS cluster; replaces what the configuration and `KUBECONFIG` say
    #[arg(long, conflicts_with = "kubeconfig")]
    cluster: Option<String>,
    /// The kubeconfig, when it is not what `KUBECONFIG` names; either replaces the EKS cluster of the configuration
    #[arg(long)]
    kubeconfig: Option<Utf8PathBuf>,
    /// The context of the kubeconfig, when it is not the current one
    #[arg(long)]
    context: Option<String>,
    /// How many seconds the rollout may take; replaces what the configuration says
    #[arg(long)]
    timeout: Option<u64>,
    /// How many seconds a pod may wait for a node when none is coming
    #[arg(long, default_value = "60")]
    unschedulable: u64,
    /// How many seconds a registry may be unreachable
    #[arg(long, default_value = "120")]
    registry: u64,
    /// How often a container may end before it counts as a crash loop
    #[arg(long, default_value = "1")]
    restarts: u32,
    /// How many seconds everything has to stay ready before it counts as proven
    #[arg(long, default_value = "2")]
    steady: u64,
    /// How many seconds to wait for another run that rolls out the same application
    #[arg(long, default_value = "600")]
    wait: u64,
    /// Take over members that others own, once
    #[arg(long)]
    force_conflicts: bool,
    /// Keep objects that the manifests do not name any more
    #[arg(long)]
    keep: bool,
    /// Leave a failed rollout as it is, instead of going back
    #[arg(long)]
    stay: bool,
    /// Change nothing: show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// How to print the result: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Rolls out, writes the record, and says what serves.
///
/// # Errors
/// Manifests that cannot be used, a cluster that does not let us in, or another run that does not end.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let wanted = Wanted::resolve(args, host)?;
    let way = Way::open(args, &wanted)?;
    let report = way.roll_out(&wanted.request, &mut |moment| {
        for line in live::lines(moment) {
            host.progress(&line);
        }
    })?;
    if !args.dry_run {
        let store = Store::new(&wanted.evidence, &wanted.environment);
        let record = outcome::record(&report, &wanted, way.name(), Timestamp::now());
        let file = store.save_about(&wanted.request.application, &record)?;
        host.output("evidence", file.as_str())?;
    }
    host.output("outcome", outcome::name(&report))?;
    host.output(
        "changed",
        if report
            .effects
            .iter()
            .any(|effect| effect.new || !effect.changes.is_empty())
        {
            "true"
        } else {
            "false"
        },
    )?;
    host.output(
        "cause",
        report
            .failure
            .as_ref()
            .map(|failure| failure.class.name())
            .unwrap_or_default(),
    )?;
    host.output("serves", &outcome::serves(&report))?;
    outcome::publish(&report, &wanted, args.output, host)?;
    Ok(outcome::outcome(&report))
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
