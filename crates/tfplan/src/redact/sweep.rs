//! The second step: whatever else repeats a secret.
//!
//! Addresses, types and references are how policies find what they judge, and keys that look like attribute names are
//! how they read it; neither is touched, so that no choice of a secret can rename them. Everything else is text that may
//! carry a copy: values, constants, messages, and whatever a later version of Terraform adds.

use std::fmt;

use serde_json::{Map, Value};

use super::marks::is_token;
use super::secrets::{Cover, Secrets};

/// A planned value that was covered because it repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The resource's address.
    pub address: String,
    /// Where in its values, for example `after.tags.owner`.
    pub path: String,
}

impl fmt::Display for Swept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.address, self.path)
    }
}

/// What names things, and is left as it is.
const NAMES: [&str; 23] = [
    "action_reason",
    "actions",
    "address",
    "attribute",
    "depends_on",
    "deposed",
    "format_version",
    "full_name",
    "index",
    "mode",
    "module_address",
    "name",
    "previous_address",
    "provider_config_key",
    "provider_name",
    "references",
    "relevant_attributes",
    "replace_paths",
    "resource",
    "terraform_version",
    "timestamp",
    "type",
    "version_constraint",
];

/// What holds values as a person or a provider wrote them.
const CONTENT: [&str; 14] = [
    "after",
    "after_identity",
    "after_sensitive",
    "after_unknown",
    "before",
    "before_identity",
    "before_sensitive",
    "config_values",
    "constant_value",
    "default",
    "importing",
    "sensitive_values",
    "value",
    "variables",
];

/// Covers every copy, and says where in planned values.
pub(super) fn sweep(document: &mut Value, secrets: &Secrets) -> Vec<Swept> {
    let mut swept = Vec::new();
    if secrets.is_empty() {
        return swept;
    }
    let cover = secrets.whole();
    let mut changes = document.get_mut("resource_changes").map(Value::take);
    structure(document, cover);
    for resource in changes
        .as_mut()
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let mut change = resource
            .get_mut("change")
            .map(Value::take)
            .unwrap_or_default();
        structure(resource, cover);
        let address = resource
            .get("address")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        for (key, member) in change.as_object_mut().into_iter().flatten() {
            let mut paths = Vec::new();
            if !NAMES.contains(&key.as_str()) {
                content(member, cover, &mut paths);
            }
            if matches!(key.as_str(), "before" | "after") {
                swept.extend(paths.iter().map(|path| Swept {
                    address: address.clone(),
                    path: format!("{key}{path}"),
                }));
            }
        }
        resource["change"] = change;
    }
    if let Some(changes) = changes {
        document["resource_changes"] = changes;
    }
    swept
}

fn structure(part: &mut Value, cover: &Cover) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(|item| structure(item, cover)),
        Value::Object(members) => {
            let is_resource = members.contains_key("address");
            for (key, member) in members.iter_mut() {
                if is_content(key, is_resource) {
                    content(member, cover, &mut Vec::new());
                } else if !NAMES.contains(&key.as_str()) || is_declared_thing(member) {
                    structure(member, cover);
                }
            }
        }
        Value::String(text) => {
            cover_text(text, cover);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `values` holds a resource's values, or, in a state, its modules.
fn is_content(key: &str, is_resource: bool) -> bool {
    CONTENT.contains(&key) || (key == "values" && is_resource)
}

/// An output or variable may be called `name` or `type`; then its declaration stands under that key.
fn is_declared_thing(member: &Value) -> bool {
    let declared = |member: &Map<String, Value>| !member.contains_key("to_display");
    member.as_object().is_some_and(declared)
}

/// Covers a value, and adds the path of each place that was covered.
fn content(value: &mut Value, cover: &Cover, paths: &mut Vec<String>) {
    let first = paths.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let first = paths.len();
                content(item, cover, paths);
                paths[first..]
                    .iter_mut()
                    .for_each(|path| path.insert_str(0, &format!("[{index}]")));
            }
        }
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                let first = paths.len();
                content(member, cover, paths);
                paths[first..]
                    .iter_mut()
                    .for_each(|path| path.insert_str(0, &format!(".{key}")));
            }
            if members.keys().any(|key| covered_key(key, cover).is_some()) {
                // A path that names the key would show it.
                paths.truncate(first);
                paths.push(String::new());
                rename_keys(members, cover);
            }
        }
        Value::String(text) => {
            if cover_text(text, cover) {
                paths.push(String::new());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn cover_text(text: &mut String, cover: &Cover) -> bool {
    // A token of the first step holds no secret, even if a secret is part of the word.
    let covered = if is_token(text) {
        None
    } else {
        cover.cover(text)
    };
    let is_covered = covered.is_some();
    if let Some(covered) = covered {
        *text = covered;
    }
    is_covered
}

fn covered_key(key: &str, cover: &Cover) -> Option<String> {
    let is_attribute = key
        .chars()
        .all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '_');
    if is_attribute { None } else { cover.cover(key) }
}

fn rename_keys(members: &mut Map<String, Value>, cover: &Cover) {
    let mut renamed = Map::new();
    for (key, member) in std::mem::take(members) {
        let mut key = covered_key(&key, cover).unwrap_or(key);
        // No value may vanish because two keys become the same.
        while renamed.contains_key(&key) {
            key.push('\'');
        }
        renamed.insert(key, member);
    }
    *members = renamed;
}
