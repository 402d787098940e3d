//! From what is written to what it means.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use evidence::{AllowedDestroy, Requirement, Rules};
use jiff::SignedDuration;

use crate::raw;

mod release;
mod rollout;

pub use release::{Release, ReleasePackage};
pub use rollout::{Rollout, RolloutCanary, RolloutCheck};

/// What `towpath.yaml` means.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The project's name, empty when the file does not say.
    pub project: String,
    /// The region, when the file says; the environment says otherwise.
    pub region: Option<String>,
    /// The only account to act in, when the file says.
    pub account: Option<String>,
    /// `terraform`, `tofu`, or a program's path.
    pub tool: String,
    /// The environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// The policies.
    pub policy: Policy,
    /// The models.
    pub models: Models,
    /// The images by name.
    pub images: BTreeMap<String, crate::images::Image>,
    /// The applications on Kubernetes by name.
    pub rollouts: BTreeMap<String, Rollout>,
    /// How this repository releases itself.
    pub release: Release,
    /// What the gate asks for.
    pub rules: Rules,
    /// The workflow files that are generated.
    pub workflows: crate::workflows::Workflows,
    /// The folder for evidence.
    pub evidence: Utf8PathBuf,
}

/// One root module and how it is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// The folder of the root module.
    pub root: Utf8PathBuf,
    /// Terraform's workspace.
    pub workspace: String,
    /// Files with variables, from the root module's folder.
    pub var_files: Vec<Utf8PathBuf>,
    /// `key=value` pairs of a partial backend configuration.
    pub backend_config: Vec<String>,
}

/// The policies that judge plans.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Folders with Rego files.
    pub folders: Vec<Utf8PathBuf>,
    /// Folders with data documents.
    pub data: Vec<Utf8PathBuf>,
    /// The packages to evaluate.
    pub namespaces: Vec<String>,
    /// The version of Rego.
    pub rego_version: RegoVersion,
    /// Whether a warning denies as well.
    pub fail_on_warn: bool,
    /// The plan that is known to be bad, when the file names one.
    pub canary: Option<Utf8PathBuf>,
    /// Files of waivers.
    pub waivers: Vec<Utf8PathBuf>,
    /// Those that the working copy names, where other settings judge.
    pub proposed_waivers: Vec<Utf8PathBuf>,
}

/// The version of Rego that policies are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegoVersion {
    /// Before OPA 1.0.
    V0,
    /// Since OPA 1.0.
    V1,
}

/// The models that this repository releases.
#[derive(Clone, Debug)]
pub struct Models {
    /// The folder of release files.
    pub folder: Utf8PathBuf,
    /// What counts as approval.
    pub approval: Approval,
    /// The endpoint of a model, with `{model}` and `{environment}` to fill in.
    pub endpoint: String,
}

/// What counts as approval of a model package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Merging the pull request that pins it.
    PullRequest,
    /// `Approved` in the Model Registry.
    Registry,
}

impl Default for Settings {
    fn default() -> Self {
        resolve(raw::Settings::default())
            .unwrap_or_else(|problem| unreachable!("the defaults hold: {problem:?}"))
    }
}

/// A value that has the right type and no meaning, by the text to point at.
#[derive(Debug)]
pub(crate) struct Problem {
    /// The key that the value stands behind; the same text may stand in front of it.
    pub(crate) key: &'static str,
    pub(crate) value: String,
    pub(crate) message: String,
    pub(crate) help: String,
}

pub(crate) fn resolve(raw: raw::Settings) -> Result<Settings, Problem> {
    let environments = raw.terraform.environments.into_iter().map(|(name, raw)| {
        let environment = Environment {
            name: name.clone(),
            root: raw.root,
            workspace: raw.workspace.unwrap_or_else(|| "default".to_owned()),
            var_files: raw.var_files,
            backend_config: raw
                .backend_config
                .into_iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
        };
        (name, environment)
    });
    let project = raw.project.unwrap_or_default();
    let account = raw.aws.account.map(account).transpose()?;
    let environments: BTreeMap<String, Environment> = environments.collect();
    let around = crate::workflows::Around {
        project: &project,
        account: account.as_deref(),
        environments: environments.keys().map(String::as_str).collect(),
    };
    let workflows = crate::workflows::resolve(raw.workflows, &around)?;
    let images = raw.images.into_iter().map(|(name, raw)| {
        let image = crate::images::image(name.clone(), raw)?;
        Ok((name, image))
    });
    Ok(Settings {
        images: images.collect::<Result<_, _>>()?,
        region: raw.aws.region,
        account,
        tool: raw.terraform.tool.unwrap_or_else(|| "terraform".to_owned()),
        environments,
        policy: Policy {
            folders: raw.policy.folders.unwrap_or_else(|| vec!["policy".into()]),
            data: raw.policy.data,
            namespaces: raw
                .policy
                .namespaces
                .unwrap_or_else(|| vec!["main".to_owned()]),
            rego_version: match raw.policy.rego_version {
                Some(raw::RegoVersion::V0) => RegoVersion::V0,
                Some(raw::RegoVersion::V1) | None => RegoVersion::V1,
            },
            fail_on_warn: raw.policy.fail_on_warn,
            canary: raw.policy.canary,
            proposed_waivers: raw.policy.waivers.clone(),
            waivers: raw.policy.waivers,
        },
        models: Models {
            folder: raw.models.folder.unwrap_or_else(|| "models".into()),
            approval: match raw.models.approval {
                Some(raw::Approval::Registry) => Approval::Registry,
                Some(raw::Approval::PullRequest) | None => Approval::PullRequest,
            },
            endpoint: raw.models.endpoint.unwrap_or_else(|| {
                let parts = [project.as_str(), "{environment}", "{model}"];
                let parts = parts.into_iter().filter(|part| !part.is_empty());
                parts.collect::<Vec<_>>().join("-")
            }),
        },
        rollouts: rollout::resolve(raw.rollouts)?,
        release: release::resolve(raw.release, &project)?,
        rules: rules(raw.gate)?,
        workflows,
        evidence: raw.evidence.unwrap_or_else(|| ".towpath/evidence".into()),
        project,
    })
}

fn account(digits: String) -> Result<String, Problem> {
    if digits.len() == 12 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(digits);
    }
    Err(Problem {
        key: "account",
        message: format!("`{digits}` is not an AWS account"),
        value: digits,
        help: "write the twelve digits in quotes, so that leading zeros stay".to_owned(),
    })
}

fn rules(gate: raw::Gate) -> Result<Rules, Problem> {
    let require = gate.require.map_or_else(
        || vec![Requirement::PolicyCheck, Requirement::ModelApproval],
        |require| {
            let resolve = |requirement| match requirement {
                raw::Requirement::PolicyCheck => Requirement::PolicyCheck,
                raw::Requirement::ModelApproval => Requirement::ModelApproval,
            };
            require.into_iter().map(resolve).collect()
        },
    );
    let allow_destroy = gate.allow_destroy.into_iter().map(|raw| {
        if raw.reason.trim().is_empty() {
            return Err(Problem {
                key: "allow_destroy",
                message: format!(
                    "the destroy of `{}` is allowed without a reason",
                    raw.address
                ),
                value: raw.address,
                help: "say in `reason` why it may go".to_owned(),
            });
        }
        Ok(AllowedDestroy {
            address: raw.address,
            reason: raw.reason,
        })
    });
    Ok(Rules {
        require,
        max_age: gate
            .max_age
            .map_or(Ok(SignedDuration::from_hours(24)), |text| max_age(&text))?,
        allow_destroy: allow_destroy.collect::<Result<_, _>>()?,
        require_canary: gate.require_canary.unwrap_or(true),
        require_commit: gate.require_commit.unwrap_or(true),
    })
}

fn max_age(text: &str) -> Result<SignedDuration, Problem> {
    match text.parse::<SignedDuration>() {
        Ok(age) if age > SignedDuration::ZERO => Ok(age),
        _ => Err(Problem {
            key: "max_age",
            value: text.to_owned(),
            message: format!("`{text}` is not an age"),
            help: "write hours, minutes and seconds, for example `24h` or `90m`".to_owned(),
        }),
    }
}

impl Models {
    /// The endpoint that serves `model` in `environment`.
    #[must_use]
    pub fn endpoint_of(&self, model: &str, environment: &str) -> String {
        self.endpoint
            .replace("{model}", model)
            .replace("{environment}", environment)
    }
}

impl Settings {
    /// These settings, with everything that judges taken from `base`.
    #[must_use]
    pub fn judged_by(mut self, base: Self) -> Self {
        let proposed_waivers = self.policy.proposed_waivers;
        self.policy = Policy {
            proposed_waivers,
            ..base.policy
        };
        self.rules = base.rules;
        self.models.approval = base.models.approval;
        self
    }

    /// The environment called `name`, or the only one there is.
    ///
    /// # Errors
    /// No such environment, or several and none named; the text says which there are.
    pub fn environment(&self, name: Option<&str>) -> Result<&Environment, crate::SettingsError> {
        let known = || self.environments.keys().cloned().collect::<Vec<_>>();
        match name {
            Some(name) => self.environments.get(name).ok_or_else(|| {
                crate::SettingsError::UnknownEnvironment {
                    name: name.to_owned(),
                    known: known(),
                }
            }),
            None if self.environments.len() == 1 => Ok(self
                .environments
                .values()
                .next()
                .unwrap_or_else(|| unreachable!("there is exactly one environment"))),
            None => Err(crate::SettingsError::WhichEnvironment { known: known() }),
        }
    }
}
