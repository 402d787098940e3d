//! Why nothing could be reported.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use github_api::GitHubError;
use miette::Diagnostic;
use project::ProjectError;

/// Why there is no report. What it reports, a denial too, is no error.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project or its evidence cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// There is no environment to report about.
    #[error("there is no environment to report about")]
    #[diagnostic(help("name one with `environment`, or in `towpath.yaml`"))]
    NoEnvironment,
    /// A file cannot be written.
    #[error("failed to write `{path}`")]
    #[diagnostic(help("check the folder and its rights"))]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// GitHub does not take the report.
    #[error("failed to report to GitHub")]
    #[diagnostic(transparent)]
    GitHub(#[from] GitHubError),
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
            Self::NoEnvironment
            | Self::Write { .. }
            | Self::GitHub(GitHubError::NotARepository { .. }) => Class::BadInput,
            Self::GitHub(_) => Class::OutsideService,
        }
    }
}
