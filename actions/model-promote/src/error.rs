//! Why a promotion cannot be worked on at all. That a package may not be promoted is an answer, and not here.

use aws_env::AwsError;
use camino::Utf8PathBuf;
use gha::{Class, Failure, HostError};
use github_api::GitHubError;
use miette::Diagnostic;
use project::ProjectError;
use s3_objects::ObjectError;
use sagemaker_models::RegistryError;
use sagemaker_runtime::InvokeError;

use crate::release::EditError;

/// Why there is no answer.
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
    /// There is no release file.
    #[error("there is no release file `{file}`")]
    #[diagnostic(help("write the first one by hand, like `models/housing/prod.yaml`"))]
    NoReleaseFile {
        /// Where it would be.
        file: Utf8PathBuf,
    },
    /// There are several.
    #[error("several models have a release file: {}", known.join(", "))]
    #[diagnostic(help("name one with `model`"))]
    WhichModel {
        /// The models.
        known: Vec<String>,
    },
    /// A release file does not say what it must.
    #[error("release file `{file}` does not say what it must")]
    ReleaseFile {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        source: serde_yaml::Error,
    },
    /// A release file that cannot be changed in place.
    #[error("failed to pin another package in `{file}`")]
    #[diagnostic(help("write each key of `release` and `previous` on a line of its own"))]
    Edit {
        /// The file.
        file: Utf8PathBuf,
        /// What is in the way.
        source: EditError,
    },
    /// The release file cannot be written.
    #[error("failed to write `{file}`")]
    Write {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A package that is not one version of a group.
    #[error("`{package}` is not one version of a model package")]
    #[diagnostic(help(
        "it looks like `arn:aws:sagemaker:<region>:<account>:model-package/<group>/<version>`"
    ))]
    NotAPackage {
        /// What was given.
        package: String,
    },
    /// What the pipeline wrote cannot be read.
    #[error("`{address}` is not what the pipeline writes")]
    NotAnEvaluation {
        /// Where it lies.
        address: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The rollout takes longer than anybody waits.
    #[error("endpoint `{endpoint}` is still {status} after {seconds} seconds")]
    #[diagnostic(help(
        "look at it in the console; run this again when it is done, or give it more time with `wait`"
    ))]
    StillUnderWay {
        /// The endpoint.
        endpoint: String,
        /// What SageMaker says.
        status: String,
        /// How long we waited.
        seconds: u64,
    },
    /// There is nothing to tell which repository on GitHub this is, or who asks.
    #[error("`{variable}` is not set, so GitHub cannot be asked")]
    #[diagnostic(help("{help}"))]
    NoGitHub {
        /// What is not set.
        variable: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// A pull request is still being decided about.
    #[error("an approval is recorded after the merge, and this is a pull request")]
    #[diagnostic(help("run it on a push to the main branch, before the apply"))]
    NotMerged,
    /// Nobody knows which commit this is.
    #[error("nobody knows which commit the release file is from")]
    #[diagnostic(help("run it in a checkout, or set `GITHUB_SHA`"))]
    NoCommit,
    /// What is here is not what GitHub has.
    #[error("`{file}` is not the one that GitHub has at {at}")]
    #[diagnostic(help("check out `{at}` and change nothing in it"))]
    OtherFile {
        /// The file.
        file: String,
        /// The branch or commit.
        at: String,
    },
    /// GitHub does not answer, or says no.
    #[error(transparent)]
    #[diagnostic(transparent)]
    GitHub(#[from] GitHubError),
    /// AWS cannot be reached as anybody.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Aws(#[from] AwsError),
    /// The registry does not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Registry(#[from] RegistryError),
    /// S3 does not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Object(ObjectError),
    /// The endpoint does not answer.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Invoke(#[from] InvokeError),
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
            Self::ReadReleases { .. }
            | Self::NoReleaseFile { .. }
            | Self::WhichModel { .. }
            | Self::ReleaseFile { .. }
            | Self::Edit { .. }
            | Self::NotAPackage { .. }
            | Self::NoGitHub { .. }
            | Self::NotMerged
            | Self::NoCommit
            | Self::OtherFile { .. }
            | Self::GitHub(GitHubError::NotARepository { .. }) => Class::BadInput,
            Self::Write { .. } => Class::Ours,
            Self::Aws(AwsError::Runtime(_)) => Class::Ours,
            Self::Aws(
                AwsError::NoRegion | AwsError::NoCredentials { .. } | AwsError::OtherAccount { .. },
            ) => Class::BadInput,
            Self::NotAnEvaluation { .. }
            | Self::StillUnderWay { .. }
            | Self::GitHub(_)
            | Self::Registry(_)
            | Self::Object(_)
            | Self::Invoke(_) => Class::OutsideService,
        }
    }
}
