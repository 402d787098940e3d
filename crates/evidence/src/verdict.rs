//! The verdict: allowed, not enough evidence, or denied, and each reason for it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Kind, Predicate, Sha256, Statement};

/// What comes of judging, from the most permissive to the least.
///
/// The order is the point: a verdict is the worst of its reasons, so one more reason never makes it more permissive.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The plan may be applied.
    Allowed,
    /// Something must be shown or approved first.
    NotEnoughEvidence,
    /// The plan must not be applied.
    Denied,
}

impl Decision {
    /// The word that people read.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::NotEnoughEvidence => "not enough evidence",
            Self::Denied => "denied",
        }
    }

    /// The word that programs read: an action's output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::NotEnoughEvidence => "not-enough-evidence",
            Self::Denied => "denied",
        }
    }
}

/// One reason for a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What this reason alone would lead to.
    pub decision: Decision,
    /// The evidence that it comes from.
    pub from: Kind,
    /// What it is about: a resource's address, a model package, a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The reason, for people.
    pub text: String,
}

/// The evidence that a verdict rests on, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// Its kind.
    pub kind: Kind,
    /// Its file in the evidence folder.
    pub file: String,
    /// That file's digest.
    pub sha256: Sha256,
}

/// What the rules say about the evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The answer.
    pub decision: Decision,
    /// Why: the worst first. An allowed plan has none but notes.
    pub reasons: Vec<Reason>,
    /// What it rests on.
    pub evidence: Vec<Judged>,
    /// The rules that were applied, as a digest.
    pub rules: Sha256,
    /// The time that the evidence's age was counted to.
    #[schemars(with = "String")]
    pub judged_at: Timestamp,
    /// The environment that the plan is for.
    pub environment: String,
    /// The commit that was planned.
    pub commit: Option<String>,
}

impl Predicate for Verdict {
    const KIND: Kind = Kind::Verdict;
}

impl Statement<Verdict> {
    /// The reasons that keep the plan from being applied.
    pub fn objections(&self) -> impl Iterator<Item = &Reason> {
        self.predicate
            .reasons
            .iter()
            .filter(|reason| reason.decision != Decision::Allowed)
    }
}
