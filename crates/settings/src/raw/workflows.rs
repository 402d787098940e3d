//! The section `workflows` as it is written.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Deserialize;

/// The workflow files that Towpath generates
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflows {
    /// Where Towpath's own actions come from; not needed where this repository holds them
    pub toolkit: Option<Toolkit>,
    /// `github` (the default) or `ghes`, GitHub Enterprise Server
    pub platform: Option<Platform>,
    /// The runner, a fixed image: `ubuntu-24.04` by default
    pub runner: Option<String>,
    /// The branch that is applied, `main` by default
    pub branch: Option<String>,
    /// The environments that workflows are made for, in the order in which they are applied
    pub environments: Option<Vec<String>>,
    /// A role in AWS, with `{account}`, `{project}`, `{environment}` and `{job}` filled in; `arn:aws:iam::{account}:role/{project}-{environment}-{job}` by default
    pub role: Option<String>,
    /// The version of Terraform, for example `1.11.4`; without it the runner has to have one
    pub terraform: Option<String>,
    /// When to look for drift, in cron's notation and UTC: for example `17 5 * * 1-5`
    pub drift: Option<String>,
    /// When to look for a newer model, in cron's notation and UTC
    pub promotion: Option<String>,
    /// The GitHub App that opens pull requests; its checks would not run with the workflow's own token
    pub app: Option<App>,
    /// The repository's own tests
    pub ci: Option<Ci>,
    /// How releases are made; without it they are made by hand
    pub release: Option<Releasing>,
    /// Who has to review what decides: policies, models, workflows
    pub owners: Option<Vec<String>>,
    /// Workflows that are no longer generated, by their file's name without `.yml`
    #[serde(default)]
    pub eject: Vec<String>,
    /// More environment variables for a workflow's jobs, by the workflow's name
    #[serde(default)]
    pub env: BTreeMap<String, BTreeMap<String, String>>,
    /// Steps of your own
    #[serde(default)]
    pub steps: Vec<Overlay>,
    /// Findings of the checks on generated files that are accepted for a time
    #[serde(default)]
    pub waive: Vec<Waive>,
}

/// A commit of the repository that holds Towpath's actions
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Toolkit {
    /// Its repository, `towpath-dev/towpath` by default
    pub repository: Option<String>,
    /// The commit, 40 hexadecimal digits
    pub commit: String,
    /// The version that the commit is, for example `v0.1.0`
    pub version: String,
}

/// Which GitHub runs the workflows
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// github.com
    Github,
    /// GitHub Enterprise Server
    Ghes,
}

/// A GitHub App that is installed on this repository
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its client id
    pub client_id: String,
    /// The name of the secret with its private key
    pub secret: String,
}

/// The repository's own tests
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ci {
    /// The command
    pub run: String,
    /// How many minutes it may take, 60 by default
    pub timeout: Option<u32>,
}

/// How releases are made
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Releasing {
    /// The command that makes the files of a release; without it a release has none
    pub build: Option<String>,
    /// The folder that holds them then, and nothing else
    #[schemars(with = "Option<String>")]
    pub files: Option<Utf8PathBuf>,
    /// How many minutes the command may take, 60 by default
    pub timeout: Option<u32>,
    /// A bash script that judges the files before anybody sees them
    pub verify: Option<String>,
    /// The environment whose reviewers let a release happen, `release` by default
    pub environment: Option<String>,
    /// Whether everything that is merged is released; otherwise somebody starts it, which is the default
    pub each_merge: Option<bool>,
}

/// Steps of your own at a point of a job
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// The workflow, for example `apply`
    pub workflow: String,
    /// The job, for example `apply-prod`; all jobs that have the step otherwise
    pub job: Option<String>,
    /// The step before which they run, by its id
    pub before: Option<String>,
    /// The step after which they run, by its id
    pub after: Option<String>,
    /// The steps
    pub steps: Vec<Step>,
}

/// A step
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name
    pub name: String,
    /// Its id
    pub id: Option<String>,
    /// A condition
    pub r#if: Option<String>,
    /// An action by commit and version: `owner/name@<40 digits> # v1.2.3`
    pub uses: Option<String>,
    /// The action's inputs
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// Its environment
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// A script for bash, without `${{ }}`: values come by `env`
    pub run: Option<String>,
    /// The folder in which the script runs
    #[schemars(with = "Option<String>")]
    pub working_directory: Option<Utf8PathBuf>,
}

/// A finding that is accepted for a time
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waive {
    /// The rule, for example `runner`
    pub rule: String,
    /// The workflow, for example `apply`
    pub workflow: String,
    /// Why
    pub reason: String,
    /// The last day, for example `2027-03-31`
    pub expires: String,
}
