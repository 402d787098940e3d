//! A finding: what a rule says about one thing, and where a person looks first.
//!
//! The same type carries what a policy found in a plan, in a manifest or in any other document; the report formats
//! know only this. It names places by text and numbers; reading the file behind a place is the reader's business.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Excuse, Sha256};

/// How much a finding weighs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Shown, and nothing more.
    Warn,
    /// The verdict is a denial.
    Deny,
}

/// A place in a file. Lines and columns count from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// The path from the repository's root, with forward slashes.
    pub file: String,
    /// The first line.
    pub line: u32,
    /// The first column.
    #[serde(default = "one")]
    pub column: u32,
    /// The last line, the first one when it is not known.
    pub end_line: u32,
    /// The column behind the last character, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
}

fn one() -> u32 {
    1
}

impl Location {
    /// The start of one line.
    pub fn line(file: impl Into<String>, line: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column: 1,
            end_line: line,
            end_column: None,
        }
    }
}

/// What one rule says about one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule, for example `s3/encryption`.
    pub rule: String,
    /// How much it weighs.
    pub level: Level,
    /// What is wrong, for a person.
    pub message: String,
    /// The rule's title, when its policy has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The resource's full address, for a finding on a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Where to look first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Where to read more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// The file that the rule is written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_file: Option<String>,
    /// What else the policy said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, serde_json::Value>,
    /// What it is about, as a digest: the value that the rule objects to, or all that is planned for the resource. Nothing
    /// when it is not certain which resource that is; then no waiver excuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256>,
    /// By whom it is excused. Only reports have this: whoever judges holds waivers against findings anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Excuse>,
}
