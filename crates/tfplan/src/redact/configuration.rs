//! Secrets written as constants in the configuration.
//!
//! No mask stands beside an expression. The mark is on the declaration of the variable or output that it is for, or on the
//! planned value that it becomes; a provider's credentials are marked nowhere, and the attribute's name decides.

use std::collections::HashMap;

use serde_json::Value;

use super::marks::{Tokens, is_sensitive, marks_anything, sorted, sorted_mut};
use crate::{Address, json};

/// Replaces every constant that is a secret.
pub(super) fn replace(document: &mut Value, tokens: &mut Tokens) {
    let masks = masks_by_block(document);
    let Some(configuration) = document.get_mut("configuration") else {
        return;
    };
    if let Some(module) = configuration.get_mut("root_module") {
        module_configuration(module, &mut Vec::new(), &masks, tokens);
    }
    for (_, provider) in json::members_mut(configuration, "provider_config") {
        if let Some(expressions) = provider.get_mut("expressions") {
            credentials(expressions, false, tokens);
        }
    }
}

type Masks = HashMap<(Vec<String>, String), Vec<Value>>;

/// The masks of all instances of a block, by the block's place in the configuration.
fn masks_by_block(document: &Value) -> Masks {
    let mut masks = Masks::new();
    for change in json::changes(document, "resource_changes") {
        let Some(address) = Address::parse(change.address) else {
            continue;
        };
        if marks_anything(change.after_sensitive) {
            let modules = address.modules.into_iter().map(|call| call.name).collect();
            let block = format!(
                "{}{}.{}",
                if address.data { "data." } else { "" },
                address.kind,
                address.name
            );
            let known: &mut Vec<Value> = masks.entry((modules, block)).or_default();
            if !known.contains(change.after_sensitive) {
                known.push(change.after_sensitive.clone());
            }
        }
    }
    masks
}

fn module_configuration(
    module: &mut Value,
    path: &mut Vec<String>,
    masks: &Masks,
    tokens: &mut Tokens,
) {
    for (_, variable) in json::members_mut(module, "variables") {
        if is_sensitive(Some(variable))
            && let Some(default) = variable.get_mut("default")
        {
            tokens.hide(default);
        }
    }
    for (_, output) in json::members_mut(module, "outputs") {
        if is_sensitive(Some(output))
            && let Some(expression) = output.get_mut("expression")
        {
            constants(expression, &Value::Bool(true), tokens);
        }
    }
    for resource in module
        .get_mut("resources")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let block = resource
            .get("address")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let Some(expressions) = resource.get_mut("expressions") else {
            continue;
        };
        for mask in masks.get(&(path.clone(), block)).into_iter().flatten() {
            constants(expressions, mask, tokens);
        }
    }
    for (name, call) in json::members_mut(module, "module_calls") {
        let declared = call
            .pointer("/module/variables")
            .cloned()
            .unwrap_or_default();
        for (variable, expression) in json::members_mut(call, "expressions") {
            if is_sensitive(declared.get(variable)) {
                constants(expression, &Value::Bool(true), tokens);
            }
        }
        if let Some(module) = call.get_mut("module") {
            path.push(name.clone());
            module_configuration(module, path, masks, tokens);
            path.pop();
        }
    }
}

/// Hides the constants of an expression whose value is masked.
fn constants(expression: &mut Value, mask: &Value, tokens: &mut Tokens) {
    match (expression, mask) {
        (_, Value::Null | Value::Bool(false)) => {}
        (Value::Object(members), mask) if members.contains_key("constant_value") => {
            if let Some(value) = members.get_mut("constant_value") {
                tokens.hide_masked(value, mask);
            }
        }
        (Value::Object(members), Value::Object(masks)) => {
            for (key, mask) in sorted(masks) {
                if let Some(member) = members.get_mut(key) {
                    constants(member, mask, tokens);
                }
            }
        }
        (Value::Object(members), mask) => {
            sorted_mut(members).for_each(|(_, member)| constants(member, mask, tokens));
        }
        // One block in the configuration may make many, and many may make a set, so each mask counts for each.
        (Value::Array(items), Value::Array(masks)) => {
            for item in items {
                masks.iter().for_each(|mask| constants(item, mask, tokens));
            }
        }
        (Value::Array(items), mask) => items
            .iter_mut()
            .for_each(|item| constants(item, mask, tokens)),
        _ => {}
    }
}

/// Hides text constants of attributes whose name says that they are credentials.
fn credentials(expressions: &mut Value, named: bool, tokens: &mut Tokens) {
    match expressions {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| credentials(item, named, tokens)),
        Value::Object(members) => {
            for (key, member) in sorted_mut(members) {
                if key != "constant_value" {
                    credentials(member, named || looks_like_credential(key), tokens);
                } else if named && (member.is_string() || member.is_object() || member.is_array()) {
                    tokens.hide(member);
                }
            }
        }
        _ => {}
    }
}

fn looks_like_credential(attribute: &str) -> bool {
    const WORDS: [&str; 8] = [
        "password",
        "passphrase",
        "secret",
        "token",
        "access_key",
        "private_key",
        "api_key",
        "client_key",
    ];
    let is_path = attribute.ends_with("_file")
        || attribute.ends_with("_files")
        || attribute.ends_with("_path");
    !is_path && (attribute == "credentials" || WORDS.iter().any(|word| attribute.contains(word)))
}
