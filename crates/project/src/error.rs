//! Why the project at hand cannot be worked on.
//!
//! Each variant but a few is an error of the room that it comes from, with that room's text and hint.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;

/// Why an action cannot work on this project.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ProjectError {
    /// `towpath.yaml` cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] settings::SettingsError),
    /// The git repository cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Worktree(#[from] worktree::WorktreeError),
    /// There is no usable terraform or tofu.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] terraform::FindError),
    /// Terraform failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Terraform(Box<terraform::Error>),
    /// The configuration is not valid.
    #[error(
        "the configuration in `{root}` is not valid: {errors} error{}",
        if *errors == 1 { "" } else { "s" }
    )]
    #[diagnostic(help("mend what terraform reports above"))]
    InvalidConfiguration {
        /// How many errors there are.
        errors: usize,
        /// The root module.
        root: Utf8PathBuf,
    },
    /// The saved plan cannot be read.
    #[error("failed to read the saved plan `{path}`")]
    #[diagnostic(help("make it with `towpath terraform-plan`"))]
    ReadPlan {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The private copy of the plan cannot be made.
    #[error("failed to make a private copy of the saved plan")]
    CopyPlan(#[source] std::io::Error),
    /// The file is not a saved plan.
    #[error(transparent)]
    #[diagnostic(transparent)]
    SavedPlan(#[from] tfplan::SavedPlanError),
    /// The plan's JSON is not one.
    #[error(transparent)]
    #[diagnostic(transparent)]
    PlanJson(#[from] tfplan::PlanJsonError),
    /// Evidence cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Store(#[from] evidence_store::StoreError),
    /// The runner's files cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
}

impl From<terraform::Error> for ProjectError {
    fn from(error: terraform::Error) -> Self {
        Self::Terraform(Box::new(error))
    }
}

fn class(class: terraform::Class) -> Class {
    match class {
        terraform::Class::BadInput => Class::BadInput,
        terraform::Class::OutsideService => Class::OutsideService,
        terraform::Class::Failure => Class::Ours,
    }
}

impl Failure for ProjectError {
    fn class(&self) -> Class {
        match self {
            Self::Settings(_)
            | Self::Worktree(_)
            | Self::InvalidConfiguration { .. }
            | Self::ReadPlan { .. }
            | Self::SavedPlan(_)
            | Self::PlanJson(_) => Class::BadInput,
            Self::Tool(error) => class(error.class()),
            Self::Terraform(error) => class(error.class()),
            Self::CopyPlan(_) => Class::Ours,
            Self::Store(error) => match error {
                evidence_store::StoreError::Write { .. } => Class::Ours,
                evidence_store::StoreError::Read { .. }
                | evidence_store::StoreError::NotEvidence { .. }
                | evidence_store::StoreError::Ambiguous { .. } => Class::BadInput,
            },
            Self::Host(error) => error.class(),
        }
    }
}
