//! Built-in functions that replace the engine's, or that it does not have.
//!
//! The engine asks extensions before its own built-ins, so a name listed here wins. `sprintf` and `regex.*` follow Go's
//! rules instead of Rust's (D4, D5), `object.subset` does not panic (D7), the deprecated functions exist for Rego v0,
//! and `parse_config*` is Conftest's.
//!
//! An extension's error is an error in the engine's every mode, while OPA takes it for undefined unless it is asked to
//! be strict; so every extension is made for one mode, and answers undefined in the lenient one.

mod crypto;
mod deprecated;
mod parse_config;
mod regex;
mod sprintf;
mod subset;

use crate::policy_set::RegoVersion;
use regorus::{Engine, Value};
use std::sync::Arc;

/// Why a built-in failed.
#[derive(Debug, thiserror::Error)]
#[error("`{name}`: {message}")]
struct BuiltinError {
    name: &'static str,
    message: String,
}

type Answer = Result<Value, String>;
type Body = Arc<dyn Fn(&[Value]) -> Answer + Send + Sync>;

struct Builtin {
    name: &'static str,
    arity: u8,
    body: Body,
}

impl Builtin {
    fn new(
        name: &'static str,
        arity: u8,
        body: impl Fn(&[Value]) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            arity,
            body: Arc::new(body),
        }
    }
}

fn list(version: RegoVersion) -> Vec<Builtin> {
    let mut all = sprintf::builtins();
    all.extend(regex::builtins());
    all.extend(subset::builtins());
    all.extend(crypto::builtins());
    all.extend(parse_config::builtins());
    if version == RegoVersion::V0 {
        all.extend(deprecated::builtins());
    }
    all
}

/// A call that the guard layer replaces by its answer.
pub(crate) const RULE_METADATA: &str = "rego.metadata.rule";

/// What a policy may call beside the engine's own functions, with the number of arguments.
pub(crate) fn names(version: RegoVersion) -> Vec<(&'static str, usize)> {
    list(version)
        .iter()
        .map(|builtin| (builtin.name, usize::from(builtin.arity)))
        .chain(parse_config::AS_WRITTEN)
        .chain([(RULE_METADATA, 0)])
        .filter(|(name, _)| !name.starts_with(parse_config::INTERNAL))
        .collect()
}

pub(crate) use parse_config::located_name;

/// Gives them to an engine, for the strict or the lenient mode.
pub(crate) fn install(
    engine: &mut Engine,
    version: RegoVersion,
    strict: bool,
) -> Result<(), String> {
    for Builtin { name, arity, body } in list(version) {
        let extension = move |params: Vec<Value>| match body(&params) {
            Ok(value) => Ok(value),
            Err(_) if !strict => Ok(Value::Undefined),
            Err(message) => Err(BuiltinError { name, message }.into()),
        };
        engine
            .add_extension(name.to_owned(), arity, Box::new(extension))
            .map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("expected a string, got {}", kind(other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Set(_) => "a set",
        Value::Object(_) => "an object",
        Value::Undefined => "undefined",
    }
}
