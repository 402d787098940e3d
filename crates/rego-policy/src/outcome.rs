//! What an evaluation says, in Conftest's terms.

use crate::error::RuleError;
use crate::position::Position;
use serde::Serialize;
use serde_json::{Map, Value};

/// The result for one input in one namespace.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CheckResult {
    /// The input.
    pub filename: String,
    /// The namespace.
    pub namespace: String,
    /// Rules that had nothing to say; every definition of a rule counts.
    pub successes: usize,
    /// What warn rules said.
    pub warnings: Vec<Outcome>,
    /// What deny and violation rules said.
    pub failures: Vec<Outcome>,
    /// Rules that an `exception` silenced, one entry for each exception.
    pub exceptions: Vec<Outcome>,
    /// Always empty: Towpath skips nothing. Kept for readers of Conftest's JSON.
    pub skipped: Vec<Outcome>,
    /// Rules that could not be judged. [`PolicySet::evaluate`](crate::PolicySet::evaluate) turns these into an error.
    #[serde(skip)]
    pub errors: Vec<RuleError>,
}

impl CheckResult {
    /// All that was counted.
    pub fn tests(&self) -> usize {
        self.successes + self.warnings.len() + self.failures.len() + self.exceptions.len()
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.successes += other.successes;
        self.warnings.extend(other.warnings);
        self.failures.extend(other.failures);
        self.exceptions.extend(other.exceptions);
        self.errors.extend(other.errors);
    }
}

/// One message of one rule.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// Its text.
    pub msg: String,
    /// Where in the input, when the policy said so with `_loc`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loc: Option<Loc>,
    /// Everything else the rule's object said, and `query`; empty for an exception.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
    /// Name of the rule, such as `deny_public`.
    #[serde(skip)]
    pub rule: String,
    /// Where the definition that spoke starts.
    #[serde(skip)]
    pub policy: Position,
}

/// A place in an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loc {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

impl Outcome {
    /// Reads a string, or an object with a string `msg`; nothing when it is neither.
    pub(crate) fn read(
        query: &str,
        rule: &str,
        policy: Position,
        value: &regorus::Value,
    ) -> Option<Self> {
        let mut metadata = Map::from_iter([("query".to_owned(), Value::from(query))]);
        let mut loc = None;
        let msg = match value {
            regorus::Value::String(msg) => msg.to_string(),
            regorus::Value::Object(_) => {
                let Value::Object(fields) = serde_json::to_value(value).ok()? else {
                    return None;
                };
                let msg = fields.get("msg")?.as_str()?.to_owned();
                for (key, value) in fields {
                    match key.as_str() {
                        "msg" => {}
                        "_loc" => loc = Some(location(&value)?),
                        _ => {
                            metadata.insert(key, value);
                        }
                    }
                }
                msg
            }
            _ => return None,
        };
        (!msg.is_empty()).then(|| Self {
            msg,
            loc,
            metadata,
            rule: rule.to_owned(),
            policy,
        })
    }
}

fn location(value: &Value) -> Option<Loc> {
    Some(Loc {
        file: value.get("file")?.as_str()?.to_owned(),
        line: value.get("line")?.as_u64()?,
    })
}
