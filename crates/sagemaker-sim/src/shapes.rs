//! Checks an operation's input against AWS's published shapes, and words what is wrong as AWS does.
//!
//! `sagemaker.json`, `glue.json` and `cloudwatch.json` are cut out of the API models by `shapes/extract.py`. Members that the model does not know are dropped, as AWS does,
//! and so are nulls. Only what the model says is checked here; rules between members and resources are with their nouns.

mod form;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::wire::{Failure, Object};

pub(crate) use form::Form;

/// A service's shapes, and which of them its operations take
#[derive(Deserialize)]
pub(crate) struct Model {
    inputs: BTreeMap<String, String>,
    shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
struct Shape {
    r#type: Type,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    members: BTreeMap<String, String>,
    member: Option<String>,
    key: Option<String>,
    value: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    r#enum: Vec<String>,
    pattern: Option<String>,
    test: Option<String>,
    #[serde(skip)]
    compiled: OnceLock<Regex>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Type {
    Structure,
    List,
    Map,
    String,
    Boolean,
    #[serde(alias = "long")]
    Integer,
    #[serde(alias = "double")]
    Float,
    Timestamp,
}

/// SageMaker's operations
pub(crate) static SAGEMAKER: LazyLock<Model> =
    LazyLock::new(|| read(include_str!("../shapes/sagemaker.json")));
/// Glue's jobs, triggers and workflows
pub(crate) static GLUE: LazyLock<Model> =
    LazyLock::new(|| read(include_str!("../shapes/glue.json")));
/// CloudWatch's operations on alarms
pub(crate) static CLOUDWATCH: LazyLock<Model> =
    LazyLock::new(|| read(include_str!("../shapes/cloudwatch.json")));

fn read(shapes: &str) -> Model {
    serde_json::from_str(shapes).expect("the committed shapes are JSON of this form")
}

impl Shape {
    /// Whether `text` has the pattern, if there is one
    fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.test.as_ref().or(self.pattern.as_ref()) else {
            return true;
        };
        self.compiled
            .get_or_init(|| {
                Regex::new(&format!("^(?:{pattern})$")).expect("the committed patterns compile")
            })
            .is_match(text)
    }
}

impl Model {
    /// The members of an operation's input
    pub(crate) fn members(&self, operation: &str) -> Vec<&str> {
        let shape = self.inputs.get(operation);
        let shape = shape.and_then(|name| self.shapes.get(name));
        let members = shape.into_iter().flat_map(|shape| shape.members.keys());
        members.map(String::as_str).collect()
    }

    /// The checked input of `operation`, without what AWS ignores; `None` if there is no such operation
    pub(crate) fn check(&self, operation: &str, input: &Value) -> Option<Result<Object, Failure>> {
        let shape = self.inputs.get(operation)?;
        let mut violations = Violations {
            model: self,
            constraints: Vec::new(),
            wrong_type: None,
        };
        let checked = violations.walk(shape, input, "");
        Some(match (violations.failure(), checked) {
            (Some(failure), _) => Err(failure),
            (None, Value::Object(object)) => Ok(object),
            (None, _) => Err(Failure::new(
                "SerializationException",
                "Start of structure or map found where not expected.",
            )),
        })
    }
}

struct Violations<'m> {
    model: &'m Model,
    constraints: Vec<String>,
    wrong_type: Option<String>,
}

impl Violations<'_> {
    fn failure(self) -> Option<Failure> {
        if let Some(message) = self.wrong_type {
            return Some(Failure::new("SerializationException", message));
        }
        let count = self.constraints.len();
        (count > 0).then(|| {
            let plural = if count == 1 { "" } else { "s" };
            Failure::validation(format!(
                "{count} validation error{plural} detected: {}",
                self.constraints.join("; ")
            ))
        })
    }

    fn walk(&mut self, name: &str, value: &Value, path: &str) -> Value {
        let shape = &self.model.shapes[name];
        match (shape.r#type, value) {
            (Type::Structure, Value::Object(given)) => self.structure(shape, given, path),
            (Type::List, Value::Array(items)) => {
                self.length(shape, items.len(), value, path);
                let member = shape.member.as_deref().unwrap_or_default();
                let walk = |(index, item): (usize, &Value)| {
                    self.walk(member, item, &format!("{path}.{}.member", index + 1))
                };
                Value::Array(items.iter().enumerate().map(walk).collect())
            }
            (Type::Map, Value::Object(entries)) => {
                self.length(shape, entries.len(), value, path);
                let (key, item) = (shape.key.as_deref(), shape.value.as_deref());
                let walk = |(name, value): (&String, &Value)| {
                    let at = format!("{path}.{name}.member");
                    self.walk(key.unwrap_or_default(), &Value::from(name.as_str()), &at);
                    (
                        name.clone(),
                        self.walk(item.unwrap_or_default(), value, &at),
                    )
                };
                Value::Object(entries.iter().map(walk).collect())
            }
            (Type::String, Value::String(text)) => {
                self.text(shape, text, path);
                value.clone()
            }
            (Type::Integer | Type::Float, Value::Number(number))
                if shape.r#type == Type::Float || number.is_i64() =>
            {
                self.range(shape, number.as_f64().unwrap_or_default(), value, path);
                value.clone()
            }
            (Type::Boolean, Value::Bool(_)) | (Type::Timestamp, Value::Number(_)) => value.clone(),
            _ => {
                self.wrong_type
                    .get_or_insert_with(|| format!("Value of '{path}' is not a {name}"));
                Value::Null
            }
        }
    }

    fn structure(&mut self, shape: &Shape, given: &Object, path: &str) -> Value {
        let mut kept = Object::new();
        for (member, shape) in &shape.members {
            if let Some(value) = given.get(member).filter(|value| !value.is_null()) {
                kept.insert(member.clone(), self.walk(shape, value, &join(path, member)));
            }
        }
        for member in &shape.required {
            if !kept.contains_key(member) {
                self.refuse("null", &join(path, member), "Member must not be null");
            }
        }
        Value::Object(kept)
    }

    fn text(&mut self, shape: &Shape, text: &str, path: &str) {
        let quoted = format!("'{text}'");
        let length = text.chars().count() as f64;
        if !shape.r#enum.is_empty() && !shape.r#enum.iter().any(|allowed| allowed == text) {
            let set = shape.r#enum.join(", ");
            self.refuse(
                &quoted,
                path,
                &format!("Member must satisfy enum value set: [{set}]"),
            );
        }
        if let Some(max) = shape.max.filter(|max| length > *max) {
            self.refuse(
                &quoted,
                path,
                &format!("Member must have length less than or equal to {max}"),
            );
        }
        if let Some(min) = shape.min.filter(|min| length < *min) {
            self.refuse(
                &quoted,
                path,
                &format!("Member must have length greater than or equal to {min}"),
            );
        }
        if let Some(pattern) = &shape.pattern
            && !shape.matches(text)
        {
            self.refuse(
                &quoted,
                path,
                &format!("Member must satisfy regular expression pattern: {pattern}"),
            );
        }
    }

    fn length(&mut self, shape: &Shape, length: usize, value: &Value, path: &str) {
        self.bounds(shape, length as f64, value, path, "length");
    }

    fn range(&mut self, shape: &Shape, number: f64, value: &Value, path: &str) {
        self.bounds(shape, number, value, path, "value");
    }

    fn bounds(&mut self, shape: &Shape, size: f64, value: &Value, path: &str, what: &str) {
        let quoted = format!("'{value}'");
        if let Some(max) = shape.max.filter(|max| size > *max) {
            self.refuse(
                &quoted,
                path,
                &format!("Member must have {what} less than or equal to {max}"),
            );
        }
        if let Some(min) = shape.min.filter(|min| size < *min) {
            self.refuse(
                &quoted,
                path,
                &format!("Member must have {what} greater than or equal to {min}"),
            );
        }
    }

    fn refuse(&mut self, value: &str, path: &str, constraint: &str) {
        self.constraints.push(format!(
            "Value {value} at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }
}

/// AWS names members in its messages with a small first letter
fn join(path: &str, member: &str) -> String {
    let mut letters = member.chars();
    let small = letters.next().map(|first| first.to_ascii_lowercase());
    let member: String = small.into_iter().chain(letters).collect();
    if path.is_empty() {
        member
    } else {
        format!("{path}.{member}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_reference_in_the_shapes_resolves() {
        for model in [&*SAGEMAKER, &*GLUE, &*CLOUDWATCH] {
            for (name, shape) in &model.shapes {
                let parts = [&shape.member, &shape.key, &shape.value];
                for reference in shape.members.values().chain(parts.into_iter().flatten()) {
                    assert!(
                        model.shapes.contains_key(reference),
                        "{name} -> {reference}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_pattern_compiles() {
        for model in [&*SAGEMAKER, &*GLUE, &*CLOUDWATCH] {
            for shape in model.shapes.values() {
                shape.matches("");
            }
        }
    }

    #[test]
    fn a_name_must_not_end_in_a_hyphen() {
        let refused = SAGEMAKER.check(
            "CreateModelPackage",
            &json!({"ModelPackageGroupName": "housing-"}),
        );
        let message = refused
            .expect("a known operation")
            .expect_err("refused")
            .message;
        assert!(
            message.contains("(?<!-)"),
            "AWS's own pattern is quoted: {message}"
        );
    }
}
