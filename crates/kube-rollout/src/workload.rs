//! What belongs to a workload now, and what its controllers say of the pods that they cannot make.
//!
//! Only the pods of the newest revision count: an old one that fails while the new ones come up is no fault of this rollout,
//! and one that is ready proves nothing about it.

use serde_json::Value;

use crate::failure::{Budgets, Class, Judgement, Sign};
use crate::object::{ObjectRef, condition, number, one_line, text, uid};
use crate::pod;
use crate::world::World;

const REVISION: &str = "/metadata/annotations/deployment.kubernetes.io~1revision";
const TEMPLATE: &str = "/metadata/annotations/deprecated.daemonset.template.generation";

/// The newest ReplicaSet of a Deployment.
pub(crate) fn newest<'a>(workload: &Value, world: &'a World) -> Option<&'a Value> {
    let revision =
        |object: &Value| text(object, REVISION).and_then(|text| text.parse::<u64>().ok());
    let wanted = revision(workload)?;
    world
        .owned_by(uid(workload), "ReplicaSet")
        .find(|set| revision(set) == Some(wanted))
}

/// The pods of a workload's newest revision.
pub(crate) fn new_pods<'a>(workload: &Value, world: &'a World) -> Vec<&'a Value> {
    let label =
        |pod: &Value, name: &str| text(pod, &format!("/metadata/labels/{name}")).map(str::to_owned);
    match text(workload, "/kind").unwrap_or_default() {
        "Deployment" => newest(workload, world)
            .map(|set| world.owned_by(uid(set), "Pod").collect())
            .unwrap_or_default(),
        "StatefulSet" => {
            let revision = text(workload, "/status/updateRevision").map(str::to_owned);
            let of = |pod: &&Value| {
                revision.is_some() && label(pod, "controller-revision-hash") == revision
            };
            world.owned_by(uid(workload), "Pod").filter(of).collect()
        }
        "DaemonSet" => {
            let template = text(workload, TEMPLATE).map(str::to_owned);
            let of = |pod: &&Value| {
                template.is_none() || label(pod, "pod-template-generation") == template
            };
            world.owned_by(uid(workload), "Pod").filter(of).collect()
        }
        "Pod" => world.get(&ObjectRef::of(workload)).into_iter().collect(),
        _ => world.owned_by(uid(workload), "Pod").collect(),
    }
}

/// The pods of older revisions that a StatefulSet waits for in vain.
pub(crate) fn stuck<'a>(set: &Value, world: &'a World, budgets: &Budgets) -> Vec<&'a Value> {
    let seen = number(set, "/status/observedGeneration") >= number(set, "/metadata/generation");
    let Some(revision) = text(set, "/status/updateRevision").filter(|_| seen) else {
        return Vec::new();
    };
    let pods = world.owned_by(uid(set), "Pod").filter(|pod| {
        let ending = pod.pointer("/metadata/deletionTimestamp").is_some();
        let old =
            text(pod, "/metadata/labels/controller-revision-hash").is_some_and(|of| of != revision);
        let hopeless = |sign: &Sign| !matches!(sign.judgement, Judgement::Transient);
        old && !ending
            && !pod::is_ready(pod)
            && pod::signs(pod, world.events(uid(pod)), budgets)
                .iter()
                .any(hopeless)
    });
    pods.collect()
}

/// Everything that is wrong with a workload and its newest pods.
pub(crate) fn signs(workload: &Value, world: &World, budgets: &Budgets) -> Vec<Sign> {
    let mut signs: Vec<Sign> = not_made(workload, world, budgets).into_iter().collect();
    for pod in new_pods(workload, world) {
        signs.extend(pod::signs(pod, world.events(uid(pod)), budgets));
    }
    signs
}

/// Why pods are not even made.
fn not_made(workload: &Value, world: &World, budgets: &Budgets) -> Option<Sign> {
    let refused = |object: &Value| {
        let failure = condition(object, "ReplicaFailure").filter(|one| one["status"] == "True")?;
        text(failure, "/message").map(|message| made(object, message, budgets))
    };
    match text(workload, "/kind").unwrap_or_default() {
        "Deployment" => refused(newest(workload, world)?),
        "ReplicaSet" => refused(workload),
        // these have no such condition; what they cannot make they say in an event, which stays after it is over
        "StatefulSet" | "DaemonSet" | "Job" => {
            let wanted = [
                "/spec/replicas",
                "/status/desiredNumberScheduled",
                "/spec/parallelism",
            ]
            .iter()
            .find_map(|path| number(workload, path))
            .unwrap_or(1);
            let short = (new_pods(workload, world).len() as i64) < wanted;
            let event = world
                .events(uid(workload))
                .iter()
                .rev()
                .find(|event| event.reason == "FailedCreate")?;
            short.then(|| made(workload, &event.message, budgets))
        }
        _ => None,
    }
}

fn made(object: &Value, message: &str, budgets: &Budgets) -> Sign {
    let text = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let (class, judgement) = if says(&[
        "exceeded quota",
        "failed quota",
        "maximum cpu usage",
        "maximum memory usage",
        "minimum cpu usage",
        "minimum memory usage",
        "limitranger",
    ]) {
        (Class::Quota, Judgement::Budget(budgets.quota))
    } else if says(&[
        "failed calling webhook",
        "context deadline exceeded",
        "connection refused",
        "etcdserver",
        "timeout",
    ]) {
        (Class::Admission, Judgement::Budget(budgets.webhook))
    } else if says(&["error looking up service account", "serviceaccount"]) {
        // the account of a new namespace is written a moment after it
        (Class::ConfigMissing, Judgement::Budget(budgets.config))
    } else if says(&[
        "admission webhook",
        "violates podsecurity",
        "denied request",
        "is forbidden",
        "denied the request",
    ]) {
        (Class::Admission, Judgement::Permanent)
    } else {
        (Class::Admission, Judgement::Budget(budgets.webhook))
    };
    // "pods "x" is forbidden: exceeded quota: ..." names a pod that never was
    let gist = message
        .split_once("is forbidden: ")
        .map_or(message, |(_, gist)| gist);
    let gist = gist.trim_start_matches("Error creating: ");
    Sign {
        class,
        judgement,
        object: ObjectRef::of(object),
        container: None,
        text: one_line(gist),
    }
}

/// How many of the newest pods are ready, and how many there should be.
pub(crate) fn ready(workload: &Value, world: &World) -> (usize, i64) {
    let ready = new_pods(workload, world)
        .iter()
        .filter(|pod| pod::is_ready(pod))
        .count();
    let wanted = ["/spec/replicas", "/status/desiredNumberScheduled"]
        .iter()
        .find_map(|path| number(workload, path));
    (ready, wanted.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::world::Change;

    fn deployment() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "uid": "d", "generation": 2, "annotations": {"deployment.kubernetes.io/revision": "2"}}, "spec": {"replicas": 2}})
    }

    fn set(name: &str, revision: &str, conditions: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "uid": name, "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"controller": true, "uid": "d"}]}, "status": {"conditions": conditions}})
    }

    fn pod(name: &str, of: &str, reason: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "uid": name, "ownerReferences": [{"controller": true, "uid": of}]},
            "spec": {"containers": [{"name": "app", "image": "i"}]},
            "status": {"containerStatuses": [{"name": "app", "restartCount": 0, "ready": false, "state": {"waiting": {"reason": reason, "message": "not found"}}}]}})
    }

    fn world(objects: Vec<Value>) -> World {
        let mut world = World::default();
        objects
            .into_iter()
            .for_each(|object| world.take(Change::Is(object)));
        world
    }

    #[test]
    fn old_pods_that_fail_say_nothing_about_the_new_ones() {
        let world = world(vec![
            set("old", "1", json!([])),
            set("new", "2", json!([])),
            pod("p", "old", "ErrImagePull"),
            pod("q", "new", ""),
        ]);
        assert_eq!(new_pods(&deployment(), &world).len(), 1);
        assert_eq!(signs(&deployment(), &world, &Budgets::default()), []);
    }

    #[test]
    fn a_stateful_set_waits_in_vain_for_hopeless_pods_of_an_older_revision() {
        let set = |observed: i64| json!({"kind": "StatefulSet", "metadata": {"name": "a", "uid": "s", "generation": 3}, "status": {"observedGeneration": observed, "updateRevision": "a-2"}});
        let pod = |name: &str, revision: &str, reason: &str| {
            let mut pod = pod(name, "s", reason);
            pod["metadata"]["labels"] = json!({"controller-revision-hash": revision});
            pod
        };
        let world = world(vec![
            pod("a-0", "a-1", "ErrImagePull"),
            pod("a-1", "a-2", "ErrImagePull"),
            pod("a-2", "a-1", "ContainerCreating"),
        ]);
        let names: Vec<_> = stuck(&set(3), &world, &Budgets::default())
            .into_iter()
            .map(|pod| text(pod, "/metadata/name").unwrap())
            .collect();
        assert_eq!(names, ["a-0"]);
        assert_eq!(
            stuck(&set(2), &world, &Budgets::default()),
            Vec::<&Value>::new()
        );
    }

    #[test]
    fn what_cannot_be_made_has_a_class() {
        for (message, class, permanent) in [
            (
                "pods \"a-1\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2",
                Class::Quota,
                false,
            ),
            (
                "pods \"a-1\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false",
                Class::Admission,
                true,
            ),
            (
                "admission webhook \"images.example.com\" denied the request: not signed",
                Class::Admission,
                true,
            ),
            (
                "pods \"a-1\" is forbidden: ValidatingAdmissionPolicy 'digest' with binding 'all' denied request: pin it",
                Class::Admission,
                true,
            ),
            (
                "Internal error occurred: failed calling webhook \"w.example.com\": failed to call webhook: Post \"https://w\": dial tcp: connect: connection refused",
                Class::Admission,
                false,
            ),
            (
                "pods \"a-1\" is forbidden: error looking up service account housing/frontend: serviceaccount \"frontend\" not found",
                Class::ConfigMissing,
                false,
            ),
        ] {
            let failure = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]);
            let world = world(vec![set("new", "2", failure)]);
            let signs = signs(&deployment(), &world, &Budgets::default());
            assert_eq!(signs.len(), 1);
            assert_eq!(
                (signs[0].class, signs[0].judgement == Judgement::Permanent),
                (class, permanent),
                "{message}"
            );
        }
    }
}
