//! Why no release can be worked out or made.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use github_api::GitHubError;
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
    /// No repository on GitHub, or nobody to be there.
    #[error("releases are made on GitHub, and `{variable}` is not set")]
    #[diagnostic(help("{help}"))]
    NoGitHub {
        /// What is missing.
        variable: &'static str,
        /// Where it comes from.
        help: &'static str,
    },
    /// GitHub does not answer, or says no.
    #[error(transparent)]
    #[diagnostic(transparent)]
    GitHub(#[from] GitHubError),
    /// Git says no.
    #[error("`git {operation}` failed: {detail}")]
    #[diagnostic(help(
        "see that the token has `contents: write`, and that no rule of the repository forbids it; nothing was done halfway, so run it again"
    ))]
    Git {
        /// The command.
        operation: String,
        /// What it said.
        detail: String,
    },
    /// Nobody else has the commit.
    #[error("commit {} is not on GitHub", crate::short(commit))]
    #[diagnostic(help("push it first"))]
    NotPushed {
        /// The commit.
        commit: String,
    },
    /// The tag leads to another commit.
    #[error(
        "the tag `{tag}` leads to {}, not to {}",
        crate::short(commit),
        crate::short(wanted)
    )]
    #[diagnostic(help("a tag is never moved: release this commit with the next version"))]
    TagElsewhere {
        /// The tag.
        tag: String,
        /// Where it leads.
        commit: String,
        /// Where it should.
        wanted: String,
    },
    /// A file of the release cannot be read.
    #[error("failed to read `{file}` for the release")]
    ReadFile {
        /// The file or folder.
        file: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is nothing to send.
    #[error("there are no files for the release in `{folder}`")]
    #[diagnostic(help("build them first, or leave `files` out"))]
    NoFiles {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// GitHub would give it another name.
    #[error("`{name}` would have another name on GitHub")]
    #[diagnostic(help("use letters, digits and `-_.+@`, and no dot at either end"))]
    FileName {
        /// The file.
        name: String,
    },
    /// GitHub takes no empty files.
    #[error("`{file}` is empty, which GitHub does not take")]
    EmptyFile {
        /// The file.
        file: Utf8PathBuf,
    },
    /// Digests that are not those of the files beside them.
    #[error("`{file}` does not list the files beside it with their digests")]
    #[diagnostic(help("remove it, or write it with `sha256sum` over all of them, sorted by name"))]
    OtherSums {
        /// The file.
        file: Utf8PathBuf,
    },
    /// A file that somebody writes to.
    #[error("`{file}` was changed while it was being released")]
    ChangedFile {
        /// The file.
        file: Utf8PathBuf,
    },
    /// What comes back is not what was sent.
    #[error("`{name}` came back from GitHub otherwise than it was sent")]
    #[diagnostic(help("nothing is published; run it again, and it is sent again"))]
    Differs {
        /// The file.
        name: String,
    },
    /// The script said no.
    #[error("the files of `{tag}` were not verified: {status}")]
    #[diagnostic(help(
        "nothing is published; mend the files or the script in `verify`, and run it again for the same commit"
    ))]
    NotVerified {
        /// The tag.
        tag: String,
        /// How the script ended.
        status: String,
    },
    /// The script cannot be run.
    #[error("failed to run `bash` for `verify`")]
    Bash(#[source] std::io::Error),
    /// There is no place to download to.
    #[error("failed to write into a temporary folder")]
    Temporary(#[source] std::io::Error),
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
            | Self::WhichPackage { .. }
            | Self::NoGitHub { .. }
            | Self::GitHub(GitHubError::NotARepository { .. })
            | Self::NotPushed { .. }
            | Self::TagElsewhere { .. }
            | Self::ReadFile { .. }
            | Self::NoFiles { .. }
            | Self::FileName { .. }
            | Self::EmptyFile { .. }
            | Self::OtherSums { .. }
            | Self::ChangedFile { .. }
            | Self::NotVerified { .. }
            | Self::Bash(_) => Class::BadInput,
            Self::WriteNotes { .. } | Self::Temporary(_) => Class::Ours,
            Self::GitHub(_) | Self::Git { .. } | Self::Differs { .. } => Class::OutsideService,
            Self::Host(error) => error.class(),
        }
    }
}
