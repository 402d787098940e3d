//! Why the models of a plan cannot be looked up at all.

use aws_env::AwsError;
use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;
use project::ProjectError;
use sagemaker_models::RegistryError;

/// Why there is no answer. That a package is not approved is an answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project cannot be worked on.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// The folder of release files cannot be read.
    #[error("failed to read the release files in `{folder}`")]
    ReadReleases {
        /// The folder.
        folder: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A release file does not say what it must.
    #[error("release file `{file}` does not pin a release")]
    #[diagnostic(help(
        "it needs `release` with `package`, `image` and `model_data` (`url` and `etag`)"
    ))]
    ReleaseFile {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        source: serde_yaml::Error,
    },
    /// AWS cannot be reached as anybody.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Aws(#[from] AwsError),
    /// The registry does not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Registry(RegistryError),
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
            Self::ReadReleases { .. } | Self::ReleaseFile { .. } => Class::BadInput,
            Self::Aws(AwsError::Runtime(_)) => Class::Ours,
            Self::Aws(
                AwsError::NoRegion | AwsError::NoCredentials { .. } | AwsError::OtherAccount { .. },
            ) => Class::BadInput,
            Self::Registry(_) => Class::OutsideService,
        }
    }
}
