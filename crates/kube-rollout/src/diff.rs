//! What an apply would change in an object, member by member, for a person.
//!
//! Both sides come from the server: the object as it is, and as a dry run says it would be. So defaults and other people's members
//! do not show. Values of Secrets are never shown.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::object::one_line;

/// One member that would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: `spec.template.spec.containers[app].image`.
    pub path: String,
    /// What is there; nothing if it is new.
    pub from: Option<String>,
    /// What would be there; nothing if it goes.
    pub to: Option<String>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "(none)".to_owned());
        write!(
            formatter,
            "{}: {} -> {}",
            self.path,
            text(&self.from),
            text(&self.to)
        )
    }
}

/// The members that differ. What only the server writes is left out.
pub(crate) fn changes(is: &Value, would_be: &Value) -> Vec<Change> {
    let secret = is["kind"] == "Secret" || would_be["kind"] == "Secret";
    let mut found = Vec::new();
    compare("", is, would_be, secret, &mut found);
    found
}

fn left_out(path: &str) -> bool {
    matches!(
        path,
        "status"
            | "metadata.managedFields"
            | "metadata.resourceVersion"
            | "metadata.generation"
            | "metadata.uid"
            | "metadata.creationTimestamp"
            | "metadata.selfLink"
            | "metadata.annotations.deployment.kubernetes.io/revision"
            | "metadata.annotations.deprecated.daemonset.template.generation"
    )
}

fn compare(path: &str, is: &Value, would_be: &Value, secret: bool, found: &mut Vec<Change>) {
    if is == would_be || left_out(path) {
        return;
    }
    match (is, would_be) {
        (Value::Object(left), Value::Object(right)) => {
            let names: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
            for name in names {
                let below = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                let part = |side: &serde_json::Map<String, Value>| {
                    side.get(name).cloned().unwrap_or(Value::Null)
                };
                compare(&below, &part(left), &part(right), secret, found);
            }
        }
        (Value::Array(left), Value::Array(right)) if keyed(left) && keyed(right) => {
            let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
            let names: BTreeSet<String> = left.iter().chain(right).map(name).collect();
            for one in names {
                let of = |side: &[Value]| {
                    side.iter()
                        .find(|item| name(item) == one)
                        .cloned()
                        .unwrap_or(Value::Null)
                };
                compare(
                    &format!("{path}[{one}]"),
                    &of(left),
                    &of(right),
                    secret,
                    found,
                );
            }
        }
        _ => {
            let hidden = secret && (path.starts_with("data") || path.starts_with("stringData"));
            let show = |value: &Value| match value {
                Value::Null => None,
                _ if hidden => Some("***".to_owned()),
                Value::String(text) => Some(shorten(text)),
                other => Some(shorten(&other.to_string())),
            };
            found.push(Change {
                path: path.to_owned(),
                from: show(is),
                to: show(would_be),
            });
        }
    }
}

fn keyed(list: &[Value]) -> bool {
    list.iter().all(|item| item["name"].is_string())
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_image_is_one_line() {
        let with = |image: &str, generation: i64| {
            json!({"kind": "Deployment", "metadata": {"name": "a", "generation": generation, "managedFields": [generation]},
                "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "log", "image": "l"}, {"name": "app", "image": image, "args": ["x", "y"]}]}}}, "status": {"x": generation}})
        };
        let found = changes(&with("a@1", 1), &with("a@2", 2));
        assert_eq!(
            found.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["spec.template.spec.containers[app].image: a@1 -> a@2"]
        );
        assert_eq!(changes(&with("a", 1), &with("a", 2)), []);
    }

    #[test]
    fn secrets_stay_secret_and_what_comes_and_goes_is_told() {
        let is = json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {"password": "aHVudGVy", "old": "x"}});
        let would = json!({"kind": "Secret", "metadata": {"name": "a"}, "data": {"password": "bmV3", "new": "y"}});
        let told: Vec<_> = changes(&is, &would)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "data.new: (none) -> ***",
                "data.old: *** -> (none)",
                "data.password: *** -> ***"
            ]
        );
        let told = changes(
            &json!({"kind": "X", "spec": {"ports": [1, 2]}}),
            &json!({"kind": "X", "spec": {"ports": [1, 3]}}),
        );
        assert_eq!(told[0].to_string(), "spec.ports: [1,2] -> [1,3]");
    }
}
