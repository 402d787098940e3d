//! What an apply will do, known before it does it: every object resolved, tried on the server, and compared with what is there.
//!
//! A dry run on the server goes through admission and conflicts, so what would be refused is refused here, with nothing changed. An object whose
//! namespace or kind comes with the same manifests cannot be tried yet; it counts as new.

use std::collections::BTreeSet;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use crate::cluster::{ApplyMode, Cluster, ClusterError, Resource};
use crate::diff::{self, Change};
use crate::object::{ObjectRef, text};
use crate::ownership;

/// How many requests are under way at once.
pub(crate) const AT_ONCE: usize = 8;

/// An object with everything that an apply needs.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) resource: Resource,
    pub(crate) name: ObjectRef,
    /// As it is written, with its namespace.
    pub(crate) object: Value,
}

/// What an apply would do to one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which.
    pub object: ObjectRef,
    /// Whether it is new.
    pub new: bool,
    /// What would differ.
    pub changes: Vec<Change>,
}

/// Where each kind stands in the order of an apply: what others need comes first, what sends traffic last.
fn rank(kind: &str) -> u8 {
    match kind {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "PriorityClass" | "StorageClass" | "IngressClass" | "GatewayClass" | "ResourceQuota"
        | "LimitRange" | "PersistentVolume" => 2,
        "ServiceAccount" | "ClusterRole" | "Role" | "ClusterRoleBinding" | "RoleBinding" => 3,
        "ConfigMap" | "Secret" | "PersistentVolumeClaim" => 4,
        "Service" | "NetworkPolicy" | "PodDisruptionBudget" => 5,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Pod" | "Job" | "CronJob" => 7,
        "HorizontalPodAutoscaler" => 8,
        "Ingress" | "HTTPRoute" | "GRPCRoute" | "VirtualServer" | "VirtualServerRoute" => 9,
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" | "APIService" => 10,
        // resources of others, which may be what workloads need
        _ => 6,
    }
}

/// Resolves objects, and puts them into the order in which they are applied.
pub(crate) async fn resolve(
    cluster: &Cluster,
    objects: &[Value],
    namespace: &str,
) -> Result<Vec<Planned>, ClusterError> {
    let mut planned = Vec::with_capacity(objects.len());
    for object in objects {
        let mut object = object.clone();
        let name = ObjectRef::of(&object);
        let resource = match defined(objects, &name) {
            Some(resource) => resource,
            None => cluster.resource(&name.api_version, &name.kind).await?,
        };
        if let Some(metadata) = object["metadata"].as_object_mut() {
            if !resource.namespaced {
                metadata.remove("namespace");
            } else if name.namespace.is_none() {
                metadata.insert("namespace".to_owned(), namespace.into());
            }
        }
        planned.push(Planned {
            resource,
            name: ObjectRef::of(&object),
            object,
        });
    }
    planned.sort_by(|one, other| {
        (rank(&one.name.kind), &one.name).cmp(&(rank(&other.name.kind), &other.name))
    });
    Ok(planned)
}

/// A kind whose definition is among the objects.
fn defined(objects: &[Value], name: &ObjectRef) -> Option<Resource> {
    let (group, version) = name.api_version.split_once('/')?;
    let definition = objects.iter().find(|one| {
        one["kind"] == "CustomResourceDefinition"
            && text(one, "/spec/group") == Some(group)
            && text(one, "/spec/names/kind") == Some(name.kind.as_str())
            && crate::object::list(one, "/spec/versions")
                .iter()
                .any(|one| one["name"] == version)
    })?;
    Some(Resource {
        namespaced: text(definition, "/spec/scope") != Some("Cluster"),
        ..Resource::new(
            &name.api_version,
            &name.kind,
            text(definition, "/spec/names/plural")?,
        )
    })
}

/// What autoscalers decide about: kinds and names by namespace, from the manifests and from the cluster.
pub(crate) async fn autoscaled(
    cluster: &Cluster,
    planned: &[Planned],
) -> BTreeSet<(String, String, String)> {
    let mut found = BTreeSet::new();
    let mut add = |autoscaler: &Value| {
        if let (Some((kind, name)), Some(namespace)) = (
            ownership::scaled(autoscaler),
            text(autoscaler, "/metadata/namespace"),
        ) {
            found.insert((namespace.to_owned(), kind, name));
        }
    };
    planned
        .iter()
        .filter(|one| one.name.kind == "HorizontalPodAutoscaler")
        .for_each(|one| add(&one.object));
    let scalers = Resource::new(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
    );
    let namespaces: BTreeSet<&str> = planned
        .iter()
        .filter_map(|one| one.name.namespace.as_deref())
        .collect();
    for namespace in namespaces {
        // who may not list them has only those of the manifests to go by
        if let Ok((scalers, _)) = cluster.list(&scalers, Some(namespace)).await {
            scalers.iter().for_each(&mut add);
        }
    }
    found
}

/// What is to be sent for one object, and the object as it is.
pub(crate) async fn prepared(
    cluster: &Cluster,
    one: &Planned,
    autoscaled: &BTreeSet<(String, String, String)>,
) -> Result<(Value, Option<Value>), ClusterError> {
    let live = cluster
        .get(&one.resource, one.name.namespace.as_deref(), &one.name.name)
        .await?;
    let key = (
        one.name.namespace.clone().unwrap_or_default(),
        one.name.kind.clone(),
        one.name.name.clone(),
    );
    let sent = ownership::hands_off(
        one.object.clone(),
        live.as_ref(),
        autoscaled.contains(&key),
        cluster.manager(),
    );
    Ok((sent, live))
}

/// Tries every object on the server, with nothing changed.
pub(crate) async fn try_out(
    cluster: &Cluster,
    planned: &[Planned],
    autoscaled: &BTreeSet<(String, String, String)>,
    force: bool,
) -> Result<Vec<Effect>, ClusterError> {
    let coming: BTreeSet<&str> = planned
        .iter()
        .filter(|one| one.name.kind == "Namespace")
        .map(|one| one.name.name.as_str())
        .collect();
    let mode = ApplyMode {
        dry_run: true,
        force,
    };
    let tries = planned.iter().map(|one| {
        let coming = &coming;
        async move {
            let (sent, live) = prepared(cluster, one, autoscaled).await?;
            let mut effect = Effect {
                object: one.name.clone(),
                new: live.is_none(),
                changes: Vec::new(),
            };
            match cluster.apply(&one.resource, &sent, mode).await {
                Ok(would_be) => {
                    if let Some(live) = &live {
                        effect.changes = diff::changes(live, &would_be);
                    }
                    Ok(effect)
                }
                // its namespace or its kind comes with the same manifests
                Err(ClusterError::Refused { code: 404, .. })
                    if one
                        .name
                        .namespace
                        .as_deref()
                        .is_some_and(|namespace| coming.contains(namespace))
                        || defined(
                            &planned
                                .iter()
                                .map(|one| one.object.clone())
                                .collect::<Vec<_>>(),
                            &one.name,
                        )
                        .is_some() =>
                {
                    Ok(effect)
                }
                Err(error) => Err(error),
            }
        }
    });
    stream::iter(tries).buffered(AT_ONCE).try_collect().await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_others_need_comes_first() {
        let mut kinds = [
            "Ingress",
            "Deployment",
            "Namespace",
            "HorizontalPodAutoscaler",
            "Certificate",
            "ConfigMap",
            "CustomResourceDefinition",
            "Service",
            "ServiceAccount",
        ];
        kinds.sort_by_key(|kind| rank(kind));
        assert_eq!(
            kinds,
            [
                "Namespace",
                "CustomResourceDefinition",
                "ServiceAccount",
                "ConfigMap",
                "Service",
                "Certificate",
                "Deployment",
                "HorizontalPodAutoscaler",
                "Ingress"
            ]
        );
    }

    #[test]
    fn a_kind_may_come_with_its_definition() {
        let definition = json!({"kind": "CustomResourceDefinition", "spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "Thing", "plural": "things"}, "versions": [{"name": "v1"}]}});
        let name = |version: &str| ObjectRef {
            api_version: format!("example.com/{version}"),
            kind: "Thing".into(),
            namespace: None,
            name: "a".into(),
        };
        let found = defined(std::slice::from_ref(&definition), &name("v1")).unwrap();
        assert_eq!((found.plural.as_str(), found.namespaced), ("things", false));
        assert_eq!(defined(&[definition], &name("v2")), None);
    }
}
