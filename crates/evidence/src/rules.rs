//! What a team asks of a plan before it may be applied, resolved: nothing is optional here.

use jiff::SignedDuration;
use serde::Serialize;
use wildmatch::WildMatch;

use crate::{Kind, Sha256};

/// The rules of one environment.
#[derive(Clone, Debug, Serialize)]
pub struct Rules {
    /// The evidence that must be there besides the plan's own.
    pub require: Vec<Requirement>,
    /// How old evidence may be.
    pub max_age: SignedDuration,
    /// Which destroys are expected.
    pub allow_destroy: Vec<AllowedDestroy>,
    /// Whether policies must have denied a known-bad plan before their pass is believed.
    pub require_canary: bool,
    /// Whether the plan must come from a commit, with nothing beside it in the working copy.
    pub require_commit: bool,
}

/// Evidence that a rule can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// Policies were evaluated.
    PolicyCheck,
    /// The models were looked up.
    ModelApproval,
}

impl Requirement {
    /// The kind of evidence that meets it.
    pub fn kind(self) -> Kind {
        match self {
            Self::PolicyCheck => Kind::PolicyCheck,
            Self::ModelApproval => Kind::ModelApproval,
        }
    }
}

/// A destroy that is expected, by address.
#[derive(Clone, Debug, Serialize)]
pub struct AllowedDestroy {
    /// The resource's full address; `*` stands for any characters.
    pub address: String,
    /// Why it may go.
    pub reason: String,
}

impl AllowedDestroy {
    /// Whether `address` is meant.
    pub fn covers(&self, address: &str) -> bool {
        WildMatch::new(&self.address).matches(address)
    }
}

impl Rules {
    /// The rules as a digest: a verdict holds only under the rules that it was made with.
    ///
    /// # Errors
    /// None in practice; serde's signature has one.
    pub fn digest(&self) -> Result<Sha256, serde_json::Error> {
        Ok(Sha256::of(serde_json::to_vec(self)?))
    }
}
