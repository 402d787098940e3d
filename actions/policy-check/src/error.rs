//! Why nothing can be said about an input. None of these is ever a pass.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;
use project::ProjectError;
use rego_policy::documents::DocumentError;
use rego_policy::{EvalError, LoadError, VerifyError};

/// Why there is no answer. That a plan is denied is an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project cannot be worked on.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// The policies cannot be loaded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Load(Box<LoadError>),
    /// The policies gave no answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Evaluate(Box<EvalError>),
    /// The policies' tests cannot be run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Verify(Box<VerifyError>),
    /// An input cannot be parsed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Document(#[from] DocumentError),
    /// An input cannot be read.
    #[error("failed to read `{path}`")]
    #[diagnostic(help("check the path, or make the plan with `towpath terraform-plan`"))]
    ReadInput {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file of waivers cannot be read.
    #[error("failed to read the waivers in `{path}`")]
    #[diagnostic(help("check `policy.waivers` in `towpath.yaml`"))]
    ReadWaivers {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// An input or a policy that is not text.
    #[error("`{path}` is not UTF-8 text")]
    #[diagnostic(help("give a saved plan, plan JSON, or a JSON, YAML or HCL document"))]
    NotText {
        /// The file.
        path: String,
    },
    /// An input that says nothing, which every policy would let pass.
    #[error("`{path}` holds no document")]
    #[diagnostic(help(
        "see what was meant to write it: an empty document would pass every policy"
    ))]
    Empty {
        /// The file.
        path: String,
    },
    /// A known-bad plan that is none.
    #[error("failed to read the known-bad plan `{path}`")]
    #[diagnostic(help("give the JSON of a plan that the policies must deny"))]
    Canary {
        /// The file.
        path: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Policies that cannot be trusted.
    #[error("the policies let `{path}` pass, a plan that is known to be bad")]
    #[diagnostic(help(
        "select the namespaces that are meant to judge plans, or mend the rules that stopped working"
    ))]
    CanaryPassed {
        /// The known-bad plan.
        path: String,
    },
    /// No such version of Rego.
    #[error("unknown version of Rego `{name}`")]
    #[diagnostic(help("choose `v0` or `v1`"))]
    RegoVersion {
        /// What was asked for.
        name: String,
    },
}

impl From<LoadError> for Error {
    fn from(error: LoadError) -> Self {
        Self::Load(Box::new(error))
    }
}

impl From<EvalError> for Error {
    fn from(error: EvalError) -> Self {
        Self::Evaluate(Box::new(error))
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        Self::Verify(Box::new(error))
    }
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        Self::Project(error.into())
    }
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Project(error) => error.class(),
            Self::Load(_)
            | Self::Evaluate(_)
            | Self::Verify(_)
            | Self::Document(_)
            | Self::ReadInput { .. }
            | Self::ReadWaivers { .. }
            | Self::NotText { .. }
            | Self::Empty { .. }
            | Self::Canary { .. }
            | Self::CanaryPassed { .. }
            | Self::RegoVersion { .. } => Class::BadInput,
        }
    }
}
