//! Data files: read, nested by folder and merged into the document that policies see as `data`.
//!
//! Two files that disagree are an error, and so is data where a rule is: the engine keeps the data and does not evaluate
//! the rule, so a data file could silence a denial.

use crate::error::{LoadError, PolicyProblem};
use crate::guard::Guarded;
use crate::sources::DataFile;
use crate::syntax;
use serde_json::Map;

pub(crate) type Document = Map<String, serde_json::Value>;

/// All data files as one document.
pub(crate) fn merge(files: &[DataFile]) -> Result<Document, LoadError> {
    let mut merged = Document::new();
    for file in files {
        let failed = |source| LoadError::Data {
            path: file.path.clone(),
            source,
        };
        let parsed: serde_json::Value = if file.path.ends_with(".json") {
            serde_json::from_str(&file.text).map_err(|e| failed(e.into()))?
        } else {
            serde_yaml::from_str(&file.text).map_err(|e| failed(e.into()))?
        };
        let nested = file.prefix.iter().rev().fold(parsed, |inner, key| {
            serde_json::Value::Object(Map::from_iter([(key.clone(), inner)]))
        });
        let serde_json::Value::Object(nested) = nested else {
            return Err(failed("expected a mapping at the top of the file".into()));
        };
        merge_objects(&mut merged, nested, String::new()).map_err(|key| {
            LoadError::DataConflict {
                path: file.path.clone(),
                key,
            }
        })?;
    }
    Ok(merged)
}

/// Merges `from` into `into`; an error names the path that both define.
fn merge_objects(into: &mut Document, from: Document, path: String) -> Result<(), String> {
    for (key, value) in from {
        let at = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match (into.get_mut(&key), value) {
            (None, value) => {
                into.insert(key, value);
            }
            (Some(serde_json::Value::Object(into)), serde_json::Value::Object(from)) => {
                merge_objects(into, from, at)?;
            }
            (Some(known), value) if *known == value => {}
            _ => return Err(at),
        }
    }
    Ok(())
}

/// Rules that data would replace: the engine keeps the data and does not evaluate the rule.
pub(crate) fn clashes(files: &[Guarded], data: &Document) -> Vec<PolicyProblem> {
    let mut problems = Vec::new();
    for file in files {
        let package = file.package.iter().try_fold(Some(data), |object, key| {
            match object.and_then(|object| object.get(key)) {
                None => Some(None),
                Some(serde_json::Value::Object(inner)) => Some(Some(inner)),
                Some(_) => None,
            }
        });
        for rule in &file.module.policy {
            let name = syntax::rule_name(rule);
            let clash = match package {
                Some(object) => object.is_some_and(|object| object.contains_key(&name)),
                None => true,
            };
            if clash {
                let path = format!("data.{}.{name}", file.namespace());
                let message =
                    format!("a data file defines `{path}` too, and would replace the rule");
                let span = syntax::rule_ref(rule).span();
                problems.push(
                    file.problem(crate::Problem::Rejected, span, message)
                        .help("move the data file to another folder, or rename the rule"),
                );
            }
        }
    }
    problems
}
