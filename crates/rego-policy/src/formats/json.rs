//! JSON with tabs, as scripts around Conftest read it. Empty lists are left out; standard input has an empty name.

use crate::outcome::{CheckResult, Outcome};
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};

#[derive(Serialize)]
struct Check<'a> {
    filename: &'a str,
    namespace: &'a str,
    successes: usize,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [Outcome],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failures: &'a [Outcome],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    exceptions: &'a [Outcome],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<String>,
}

/// Conftest's `json`.
pub fn json(results: &[CheckResult]) -> Result<String, serde_json::Error> {
    let checks: Vec<Check<'_>> = results
        .iter()
        .map(|result| Check {
            filename: if result.filename == "-" {
                ""
            } else {
                &result.filename
            },
            namespace: &result.namespace,
            successes: result.successes,
            warnings: &result.warnings,
            failures: &result.failures,
            exceptions: &result.exceptions,
            errors: result.errors.iter().map(ToString::to_string).collect(),
        })
        .collect();
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, PrettyFormatter::with_indent(b"\t"));
    checks.serialize(&mut serializer)?;
    out.push(b'\n');
    // Go escapes these, which stand in strings only, so that JSON can stand in HTML.
    let text = String::from_utf8_lossy(&out);
    let escaped = text.replace('<', "\\u003c").replace('>', "\\u003e");
    Ok(escaped.replace('&', "\\u0026"))
}
