//! Whether one object is as it was asked to be: pure functions over what the API says of it.
//!
//! A status counts only when its controller has seen the generation that was applied: everything else is an answer to an older
//! question. A kind that is not known here is judged by its conditions, as `kstatus` does it; one without a status
//! is what it is as soon as it is written.

use serde_json::Value;

use crate::failure::Class;
use crate::object::{condition, holds, list, number, text};

/// How far an object is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is as asked.
    Settled,
    /// It is on its way; the fragment says where.
    Underway(String),
    /// Its controller has said nothing about it yet, and may never.
    Silent,
    /// Its controller says that it failed.
    Broken(Class, String),
}

/// How far `object` is, given the generation that the apply brought about.
pub fn stage(object: &Value, applied: i64) -> Stage {
    let generation = number(object, "/metadata/generation").unwrap_or(0);
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return underway("is being deleted");
    }
    if generation < applied {
        return underway("is not seen yet as it was applied");
    }
    let observed = number(object, "/status/observedGeneration");
    let behind = observed.is_none_or(|observed| observed < generation);
    match text(object, "/kind").unwrap_or_default() {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "PodDisruptionBudget"
            if behind =>
        {
            underway("its controller has not seen it yet")
        }
        "Deployment" => deployment(object),
        "StatefulSet" => stateful_set(object),
        "DaemonSet" => daemon_set(object),
        "ReplicaSet" => replica_set(object),
        "Job" => job(object),
        "Pod" => pod(object),
        "Service" => service(object),
        "PersistentVolumeClaim" => claim(object),
        "HorizontalPodAutoscaler" => autoscaler(object),
        "CustomResourceDefinition" if holds(object, "Established") => Stage::Settled,
        "CustomResourceDefinition" => underway("is not established yet"),
        "APIService" if holds(object, "Available") => Stage::Settled,
        "APIService" => underway("is not available yet"),
        "Namespace" if text(object, "/status/phase") == Some("Terminating") => {
            underway("is being deleted")
        }
        "Namespace" | "CronJob" | "Ingress" | "NetworkPolicy" | "PodDisruptionBudget" => {
            Stage::Settled
        }
        _ => by_conditions(object, generation, observed),
    }
}

fn underway(text: impl Into<String>) -> Stage {
    Stage::Underway(text.into())
}

fn says(condition: &Value) -> String {
    text(condition, "/message")
        .or_else(|| text(condition, "/reason"))
        .unwrap_or("no reason given")
        .to_owned()
}

fn deployment(object: &Value) -> Stage {
    let count = |path| number(object, path).unwrap_or(0);
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    if object["spec"]["paused"] == true {
        return underway("is paused");
    }
    if let Some(late) =
        condition(object, "Progressing").filter(|one| one["reason"] == "ProgressDeadlineExceeded")
    {
        return Stage::Broken(Class::Deadline, says(late));
    }
    let (updated, all, available) = (
        count("/status/updatedReplicas"),
        count("/status/replicas"),
        count("/status/availableReplicas"),
    );
    if updated < wanted {
        return underway(format!("{updated} of {wanted} pods are new"));
    }
    if all > updated {
        return underway(format!(
            "{} old {} still there",
            all - updated,
            if all - updated == 1 {
                "pod is"
            } else {
                "pods are"
            }
        ));
    }
    if available < wanted {
        return underway(format!("{available} of {wanted} pods are available"));
    }
    Stage::Settled
}

fn stateful_set(object: &Value) -> Stage {
    let count = |path| number(object, path).unwrap_or(0);
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    if text(object, "/spec/updateStrategy/type") == Some("OnDelete") {
        return Stage::Settled;
    }
    let kept = count("/spec/updateStrategy/rollingUpdate/partition");
    // `updatedReplicas` is not kept once the revision is the current one
    let whole = text(object, "/status/currentRevision") == text(object, "/status/updateRevision");
    let updated = if whole {
        count("/status/replicas")
    } else {
        count("/status/updatedReplicas")
    };
    if updated < wanted - kept {
        return underway(format!("{updated} of {} pods are new", wanted - kept));
    }
    let (ready, available) = (
        count("/status/readyReplicas"),
        number(object, "/status/availableReplicas"),
    );
    let available = available.unwrap_or(ready);
    if available < wanted {
        return underway(format!("{available} of {wanted} pods are available"));
    }
    if kept == 0 && !whole {
        return underway("the new revision is not the current one yet");
    }
    if count("/status/replicas") > wanted {
        return underway("pods that are not wanted any more are still there");
    }
    Stage::Settled
}

fn daemon_set(object: &Value) -> Stage {
    let count = |path| number(object, path).unwrap_or(0);
    let wanted = count("/status/desiredNumberScheduled");
    if text(object, "/spec/updateStrategy/type") == Some("OnDelete") {
        return Stage::Settled;
    }
    let updated = count("/status/updatedNumberScheduled");
    if updated < wanted {
        return underway(format!("{updated} of {wanted} pods are new"));
    }
    let available = count("/status/numberAvailable");
    if available < wanted {
        return underway(format!("{available} of {wanted} pods are available"));
    }
    Stage::Settled
}

fn replica_set(object: &Value) -> Stage {
    let wanted = number(object, "/spec/replicas").unwrap_or(1);
    let available = number(object, "/status/availableReplicas").unwrap_or(0);
    if available < wanted {
        return underway(format!("{available} of {wanted} pods are available"));
    }
    Stage::Settled
}

fn job(object: &Value) -> Stage {
    if let Some(failed) = condition(object, "Failed")
        .or_else(|| condition(object, "FailureTarget"))
        .filter(|one| one["status"] == "True")
    {
        return Stage::Broken(Class::JobFailed, says(failed));
    }
    if holds(object, "Complete") {
        return Stage::Settled;
    }
    if object["spec"]["suspend"] == true {
        return underway("is suspended");
    }
    let wanted = number(object, "/spec/completions").unwrap_or(1);
    underway(format!(
        "{} of {wanted} pods have succeeded",
        number(object, "/status/succeeded").unwrap_or(0)
    ))
}

fn pod(object: &Value) -> Stage {
    match text(object, "/status/phase") {
        Some("Succeeded") => Stage::Settled,
        Some("Failed") => Stage::Broken(
            Class::CrashLoop,
            text(object, "/status/message")
                .unwrap_or("the pod failed")
                .to_owned(),
        ),
        _ if holds(object, "Ready") => Stage::Settled,
        _ => underway("is not ready"),
    }
}

fn service(object: &Value) -> Stage {
    let balanced = text(object, "/spec/type") == Some("LoadBalancer");
    if balanced && list(object, "/status/loadBalancer/ingress").is_empty() {
        return underway("has no load balancer yet");
    }
    Stage::Settled
}

fn claim(object: &Value) -> Stage {
    match text(object, "/status/phase") {
        Some("Lost") => Stage::Broken(Class::Volume, "the volume of the claim is lost".to_owned()),
        // one that waits for its first pod is told of by that pod
        _ => Stage::Settled,
    }
}

fn autoscaler(object: &Value) -> Stage {
    match condition(object, "AbleToScale") {
        Some(able) if able["status"] == "False" => underway(says(able)),
        // without metrics it scales later; that is no matter of a rollout
        _ => Stage::Settled,
    }
}

/// A kind of somebody else's: its conditions, as far as they are about this generation.
fn by_conditions(object: &Value, generation: i64, observed: Option<i64>) -> Stage {
    if observed.is_some_and(|observed| observed < generation) {
        return underway("its controller has not seen it yet");
    }
    let current = |kind: &str| {
        condition(object, kind).filter(|one| {
            number(one, "/observedGeneration").is_none_or(|observed| observed >= generation)
        })
    };
    for kind in ["Failed", "Stalled", "Degraded"] {
        if let Some(bad) = current(kind).filter(|one| one["status"] == "True") {
            return Stage::Broken(Class::Condition, says(bad));
        }
    }
    if let Some(busy) = current("Reconciling").filter(|one| one["status"] == "True") {
        return underway(says(busy));
    }
    for kind in [
        "Ready",
        "Available",
        "Healthy",
        "Programmed",
        "Established",
        "Complete",
        "Succeeded",
        "Synced",
        "Accepted",
    ] {
        match (condition(object, kind), current(kind)) {
            (Some(_), None) => return underway("its controller has not seen it yet"),
            (Some(_), Some(one)) if one["status"] == "True" => return Stage::Settled,
            (Some(_), Some(one)) => {
                return underway(format!(
                    "{kind} is {}: {}",
                    text(one, "/status").unwrap_or("Unknown"),
                    says(one)
                ));
            }
            (None, _) => {}
        }
    }
    // nobody waits for what has no controller
    let custom = text(object, "/apiVersion")
        .and_then(|version| version.split_once('/'))
        .is_some_and(|(group, _)| group.contains('.') && !group.ends_with(".k8s.io"));
    if custom && object.pointer("/status").is_none() {
        Stage::Silent
    } else {
        Stage::Settled
    }
}

#[cfg(test)]
mod tests;
