//! One form for a plan, whoever read it.
//!
//! What is judged is digested, and the digest is compared when the plan is applied; so the form may not depend on whether
//! Terraform or this crate read the file. Left out is what only a provider's schema knows and nobody judges: the version of a
//! schema, the order of a set of paths, and whether something that is not known yet will be a list or an object. The state
//! before the plan is left out too: it repeats `before`, and of data sources it does not say what is secret.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{items, members_mut};
use crate::canonical;

/// Brings a document into the form that is judged.
pub(super) fn normalise(document: &mut Value) {
    if let Some(members) = document.as_object_mut() {
        members.remove("prior_state");
    }
    let masks = unknown_by_address(document);
    if let Some(module) = document.pointer_mut("/planned_values/root_module") {
        planned(module, &masks);
    }
    if let Some(module) = document.pointer_mut("/configuration/root_module") {
        configuration(module);
    }
    for section in ["resource_changes", "resource_drift", "deferred_changes"] {
        for change in list_mut(document, section) {
            if let Some(change) = change.pointer_mut("/change") {
                forget_unknown_kinds(change);
                sort(change.get_mut("replace_paths"));
            }
        }
    }
    sort(document.get_mut("relevant_attributes"));
}

type Masks = HashMap<String, Value>;

/// What is not known yet, of all objects that are kept.
fn unknown_by_address(document: &Value) -> Masks {
    let changes = items(document, "resource_changes").iter();
    let current = changes.filter(|change| change.get("deposed").is_none());
    let masks = current.filter_map(|change| {
        let address = change.get("address")?.as_str()?;
        let mask = change.pointer("/change/after_unknown")?;
        mask.as_object()
            .is_some_and(|mask| !mask.is_empty())
            .then(|| (address.to_owned(), mask.clone()))
    });
    masks.collect()
}

fn planned(module: &mut Value, masks: &Masks) {
    for resource in list_mut(module, "resources") {
        let Some(resource) = resource.as_object_mut() else {
            continue;
        };
        resource.remove("schema_version");
        let mask = resource
            .get("address")
            .and_then(Value::as_str)
            .and_then(|address| masks.get(address));
        if let (Some(mask), Some(sensitive)) = (mask, resource.get_mut("sensitive_values")) {
            forget(sensitive, mask);
        }
    }
    for child in list_mut(module, "child_modules") {
        planned(child, masks);
    }
}

fn configuration(module: &mut Value) {
    for resource in list_mut(module, "resources") {
        if let Some(resource) = resource.as_object_mut() {
            resource.remove("schema_version");
        }
    }
    for (_, call) in members_mut(module, "module_calls") {
        if let Some(module) = call.get_mut("module") {
            configuration(module);
        }
    }
}

fn forget_unknown_kinds(change: &mut Value) {
    let unknown = change.get("after_unknown").cloned().unwrap_or_default();
    if let Some(sensitive) = change.get_mut("after_sensitive") {
        forget(sensitive, &unknown);
    }
}

/// Takes `[]` and `{}` away where the value is not known.
fn forget(sensitive: &mut Value, unknown: &Value) {
    match (sensitive, unknown) {
        (Value::Object(masks), Value::Object(unknown)) => {
            for (name, unknown) in unknown {
                if *unknown == Value::Bool(true) {
                    if masks.get(name).is_some_and(is_empty) {
                        masks.remove(name);
                    }
                } else if let Some(mask) = masks.get_mut(name) {
                    forget(mask, unknown);
                }
            }
        }
        (Value::Array(masks), Value::Array(unknown)) => {
            for (mask, unknown) in masks.iter_mut().zip(unknown) {
                if *unknown == Value::Bool(true) {
                    if is_empty(mask) {
                        *mask = Value::Bool(false);
                    }
                } else {
                    forget(mask, unknown);
                }
            }
        }
        _ => {}
    }
}

fn is_empty(mask: &Value) -> bool {
    match mask {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => Map::is_empty(members),
        _ => false,
    }
}

fn sort(list: Option<&mut Value>) {
    if let Some(Value::Array(items)) = list {
        items.sort_by_cached_key(canonical::bytes);
    }
}

fn list_mut<'a>(part: &'a mut Value, section: &str) -> impl Iterator<Item = &'a mut Value> {
    let items = part.get_mut(section).and_then(Value::as_array_mut);
    items.into_iter().flatten()
}
