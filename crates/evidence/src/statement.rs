//! The envelope of evidence: an in-toto Statement v1.
//!
//! A statement says something (the predicate) about named things (the subjects), which are told apart by their
//! sha256 digests. Two statements are about the same plan when their subjects say so, not when their files lie in
//! the same folder.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{PlanDigest, Sha256};

const TYPE: &str = "https://in-toto.io/Statement/v1";

/// What a piece of evidence is about, and the name of its file.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// What a plan does, and where it came from.
    TerraformPlan,
    /// What the policies found.
    PolicyCheck,
    /// Which model packages would serve, and who approved them.
    ModelApproval,
    /// The verdict over the others.
    Verdict,
    /// What was applied.
    TerraformApply,
    /// What was rolled out on Kubernetes, and what serves.
    EksRollout,
}

impl Kind {
    /// The name in file names and in `predicateType`.
    pub fn name(self) -> &'static str {
        match self {
            Self::TerraformPlan => "terraform-plan",
            Self::PolicyCheck => "policy-check",
            Self::ModelApproval => "model-approval",
            Self::Verdict => "verdict",
            Self::TerraformApply => "terraform-apply",
            Self::EksRollout => "eks-rollout",
        }
    }

    fn predicate_type(self) -> String {
        format!("urn:towpath:evidence:{}:v1", self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a statement of one kind says.
pub trait Predicate: Serialize + DeserializeOwned {
    /// The kind of evidence that this predicate makes.
    const KIND: Kind;
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// What it is: `plan`, `plan.json`, `plan-digest`.
    pub name: String,
    /// Its digest.
    pub digest: SubjectDigest,
}

/// The digests of a subject; one kind is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SubjectDigest {
    /// The sha256 of the subject.
    pub sha256: Sha256,
}

impl Subject {
    /// The saved plan file, by its bytes.
    pub fn plan_file(sha256: Sha256) -> Self {
        Self::new("plan", sha256)
    }

    /// The redacted JSON of the plan, by its canonical bytes: what policies saw.
    pub fn plan_json(sha256: Sha256) -> Self {
        Self::new("plan.json", sha256)
    }

    /// What the plan does.
    pub fn plan_digest(digest: PlanDigest) -> Self {
        Self::new("plan-digest", digest.0)
    }

    /// Another thing.
    pub fn new(name: impl Into<String>, sha256: Sha256) -> Self {
        Self {
            name: name.into(),
            digest: SubjectDigest { sha256 },
        }
    }
}

/// A piece of evidence: one predicate about its subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statement<P> {
    #[serde(rename = "_type")]
    statement_type: String,
    /// What it is about.
    pub subject: Vec<Subject>,
    predicate_type: String,
    /// What it says.
    pub predicate: P,
}

/// Bytes that are no statement of the expected kind.
#[derive(Debug, thiserror::Error)]
pub enum NotAStatement {
    /// Not JSON, or not of the statement's shape.
    #[error("it does not have the shape of {kind} evidence")]
    Shape {
        /// What was expected.
        kind: Kind,
        /// Where it goes wrong.
        source: serde_json::Error,
    },
    /// A statement of another kind or version.
    #[error("it is `{found}`, expected `{expected}`")]
    Type {
        /// What was expected.
        expected: String,
        /// What the file says that it is.
        found: String,
    },
}

impl<P: Predicate> Statement<P> {
    /// Says `predicate` about `subject`.
    pub fn new(subject: Vec<Subject>, predicate: P) -> Self {
        Self {
            statement_type: TYPE.to_owned(),
            subject,
            predicate_type: P::KIND.predicate_type(),
            predicate,
        }
    }

    /// The bytes of an evidence file.
    ///
    /// # Errors
    /// None for the predicates of this crate; serde's signature has one.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads an evidence file.
    ///
    /// # Errors
    /// Bytes that are no statement, or one of another kind or version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, NotAStatement> {
        let shape = |source| NotAStatement::Shape {
            kind: P::KIND,
            source,
        };
        let any: Statement<serde_json::Value> = serde_json::from_slice(bytes).map_err(shape)?;
        for (expected, found) in [
            (TYPE, &any.statement_type),
            (&P::KIND.predicate_type(), &any.predicate_type),
        ] {
            if expected != found {
                return Err(NotAStatement::Type {
                    expected: expected.to_owned(),
                    found: found.clone(),
                });
            }
        }
        serde_json::from_slice(bytes).map_err(shape)
    }
}

impl<P> Statement<P> {
    /// The digest of the subject called `name`.
    pub fn subject(&self, name: &str) -> Option<&Sha256> {
        self.subject
            .iter()
            .find(|subject| subject.name == name)
            .map(|subject| &subject.digest.sha256)
    }
}
