//! Why a plan could not be held against its verdict, or its apply did not end well.

use gha::{Class, Failure};
use miette::Diagnostic;
use project::ProjectError;

/// Why there was no apply, or no good end of one. That a plan is refused is an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project, its plan or Terraform.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// The policies could not be evaluated anew.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Policies(#[from] policy_check::Error),
    /// The models could not be looked up anew.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Models(#[from] model_approval::Error),
    /// The state is not Terraform's.
    #[error("the current state cannot be read")]
    #[diagnostic(help("see what `terraform state pull` prints"))]
    State(#[source] serde_json::Error),
    /// Something could not be put into JSON.
    #[error("failed to write the evidence down; this is a bug in Towpath")]
    Serialize(#[from] serde_json::Error),
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Project(error) => error.class(),
            Self::Policies(error) => error.class(),
            Self::Models(error) => error.class(),
            Self::State(_) => Class::OutsideService,
            Self::Serialize(_) => Class::Ours,
        }
    }
}
