//! The report as one JSON document, for programs.
//!
//! The shape is stable: fields are added, never renamed, and [`SCHEMA_VERSION`] changes if one must go.
//!
//! ```json
//! {
//!   "schema_version": 1,
//!   "tool": "policy-check",
//!   "outcome": "denied",                  one word
//!   "ok": false,                          whether the work may go on
//!   "counts": { "deny": 1, "warn": 0 },
//!   "facts": {                            by name
//!     "plan": "4f1c9a2e",
//!     "resources": 38,
//!     "rules": { "part": 1, "whole": 43 }
//!   },
//!   "reasons": [],                        why, where no finding says it
//!   "findings": [],                       ranked, each as in `evidence::Finding`
//!   "sections": []                        { "title", "lines" }
//! }
//! ```

use std::collections::BTreeMap;

use evidence::Finding;
use serde::Serialize;

use crate::{Counts, Fact, Report};

/// The version of the document's shape.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    tool: &'a str,
    outcome: &'a str,
    ok: bool,
    counts: Counts,
    facts: BTreeMap<String, Value<'a>>,
    reasons: &'a [String],
    findings: Vec<&'a Finding>,
    sections: Vec<Section<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Count(u64),
    Share { part: u64, whole: u64 },
    Text(&'a str),
}

#[derive(Serialize)]
struct Section<'a> {
    title: &'a str,
    lines: &'a [String],
}

/// `report` as one JSON document that ends with a line feed.
pub fn json(report: &Report<'_>) -> String {
    write(&Document {
        schema_version: SCHEMA_VERSION,
        tool: report.tool,
        outcome: report.outcome.label,
        ok: report.outcome.ok,
        counts: report.counts(),
        facts: report.facts.iter().map(entry).collect(),
        reasons: &report.reasons,
        findings: report.ranked(),
        sections: report
            .sections
            .iter()
            .map(|section| Section {
                title: &section.title,
                lines: &section.lines,
            })
            .collect(),
    })
}

fn entry(fact: &Fact) -> (String, Value<'_>) {
    match fact {
        Fact::Count { noun, count } => (format!("{noun}s"), Value::Count(*count)),
        Fact::Share { noun, part, whole } => (
            format!("{noun}s"),
            Value::Share {
                part: *part,
                whole: *whole,
            },
        ),
        Fact::Name { name, value } => (name.clone(), Value::Text(value)),
        Fact::Plain { name, text } => (name.clone(), Value::Text(text)),
    }
}

/// `document`, indented. Types and not `serde_json::Value` go in, so that the order of the keys is ours and does not
/// depend on the features that another crate asks of `serde_json`.
pub(crate) fn write(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document)
        .expect("keys are strings, and writing to memory cannot fail");
    text.push('\n');
    // the same value in JSON, but no command where somebody prints the document in a log
    text.replace("##[", "#\\u0023[")
}
