//! Objects of the API as JSON, and the name of one.
//!
//! Everything here works on `serde_json::Value`: custom resources have no type to decode into, and a status that lacks a
//! member must read as "not yet", never as an error.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which object: enough to find it again, and to speak of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// For example `apps/v1`.
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    /// For example `Deployment`.
    pub kind: String,
    /// None for what belongs to the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// The name of `object`; empty parts where it has none.
    pub fn of(object: &Value) -> Self {
        let part = |path| text(object, path).unwrap_or_default().to_owned();
        Self {
            api_version: part("/apiVersion"),
            kind: part("/kind"),
            namespace: text(object, "/metadata/namespace").map(str::to_owned),
            name: part("/metadata/name"),
        }
    }

    /// The group, empty for the core.
    pub fn group(&self) -> &str {
        self.api_version
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    /// Whether two names mean the same object, whatever the version that they speak of it in.
    pub fn is(&self, other: &Self) -> bool {
        self.group() == other.group()
            && self.kind == other.kind
            && self.namespace == other.namespace
            && self.name == other.name
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.kind, self.name)
    }
}

/// A text at a JSON pointer; an empty one counts as absent.
pub(crate) fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value
        .pointer(pointer)?
        .as_str()
        .filter(|text| !text.is_empty())
}

/// A whole number at a JSON pointer.
pub(crate) fn number(value: &Value, pointer: &str) -> Option<i64> {
    value.pointer(pointer)?.as_i64()
}

/// The elements at a JSON pointer; none where there is no list.
pub(crate) fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The condition of that type in `status.conditions`.
pub(crate) fn condition<'a>(value: &'a Value, kind: &str) -> Option<&'a Value> {
    list(value, "/status/conditions")
        .iter()
        .find(|condition| condition["type"] == kind)
}

/// Whether a condition is there and says `True`.
pub(crate) fn holds(value: &Value, kind: &str) -> bool {
    condition(value, kind).is_some_and(|condition| condition["status"] == "True")
}

/// The unique id that the server gave.
pub(crate) fn uid(value: &Value) -> &str {
    text(value, "/metadata/uid").unwrap_or_default()
}

/// The id of the owner that controls it.
pub(crate) fn owner(value: &Value) -> Option<&str> {
    list(value, "/metadata/ownerReferences")
        .iter()
        .find(|owner| owner["controller"] == true)
        .and_then(|owner| text(owner, "/uid"))
}

/// The place of the pod's specification in a workload; none for other kinds.
pub(crate) fn pod_spec_pointer(kind: &str) -> Option<&'static str> {
    match kind {
        "Pod" => Some("/spec"),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job" => Some("/spec/template/spec"),
        "CronJob" => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// A text of the cluster, fit for one line of a log: no line breaks, no controls, not endless.
pub(crate) fn one_line(text: &str) -> String {
    const LONGEST: usize = 600;
    let mut line: String = text
        .chars()
        .take(LONGEST)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push_str(" ...");
    }
    line.trim().to_owned()
}
