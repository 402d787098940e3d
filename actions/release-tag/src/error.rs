//! Why no release can be worked out or made.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;
use settings::SettingsError;
use worktree::WorktreeError;

use crate::version::VersionError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// `towpath.yaml` cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] SettingsError),
    /// The git repository cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Worktree(#[from] WorktreeError),
    /// There is no repository.
    #[error("this folder is in no git repository")]
    #[diagnostic(help("run it in a checkout: `actions/checkout` with `fetch-depth: 0`"))]
    NoRepository,
    /// There is no commit.
    #[error("there is no commit to release")]
    #[diagnostic(help("commit something first"))]
    NoCommit,
    /// No version can be given.
    #[error("failed to work out the next version{}", of_package(package))]
    #[diagnostic(forward(source))]
    Version {
        /// The package.
        package: String,
        /// Why.
        #[diagnostic_source]
        source: VersionError,
    },
    /// One version for several packages.
    #[error("a version, a step or notes were given for several packages")]
    #[diagnostic(help("name one with `package`: `{}`", known.join("`, `")))]
    WhichPackage {
        /// The packages.
        known: Vec<String>,
    },
    /// The notes cannot be written.
    #[error("failed to write the notes into `{file}`")]
    WriteNotes {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The runner's files cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
}

fn of_package(package: &str) -> String {
    match package {
        "" => String::new(),
        package => format!(" of `{package}`"),
    }
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Settings(_)
            | Self::Worktree(_)
            | Self::NoRepository
            | Self::NoCommit
            | Self::Version { .. }
            | Self::WhichPackage { .. } => Class::BadInput,
            Self::WriteNotes { .. } => Class::Ours,
            Self::Host(error) => error.class(),
        }
    }
}
