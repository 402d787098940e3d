//! Proofs before anything changes: we may do what we are about to, the images exist for the nodes that would run them, and a quota
//! leaves room for the first new pod.
//!
//! Each is one or a few questions, asked at once. What cannot be asked proves nothing and stops nothing: the rollout would say it soon enough.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::cluster::{Cluster, ClusterError, Resource};
use crate::failure::{Class, Failure};
use crate::images::{self, ImageRef};
use crate::object::{ObjectRef, number, text};
use crate::plan::{AT_ONCE, Effect, Planned};

/// What a registry says of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It has it, for every architecture that was asked about.
    Exists,
    /// It has not; the fragment says what is missing.
    Missing(String),
    /// It could not be asked.
    Unknown,
}

/// Asks a registry for an image and the architectures of the nodes, for example `amd64`.
pub type ImageProof =
    Arc<dyn Fn(ImageRef, BTreeSet<String>) -> BoxFuture<'static, Proof> + Send + Sync>;

/// The architectures of the nodes; none where nodes may not be listed.
pub async fn architectures(cluster: &Cluster) -> BTreeSet<String> {
    let nodes = Resource {
        namespaced: false,
        ..Resource::core("Node", "nodes")
    };
    let Ok((nodes, _)) = cluster.list(&nodes, None).await else {
        return BTreeSet::new();
    };
    nodes
        .iter()
        .filter_map(|node| text(node, "/status/nodeInfo/architecture").map(str::to_owned))
        .collect()
}

/// An image of these objects that the registry does not have.
pub(crate) async fn missing_image(
    cluster: &Cluster,
    planned: &[Planned],
    proof: &ImageProof,
) -> Option<Failure> {
    let found = images::images(planned.iter().map(|one| &one.object));
    let pinned: BTreeSet<ImageRef> = found
        .values()
        .filter_map(|image| image.parse().ok())
        .collect();
    if pinned.is_empty() {
        return None;
    }
    let architectures = architectures(cluster).await;
    let asked = pinned.into_iter().map(|image| {
        let answer = proof(image.clone(), architectures.clone());
        async move { (image, answer.await) }
    });
    let mut answers = std::pin::pin!(stream::iter(asked).buffered(AT_ONCE));
    while let Some((image, answer)) = answers.next().await {
        let Proof::Missing(what) = answer else {
            continue;
        };
        let whose = found
            .iter()
            .find(|(_, name)| **name == image.to_string())
            .map_or("a container", |(place, _)| place.as_str());
        let workload = planned
            .iter()
            .find(|one| whose.split('/').next() == Some(one.name.name.as_str()));
        let object = workload.map_or_else(|| planned[0].name.clone(), |one| one.name.clone());
        return Some(Failure {
            class: Class::ImageMissing,
            workload: object.clone(),
            object,
            container: whose
                .split_once('/')
                .map(|(_, container)| container.to_owned()),
            sentence: format!("`{image}` for {whose}: {what}; no pod was made"),
            events: Vec::new(),
            logs: Vec::new(),
            remedy: Class::ImageMissing.remedy().map(str::to_owned),
        });
    }
    None
}

/// What we may not do, one fragment each: `create deployments.apps in housing`.
pub(crate) async fn missing_rights(
    cluster: &Cluster,
    planned: &[Planned],
    namespace: &str,
) -> Vec<String> {
    let mut wanted: BTreeSet<(String, String, String, Option<String>)> = BTreeSet::new();
    let mut need = |resource: &Resource, sub: &str, verbs: &[&str], namespace: Option<&str>| {
        let group = resource
            .api_version
            .split_once('/')
            .map_or("", |(group, _)| group);
        for verb in verbs {
            let plural = if sub.is_empty() {
                resource.plural.clone()
            } else {
                format!("{}/{sub}", resource.plural)
            };
            wanted.insert((
                group.to_owned(),
                plural,
                (*verb).to_owned(),
                namespace.map(str::to_owned),
            ));
        }
    };
    for one in planned {
        need(
            &one.resource,
            "",
            &["get", "create", "patch"],
            one.name.namespace.as_deref(),
        );
        if crate::object::pod_spec_pointer(&one.name.kind).is_some() {
            let place = one.name.namespace.as_deref();
            need(&one.resource, "", &["list", "watch"], place);
            need(
                &Resource::core("Pod", "pods"),
                "",
                &["get", "list", "watch"],
                place,
            );
            need(&Resource::core("Pod", "pods"), "log", &["get"], place);
            need(
                &Resource::core("Event", "events"),
                "",
                &["list", "watch"],
                place,
            );
        }
    }
    need(
        &Resource::core("Secret", "secrets"),
        "",
        &["get", "create", "patch"],
        Some(namespace),
    );
    need(
        &Resource::new("coordination.k8s.io/v1", "Lease", "leases"),
        "",
        &["get", "create", "update", "delete"],
        Some(namespace),
    );
    let asked = wanted.into_iter().map(|(group, plural, verb, place)| async move {
        let (resource, sub) = plural.split_once('/').unwrap_or((&plural, ""));
        let attributes = json!({"group": group, "resource": resource, "subresource": sub, "verb": verb, "namespace": place.clone().unwrap_or_default()});
        let question = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}});
        let answer = cluster.review("authorization.k8s.io/v1", "selfsubjectaccessreviews", &question).await;
        let refused = answer.is_ok_and(|answer| answer["status"]["allowed"] == false);
        refused.then(|| {
            let place = place.map(|place| format!(" in {place}")).unwrap_or_default();
            let group = if group.is_empty() { String::new() } else { format!(".{group}") };
            format!("{verb} {plural}{group}{place}")
        })
    });
    stream::iter(asked)
        .buffered(AT_ONCE)
        .filter_map(async |refused| refused)
        .collect()
        .await
}

/// A quota that leaves no room for the first new pod of a workload that would get new pods.
pub(crate) async fn short_quota(
    cluster: &Cluster,
    planned: &[Planned],
    effects: &[Effect],
) -> Result<Option<Failure>, ClusterError> {
    let quotas = Resource::core("ResourceQuota", "resourcequotas");
    for one in planned.iter().filter(|one| one.name.kind == "Deployment") {
        let Some(effect) = effects.iter().find(|effect| effect.object == one.name) else {
            continue;
        };
        if !effect.new
            && !effect
                .changes
                .iter()
                .any(|change| change.path.starts_with("spec.template"))
        {
            continue;
        }
        let live = cluster
            .get(&one.resource, one.name.namespace.as_deref(), &one.name.name)
            .await?;
        let listed = cluster.list(&quotas, one.name.namespace.as_deref()).await;
        for quota in listed.map(|(quotas, _)| quotas).unwrap_or_default() {
            if let Some(sentence) = short(&quota, &one.object, live.as_ref()) {
                return Ok(Some(failure(&one.name, sentence)));
            }
        }
    }
    Ok(None)
}

fn failure(name: &ObjectRef, sentence: String) -> Failure {
    Failure {
        class: Class::Quota,
        workload: name.clone(),
        object: name.clone(),
        container: None,
        sentence: format!("{sentence}; no pod was made"),
        events: Vec::new(),
        logs: Vec::new(),
        remedy: Class::Quota.remedy().map(str::to_owned),
    }
}

/// Why a quota of pods stops this Deployment, if it does.
///
/// An update that may take an old pod away first needs no room. Of what is measured in quantities the rollout itself tells.
fn short(quota: &Value, wanted: &Value, live: Option<&Value>) -> Option<String> {
    let count = |place: &str| {
        ["pods", "count~1pods"].iter().find_map(|name| {
            text(quota, &format!("/status/{place}/{name}"))?
                .parse::<i64>()
                .ok()
        })
    };
    let (hard, used) = (count("hard")?, count("used").unwrap_or(0));
    let room = hard - used;
    let replicas = number(live.unwrap_or(wanted), "/spec/replicas").unwrap_or(1);
    let needed = match live {
        None => replicas,
        Some(live) => {
            let rolling = "/spec/strategy/rollingUpdate/maxUnavailable";
            let unavailable = wanted.pointer(rolling).or_else(|| live.pointer(rolling));
            i64::from(
                text(wanted, "/spec/strategy/type") != Some("Recreate")
                    && may_lose(unavailable, replicas) == 0,
            )
        }
    };
    let name = text(quota, "/metadata/name").unwrap_or_default();
    let pods = if needed == 1 { "pod" } else { "pods" };
    (needed > room.max(0)).then(|| {
        format!(
            "quota {name} has room for {} of {needed} new {pods} (used {used} of {hard})",
            room.max(0)
        )
    })
}

/// How many pods an update may take away first.
fn may_lose(unavailable: Option<&Value>, replicas: i64) -> i64 {
    match unavailable {
        Some(Value::Number(count)) => count.as_i64().unwrap_or(0),
        Some(Value::String(share)) => share
            .trim_end_matches('%')
            .parse::<i64>()
            .map_or(0, |share| replicas * share / 100),
        // a quarter, rounded down
        _ => replicas / 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_stops_what_needs_room_and_nothing_else() {
        let quota = |hard: &str, used: &str| json!({"metadata": {"name": "small"}, "status": {"hard": {"pods": hard}, "used": {"pods": used}}});
        let of = |replicas: i64, unavailable: Value| json!({"spec": {"replicas": replicas, "strategy": {"rollingUpdate": {"maxUnavailable": unavailable}}}});
        let wanted = of(2, json!("25%"));
        assert_eq!(
            short(&quota("2", "2"), &wanted, Some(&wanted)),
            Some("quota small has room for 0 of 1 new pod (used 2 of 2)".into())
        );
        assert_eq!(short(&quota("3", "2"), &wanted, Some(&wanted)), None);
        assert_eq!(
            short(&quota("2", "2"), &of(2, json!(1)), Some(&wanted)),
            None
        );
        assert_eq!(
            short(
                &quota("4", "4"),
                &of(4, json!("25%")),
                Some(&of(4, json!("25%")))
            ),
            None
        );
        assert_eq!(
            short(&quota("3", "2"), &wanted, None),
            Some("quota small has room for 1 of 2 new pods (used 2 of 3)".into())
        );
        assert_eq!(
            short(&json!({"status": {"hard": {"cpu": "1"}}}), &wanted, None),
            None
        );
        let recreated = json!({"spec": {"replicas": 2, "strategy": {"type": "Recreate"}}});
        assert_eq!(short(&quota("2", "2"), &recreated, Some(&recreated)), None);
    }
}
