//! Why no workflows can be made, checked or written.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;
use settings::SettingsError;

/// Why there is no answer. That files differ is an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The configuration cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] SettingsError),
    /// Something is missing in the configuration.
    #[error("workflows need `{key}`, and `towpath.yaml` has none")]
    #[diagnostic(help("{help}"))]
    Needs {
        /// The key.
        key: &'static str,
        /// What to do.
        help: String,
    },
    /// A name cannot stand in a workflow.
    #[error("`{name}` cannot be part of a job's name")]
    #[diagnostic(help(
        "rename it in `{key}`: letters, digits, `_` and `-`, beginning with a letter or `_`"
    ))]
    Name {
        /// The name.
        name: String,
        /// Where it stands.
        key: &'static str,
    },
    /// A value would be read as something else.
    #[error("`{value}` of `{key}` cannot stand in a workflow")]
    #[diagnostic(help(
        "use a value without spaces, quotes, `${{{{ }}}}` and what YAML reads as its own"
    ))]
    Value {
        /// The value.
        value: String,
        /// Where it stands.
        key: &'static str,
    },
    /// Steps of the team's own have no place.
    #[error("steps of your own have no place: {detail}")]
    #[diagnostic(help("{help}"))]
    Overlay {
        /// What does not exist.
        detail: String,
        /// What does.
        help: String,
    },
    /// What would be written breaks a rule.
    #[error("`{file}` would break the rule `{rule}`: {detail}")]
    #[diagnostic(help(
        "change what your own steps say there, or accept it for a time in `workflows.waive`"
    ))]
    Breaks {
        /// The file.
        file: Utf8PathBuf,
        /// The rule.
        rule: &'static str,
        /// What is wrong.
        detail: String,
    },
    /// A finding is accepted that does not exist, or no longer.
    #[error("`workflows.waive` accepts `{rule}` in `{workflow}`: {detail}")]
    #[diagnostic(help("remove it from `towpath.yaml`"))]
    Waiver {
        /// The rule.
        rule: String,
        /// The workflow.
        workflow: String,
        /// Why that has no meaning.
        detail: String,
    },
    /// A file is somebody else's.
    #[error("`{path}` is there, and was not generated")]
    #[diagnostic(help(
        "move it away, keep it as it is with `workflows.eject: [{name}]`, or write over it with `--force`"
    ))]
    NotOurs {
        /// The file.
        path: Utf8PathBuf,
        /// Its name without ending.
        name: String,
    },
    /// The line to explain is no line of a generated file.
    #[error("`{place}` is no line of a generated file")]
    #[diagnostic(help("write `<file>:<line>`, of one of: {files}"))]
    Place {
        /// What was asked.
        place: String,
        /// What there is.
        files: String,
    },
    /// A file cannot be read.
    #[error("failed to read `{path}`")]
    #[diagnostic(help("check the file and its rights"))]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("failed to write `{path}`")]
    #[diagnostic(help("check the folder and its rights"))]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A template is wrong: ours.
    #[error("failed to render `{file}`")]
    #[diagnostic(help("report this with your `towpath.yaml`"))]
    Render {
        /// The template.
        file: &'static str,
        /// Why.
        source: tera::Error,
    },
    /// The result cannot be given to the runner.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Settings(_)
            | Self::Needs { .. }
            | Self::Name { .. }
            | Self::Value { .. }
            | Self::Overlay { .. }
            | Self::Breaks { .. }
            | Self::Waiver { .. }
            | Self::NotOurs { .. }
            | Self::Place { .. }
            | Self::Read { .. }
            | Self::Write { .. } => Class::BadInput,
            Self::Render { .. } => Class::Ours,
            Self::Host(error) => error.class(),
        }
    }
}
