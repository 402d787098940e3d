//! What the templates know: one value, made of the configuration and of what the repository holds.
//!
//! Every value here is safe to stand in YAML as the templates use it. A template's `if` on a name that is missing is
//! silently false, so nothing is left out: what is not there is `null`, empty or false.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;
use settings::Settings;
use settings::workflows::{Platform, Workflows};

use crate::error::Error;
use crate::pins::{Pin, Pins};
use crate::repository::Repository;

/// Towpath's actions that templates use
const ACTIONS: [&str; 10] = [
    "terraform-plan",
    "policy-check",
    "model-approval",
    "gate",
    "terraform-apply",
    "model-promote",
    "image-push",
    "eks-rollout",
    "pipeline-lint",
    "release-tag",
];
/// Jobs that have a role of their own in AWS
const ROLES: [&str; 6] = [
    "plan",
    "apply",
    "model-approval",
    "model-promote",
    "image-push",
    "eks-rollout",
];

/// Which pins files get.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    /// Those that are known: each file may be newer by itself.
    Known,
    /// The newest of those and of what stands in files that are there: a generation takes no pin back.
    Newest,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Context {
    pub(crate) branch: String,
    pub(crate) runner: String,
    pub(crate) region: String,
    /// Whether this GitHub queues more than one run.
    pub(crate) queue: bool,
    pub(crate) terraform: Option<String>,
    pub(crate) pins: BTreeMap<String, String>,
    pub(crate) actions: BTreeMap<String, String>,
    pub(crate) has_policies: bool,
    pub(crate) has_models: bool,
    pub(crate) pipelines: Vec<String>,
    pub(crate) environments: Vec<Environment>,
    /// Those with a release file of a model.
    pub(crate) promoted: Vec<Environment>,
    pub(crate) images: Vec<Image>,
    pub(crate) image_paths: Vec<String>,
    pub(crate) rollouts: Vec<Rollout>,
    pub(crate) promotion: Option<String>,
    pub(crate) app: Option<App>,
    pub(crate) drift: Option<String>,
    pub(crate) ci: Option<Ci>,
    pub(crate) release: Option<Release>,
    pub(crate) updates: Vec<Update>,
    pub(crate) owners: String,
    pub(crate) owned: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Environment {
    pub(crate) name: String,
    pub(crate) roles: BTreeMap<String, String>,
    /// The environment that has to be applied before.
    pub(crate) after: Option<String>,
    /// Whether merging approves a model here, which is written to the registry.
    pub(crate) records: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Image {
    pub(crate) name: String,
    pub(crate) role: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Rollout {
    pub(crate) job: String,
    pub(crate) application: String,
    pub(crate) environment: String,
    pub(crate) needs: Vec<String>,
    pub(crate) role: String,
    /// The image that it gets, of those that this repository builds.
    pub(crate) image: Option<String>,
    pub(crate) container: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct App {
    pub(crate) client_id: String,
    pub(crate) secret: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ci {
    pub(crate) lines: Vec<String>,
    pub(crate) timeout: u32,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Release {
    /// What builds the files; empty for a release without any.
    pub(crate) lines: Vec<String>,
    pub(crate) files: String,
    pub(crate) timeout: u32,
    /// The script that judges the files; empty for none.
    pub(crate) verify: Vec<String>,
    pub(crate) environment: String,
    pub(crate) each_merge: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Update {
    pub(crate) ecosystem: &'static str,
    pub(crate) folders: Vec<String>,
}

impl Context {
    pub(crate) fn new(
        settings: &Settings,
        repository: &Repository,
        pins: Which,
    ) -> Result<Self, Error> {
        let wanted = &settings.workflows;
        let pins = match pins {
            Which::Known => self::pins(wanted, &[]),
            Which::Newest => self::pins(wanted, &repository.workflows),
        };
        let environments = environments(settings, repository)?;
        let last = environments.last();
        let region = match &settings.region {
            Some(region) => plain("aws.region", region)?,
            None if last.is_none() => String::new(),
            None => {
                return Err(Error::Needs {
                    key: "aws.region",
                    help: "add `aws: {region: eu-central-1}`, with your region".to_owned(),
                });
            }
        };
        let images = images(settings, last)?;
        let has_models = !repository.released.is_empty();
        Ok(Self {
            branch: wanted.branch.clone(),
            runner: wanted.runner.clone(),
            region,
            queue: wanted.platform == Platform::Github,
            terraform: wanted.terraform.clone(),
            actions: actions(wanted, repository, &pins)?,
            pins: pins.for_templates(),
            has_policies: repository.has_policies,
            has_models,
            pipelines: repository
                .pipelines
                .iter()
                .map(|path| line("pipelines", path))
                .collect::<Result<_, _>>()?,
            promoted: environments
                .iter()
                .filter(|each| repository.released.contains(&each.name))
                .cloned()
                .collect(),
            rollouts: rollouts(settings, repository, &environments)?,
            image_paths: image_paths(settings),
            images,
            environments,
            promotion: wanted.promotion.clone(),
            app: wanted.app.as_ref().map(|app| App {
                client_id: app.client_id.clone(),
                secret: app.secret.clone(),
            }),
            drift: wanted.drift.clone(),
            ci: wanted.ci.as_ref().map(ci).transpose()?,
            release: wanted
                .release
                .as_ref()
                .map(|wanted| release(wanted, settings))
                .transpose()?,
            updates: updates(repository)?,
            owners: owners(wanted)?,
            owned: owned(settings),
        })
    }
}

/// The known pins, the toolkit's, and what `files` have newer.
fn pins(wanted: &Workflows, files: &[(Utf8PathBuf, String)]) -> Pins {
    let mut pins = Pins::known();
    if let Some(toolkit) = &wanted.toolkit {
        let pin = Pin {
            commit: toolkit.commit.clone(),
            version: toolkit.version.clone(),
        };
        pins.add(&toolkit.repository, pin);
    }
    for (_, text) in files {
        pins.adopt(text);
    }
    pins
}

fn actions(
    wanted: &Workflows,
    repository: &Repository,
    pins: &Pins,
) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    for name in ACTIONS.iter().copied().chain(["workflows"]) {
        let path = format!("actions/{name}");
        let uses = match (&wanted.toolkit, repository.is_toolkit, wanted.platform) {
            (Some(toolkit), ..) => pins.uses(&toolkit.repository, &path),
            (None, true, Platform::Github) => Some(format!("$/{path}")),
            (None, true, Platform::Ghes) => Some(format!("./{path}")),
            (None, false, _) => None,
        };
        let uses = uses.ok_or_else(|| Error::Needs {
            key: "workflows.toolkit",
            help: "name the commit of Towpath whose actions are used: `workflows: {toolkit: {commit: <40 digits>, version: v0.1.0}}`"
                .to_owned(),
        })?;
        found.insert(name.to_owned(), uses);
    }
    Ok(found)
}

fn environments(settings: &Settings, repository: &Repository) -> Result<Vec<Environment>, Error> {
    let wanted = &settings.workflows;
    let by_merging = settings.models.approval == settings::Approval::PullRequest;
    let mut found: Vec<Environment> = Vec::new();
    for name in &wanted.environments {
        name_of("terraform.environments", name)?;
        if wanted.role.contains("{account}") {
            return Err(Error::Needs {
                key: "aws.account",
                help: "add `aws: {account: \"123456789012\"}`, or say in `workflows.role` which roles the jobs take"
                    .to_owned(),
            });
        }
        let mut roles = BTreeMap::new();
        for job in ROLES {
            let arn = wanted
                .role
                .replace("{environment}", name)
                .replace("{job}", job);
            roles.insert(job.to_owned(), plain("workflows.role", &arn)?);
        }
        found.push(Environment {
            name: name.clone(),
            roles,
            after: found.last().map(|before| before.name.clone()),
            records: by_merging && repository.released.contains(name),
        });
    }
    Ok(found)
}

fn images(settings: &Settings, last: Option<&Environment>) -> Result<Vec<Image>, Error> {
    let Some(last) = last else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for name in settings.images.keys() {
        name_of("images", name)?;
        found.push(Image {
            name: name.clone(),
            role: last.roles["image-push"].clone(),
        });
    }
    Ok(found)
}

/// What makes new images or another rollout. Everything, when an image is built from the whole repository.
fn image_paths(settings: &Settings) -> Vec<String> {
    let contexts = settings.images.values().map(|image| &image.context);
    let manifests = settings.rollouts.values().map(|rollout| &rollout.manifests);
    let whole = |path: &&Utf8PathBuf| path.as_str().is_empty() || path.as_str() == ".";
    if contexts.clone().any(|context| whole(&context)) {
        return vec!["**".to_owned()];
    }
    let mut paths: Vec<String> = contexts
        .chain(manifests)
        .map(|path| format!("{}/**", path.as_str().trim_end_matches('/')))
        // it stands in double quotes
        .map(|path| path.replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    paths.push("towpath.yaml".to_owned());
    paths.sort();
    paths.dedup();
    paths
}

fn rollouts(
    settings: &Settings,
    repository: &Repository,
    environments: &[Environment],
) -> Result<Vec<Rollout>, Error> {
    let mut found = Vec::new();
    for application in settings.rollouts.keys() {
        name_of("rollouts", application)?;
        let mut before: Option<String> = None;
        for environment in environments {
            let image = settings.images.contains_key(application);
            let job = format!("rollout-{application}-{}", environment.name);
            let pushes = settings.images.keys().map(|name| format!("push-{name}"));
            found.push(Rollout {
                needs: pushes.chain(before.replace(job.clone())).collect(),
                job,
                application: application.clone(),
                environment: environment.name.clone(),
                role: environment.roles["eks-rollout"].clone(),
                image: image.then(|| application.clone()),
                container: repository
                    .containers
                    .get(application)
                    .unwrap_or(application)
                    .clone(),
            });
        }
    }
    Ok(found)
}

fn ci(ci: &settings::workflows::Ci) -> Result<Ci, Error> {
    Ok(Ci {
        lines: script("workflows.ci.run", &ci.run)?,
        timeout: ci.timeout,
    })
}

fn release(wanted: &settings::workflows::Releasing, settings: &Settings) -> Result<Release, Error> {
    let build = wanted.build.as_ref();
    if build.is_some() && settings.release.packages.len() > 1 {
        return Err(Error::Needs {
            key: "workflows.release",
            help: "files belong to one package, and `release.packages` has several: leave `build` and `files` out"
                .to_owned(),
        });
    }
    let lines = build.map(|build| script("workflows.release.build", &build.run));
    let files = build.map(|build| line("workflows.release.files", build.files.as_str()));
    let verify = build.and_then(|build| build.verify.as_ref());
    let verify = verify.map(|text| script("workflows.release.verify", text));
    Ok(Release {
        lines: lines.transpose()?.unwrap_or_default(),
        files: files.transpose()?.unwrap_or_default(),
        timeout: build.map_or(0, |build| build.timeout),
        verify: verify.transpose()?.unwrap_or_default(),
        environment: wanted.environment.clone(),
        each_merge: wanted.each_merge,
    })
}

/// The lines of a script, which no expression of GitHub's gets into.
fn script(key: &'static str, text: &str) -> Result<Vec<String>, Error> {
    if text.contains("${{") {
        return Err(Error::Value {
            value: text.to_owned(),
            key,
        });
    }
    let lines = text.lines().map(|line| line.trim_end().to_owned());
    Ok(lines.collect())
}

fn updates(repository: &Repository) -> Result<Vec<Update>, Error> {
    repository
        .ecosystems
        .iter()
        .map(|(ecosystem, folders)| {
            let folders = folders.iter().map(|folder| line("a folder's name", folder));
            Ok(Update {
                ecosystem,
                folders: folders.collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

fn owners(wanted: &Workflows) -> Result<String, Error> {
    for owner in &wanted.owners {
        let good = |c: char| c.is_ascii_alphanumeric() || "@/._-+".contains(c);
        if !owner.contains('@') || !owner.chars().all(good) {
            return Err(Error::Value {
                value: owner.clone(),
                key: "workflows.owners",
            });
        }
    }
    Ok(wanted.owners.join(" "))
}

/// What decides about everything else.
fn owned(settings: &Settings) -> Vec<String> {
    let folders = settings.policy.folders.iter();
    let mut owned: Vec<String> = folders.map(|folder| format!("/{folder}/")).collect();
    owned.push(format!("/{}/", settings.models.folder));
    owned.push("/.github/".to_owned());
    owned.push("/towpath.yaml".to_owned());
    owned.sort();
    owned
}

/// A part of a job's id.
fn name_of(key: &'static str, name: &str) -> Result<(), Error> {
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.starts_with(first) && name.chars().all(good) {
        return Ok(());
    }
    Err(Error::Name {
        name: name.to_owned(),
        key,
    })
}

/// A value that is a text in YAML as it stands.
fn plain(key: &'static str, value: &str) -> Result<String, Error> {
    let good = |c: char| c.is_ascii_alphanumeric() || ":/_.+=,@-".contains(c);
    let first = |c: char| c.is_ascii_alphabetic();
    if value.starts_with(first) && value.chars().all(good) && !value.ends_with(':') {
        return Ok(value.to_owned());
    }
    Err(Error::Value {
        value: value.to_owned(),
        key,
    })
}

/// A path that stands alone in a line, or between double quotes.
fn line(key: &'static str, value: &str) -> Result<String, Error> {
    let bad = |c: char| c.is_control() || "\"\\$".contains(c);
    if value.contains(bad) || value.trim() != value {
        return Err(Error::Value {
            value: value.to_owned(),
            key,
        });
    }
    Ok(value.to_owned())
}
