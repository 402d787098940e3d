//! Why there was no rollout at all. One that failed is an answer, and not here.

use aws_env::AwsError;
use camino::Utf8PathBuf;
use evidence_store::StoreError;
use gha::{Class, Failure, HostError};
use kube_rollout::{
    AccessError, ClusterError, ImageError, RolloutError, SettingError, manifest::ManifestError,
};
use miette::Diagnostic;
use settings::SettingsError;

/// Why there is no answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// `towpath.yaml` cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] SettingsError),
    /// The runner's files cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Host(#[from] HostError),
    /// Evidence cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Store(#[from] StoreError),
    /// The manifests cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Manifest(#[from] ManifestError),
    /// The images cannot be pinned.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Image(#[from] ImageError),
    /// The values cannot be given.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Setting(#[from] SettingError),
    /// The tool that makes manifests is not there, or makes none.
    #[error("`{path}` could not be rendered: {problem}")]
    #[diagnostic(help("{help}"))]
    Render {
        /// The folder.
        path: Utf8PathBuf,
        /// What is wrong, in the tool's words.
        problem: String,
        /// What to do.
        help: String,
    },
    /// The canary's check cannot be asked.
    #[error("`{url}` cannot be asked")]
    #[diagnostic(help("check `rollouts.<application>.canary.check.url`"))]
    Check {
        /// The address.
        url: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A name that cannot be one of Kubernetes.
    #[error("`{name}` cannot be the name of {what}")]
    #[diagnostic(help("use lower-case letters, digits and `-`, at most 40 of them"))]
    Name {
        /// The name.
        name: String,
        /// Of what.
        what: &'static str,
    },
    /// AWS cannot be reached as anybody.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Aws(#[from] AwsError),
    /// The cluster cannot be reached.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Access(#[from] AccessError),
    /// The cluster does not let us in; the help is what lets us in.
    #[error("cluster `{cluster}` does not let `{caller}` in")]
    #[diagnostic(help("{help}"))]
    NotLetIn {
        /// The cluster.
        cluster: String,
        /// Our ARN.
        caller: String,
        /// Terraform.
        help: String,
        /// What the cluster said.
        source: Box<ClusterError>,
    },
    /// The rollout did not begin.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rollout(#[from] Box<RolloutError>),
    /// The runtime could not be started.
    #[error("failed to start the runtime for calls to the cluster")]
    Runtime(#[source] std::io::Error),
}

impl From<RolloutError> for Error {
    fn from(error: RolloutError) -> Self {
        Self::Rollout(Box::new(error))
    }
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Settings(_)
            | Self::Manifest(_)
            | Self::Image(_)
            | Self::Setting(_)
            | Self::Render { .. }
            | Self::Check { .. }
            | Self::Name { .. }
            | Self::NotLetIn { .. } => Class::BadInput,
            Self::Host(error) => error.class(),
            Self::Store(StoreError::Write { .. })
            | Self::Runtime(_)
            | Self::Aws(AwsError::Runtime(_)) => Class::Ours,
            Self::Store(
                StoreError::Read { .. }
                | StoreError::NotEvidence { .. }
                | StoreError::Ambiguous { .. },
            ) => Class::BadInput,
            Self::Aws(
                AwsError::NoRegion | AwsError::NoCredentials { .. } | AwsError::OtherAccount { .. },
            ) => Class::BadInput,
            Self::Access(AccessError::Kubeconfig { .. } | AccessError::Credentials { .. }) => {
                Class::BadInput
            }
            Self::Access(
                AccessError::Describe { .. }
                | AccessError::NotActive { .. }
                | AccessError::Private { .. },
            ) => Class::OutsideService,
            Self::Rollout(error) => match error.as_ref() {
                RolloutError::NoNamespace { .. }
                | RolloutError::Rights { .. }
                | RolloutError::Canary(_) => Class::BadInput,
                RolloutError::Locked { .. } | RolloutError::TakenOver { .. } => {
                    Class::OutsideService
                }
                RolloutError::Cluster(
                    ClusterError::Unauthorized
                    | ClusterError::Forbidden { .. }
                    | ClusterError::Conflict { .. }
                    | ClusterError::UnknownKind { .. }
                    | ClusterError::Refused { .. },
                ) => Class::BadInput,
                RolloutError::Cluster(
                    ClusterError::Unreachable { .. } | ClusterError::Other { .. },
                ) => Class::OutsideService,
            },
        }
    }
}
