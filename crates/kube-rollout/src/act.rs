//! The deeds of a rollout: apply in order, watch, prune, and fetch the last words of a container.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use crate::cluster::{ApplyMode, Cluster, ClusterError, Resource};
use crate::failure::{Budgets, Failure};
use crate::object::{ObjectRef, number, text, uid};
use crate::plan::{self, AT_ONCE, Planned};
use crate::release::Memory;
use crate::rollout::{RolloutError, Teller};
use crate::serving::{Serving, serving};
use crate::status::{Stage, stage};
use crate::tracker::Applied;
use crate::watch::{Told, follow};
use crate::workload;
use crate::world::{Change, World};

const LINES: usize = 50;
/// How long a definition of a kind may take.
const ESTABLISHED: Duration = Duration::from_secs(20);

/// Kinds that are as asked as soon as they are written, so that nobody has to watch them.
fn is_still(resource: &Resource) -> bool {
    matches!(
        resource.kind.as_str(),
        "ConfigMap"
            | "Secret"
            | "ServiceAccount"
            | "Role"
            | "RoleBinding"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "NetworkPolicy"
            | "Ingress"
            | "Namespace"
            | "PriorityClass"
            | "StorageClass"
            | "IngressClass"
            | "ResourceQuota"
            | "LimitRange"
            | "PersistentVolume"
            | "CronJob"
            | "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
    )
}

/// The cluster as it is told by watches.
pub(crate) struct Watched {
    pub(crate) world: World,
    told: UnboundedReceiver<Told>,
    /// Pods that were deleted because a StatefulSet would wait for them for ever
    unstuck: BTreeSet<String>,
    _followers: JoinSet<()>,
}

impl Watched {
    /// Watches everything that may say how these objects are, and waits until each watch has listed once.
    pub(crate) async fn start(cluster: &Cluster, planned: &[Planned], before: &[Value]) -> Self {
        let mut wanted: BTreeSet<(String, String, String, Option<String>)> = BTreeSet::new();
        let mut add = |resource: &Resource, namespace: Option<&str>| {
            let namespace = namespace.filter(|_| resource.namespaced).map(str::to_owned);
            wanted.insert((
                resource.api_version.clone(),
                resource.kind.clone(),
                resource.plural.clone(),
                namespace,
            ));
        };
        let pods = [
            Resource::core("Pod", "pods"),
            Resource::core("Event", "events"),
            Resource::new("apps/v1", "ReplicaSet", "replicasets"),
        ];
        for one in planned.iter().filter(|one| !is_still(&one.resource)) {
            let namespace = one.name.namespace.as_deref();
            add(&one.resource, namespace);
            if crate::object::pod_spec_pointer(&one.name.kind).is_some() {
                pods.iter().for_each(|resource| add(resource, namespace));
            }
        }
        // what would be gone back to, of a kind that is not named any more
        for object in before {
            let name = ObjectRef::of(object);
            if let Ok(resource) = cluster.resource(&name.api_version, &name.kind).await
                && !is_still(&resource)
            {
                add(&resource, name.namespace.as_deref());
            }
        }
        let (teller, told) = unbounded_channel();
        let mut followers = JoinSet::new();
        let count = wanted.len();
        for (api_version, kind, plural, namespace) in wanted {
            let resource = Resource {
                namespaced: namespace.is_some(),
                ..Resource::new(&api_version, &kind, &plural)
            };
            followers.spawn(follow(cluster.clone(), resource, namespace, teller.clone()));
        }
        let mut watched = Self {
            world: World::default(),
            told,
            unstuck: BTreeSet::new(),
            _followers: followers,
        };
        // a kind that comes with these manifests cannot be listed yet, and is not waited for
        let mut listed = 0;
        let wait = async {
            while listed < count {
                match watched.told.recv().await {
                    Some(Told::Change(change)) => watched.world.take(change),
                    Some(Told::Listed | Told::Blind(_)) => listed += 1,
                    None => break,
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(5), wait).await;
        watched
    }

    /// Takes in what happens, until something did, or for so long; what a person should know of the watches.
    pub(crate) async fn wait(&mut self, longest: Duration) -> Vec<String> {
        let mut notes = Vec::new();
        match tokio::time::timeout(longest, self.told.recv()).await {
            Ok(Some(told)) => self.take(told, &mut notes),
            Ok(None) | Err(_) => return notes,
        }
        // what comes in one breath is judged at once
        tokio::time::sleep(Duration::from_millis(20)).await;
        while let Ok(told) = self.told.try_recv() {
            self.take(told, &mut notes);
        }
        notes
    }

    /// Takes in what has been told already.
    pub(crate) fn catch_up(&mut self) {
        while let Ok(told) = self.told.try_recv() {
            self.take(told, &mut Vec::new());
        }
    }

    fn take(&mut self, told: Told, notes: &mut Vec<String>) {
        match told {
            Told::Change(change) => self.world.take(change),
            Told::Listed => {}
            Told::Blind(why) => notes.push(format!("cannot watch: {why}")),
        }
    }

    /// What the workloads among these serve.
    pub(crate) fn serving(&self, planned: &[Planned]) -> Vec<Serving> {
        serving(planned.iter().map(|one| &one.name), &self.world)
    }
}

/// Makes sure of the application's namespace: the lock and the memory live in it.
pub(crate) async fn namespace(
    cluster: &Cluster,
    planned: &[Planned],
    namespace: &str,
) -> Result<(), RolloutError> {
    let namespaces = Resource {
        namespaced: false,
        ..Resource::core("Namespace", "namespaces")
    };
    if let Some(ours) = planned
        .iter()
        .find(|one| one.name.kind == "Namespace" && one.name.name == namespace)
    {
        cluster
            .apply(
                &namespaces,
                &ours.object,
                ApplyMode {
                    force: true,
                    ..ApplyMode::default()
                },
            )
            .await?;
        return Ok(());
    }
    match cluster.get(&namespaces, None, namespace).await {
        Ok(None) => Err(RolloutError::NoNamespace {
            namespace: namespace.to_owned(),
        }),
        // who may not read namespaces may still work in one
        Ok(Some(_)) | Err(ClusterError::Forbidden { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Applies everything in order: each rank at once, one rank after the other.
pub(crate) async fn apply(
    cluster: &Cluster,
    planned: &[Planned],
    force: bool,
    watched: &mut Watched,
    teller: &mut Teller<'_>,
) -> Result<Vec<Applied>, ClusterError> {
    let autoscaled = plan::autoscaled(cluster, planned).await;
    let mode = ApplyMode {
        force,
        ..ApplyMode::default()
    };
    let mut applied = Vec::with_capacity(planned.len());
    let mut rest = planned;
    while let Some(first) = rest.first() {
        let of_rank = rest
            .iter()
            .take_while(|one| one.name.kind == first.name.kind)
            .count();
        let (now, later) = rest.split_at(of_rank);
        let sent = now.iter().map(|one| async {
            let (object, _) = plan::prepared(cluster, one, &autoscaled).await?;
            cluster.apply(&one.resource, &object, mode).await
        });
        let answers: Vec<Value> = stream::iter(sent).buffered(AT_ONCE).try_collect().await?;
        for answer in answers {
            applied.push(Applied {
                object: ObjectRef::of(&answer),
                uid: uid(&answer).to_owned(),
                generation: number(&answer, "/metadata/generation").unwrap_or(0),
            });
            watched.world.take(Change::Is(answer));
        }
        if first.name.kind == "CustomResourceDefinition" {
            established(cluster, now, teller).await?;
        }
        rest = later;
    }
    Ok(applied)
}

/// Deletes what keeps a StatefulSet from its newest revision: it replaces no pod while one before it is not ready, also when that one
/// never will be (kubernetes/kubernetes#67250).
pub(crate) async fn unstick(
    cluster: &Cluster,
    planned: &[Planned],
    watched: &mut Watched,
    budgets: &Budgets,
    teller: &mut Teller<'_>,
) {
    let sets = planned.iter().filter(|one| one.name.kind == "StatefulSet");
    let sets = sets.filter_map(|one| watched.world.get(&one.name));
    let stuck: Vec<Value> = sets
        .flat_map(|set| workload::stuck(set, &watched.world, budgets))
        .cloned()
        .collect();
    for pod in stuck {
        if !watched.unstuck.insert(uid(&pod).to_owned()) {
            continue;
        }
        let name = ObjectRef::of(&pod);
        // who may not delete pods waits for the deadline, and is told why
        match cluster.delete(&Resource::core("Pod", "pods"), &pod).await {
            Ok(_) => teller.say(format!("{name} is of an older revision and will not become ready: deleted, because its StatefulSet waits for it")),
            Err(error) => teller.say(format!("{name} keeps its StatefulSet waiting: {error}")),
        }
    }
}

/// Waits until kinds can be used that were just defined.
async fn established(
    cluster: &Cluster,
    definitions: &[Planned],
    teller: &mut Teller<'_>,
) -> Result<(), ClusterError> {
    let started = std::time::Instant::now();
    for one in definitions {
        loop {
            let now = cluster.get(&one.resource, None, &one.name.name).await?;
            if now.is_some_and(|now| stage(&now, 0) == Stage::Settled) {
                break;
            }
            if started.elapsed() > ESTABLISHED {
                teller.say(format!("{} is not established yet", one.name));
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Deletes what this application owned before and does not name any more.
///
/// What holds data or other people's objects stays: volumes, namespaces, definitions of kinds.
pub(crate) async fn prune(
    cluster: &Cluster,
    memory: &mut Memory,
    planned: &[Planned],
    teller: &mut Teller<'_>,
) -> Result<Vec<ObjectRef>, ClusterError> {
    let mut pruned = Vec::new();
    let mut kept = Vec::new();
    for name in std::mem::take(&mut memory.inventory) {
        if planned.iter().any(|one| one.name.is(&name)) {
            kept.push(name);
            continue;
        }
        if matches!(
            name.kind.as_str(),
            "Namespace" | "CustomResourceDefinition" | "PersistentVolumeClaim" | "PersistentVolume"
        ) {
            teller.say(format!(
                "{name} is not named any more, and stays: it may hold data"
            ));
            continue;
        }
        let Ok(resource) = cluster.resource(&name.api_version, &name.kind).await else {
            continue;
        };
        let Some(live) = cluster
            .get(&resource, name.namespace.as_deref(), &name.name)
            .await?
        else {
            continue;
        };
        // somebody may have made another one of that name
        if !is_ours(&live, cluster.manager()) {
            teller.say(format!(
                "{name} is not named any more, and stays: somebody else applies it"
            ));
            continue;
        }
        if cluster.delete(&resource, &live).await? {
            teller.say(format!("deleted {name}, which is not named any more"));
            pruned.push(name);
        }
    }
    memory.inventory = kept;
    Ok(pruned)
}

/// Whether this application applied it, and no other of ours took it over.
fn is_ours(live: &Value, manager: &str) -> bool {
    let entries = crate::object::list(live, "/metadata/managedFields").iter();
    let managers: Vec<&str> = entries
        .filter(|entry| text(entry, "/operation") == Some("Apply"))
        .filter_map(|entry| text(entry, "/manager"))
        .collect();
    let other = |one: &&str| one.starts_with(crate::ownership::MANAGERS) && *one != manager;
    managers.contains(&manager) && !managers.iter().any(other)
}

/// Adds the last words of the container that failed.
pub(crate) async fn logs(cluster: &Cluster, failure: &mut Failure, watched: &Watched) {
    let Some(container) = failure
        .container
        .clone()
        .filter(|_| failure.object.kind == "Pod")
    else {
        return;
    };
    let pod = watched.world.get(&failure.object);
    let statuses = pod.into_iter().flat_map(|pod| {
        crate::object::list(pod, "/status/containerStatuses")
            .iter()
            .chain(crate::object::list(pod, "/status/initContainerStatuses"))
    });
    let restarted = statuses
        .filter(|status| status["name"] == container.as_str())
        .any(|status| number(status, "/restartCount").unwrap_or(0) > 0);
    let started = failure.class.has_logs();
    if !started {
        return;
    }
    for previous in [true, false].into_iter().skip(usize::from(!restarted)) {
        // the logs may be gone with their node, and are not worth failing for
        let said = tokio::time::timeout(
            Duration::from_secs(3),
            cluster.logs(&failure.object, &container, previous, LINES),
        )
        .await;
        if let Ok(Ok(lines)) = said
            && !lines.is_empty()
        {
            failure.logs = lines;
            return;
        }
    }
}
