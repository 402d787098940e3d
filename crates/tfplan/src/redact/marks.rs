//! The first step: values that are marked.
//!
//! Terraform puts a mask beside most values: `after_sensitive` beside `after`. Where a value and its mask have different
//! shapes, more is hidden rather than less. The configuration has no masks; [`configuration`] knows what to do there.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::configuration;
use super::secrets::searchable;
use crate::{canonical, json};

/// A value's key and the key of its mask, beside each other.
const MASKED: [(&str, &str); 7] = [
    ("after", "after_sensitive"),
    // What becomes a secret now was one before.
    ("before", "after_sensitive"),
    ("before", "before_sensitive"),
    ("config_values", "config_sensitive"),
    ("value", "sensitive"),
    ("values", "sensitive_values"),
    ("default", "sensitive"),
];

/// What holds a provider's values, where `value` and `sensitive` are names like any other.
const VALUES: [&str; 7] = [
    "after",
    "after_identity",
    "after_unknown",
    "before",
    "before_identity",
    "config_values",
    "importing",
];

/// Tokens by value, and the scalars inside.
#[derive(Default)]
pub(super) struct Tokens {
    by_value: HashMap<Vec<u8>, usize>,
    /// Each secret text with its token, in the order of their first appearance.
    pub(super) texts: Vec<(String, String)>,
}

impl Tokens {
    pub(super) fn hide(&mut self, value: &mut Value) {
        // Two masks may cover the same place.
        if !value.is_null() && !value.as_str().is_some_and(is_token) {
            let token = self.token(value);
            self.collect(value);
            *value = Value::String(token);
        }
    }

    fn token(&mut self, value: &Value) -> String {
        let next = self.by_value.len() + 1;
        let number = *self.by_value.entry(canonical::bytes(value)).or_insert(next);
        format!("(sensitive-{number})")
    }

    /// Remembers each text inside, under a token of its own: equal tokens must not come from different texts.
    fn collect(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(members) => sorted(members).for_each(|(_, member)| self.collect(member)),
            other => {
                if let Some(text) = searchable(other) {
                    let token = self.token(other);
                    self.texts.push((text, token));
                }
            }
        }
    }

    /// Hides what `mask` marks. Where the two have different shapes, any mark hides all.
    pub(super) fn hide_masked(&mut self, value: &mut Value, mask: &Value) {
        match (value, mask) {
            (_, Value::Null | Value::Bool(false)) => {}
            (Value::Object(members), Value::Object(masks)) => {
                for (key, mask) in sorted(masks) {
                    if let Some(member) = members.get_mut(key) {
                        self.hide_masked(member, mask);
                    }
                }
            }
            (Value::Array(items), Value::Array(masks)) if items.len() >= masks.len() => {
                for (item, mask) in items.iter_mut().zip(masks) {
                    self.hide_masked(item, mask);
                }
            }
            (value, mask) if marks_anything(mask) => self.hide(value),
            _ => {}
        }
    }
}

pub(super) fn marks_anything(mask: &Value) -> bool {
    match mask {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => items.iter().any(marks_anything),
        Value::Object(members) => members.values().any(marks_anything),
        Value::Bool(true) | Value::Number(_) | Value::String(_) => true,
    }
}

pub(super) fn sorted(members: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    members.iter().collect::<BTreeMap<_, _>>().into_iter()
}

pub(super) fn sorted_mut(
    members: &mut Map<String, Value>,
) -> impl Iterator<Item = (&String, &mut Value)> {
    members.iter_mut().collect::<BTreeMap<_, _>>().into_iter()
}

/// Replaces every marked value.
pub(super) fn replace(document: &mut Value) -> Tokens {
    let mut tokens = Tokens::default();
    variables(document, &mut tokens);
    configuration::replace(document, &mut tokens);
    if let Some(sections) = document.as_object_mut() {
        for (name, section) in sorted_mut(sections) {
            if !matches!(name.as_str(), "configuration" | "variables") {
                masked_pairs(section, &mut tokens);
            }
        }
    }
    tokens
}

/// A variable's value stands apart from its declaration, which has the mark.
fn variables(document: &mut Value, tokens: &mut Tokens) {
    let declared = document
        .pointer("/configuration/root_module/variables")
        .cloned()
        .unwrap_or_default();
    for (name, variable) in json::members_mut(document, "variables") {
        if is_sensitive(declared.get(name))
            && let Some(value) = variable.get_mut("value")
        {
            tokens.hide(value);
        }
    }
}

/// Hides by the mask beside a value, wherever there is one, without looking for masks inside values.
fn masked_pairs(part: &mut Value, tokens: &mut Tokens) {
    match part {
        Value::Array(items) => items.iter_mut().for_each(|item| masked_pairs(item, tokens)),
        Value::Object(members) => {
            let mut done = Vec::new();
            for (key, mask_key) in MASKED {
                let Some(mask) = members.get(mask_key).cloned() else {
                    continue;
                };
                if let Some(value) = members.get_mut(key) {
                    tokens.hide_masked(value, &mask);
                    done.extend([key, mask_key]);
                }
            }
            for (key, member) in sorted_mut(members) {
                if !done.contains(&key.as_str()) && !VALUES.contains(&key.as_str()) {
                    masked_pairs(member, tokens);
                }
            }
        }
        _ => {}
    }
}

pub(super) fn is_sensitive(declaration: Option<&Value>) -> bool {
    declaration.and_then(|declaration| declaration.get("sensitive")) == Some(&Value::Bool(true))
}

/// Whether a text is a token already, and so holds no secret.
pub(super) fn is_token(text: &str) -> bool {
    let number = text
        .strip_prefix("(sensitive-")
        .and_then(|rest| rest.strip_suffix(')'));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}
