//! The file as it is written. The comments here are the descriptions that editors show.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Deserialize;

pub mod images;
mod release;
pub mod workflows;

pub use release::{Release, ReleasePackage};

/// How Towpath operates this repository
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The project's name
    pub project: Option<String>,
    /// Where on AWS this repository lives
    #[serde(default)]
    pub aws: Aws,
    /// Terraform's roots
    #[serde(default)]
    pub terraform: Terraform,
    /// The policies that judge plans
    #[serde(default)]
    pub policy: Policy,
    /// The models that this repository releases
    #[serde(default)]
    pub models: Models,
    /// The images that this repository builds, by name
    #[serde(default)]
    pub images: BTreeMap<String, images::Image>,
    /// The applications that this repository rolls out on Kubernetes, by name
    #[serde(default)]
    pub rollouts: BTreeMap<String, Rollout>,
    /// How this repository releases itself
    #[serde(default)]
    pub release: Release,
    /// What must hold before a plan may be applied
    #[serde(default)]
    pub gate: Gate,
    /// The workflow files that Towpath generates
    #[serde(default)]
    pub workflows: workflows::Workflows,
    /// The folder for evidence, `.towpath/evidence` by default
    #[schemars(with = "Option<String>")]
    pub evidence: Option<Utf8PathBuf>,
}

/// Where on AWS this repository lives
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// The region, for example `eu-central-1`; otherwise `AWS_REGION` counts
    pub region: Option<String>,
    /// The account's twelve digits, in quotes; an action refuses to act in another account
    pub account: Option<String>,
}

/// Terraform's roots
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terraform {
    /// `terraform` (the default), `tofu`, or the path of a program
    pub tool: Option<String>,
    /// The environments by name
    #[serde(default)]
    pub environments: BTreeMap<String, Environment>,
}

/// One root module and how it is planned
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// The folder of the root module, from the repository's root
    #[schemars(with = "String")]
    pub root: Utf8PathBuf,
    /// Terraform's workspace, `default` by default
    pub workspace: Option<String>,
    /// Files with variables, from the root module's folder
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub var_files: Vec<Utf8PathBuf>,
    /// The rest of a partial backend configuration
    #[serde(default)]
    pub backend_config: BTreeMap<String, String>,
}

/// The policies that judge plans
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Folders with Rego files, `policy` by default
    #[schemars(with = "Option<Vec<String>>")]
    pub folders: Option<Vec<Utf8PathBuf>>,
    /// Folders with data documents for the policies
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub data: Vec<Utf8PathBuf>,
    /// The packages to evaluate; `*` stands for any characters. `main` by default
    pub namespaces: Option<Vec<String>>,
    /// The version of Rego that the files are written in, `v1` by default
    pub rego_version: Option<RegoVersion>,
    /// Whether a warning denies as well
    #[serde(default)]
    pub fail_on_warn: bool,
    /// A plan's JSON that is known to be bad, which the policies must deny; `canary.json` in a policy folder by default
    #[schemars(with = "Option<String>")]
    pub canary: Option<Utf8PathBuf>,
    /// Files of waivers: what is accepted for a while, by rule and resource
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub waivers: Vec<Utf8PathBuf>,
}

/// The version of Rego
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RegoVersion {
    /// Before OPA 1.0
    V0,
    /// Since OPA 1.0
    V1,
}

/// The models that this repository releases
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Models {
    /// The folder of release files, `models` by default
    #[schemars(with = "Option<String>")]
    pub folder: Option<Utf8PathBuf>,
    /// What counts as approval, `pull-request` by default
    pub approval: Option<Approval>,
    /// The endpoint that serves a model, with `{model}` and `{environment}` filled in; `<project>-{environment}-{model}` by default
    pub endpoint: Option<String>,
}

/// What counts as approval
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Merging the pull request that pins the package
    PullRequest,
    /// `Approved` in the Model Registry, everywhere
    Registry,
}

/// An application on Kubernetes
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rollout {
    /// The folder of its manifests, or one file; a kustomization or a Helm chart is rendered by its own tool
    #[schemars(with = "String")]
    pub manifests: Utf8PathBuf,
    /// Files of values for a Helm chart
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub values: Vec<Utf8PathBuf>,
    /// The namespace of objects that name none; the application's name by default
    pub namespace: Option<String>,
    /// The EKS cluster, with `{environment}` filled in; without it `KUBECONFIG` counts
    pub cluster: Option<String>,
    /// How long the rollout may take, for example `10m` (the default)
    pub timeout: Option<String>,
    /// How a new release is tried on some of the requests first
    pub canary: Option<RolloutCanary>,
}

/// A second Deployment with a growing share of the requests
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutCanary {
    /// The Deployment; the only one of the manifests by default
    pub deployment: Option<String>,
    /// The share of the requests at each step, in percent, growing: for example `[10, 50]`
    pub steps: Vec<u8>,
    /// How long each step lasts, for example `60s` (the default)
    pub hold: Option<String>,
    /// What is asked during each step
    pub check: Option<RolloutCheck>,
}

/// An address that answers well as long as the new release is well
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolloutCheck {
    /// An address of the application, or a query of Prometheus; a status from 200 to 299 is well
    pub url: String,
    /// Where a number stands in the JSON that comes back, as a JSON pointer: `/data/result/0/value/1`
    pub value: Option<String>,
    /// The number is at most this
    pub at_most: Option<f64>,
    /// The number is at least this
    pub at_least: Option<f64>,
    /// How often it is asked, every `5s` by default
    pub every: Option<String>,
    /// How many bad answers in a row end the canary, 3 by default
    pub failures: Option<u32>,
}

/// What must hold before a plan may be applied
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// The evidence that must be there besides the plan's own: `policy-check` and `model-approval` by default
    pub require: Option<Vec<Requirement>>,
    /// How old evidence may be, for example `24h` (the default) or `90m`
    pub max_age: Option<String>,
    /// Destroys and replacements that are expected
    #[serde(default)]
    pub allow_destroy: Vec<AllowDestroy>,
    /// Whether the policies must have denied a plan that is known to be bad, `true` by default
    pub require_canary: Option<bool>,
    /// Whether the plan must come from a commit with nothing beside it, `true` by default
    pub require_commit: Option<bool>,
}

/// Evidence that a rule can ask for
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// Policies were evaluated
    PolicyCheck,
    /// The models were looked up
    ModelApproval,
}

/// A destroy or replacement that is expected
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowDestroy {
    /// The resource's full address; `*` stands for any characters
    pub address: String,
    /// Why it may go
    pub reason: String,
}
