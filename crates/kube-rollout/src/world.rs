//! The part of the cluster that matters, as it was last told: objects by name, and events by the object they are about.
//!
//! It is filled by watches and read by the [`Tracker`](crate::Tracker). What is kept of an object is what a judgement needs, so
//! that thousands of pods fit; an older version never replaces a newer one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::object::{ObjectRef, one_line, owner, text, uid};

/// How many events are kept about one object.
const EVENTS: usize = 20;

/// What happened to an object.
#[derive(Clone, Debug)]
pub enum Change {
    /// It is there, like this.
    Is(Value),
    /// It is gone.
    Gone(Value),
}

/// An event of the cluster, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// For example `FailedScheduling`.
    pub reason: String,
    /// What it says.
    pub message: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// When it was last seen, if it says so.
    pub at: Option<Timestamp>,
}

/// What is known.
#[derive(Clone, Debug, Default)]
pub struct World {
    objects: BTreeMap<ObjectRef, Value>,
    events: BTreeMap<String, Vec<Event>>,
    owned: BTreeMap<String, Vec<ObjectRef>>,
}

impl World {
    /// Takes in a change.
    pub fn take(&mut self, change: Change) {
        match change {
            Change::Is(object) if object["kind"] == "Event" => self.hear(&object),
            Change::Is(object) => {
                let name = ObjectRef::of(&object);
                if self
                    .objects
                    .get(&name)
                    .is_some_and(|known| is_older(&object, known))
                {
                    return;
                }
                if let Some(owner) = owner(&object) {
                    let owned = self.owned.entry(owner.to_owned()).or_default();
                    if !owned.contains(&name) {
                        owned.push(name.clone());
                    }
                }
                self.objects.insert(name, slim(object));
            }
            Change::Gone(object) => {
                let name = ObjectRef::of(&object);
                if let Some(gone) = self.objects.remove(&name) {
                    self.events.remove(uid(&gone));
                    if let Some(owned) = owner(&gone).and_then(|owner| self.owned.get_mut(owner)) {
                        owned.retain(|one| *one != name);
                    }
                }
            }
        }
    }

    fn hear(&mut self, event: &Value) {
        let Some(about) = text(event, "/involvedObject/uid") else {
            return;
        };
        let at = [
            "/lastTimestamp",
            "/series/lastObservedTime",
            "/eventTime",
            "/firstTimestamp",
        ];
        let heard = Event {
            reason: text(event, "/reason").unwrap_or_default().to_owned(),
            message: one_line(text(event, "/message").unwrap_or_default()),
            warning: event["type"] == "Warning",
            at: at
                .iter()
                .find_map(|path| text(event, path))
                .and_then(|time| time.parse().ok()),
        };
        let known = self.events.entry(about.to_owned()).or_default();
        // the same again counts once, as the newest
        known.retain(|one| one.reason != heard.reason || one.message != heard.message);
        known.push(heard);
        known.sort_by_key(|one| one.at);
        if known.len() > EVENTS {
            known.remove(0);
        }
    }

    /// The object of that name.
    pub fn get(&self, name: &ObjectRef) -> Option<&Value> {
        self.objects.get(name)
    }

    /// The objects of a kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> + 'a {
        self.objects
            .values()
            .filter(move |object| object["kind"] == kind)
    }

    /// The objects of that kind that the object with this id controls.
    pub fn owned_by<'a>(
        &'a self,
        owner: &str,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Value> + 'a {
        let names = self.owned.get(owner).map_or(&[][..], Vec::as_slice);
        names
            .iter()
            .filter(move |name| name.kind == kind)
            .filter_map(|name| self.objects.get(name))
    }

    /// The events about the object with this id, oldest first.
    pub fn events(&self, uid: &str) -> &[Event] {
        self.events.get(uid).map_or(&[], Vec::as_slice)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }
}

/// Whether `new` is an older version of the same object. Resource versions are comparable numbers since Kubernetes 1.35, and
/// always were in practice.
fn is_older(new: &Value, known: &Value) -> bool {
    let version = |object: &Value| {
        text(object, "/metadata/resourceVersion").and_then(|text| text.parse::<u64>().ok())
    };
    match (version(new), version(known)) {
        (Some(newer), Some(older)) => uid(new) == uid(known) && newer < older,
        _ => false,
    }
}

/// The members that a judgement may ask for.
fn slim(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
        if let Some(annotations) = metadata
            .get_mut("annotations")
            .and_then(Value::as_object_mut)
        {
            annotations.retain(|name, _| {
                name.starts_with("deployment.kubernetes.io/")
                    || name.starts_with("deprecated.daemonset")
            });
        }
    }
    if object["kind"] == "Pod"
        && let Some(spec) = object["spec"].as_object_mut()
    {
        spec.retain(|name, _| {
            matches!(name.as_str(), "nodeName" | "containers" | "initContainers")
        });
        for containers in ["containers", "initContainers"] {
            let each = spec
                .get_mut(containers)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten();
            for container in each.filter_map(Value::as_object_mut) {
                keep(container, &["name", "image", "resources"]);
            }
        }
    }
    if object["kind"] == "ReplicaSet"
        && let Some(spec) = object["spec"].as_object_mut()
    {
        keep(spec, &["replicas"]);
    }
    object
}

fn keep(object: &mut Map<String, Value>, members: &[&str]) {
    object.retain(|name, _| members.contains(&name.as_str()));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(version: &str, phase: &str) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "namespace": "n", "uid": "u", "resourceVersion": version,
                "ownerReferences": [{"controller": true, "uid": "rs"}]},
            "spec": {"containers": [{"name": "app", "image": "i", "env": [{"name": "X", "value": "secret"}]}], "volumes": []},
            "status": {"phase": phase},
        })
    }

    #[test]
    fn an_older_version_never_replaces_a_newer_one() {
        let mut world = World::default();
        world.take(Change::Is(pod("10", "Running")));
        world.take(Change::Is(pod("9", "Pending")));
        let kept = world.owned_by("rs", "Pod").next().unwrap();
        assert_eq!(kept["status"]["phase"], "Running");
        assert_eq!(
            kept["spec"],
            json!({"containers": [{"name": "app", "image": "i"}]})
        );
        world.take(Change::Gone(pod("11", "Running")));
        assert!(world.is_empty() && world.owned_by("rs", "Pod").next().is_none());
    }

    #[test]
    fn the_same_event_again_counts_once_and_there_is_an_end_to_them() {
        let event = |message: &str, at: &str| json!({"kind": "Event", "reason": "Failed", "message": message, "type": "Warning", "lastTimestamp": at, "involvedObject": {"uid": "u"}});
        let mut world = World::default();
        world.take(Change::Is(event("a", "2026-01-01T00:00:02Z")));
        world.take(Change::Is(event("b", "2026-01-01T00:00:01Z")));
        world.take(Change::Is(event("a", "2026-01-01T00:00:03Z")));
        let said: Vec<_> = world
            .events("u")
            .iter()
            .map(|event| event.message.as_str())
            .collect();
        assert_eq!(said, ["b", "a"]);
        for number in 0..100 {
            world.take(Change::Is(event(
                &number.to_string(),
                "2026-01-01T00:00:04Z",
            )));
        }
        assert_eq!(world.events("u").len(), EVENTS);
    }
}
