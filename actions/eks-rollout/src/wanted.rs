//! What is to be rolled out, resolved: nothing optional is left.

use std::time::Duration;

use camino::Utf8PathBuf;
use gha::Host;
use kube_rollout::{Budgets, Request, Run};
use serde_json::Value;
use settings::{Rollout, Settings};

use crate::{Args, Error, check, proof, render, seconds};

/// What is to be rolled out, and for whom.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) request: Request,
    /// The environment's name; `default` where nobody names one.
    pub(crate) environment: String,
    /// The EKS cluster; without one a kubeconfig counts.
    pub(crate) cluster: Option<String>,
    /// The folder of evidence.
    pub(crate) evidence: Utf8PathBuf,
    /// Where on AWS.
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
}

impl Wanted {
    /// Reads the configuration, the manifests, and who runs this.
    pub(crate) fn resolve(args: &Args, host: &Host) -> Result<Self, Error> {
        let settings = Settings::load(args.config.as_deref())?;
        let rollout = rollout(args, &settings)?;
        let environment = environment(args, &settings)?;
        // a kubeconfig that somebody names is closer than what the file says, and an input is closer than a variable
        let kubeconfig = args.kubeconfig.is_some() || host.env("KUBECONFIG").is_some();
        let configured = rollout.cluster_of(&environment).filter(|_| !kubeconfig);
        let cluster = args.cluster.clone().or(configured);
        let manifests = render::manifests(&rollout, host)?;
        let mut objects: Vec<Value> = manifests.into_iter().map(|one| one.object).collect();
        kube_rollout::pin(&mut objects, &args.image)?;
        kube_rollout::set(&mut objects, &args.value)?;
        kube_rollout::stamp(&mut objects);
        let request = Request {
            application: name(&rollout.name, "an application")?,
            namespace: name(&rollout.namespace, "a namespace")?,
            objects,
            run: run(host),
            budgets: Budgets {
                deadline: args.timeout.map_or(rollout.timeout, seconds),
                unschedulable: seconds(args.unschedulable),
                registry: seconds(args.registry),
                restarts: args.restarts,
                steady: seconds(args.steady),
                ..Budgets::default()
            },
            patience: seconds(args.wait),
            force_conflicts: args.force_conflicts,
            prune: !args.keep,
            roll_back: !args.stay,
            dry_run: args.dry_run,
            canary: rollout.canary.map(check::canary).transpose()?,
            image_proof: Some(proof::proof(settings.region.as_deref(), host)),
        };
        Ok(Self {
            request,
            environment,
            cluster,
            evidence: args.evidence.clone().unwrap_or(settings.evidence),
            region: settings.region,
            account: settings.account,
        })
    }
}

/// The application; one that the inputs describe need not stand in the configuration.
fn rollout(args: &Args, settings: &Settings) -> Result<Rollout, Error> {
    let configured = match (&args.application, &args.manifests) {
        (Some(name), Some(_)) => settings.rollouts.get(name).cloned(),
        (name, None) => Some(settings.rollout(name.as_deref())?.clone()),
        (None, Some(_)) => settings.rollout(None).ok().cloned(),
    };
    let folder = || {
        args.manifests
            .as_ref()
            .and_then(|path| path.file_stem())
            .unwrap_or("application")
            .to_owned()
    };
    let name = args
        .application
        .clone()
        .or_else(|| configured.as_ref().map(|one| one.name.clone()))
        .unwrap_or_else(folder);
    let fresh = || Rollout {
        namespace: name.clone(),
        manifests: Utf8PathBuf::new(),
        cluster: None,
        values: Vec::new(),
        timeout: Duration::from_secs(600),
        canary: None,
        name: name.clone(),
    };
    let mut rollout = configured.unwrap_or_else(fresh);
    if let Some(manifests) = &args.manifests {
        rollout.manifests = manifests.clone();
    }
    if let Some(namespace) = &args.namespace {
        rollout.namespace = namespace.clone();
    }
    Ok(rollout)
}

fn environment(args: &Args, settings: &Settings) -> Result<String, Error> {
    let none = settings.environments.is_empty();
    match &args.environment {
        Some(name) if none => Ok(name.clone()),
        None if none => Ok("default".to_owned()),
        name => Ok(settings.environment(name.as_deref())?.name.clone()),
    }
}

/// The names that others are made from.
fn name(text: &str, what: &'static str) -> Result<String, Error> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !text.starts_with('-') && !text.ends_with('-');
    if !text.is_empty() && text.len() <= 40 && text.bytes().all(letter) && ends {
        Ok(text.to_owned())
    } else {
        Err(Error::Name {
            name: text.to_owned(),
            what,
        })
    }
}

/// The workflow run, or the person at this machine.
fn run(host: &Host) -> Run {
    let workflow = || {
        let (server, repository, id) = (
            host.env("GITHUB_SERVER_URL")?,
            host.env("GITHUB_REPOSITORY")?,
            host.env("GITHUB_RUN_ID")?,
        );
        Some(Run {
            name: format!("{server}/{repository}/actions/runs/{id}"),
            attempt: host
                .env("GITHUB_RUN_ATTEMPT")
                .unwrap_or_else(|| "1".to_owned()),
        })
    };
    workflow().unwrap_or_else(|| {
        let person = host.env("USER").unwrap_or_else(|| "somebody".to_owned());
        let machine = host
            .env("HOSTNAME")
            .map(|name| format!(" on {name}"))
            .unwrap_or_default();
        Run {
            name: format!("{person}{machine}, process {}", std::process::id()),
            attempt: "1".to_owned(),
        }
    })
}
