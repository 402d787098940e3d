//! Conftest's `parse_config`, `parse_config_file` and `parse_combined_config_files`, which tests use to make inputs.
//!
//! A relative path starts at the folder of the policy that calls. An extension does not learn where it is called from,
//! so the guard layer rewrites a call of the two file functions into an internal name with the folder as one more
//! argument.

use super::{Answer, Builtin, kind, text};
use crate::documents::{self, Parser};
use camino::{Utf8Path, Utf8PathBuf};
use regorus::Value;

/// Prefix of names that a policy cannot call by itself.
pub(super) const INTERNAL: &str = "located_";

/// The file functions as policies call them.
pub(super) const AS_WRITTEN: [(&str, usize); 2] =
    [("parse_config_file", 1), ("parse_combined_config_files", 1)];

/// The internal name of a function that needs the folder of its caller.
pub(crate) fn located_name(name: &str) -> Option<&'static str> {
    match name {
        "parse_config_file" => Some("located_parse_config_file"),
        "parse_combined_config_files" => Some("located_parse_combined_config_files"),
        _ => None,
    }
}

pub(super) fn builtins() -> Vec<Builtin> {
    vec![
        Builtin::new("parse_config", 2, |params| {
            let parser = Parser::named(text(&params[0])?).map_err(|e| e.to_string())?;
            let parsed = documents::parse(parser, "parse_config", text(&params[1])?);
            parsed.map(Value::from).map_err(|e| chain(&e))
        }),
        Builtin::new("located_parse_config_file", 2, |params| {
            read(text(&params[0])?, text(&params[1])?).map(|(_, value)| value.into())
        }),
        Builtin::new("located_parse_combined_config_files", 2, |params| {
            let folder = text(&params[0])?;
            let Value::Array(paths) = &params[1] else {
                return Err(format!(
                    "expects an array of paths, got {}",
                    kind(&params[1])
                ));
            };
            let mut files = Vec::new();
            for path in paths.iter() {
                files.push(read(folder, text(path)?)?);
            }
            Ok(documents::combine(files).into()) as Answer
        }),
    ]
}

fn read(folder: &str, path: &str) -> Result<(String, serde_json::Value), String> {
    let full: Utf8PathBuf = Utf8Path::new(folder).join(path);
    let document = documents::read(&full, None).map_err(|e| chain(&e))?;
    Ok((path.to_owned(), document))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    text
}
