//! Why nothing can be said about a definition. None of these is ever a pass.

use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;

/// Why there is no answer. That a definition has defects is an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The file cannot be read.
    #[error("failed to read `{path}`")]
    #[diagnostic(help("check the path"))]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no JSON.
    #[error("`{path}` is no JSON")]
    #[diagnostic(help(
        "a definition is what `DescribePipeline` and the SDK's `pipeline.definition()` give"
    ))]
    Parse {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The file is JSON, and not a definition.
    #[error("`{path}` is no pipeline definition: it has no `Steps`")]
    #[diagnostic(help(
        "a definition is what `DescribePipeline` and the SDK's `pipeline.definition()` give"
    ))]
    NotADefinition {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The result cannot be given to the runner.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Read { .. } | Self::Parse { .. } | Self::NotADefinition { .. } => Class::BadInput,
            Self::Host(error) => error.class(),
        }
    }
}
