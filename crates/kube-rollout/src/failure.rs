//! What can go wrong with a rollout: classes, how bad each is, and what stands as proof.
//!
//! The class is the answer that a person needs; the judgement decides how long it may last. Both are values without a clock: the
//! clock is the [`Tracker`](crate::Tracker)'s argument.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::object::ObjectRef;

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// The registry does not have the image, or its name is none.
    ImageMissing,
    /// The registry refuses these nodes.
    PullRefused,
    /// The registry does not answer, or fails.
    RegistryUnreachable,
    /// The container ends again and again.
    CrashLoop,
    /// The container is killed for the memory that it takes.
    OutOfMemory,
    /// The command cannot be started.
    BadCommand,
    /// A ConfigMap, Secret, key or service account is not there.
    ConfigMissing,
    /// A container that must end before the others start fails.
    InitContainer,
    /// A probe fails.
    Probe,
    /// A quota or limit leaves no room for the pod.
    Quota,
    /// No node takes the pod.
    Unschedulable,
    /// A volume cannot be had or mounted.
    Volume,
    /// A webhook, policy or standard refuses the pod, or cannot be asked.
    Admission,
    /// A node went away or threw the pod out.
    NodeLost,
    /// A Job gave up.
    JobFailed,
    /// A controller says that its object failed.
    Condition,
    /// The canary's check says that it is worse.
    Check,
    /// It took too long.
    Deadline,
}

impl Class {
    /// For a person: `crash loop`.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImageMissing => "image missing",
            Self::PullRefused => "pull refused",
            Self::RegistryUnreachable => "registry unreachable",
            Self::CrashLoop => "crash loop",
            Self::OutOfMemory => "out of memory",
            Self::BadCommand => "bad command",
            Self::ConfigMissing => "config or secret missing",
            Self::InitContainer => "init container failing",
            Self::Probe => "probe failing",
            Self::Quota => "quota exceeded",
            Self::Unschedulable => "unschedulable",
            Self::Volume => "volume",
            Self::Admission => "admission refused",
            Self::NodeLost => "node lost",
            Self::JobFailed => "job failed",
            Self::Condition => "failed by its controller",
            Self::Check => "canary check failing",
            Self::Deadline => "deadline",
        }
    }

    /// What to do about it, where that is the same whatever the details.
    pub fn remedy(self) -> Option<&'static str> {
        Some(match self {
            Self::ImageMissing => {
                "push the image first, and pin it by the digest that the push reported"
            }
            Self::PullRefused => {
                "give the nodes' role `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`, and the repository a policy that admits their account"
            }
            Self::RegistryUnreachable => {
                "check the nodes' route to the registry: NAT, VPC endpoints for ECR and S3, security groups"
            }
            Self::OutOfMemory => {
                "raise `resources.limits.memory`, or let the application take less"
            }
            Self::Quota => "raise the quota, or leave room for the surge (`maxSurge: 0`)",
            Self::Unschedulable => {
                "lower the pod's requests, add nodes, or loosen its selectors and tolerations"
            }
            Self::Probe => {
                "compare the probe's path, port and delay with what the application serves"
            }
            Self::CrashLoop
            | Self::BadCommand
            | Self::ConfigMissing
            | Self::InitContainer
            | Self::Volume
            | Self::Admission
            | Self::NodeLost
            | Self::JobFailed
            | Self::Condition
            | Self::Check
            | Self::Deadline => return None,
        })
    }
}

impl Class {
    /// Whether a container ran, and so may have said why.
    pub(crate) fn has_logs(self) -> bool {
        matches!(
            self,
            Self::CrashLoop
                | Self::OutOfMemory
                | Self::InitContainer
                | Self::Probe
                | Self::JobFailed
                | Self::Deadline
        )
    }
}

impl fmt::Display for Class {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// How long a sign may last before the rollout fails of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It will not heal by itself.
    Permanent,
    /// It may heal within a time.
    Budget(Duration),
    /// It heals as a rule; only the deadline ends it.
    Transient,
}

/// How long what may heal may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// The whole rollout, or one workload without progress.
    pub deadline: Duration,
    /// The registry does not answer.
    pub registry: Duration,
    /// No node takes the pod, and none is coming.
    pub unschedulable: Duration,
    /// A node is coming.
    pub new_node: Duration,
    /// A volume is not attached or mounted.
    pub volume: Duration,
    /// A ConfigMap or key is missing that a controller may be about to write.
    pub config: Duration,
    /// A webhook cannot be asked.
    pub webhook: Duration,
    /// No room in the quota: old pods may be about to free it.
    pub quota: Duration,
    /// How often a container may end before it counts as a crash loop.
    pub restarts: u32,
    /// How long everything must stay as it should be before it counts as proven.
    pub steady: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(600),
            registry: Duration::from_secs(120),
            unschedulable: Duration::from_secs(60),
            new_node: Duration::from_secs(600),
            volume: Duration::from_secs(120),
            config: Duration::from_secs(3),
            webhook: Duration::from_secs(60),
            quota: Duration::from_secs(2),
            restarts: 1,
            steady: Duration::from_secs(2),
        }
    }
}

/// Something that is wrong with one object, now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sign {
    /// What.
    pub class: Class,
    /// How long it may last.
    pub judgement: Judgement,
    /// Where it shows: a pod, or the workload itself.
    pub object: ObjectRef,
    /// In which container.
    pub container: Option<String>,
    /// A fragment for a person: `container app exited 1, 2nd time`.
    pub text: String,
}

/// Why a rollout failed, with its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub class: Class,
    /// The object that was applied.
    pub workload: ObjectRef,
    /// Where it shows.
    pub object: ObjectRef,
    /// In which container.
    pub container: Option<String>,
    /// One sentence without a full stop.
    pub sentence: String,
    /// What the cluster says about it, most telling first.
    pub events: Vec<String>,
    /// The last lines of the container that ended.
    pub logs: Vec<String>,
    /// What to do.
    pub remedy: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.class, self.sentence)
    }
}

impl Failure {
    /// One line: with the last words of the container where there are some.
    pub fn headline(&self) -> String {
        let last = self.logs.iter().rev().find(|line| !line.trim().is_empty());
        match (last, &self.container) {
            (Some(last), Some(container))
                if matches!(self.class, Class::CrashLoop | Class::InitContainer) =>
            {
                format!(
                    "{}: `{}` in container {container} ({})",
                    self.class,
                    last.trim(),
                    self.sentence
                )
            }
            _ => self.to_string(),
        }
    }
}
