//! Conftest's exceptions: `exception contains rules if { .. }`.
//!
//! `rules` is a list of rule names without their prefix; `""` stands for plain `deny`, `violation` and `warn`. One
//! exception silences all of a rule's results for the input, also the ones of other resources: that is Conftest's
//! meaning, kept for its policies. Towpath's waivers are finer, and are not this crate's.

use regorus::Value;

/// How often the value of `exception` names a rule.
pub(crate) fn count(exceptions: &Value, rule: &str) -> usize {
    let name = without_prefix(rule);
    items(exceptions)
        .into_iter()
        .flat_map(items)
        .filter(|item| matches!(item, Value::String(text) if text.as_ref() == name))
        .count()
}

/// Conftest's query, which it shows as the message.
pub(crate) fn query(namespace: &str, rule: &str) -> String {
    let name = serde_json::Value::from(without_prefix(rule));
    format!("data.{namespace}.exception[_][_] == {name}")
}

fn without_prefix(rule: &str) -> &str {
    rule.split_once('_').map_or("", |(_, rest)| rest)
}

fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}
