//! What serves now: which images the ready pods of the workloads run, whatever was asked for.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::images::short;
use crate::object::{ObjectRef, list, number, text, uid};
use crate::pod;
use crate::world::World;

/// The ready pods of one workload by what they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serving {
    /// The workload.
    pub workload: ObjectRef,
    /// How many ready pods run these images: `sha256:41fe77aa`, several joined by a comma.
    pub ready: BTreeMap<String, usize>,
    /// How many pods there should be.
    pub wanted: i64,
}

impl std::fmt::Display for Serving {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.ready.is_empty() {
            return write!(formatter, "nothing serves {}", self.workload);
        }
        let each: Vec<String> = self
            .ready
            .iter()
            .map(|(images, count)| format!("{images} on {count} of {} pods", self.wanted))
            .collect();
        write!(formatter, "{} serves {}", self.workload, each.join(", "))
    }
}

/// What the workloads among `objects` serve.
pub(crate) fn serving<'a>(
    objects: impl IntoIterator<Item = &'a ObjectRef>,
    world: &World,
) -> Vec<Serving> {
    let workloads = objects.into_iter().filter(|name| {
        matches!(
            name.kind.as_str(),
            "Deployment" | "StatefulSet" | "DaemonSet"
        )
    });
    workloads.map(|name| of(name, world)).collect()
}

fn of(name: &ObjectRef, world: &World) -> Serving {
    let mut ready = BTreeMap::new();
    let workload = world.get(name);
    let id = workload.map(uid).unwrap_or_default();
    let direct = world.owned_by(id, "Pod");
    let through = world
        .owned_by(id, "ReplicaSet")
        .flat_map(|set| world.owned_by(uid(set), "Pod"));
    for pod in direct.chain(through).filter(|pod| pod::is_ready(pod)) {
        *ready.entry(images(pod)).or_insert(0) += 1;
    }
    let wanted = workload.and_then(|workload| {
        ["/spec/replicas", "/status/desiredNumberScheduled"]
            .iter()
            .find_map(|path| number(workload, path))
    });
    Serving {
        workload: name.clone(),
        ready,
        wanted: wanted.unwrap_or(1),
    }
}

fn images(pod: &Value) -> String {
    let images: Vec<String> = list(pod, "/spec/containers")
        .iter()
        .filter_map(|one| text(one, "/image"))
        .map(short)
        .collect();
    images.join(", ")
}
