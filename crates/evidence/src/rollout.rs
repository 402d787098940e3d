//! What a rollout on Kubernetes did: what was asked for, what serves now, and why if these are not the same.
//!
//! It is a record of what was done, like that of an apply, and nothing that is judged before one.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Kind, Predicate};

/// What a rollout did to a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutRecord {
    /// When the rollout ended.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// The environment, as `towpath.yaml` names it.
    pub environment: String,
    /// The application.
    pub application: String,
    /// The cluster's name, or `kubeconfig`.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
    /// The run that rolled out.
    pub run: String,
    /// The images that were asked for, by workload and container.
    pub images: Vec<RolledImage>,
    /// How it ended.
    pub ending: RolloutEnding,
    /// Why it failed.
    pub failure: Option<RolloutFailure>,
    /// What serves now.
    pub serving: Vec<Served>,
    /// Everything that happened.
    pub timeline: Vec<RolloutMoment>,
}

/// What one container was to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolledImage {
    /// `<workload>/<container>`.
    pub container: String,
    /// The image.
    pub image: String,
}

/// How a rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutEnding {
    /// What was asked for serves.
    Serves,
    /// The cluster's policies refused it, and nothing was changed.
    Refused,
    /// It failed, and the release before it serves again.
    RolledBack,
    /// It failed, and stays as it is.
    Failed,
    /// It failed, and so did the way back.
    Lost,
}

/// Why a rollout failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutFailure {
    /// The class, for example `crash-loop`.
    pub class: String,
    /// The object, for example `Pod frontend-6c9d-x2l`.
    pub object: String,
    /// One sentence.
    pub sentence: String,
}

/// What one workload serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Served {
    /// The workload.
    pub workload: String,
    /// The images of its ready pods, and how many run them.
    pub ready: std::collections::BTreeMap<String, u64>,
    /// How many pods there should be.
    pub wanted: i64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutMoment {
    /// Milliseconds since the beginning.
    pub after_ms: u64,
    /// What.
    pub what: String,
}

impl Predicate for RolloutRecord {
    const KIND: Kind = Kind::EksRollout;
}
