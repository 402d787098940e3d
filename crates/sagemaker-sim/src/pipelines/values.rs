//! Values of a definition while it runs: `Get`, `Std:Join`, `Std:JsonGet`, and the conditions that compare them.
//!
//! Pure: what steps left behind (their properties, the contents of their property files) is in the [`Scope`].

use std::collections::BTreeMap;

use serde_json::Value;

use crate::wire::Object;
use crate::world::string;

/// What a value may refer to
#[derive(Debug)]
pub(super) struct Scope<'e> {
    pub(super) parameters: &'e BTreeMap<String, Value>,
    pub(super) execution: Object,
    pub(super) steps: BTreeMap<&'e str, Left<'e>>,
}

/// What a step left behind
#[derive(Debug, Clone, Copy)]
pub(super) struct Left<'e> {
    pub(super) properties: &'e Value,
    /// Property files by name
    pub(super) files: &'e BTreeMap<String, Value>,
}

impl Scope<'_> {
    /// The value with nothing left to be looked up
    pub(super) fn resolve(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Value::Object(members) => match only(members) {
                Some(("Get", path)) => self.get(path.as_str().unwrap_or_default()),
                Some(("Std:Join", join)) => self.join(join),
                Some(("Std:JsonGet", call)) => self.json_get(call),
                _ => members
                    .iter()
                    .map(|(name, item)| Ok((name.clone(), self.resolve(item)?)))
                    .collect(),
            },
            _ => Ok(value.clone()),
        }
    }

    fn get(&self, path: &str) -> Result<Value, String> {
        let (root, rest) = path.split_once('.').unwrap_or((path, ""));
        let found = match root {
            "Parameters" => self.parameters.get(rest),
            "Execution" => self.execution.get(rest),
            _ => {
                let (step, property) = rest.split_once('.').unwrap_or((rest, ""));
                self.steps
                    .get(step)
                    .and_then(|left| at(left.properties, property))
            }
        };
        found
            .cloned()
            .ok_or_else(|| format!("Failed to evaluate the reference '{path}'"))
    }

    fn join(&self, join: &Value) -> Result<Value, String> {
        let parts = join["Values"].as_array().map_or(&[][..], Vec::as_slice);
        let parts: Result<Vec<String>, String> = parts
            .iter()
            .map(|part| Ok(text(&self.resolve(part)?)))
            .collect();
        Ok(Value::String(parts?.join(&string(join, "On"))))
    }

    fn json_get(&self, call: &Value) -> Result<Value, String> {
        let (reference, path) = (string(&call["PropertyFile"], "Get"), string(call, "Path"));
        let parts: Vec<&str> = reference.split('.').collect();
        let file = match parts[..] {
            ["Steps", step, "PropertyFiles", file] => {
                self.steps.get(step).and_then(|left| left.files.get(file))
            }
            _ => None,
        };
        let file = file.ok_or_else(|| format!("Failed to read the property file '{reference}'"))?;
        let found = at(file, &path);
        found
            .cloned()
            .ok_or_else(|| format!("Failed to evaluate the JsonPath '{path}' on '{reference}'"))
    }

    /// Whether all conditions hold
    pub(super) fn all(&self, conditions: &Value) -> Result<bool, String> {
        for condition in conditions.as_array().into_iter().flatten() {
            if !self.holds(condition)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, condition: &Value) -> Result<bool, String> {
        let side = |name: &str| self.resolve(&condition[name]);
        let numbers = || -> Result<(f64, f64), String> {
            Ok((number(&side("LeftValue")?)?, number(&side("RightValue")?)?))
        };
        Ok(match condition["Type"].as_str().unwrap_or_default() {
            "Equals" => equal(&side("LeftValue")?, &side("RightValue")?),
            "GreaterThan" => numbers().map(|(left, right)| left > right)?,
            "GreaterThanOrEqualTo" => numbers().map(|(left, right)| left >= right)?,
            "LessThan" => numbers().map(|(left, right)| left < right)?,
            "LessThanOrEqualTo" => numbers().map(|(left, right)| left <= right)?,
            "In" => {
                let (wanted, list) = (side("QueryValue")?, side("Values")?);
                list.as_array()
                    .into_iter()
                    .flatten()
                    .any(|value| equal(value, &wanted))
            }
            "Not" => !self.holds(&condition["Expression"])?,
            "Or" => {
                for inner in condition["Conditions"].as_array().into_iter().flatten() {
                    if self.holds(inner)? {
                        return Ok(true);
                    }
                }
                false
            }
            other => return Err(format!("Unknown condition type '{other}'")),
        })
    }
}

/// A function call is an object of one member
fn only(members: &Object) -> Option<(&str, &Value)> {
    let mut members = members.iter();
    match (members.next(), members.next()) {
        (Some((name, value)), None) => Some((name, value)),
        _ => None,
    }
}

/// Follows `a.b[0]['name']`; a name picks that one from a list of named things
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut found = value;
    for part in path
        .replace('[', ".[")
        .split('.')
        .filter(|part| !part.is_empty())
    {
        let key = part.trim_matches(['[', ']']).trim_matches(['\'', '"']);
        found = match found {
            Value::Array(items) => match key.parse::<usize>() {
                Ok(index) => items.get(index)?,
                Err(_) => items.iter().find(|item| {
                    [
                        "OutputName",
                        "InputName",
                        "ChannelName",
                        "MetricName",
                        "Name",
                    ]
                    .iter()
                    .any(|member| item[*member] == key)
                })?,
            },
            _ => found.get(key)?,
        };
    }
    Some(found)
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => text(left) == text(right),
    }
}

fn number(value: &Value) -> Result<f64, String> {
    let found = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    found.ok_or_else(|| format!("{value} is not a number"))
}

/// As `Std:Join` writes a value
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
