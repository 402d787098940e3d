//! Watches: what happens in the cluster, told as [`Change`]s as it happens.
//!
//! One task for each kind and namespace lists, then follows from the list's version on; when the server has forgotten that version it lists
//! again, and tells what went meanwhile. A kind that may not be read is told once, and left out.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use kube::core::WatchEvent;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::cluster::{Cluster, ClusterError, Resource};
use crate::object::{ObjectRef, text};
use crate::world::Change;

const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a watch tells.
#[derive(Debug)]
pub(crate) enum Told {
    /// Something happened.
    Change(Change),
    /// The first list is through.
    Listed,
    /// It cannot be watched.
    Blind(String),
}

/// Follows a kind for as long as somebody listens.
pub(crate) async fn follow(
    cluster: Cluster,
    resource: Resource,
    namespace: Option<String>,
    listener: UnboundedSender<Told>,
) {
    let mut known: BTreeMap<ObjectRef, ()> = BTreeMap::new();
    let mut pause = SHORTEST_PAUSE;
    let mut first = true;
    loop {
        let listed = cluster.list(&resource, namespace.as_deref()).await;
        let (objects, mut version) = match listed {
            Ok(listed) => listed,
            Err(error @ (ClusterError::Forbidden { .. } | ClusterError::Unauthorized)) => {
                let _ = listener.send(Told::Blind(error.to_string()));
                return;
            }
            Err(_) if listener.is_closed() => return,
            Err(_) => {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                continue;
            }
        };
        let mut now = BTreeMap::new();
        for object in objects {
            now.insert(ObjectRef::of(&object), ());
            let _ = listener.send(Told::Change(Change::Is(object)));
        }
        for gone in known.keys().filter(|name| !now.contains_key(name)) {
            let _ = listener.send(Told::Change(Change::Gone(shell(gone))));
        }
        known = now;
        if std::mem::take(&mut first) {
            let _ = listener.send(Told::Listed);
        }
        while let Some(next) = listen(
            &cluster,
            &resource,
            namespace.as_deref(),
            &version,
            &mut known,
            &listener,
        )
        .await
        {
            if listener.is_closed() {
                return;
            }
            // a connection that ends without a word is tried again, but not in a hurry
            if next == version {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            } else {
                pause = SHORTEST_PAUSE;
            }
            version = next;
        }
    }
}

/// Follows from `version` on; the version that it came to, or nothing when the server has forgotten it.
async fn listen(
    cluster: &Cluster,
    resource: &Resource,
    namespace: Option<&str>,
    version: &str,
    known: &mut BTreeMap<ObjectRef, ()>,
    listener: &UnboundedSender<Told>,
) -> Option<String> {
    let mut version = version.to_owned();
    let stream = match cluster.watch(resource, namespace, &version).await {
        Ok(stream) => stream,
        Err(kube::Error::Api(status)) if status.code == 410 => return None,
        Err(_) => return Some(version),
    };
    let mut stream = std::pin::pin!(stream);
    loop {
        let event = match stream.try_next().await {
            Ok(Some(event)) => event,
            Ok(None) => return Some(version),
            Err(kube::Error::Api(status)) if status.code == 410 => return None,
            Err(_) => return Some(version),
        };
        let change = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                known.insert(ObjectRef::of(&object), ());
                Change::Is(object)
            }
            WatchEvent::Deleted(object) => {
                known.remove(&ObjectRef::of(&object));
                Change::Gone(object)
            }
            WatchEvent::Bookmark(mark) => {
                version = mark.metadata.resource_version;
                continue;
            }
            WatchEvent::Error(status) => return (status.code != 410).then_some(version),
        };
        let (Change::Is(object) | Change::Gone(object)) = &change;
        if let Some(seen) = text(object, "/metadata/resourceVersion") {
            version = seen.to_owned();
        }
        if listener.send(Told::Change(change)).is_err() {
            return Some(version);
        }
    }
}

/// An object of which only the name is known.
fn shell(name: &ObjectRef) -> Value {
    let mut metadata = json!({"name": name.name});
    if let Some(namespace) = &name.namespace {
        metadata["namespace"] = namespace.clone().into();
    }
    json!({"apiVersion": name.api_version, "kind": name.kind, "metadata": metadata})
}
