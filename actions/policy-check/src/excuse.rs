//! What a finding is about, as a digest that a waiver may name.
//!
//! It covers the rule, the resource, and the value that the rule objects to; where the policy names no attribute, all
//! that is planned for the resource. A finding has a digest only if there is no doubt which resource it is about.

use std::collections::BTreeMap;

use evidence::{Finding, Sha256};
use rego_policy::Outcome;
use serde_json::{Value, json};

/// What is planned, by address.
pub(crate) struct Planned<'a> {
    changes: BTreeMap<&'a str, &'a Value>,
}

impl<'a> Planned<'a> {
    /// Of a redacted plan.
    pub(crate) fn of(document: &'a Value) -> Self {
        let changes = document.get("resource_changes").and_then(Value::as_array);
        let changes = changes.into_iter().flatten().filter_map(|change| {
            // an object that is only to be destroyed has an address that another one may have
            let address = change.get("address")?.as_str()?;
            change.get("deposed").is_none().then_some((address, change))
        });
        Self {
            changes: changes.collect(),
        }
    }

    /// The digest of what `finding` is about.
    pub(crate) fn digest(&self, outcome: &Outcome, finding: &Finding) -> Option<Sha256> {
        let address = finding.resource.as_deref()?;
        let change = self.changes.get(address)?;
        let named = ["address", "resource"]
            .iter()
            .any(|key| outcome.metadata.get(*key).is_some_and(Value::is_string));
        if !named && self.mentioned(&outcome.msg) != [address] {
            return None;
        }
        let attribute = outcome.metadata.get("attribute").and_then(Value::as_str);
        let whole = |name: &str| change.pointer(&format!("/change/{name}"));
        let part = |name: &str| within(whole(name)?, attribute?);
        // an attribute that is not there leaves everything that is
        let (after, unknown, attribute) = match (part("after"), part("after_unknown")) {
            (None, None) => (whole("after"), whole("after_unknown"), None),
            (after, unknown) => (after, unknown, attribute),
        };
        let mut about = json!({
            "rule": finding.rule,
            "address": address,
            "attribute": attribute,
            "after": after,
            "unknown": unknown,
        });
        if attribute.is_none() {
            about["actions"] = change
                .pointer("/change/actions")
                .cloned()
                .unwrap_or_default();
        }
        without_numbers(&mut about);
        // keys are in order, so equal values have equal texts
        about.sort_all_objects();
        Some(Sha256::of(about.to_string()))
    }

    /// The resources that `message` names, without those that are only a part of another's address.
    fn mentioned(&self, message: &str) -> Vec<&'a str> {
        let mut addresses: Vec<&str> = self.changes.keys().copied().collect();
        addresses.sort_by_key(|address| std::cmp::Reverse(address.len()));
        let mut rest = message.to_owned();
        addresses.retain(|address| {
            let there = rest.contains(address);
            rest = rest.replace(address, "\n");
            there
        });
        addresses
    }
}

/// The value of `attribute`, as far as it leads: `a.b[0].c`.
fn within<'v>(value: &'v Value, attribute: &str) -> Option<&'v Value> {
    let mut value = value;
    for step in attribute
        .split(['.', '[', ']'])
        .filter(|step| !step.is_empty())
    {
        value = match value {
            Value::Array(items) => match step.parse::<usize>() {
                Ok(index) => items.get(index)?,
                // a block that is written once is a list of one
                Err(_) if items.len() == 1 => items.first()?.get(step)?,
                Err(_) => return Some(value),
            },
            Value::Object(members) => members.get(step.trim_matches('"'))?,
            _ => return None,
        };
    }
    Some(value)
}

/// Secrets are numbered through the whole plan, and one more elsewhere is no change here.
fn without_numbers(value: &mut Value) {
    match value {
        Value::String(text) => {
            let mut parts = text.split("(sensitive-");
            let mut whole = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
                whole.push_str("(sensitive");
                whole.push_str(rest);
            }
            *text = whole;
        }
        Value::Array(items) => items.iter_mut().for_each(without_numbers),
        Value::Object(members) => members.values_mut().for_each(without_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
