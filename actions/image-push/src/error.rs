//! Why an image cannot be pushed at all. That a tag is taken, or that a scan found something, is an answer, and not here.

use aws_env::AwsError;
use camino::Utf8PathBuf;
use ecr_images::EcrError;
use gha::{Class, Failure, HostError};
use miette::Diagnostic;
use oci_image::{ImageError, NotAReference, RegistryError};
use project::ProjectError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project cannot be worked on.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// AWS cannot be reached as anybody.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Aws(#[from] AwsError),
    /// ECR does not answer, or says no.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Ecr(#[from] EcrError),
    /// The registry does not answer, or says no.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Registry(RegistryError),
    /// The image is damaged, or cannot be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),
    /// The runtime could not be started.
    #[error("failed to start the runtime for calls to the registry")]
    Runtime(#[source] std::io::Error),
    /// A name that is none.
    #[error(transparent)]
    Name(#[from] NotAReference),
    /// There is no repository.
    #[error("ECR has no repository `{name}`")]
    #[diagnostic(help(
        "create it with Terraform (`aws_ecr_repository`, as `iac/modules/registry` does), or mend `repository`"
    ))]
    NoRepository {
        /// Its name.
        name: String,
    },
    /// The repository is in another account than the one that the configuration allows.
    #[error("the repository belongs to account {found}, and `towpath.yaml` allows only {expected}")]
    #[diagnostic(help("use the credentials of account {expected}, or mend `aws.account`"))]
    OtherAccount {
        /// The account of the repository.
        found: String,
        /// The account that was configured.
        expected: String,
    },
    /// A platform that is none.
    #[error("`{platform}` is not a platform")]
    #[diagnostic(help("it looks like `linux/amd64`"))]
    Platform {
        /// What was given.
        platform: String,
    },
    /// A rule that leaves no tag.
    #[error("the rule `{rule}` leaves nothing that a tag may hold")]
    #[diagnostic(help(
        "a tag has letters, digits, `_`, `.` and `-`, and begins with a letter or a digit"
    ))]
    Tag {
        /// The rule.
        rule: String,
    },
    /// What is deployed is not told by a digest.
    #[error("`{text}` is not the digest that is deployed")]
    #[diagnostic(help("it looks like `sha256:<64 digits>`, or ends in that behind an `@`"))]
    Deployed {
        /// What was given.
        text: String,
    },
    /// The ignore file cannot be used.
    #[error("`{path}` has the pattern `{pattern}`, which means nothing")]
    Ignore {
        /// The file.
        path: Utf8PathBuf,
        /// The pattern.
        pattern: String,
    },
    /// The Dockerfile cannot be used.
    #[error("`{path}` cannot be built: {detail}")]
    Dockerfile {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        detail: String,
    },
    /// The Dockerfile asks for more than copying.
    #[error("`{path}` cannot be built by copying alone: {because}")]
    #[diagnostic(help(
        "use `builder: auto`, which takes docker, buildah or podman for it, or write it as the documentation shows"
    ))]
    NotByCopying {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        because: String,
    },
    /// There is no builder.
    #[error(
        "this Dockerfile needs a builder, and neither docker buildx nor buildah nor podman works here"
    )]
    #[diagnostic(help(
        "install one, start Docker's daemon, or push an image that is built already with `layout`"
    ))]
    NoBuilder,
    /// A builder failed.
    #[error("{builder} failed: {detail}")]
    Build {
        /// The builder.
        builder: &'static str,
        /// What it said last.
        detail: String,
    },
    /// A base image is not there.
    #[error("there is no base image `{name}`")]
    NoBase {
        /// Its name.
        name: String,
    },
    /// The locked packages cannot be had.
    #[error("failed to fetch the packages of `{lock}`: {detail}")]
    #[diagnostic(help(
        "every package needs a wheel for the target and its hash in the lock; `pip` has to be there for the interpreter that `TOWPATH_PYTHON` names, or `python3`"
    ))]
    Packages {
        /// The lock.
        lock: Utf8PathBuf,
        /// What pip said.
        detail: String,
    },
    /// A wheel that cannot be installed.
    #[error("the wheel `{file}` cannot be installed: {detail}")]
    Wheel {
        /// The file.
        file: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Somebody else pushes the same again and again.
    #[error("somebody else moves the tag of this image's fingerprint again and again")]
    #[diagnostic(help("give the job a `concurrency` group"))]
    Overtaken,
    /// A temporary folder cannot be made.
    #[error("failed to make a temporary folder")]
    Scratch(#[source] std::io::Error),
    /// A file of the build cannot be read or written.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<RegistryError> for Error {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Image(error) => Self::Image(error),
            error => Self::Registry(error),
        }
    }
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        Self::Project(error.into())
    }
}

impl From<evidence_store::StoreError> for Error {
    fn from(error: evidence_store::StoreError) -> Self {
        Self::Project(error.into())
    }
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Project(error) => error.class(),
            Self::Aws(AwsError::Runtime(_)) | Self::Runtime(_) | Self::Scratch(_) => Class::Ours,
            Self::Aws(
                AwsError::NoRegion | AwsError::NoCredentials { .. } | AwsError::OtherAccount { .. },
            )
            | Self::Name(_)
            | Self::NoRepository { .. }
            | Self::OtherAccount { .. }
            | Self::Platform { .. }
            | Self::Tag { .. }
            | Self::Deployed { .. }
            | Self::Ignore { .. }
            | Self::Dockerfile { .. }
            | Self::NotByCopying { .. }
            | Self::NoBuilder
            | Self::NoBase { .. }
            | Self::Wheel { .. }
            | Self::Read { .. } => Class::BadInput,
            Self::Image(ImageError::Write { .. }) => Class::Ours,
            Self::Image(_) => Class::BadInput,
            Self::Registry(RegistryError::Address { .. } | RegistryError::NoRepository { .. }) => {
                Class::BadInput
            }
            Self::Ecr(_)
            | Self::Registry(_)
            | Self::Build { .. }
            | Self::Overtaken
            | Self::Packages { .. } => Class::OutsideService,
        }
    }
}
