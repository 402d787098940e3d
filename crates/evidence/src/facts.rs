//! What each kind of evidence says.
//!
//! These are facts, not judgements: a destroy is written down as a destroy, and whether it is allowed is for
//! [`judge`](crate::judge). Times are points on the UTC time line, given by whoever looked.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decision, Finding, Kind, Predicate, Reason, Sha256, Waiver};

/// What a saved plan does, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanFacts {
    /// When the plan was made.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// The environment, as `towpath.yaml` names it.
    pub environment: String,
    /// The folder of the root module, from the repository's root.
    pub root: String,
    /// The commit that was planned.
    pub commit: Option<String>,
    /// Whether the working copy held nothing but that commit.
    pub clean: bool,
    /// Terraform's workspace.
    pub workspace: String,
    /// The program and its version, for example `terraform 1.11.4`.
    pub tool: String,
    /// The state that the plan was made against.
    pub state: StateRef,
    /// The dependency lock file inside the plan.
    pub lock_file: Option<Sha256>,
    /// Every change of a resource, without those that do nothing.
    pub changes: Vec<PlannedChange>,
    /// Why this plan must not be applied at all: it errored, it is incomplete, a check fails.
    pub unusable: Vec<String>,
}

/// Which state, and which version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateRef {
    /// Stays the same over a state's life; empty before the first apply.
    pub lineage: String,
    /// Grows with each write.
    pub serial: u64,
}

/// One change of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedChange {
    /// The resource's full address.
    pub address: String,
    /// What happens: `create`, `update`, `replace`, `delete`, `forget`, ...
    pub action: String,
    /// Whether an object that exists now would be gone, or no longer managed.
    pub destroys: bool,
    /// What forces it, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
}

/// What a set of policies found in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyFacts {
    /// When the policies were evaluated.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// The policies, their data and the engine, as one digest.
    pub bundle: Sha256,
    /// The engine and its version.
    pub engine: String,
    /// Where the policies were read: the working copy, or the base commit of a pull request.
    pub read_from: String,
    /// The packages whose rules were evaluated.
    pub namespaces: Vec<String>,
    /// How many rules were evaluated.
    pub rules: u64,
    /// Whether this set of policies is known to deny anything at all.
    pub canary: Canary,
    /// What they found, before any waiver.
    pub findings: Vec<Finding>,
    /// The waivers for this environment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// The proof that a set of policies can deny: a plan known to be bad was put before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Canary {
    /// The known-bad plan was denied.
    Denied,
    /// There was no known-bad plan to try.
    Absent,
}

/// Which model packages a plan puts into service, and whether somebody approved them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalFacts {
    /// When the registry was asked.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// Every package that the plan or a changed release file names.
    pub packages: Vec<ModelPackage>,
    /// What would serve and cannot be traced to a package.
    pub unresolved: Vec<Unresolved>,
}

/// One model package as the registry knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelPackage {
    /// Its versioned ARN.
    pub arn: String,
    /// The addresses in the plan that lead to it.
    pub used_by: Vec<String>,
    /// The release files that pin it.
    pub pinned_by: Vec<String>,
    /// Where it stands.
    pub standing: Standing,
    /// Why it stands there, for people; empty when it is simply approved.
    pub because: Vec<String>,
    /// Who changed its approval last.
    pub approved_by: Option<String>,
    /// When its record was changed last.
    #[schemars(with = "Option<String>")]
    pub approved_at: Option<Timestamp>,
    /// What was written beside the approval.
    pub approval_note: Option<String>,
    /// The digest of the image that serves it.
    pub image_digest: Option<String>,
    /// Where its data lies.
    pub model_data: Option<String>,
    /// The entity tag of its data.
    pub model_data_etag: Option<String>,
}

/// Whether a model package may serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Approved, completed, and the same as pinned.
    Approved,
    /// Not approved yet; this pull request pins it, and merging is the approval.
    ApprovedByMerging,
    /// Waiting for approval.
    Pending,
    /// The registry could not be asked, or does not say.
    Unknown,
    /// Rejected.
    Rejected,
    /// Not what the release file pins, or its creation failed.
    Mismatch,
    /// No release file pins it.
    NotPinned,
}

/// Something that would serve and cannot be traced to a model package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unresolved {
    /// The address in the plan, or the release file.
    pub what: String,
    /// Why not.
    pub because: String,
}

/// What an apply did to the world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyRecord {
    /// When the apply ended.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// The reviewed verdict, by its file.
    pub verdict: Sha256,
    /// The commit that was applied.
    pub commit: Option<String>,
    /// Whether everything was applied.
    pub complete: bool,
    /// What became of each planned change.
    pub resources: Vec<ResourceResult>,
    /// The state afterwards, when it could be read.
    pub state: Option<StateRef>,
}

/// What became of one planned change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceResult {
    /// The resource's full address.
    pub address: String,
    /// How it went.
    pub state: ResourceState,
}

/// How far one planned change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceState {
    /// It was carried out.
    Changed,
    /// It was begun, and failed.
    Failed,
    /// It was never begun.
    NotStarted,
}

/// Which image a repository has under which tags, and what it was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRecord {
    /// When the push ended.
    #[schemars(with = "String")]
    pub produced_at: Timestamp,
    /// The image, as `towpath.yaml` names it.
    pub image: String,
    /// The repository, with its host.
    pub repository: String,
    /// What the tags lead to: `sha256:` and the digits.
    pub digest: String,
    /// The tags.
    pub tags: Vec<String>,
    /// The platform that it is for; several are in one index.
    pub platform: String,
    /// Whether anything was written to the repository.
    pub changed: bool,
    /// What built it: a builder's name, `none` when there was no need to, or the layout that it was read from.
    pub builder: String,
    /// What it was built from, as one digest; a layout has none.
    pub fingerprint: Option<Sha256>,
    /// The image that it was built upon, with its digest, when that is known.
    pub base: Option<String>,
    /// The commit that was checked out.
    pub commit: Option<String>,
    /// Whether the working copy held nothing but that commit.
    pub clean: bool,
}

impl Predicate for ImageRecord {
    const KIND: Kind = Kind::ImagePush;
}

impl Predicate for PlanFacts {
    const KIND: Kind = Kind::TerraformPlan;
}

impl Predicate for PolicyFacts {
    const KIND: Kind = Kind::PolicyCheck;
}

impl Predicate for ApprovalFacts {
    const KIND: Kind = Kind::ModelApproval;
}

impl Predicate for ApplyRecord {
    const KIND: Kind = Kind::TerraformApply;
}

impl ApprovalFacts {
    /// What stands between these models and production; also what is approved by merging, as a note.
    pub fn reasons(&self) -> Vec<Reason> {
        let reason = |decision, about: &str, text| Reason {
            decision,
            from: Kind::ModelApproval,
            about: Some(about.to_owned()),
            text,
        };
        let unresolved = self.unresolved.iter().map(|unresolved| {
            let text = format!("`{}` {}", unresolved.what, unresolved.because);
            reason(Decision::NotEnoughEvidence, &unresolved.what, text)
        });
        let packages = self.packages.iter().filter_map(|package| {
            let (decision, standing) = package.standing.decision()?;
            let mut text = format!("model package `{}` {standing}", package.arn);
            if !package.because.is_empty() {
                text = format!("{text}: {}", package.because.join("; "));
            }
            Some(reason(decision, &package.arn, text))
        });
        unresolved.chain(packages).collect()
    }
}

impl Standing {
    /// Where a standing leads, and in which words; nothing when there is nothing to say.
    fn decision(self) -> Option<(Decision, &'static str)> {
        match self {
            Self::Approved => None,
            Self::ApprovedByMerging => Some((Decision::Allowed, "is approved by merging")),
            Self::Pending => Some((Decision::NotEnoughEvidence, "waits for approval")),
            Self::Unknown => Some((Decision::NotEnoughEvidence, "could not be looked up")),
            Self::Rejected => Some((Decision::Denied, "is rejected")),
            Self::Mismatch => Some((Decision::Denied, "is not what was pinned")),
            Self::NotPinned => Some((Decision::Denied, "is pinned by no release file")),
        }
    }
}
