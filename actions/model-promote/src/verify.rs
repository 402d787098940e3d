//! What really serves, held against what the release file pins.
//!
//! `InService` proves nothing: when a rollout's alarms fire, SageMaker goes back to the former configuration, calls the
//! endpoint `InService` and reports no failure. So the configuration that serves is followed to its model and its
//! package, counts and deployment policy are compared, and the endpoint is asked rows whose answers are known.
//!
//! What differs is drift: git says one thing and the world another. Nobody denied anything, and no evidence is missing.

use std::time::{Duration, Instant};

use s3_objects::Objects;
use sagemaker_models::{
    ApprovalStatus, DeploymentPolicy, EndpointRecord, PackageRecord, Registry, RegistryError,
};
use sagemaker_runtime::Endpoints;

use crate::Error;
use crate::evaluation::{Golden, golden};
use crate::propose::{is, known};
use crate::release::{Deployment, Release, ReleaseFile, name_of};

/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// How far a golden prediction may be off: two scorers of the same trees add up in another order.
const TOLERANCE: f64 = 1e-4;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// What is not as the release file says.
    pub(crate) drift: Vec<String>,
    /// What could not be proven.
    pub(crate) unproven: Vec<String>,
    /// What was, for whoever reads along.
    pub(crate) proven: Vec<String>,
    /// The package that serves, when exactly one does.
    pub(crate) serves: Option<String>,
}

/// Everything that is asked.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    pub(crate) registry: Registry<'a>,
    pub(crate) objects: Objects<'a>,
    pub(crate) endpoints: Endpoints<'a>,
}

/// Holds the endpoint against the file. It must be at rest ([`at_rest`]); `asked` is what it was being updated to.
pub(crate) fn verify(
    endpoint: &str,
    now: Option<&EndpointRecord>,
    asked: Option<&str>,
    file: &ReleaseFile,
    sources: &Sources<'_>,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let pinned = &file.says.release;
    let Some(now) = now else {
        found.drift.push(format!(
            "there is no endpoint `{endpoint}`, so nothing serves"
        ));
        return Ok(found);
    };
    if now.status != "InService" {
        let why = now.failure.as_ref().map(|why| format!(": {why}"));
        found.drift.push(format!(
            "endpoint `{endpoint}` is {}{}",
            now.status,
            why.unwrap_or_default()
        ));
    }
    let record = package_of(now, &sources.registry, &mut found)?;
    let is_pinned = matches!(&found.serves, Some(serves) if *serves == pinned.package);
    if is_pinned {
        found.proven.push(format!(
            "`{}` serves {}",
            now.config,
            name_of(&pinned.package)
        ));
    } else if let Some(serves) = &found.serves {
        let asked = asked.filter(|asked| *asked != now.config).map(|asked| {
            format!(" It was being updated to `{asked}`, and went back without a word.")
        });
        found.drift.push(format!(
            "`{}` pins {}, and `{}` serves {}: the rollout went back, or never began.{}",
            file.path,
            pinned.name(),
            now.config,
            name_of(serves),
            asked.unwrap_or_default()
        ));
    }
    if let Some(record) = &record {
        if is_pinned && !is(pinned, record) {
            found.drift.push(format!(
                "the registry's {} is not the one that was reviewed: image or model data differ",
                pinned.name()
            ));
        }
        approval(record, &mut found);
    }
    shape(now, &file.says.deployment, &sources.registry, &mut found)?;
    policy(now.policy.as_ref(), &file.says.deployment, &mut found);
    if is_pinned && now.status == "InService" {
        let golden = match &record {
            Some(record) => golden(record, &sources.objects)?,
            None => None,
        };
        match golden {
            Some(golden) => ask(endpoint, &golden, &sources.endpoints, &mut found)?,
            None => found.unproven.push(format!(
                "{} has no golden predictions (`golden.json` beside its evaluation), so nobody knows what it should answer",
                pinned.name()
            )),
        }
    }
    Ok(found)
}

/// Looks at the endpoint until nothing is under way with it: how it is then, and what it was being updated to.
pub(crate) fn at_rest(
    endpoint: &str,
    registry: &Registry<'_>,
    patience: Duration,
    mut progress: impl FnMut(&str),
) -> Result<(Option<EndpointRecord>, Option<String>), Error> {
    let begun = Instant::now();
    let mut pause = Duration::from_secs(1);
    let mut asked = None;
    let mut said = String::new();
    loop {
        let Some(now) = known(registry.endpoint(endpoint))? else {
            return Ok((None, asked));
        };
        let under_way = ["Creating", "Updating", "SystemUpdating", "RollingBack"];
        if !under_way.contains(&now.status.as_str()) {
            return Ok((Some(now), asked));
        }
        if let Some(pending) = &now.pending {
            asked = Some(pending.clone());
        }
        let elapsed = begun.elapsed();
        if elapsed + pause > patience {
            return Err(Error::StillUnderWay {
                endpoint: endpoint.to_owned(),
                status: now.status,
                seconds: elapsed.as_secs(),
            });
        }
        let says = match &asked {
            Some(asked) => format!("{} to `{asked}`", now.status),
            None => now.status,
        };
        if says != said {
            progress(&format!(
                "{:>4} s  `{endpoint}` is {says}",
                elapsed.as_secs()
            ));
            said = says;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Follows the configuration that serves to the package behind it.
fn package_of(
    now: &EndpointRecord,
    registry: &Registry<'_>,
    found: &mut Found,
) -> Result<Option<PackageRecord>, Error> {
    let config = &now.config;
    let variants = match registry.endpoint_config(config) {
        Ok(variants) => variants,
        Err(RegistryError::NotFound { .. }) => {
            found.drift.push(format!(
                "`{config}` serves, and was deleted: nobody can tell what it serves"
            ));
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let mut packages = Vec::new();
    for variant in variants {
        let model = match &variant.model {
            Some(model) => known(registry.model(model))?,
            None => None,
        };
        let containers = model.map(|model| model.containers).unwrap_or_default();
        let behind = containers
            .into_iter()
            .filter_map(|container| container.package);
        let before = packages.len();
        packages.extend(behind);
        if packages.len() == before {
            found.drift.push(format!(
                "variant `{}` of `{config}` serves a model that belongs to no package",
                variant.name
            ));
        }
    }
    packages.sort();
    packages.dedup();
    match packages.as_slice() {
        [package] => {
            found.serves = Some(package.clone());
            known(registry.package(package))
        }
        [] => Ok(None),
        several => {
            let names: Vec<String> = several.iter().map(|package| name_of(package)).collect();
            found.drift.push(format!(
                "`{config}` serves several packages: {}",
                names.join(", ")
            ));
            Ok(None)
        }
    }
}

fn approval(record: &PackageRecord, found: &mut Found) {
    let name = name_of(&record.arn);
    match &record.approval {
        ApprovalStatus::Approved => found.proven.push(format!("{name} is approved")),
        ApprovalStatus::Rejected => found.drift.push(format!("{name} serves and is rejected")),
        ApprovalStatus::Pending => found
            .drift
            .push(format!("{name} serves, and its approval is not recorded")),
        ApprovalStatus::Other(status) => found.drift.push(format!(
            "{name} serves, and its approval status is {status}"
        )),
    }
}

/// Whether as many instances of the right type serve, and whether they get traffic.
fn shape(
    now: &EndpointRecord,
    deployment: &Deployment,
    registry: &Registry<'_>,
    found: &mut Found,
) -> Result<(), Error> {
    let configured = known(registry.endpoint_config(&now.config))?.unwrap_or_default();
    let before = found.drift.len();
    for variant in &now.variants {
        let name = &variant.name;
        if variant.instances != Some(deployment.instance_count) {
            found.drift.push(format!(
                "variant `{name}` has {} instances, and the release file says {}",
                variant.instances.unwrap_or_default(),
                deployment.instance_count
            ));
        }
        if !variant.weight.is_some_and(|weight| weight > 0.0) {
            found
                .drift
                .push(format!("variant `{name}` gets no traffic: its weight is 0"));
        }
        let kind = configured
            .iter()
            .find(|configured| configured.name == *name)
            .and_then(|configured| configured.instance_type.as_deref());
        if kind.is_some_and(|kind| kind != deployment.instance_type) {
            found.drift.push(format!(
                "variant `{name}` runs on `{}`, and the release file says `{}`",
                kind.unwrap_or_default(),
                deployment.instance_type
            ));
        }
    }
    if now.variants.is_empty() {
        found.drift.push(format!("`{}` has no variant", now.config));
    }
    if found.drift.len() == before {
        found.proven.push(format!(
            "{} × {}, with traffic",
            deployment.instance_count, deployment.instance_type
        ));
    }
    Ok(())
}

/// Whether the next update would be tried and watched as well.
fn policy(policy: Option<&DeploymentPolicy>, wanted: &Deployment, found: &mut Found) {
    let Some(policy) = policy else {
        found.drift.push(
            "the endpoint has no deployment policy any more: the next update would reach everybody at once".to_owned(),
        );
        return;
    };
    let before = found.drift.len();
    let canary = policy.canary.as_ref();
    let pairs = [
        (
            "canary, in percent",
            canary.and_then(|canary| canary.percent),
            wanted.canary_percent,
        ),
        (
            "time that a canary is watched, in seconds",
            canary.and_then(|canary| canary.bake_seconds),
            wanted.bake_seconds,
        ),
        (
            "time that old instances stay, in seconds",
            policy.termination_wait_seconds,
            wanted.termination_wait_seconds,
        ),
        (
            "time-out of a rollout, in seconds",
            policy.timeout_seconds,
            wanted.timeout_seconds,
        ),
    ];
    for (what, is, should) in pairs {
        if is != Some(should) {
            let is = is.map_or_else(|| "not set".to_owned(), |is| is.to_string());
            found.drift.push(format!(
                "the {what}, is {is}, and the release file says {should}"
            ));
        }
    }
    if policy.alarms.is_empty() {
        found
            .drift
            .push("no alarm watches a rollout, so none is ever rolled back".to_owned());
    }
    if found.drift.len() == before {
        found.proven.push(format!(
            "canary of {} %, watched by {} alarm{}",
            wanted.canary_percent,
            policy.alarms.len(),
            if policy.alarms.len() == 1 { "" } else { "s" }
        ));
    }
}

/// Asks the endpoint rows whose answers are known.
fn ask(
    endpoint: &str,
    golden: &Golden,
    endpoints: &Endpoints<'_>,
    found: &mut Found,
) -> Result<(), Error> {
    let rows: Vec<String> = golden.rows.iter().map(|row| row.csv.clone()).collect();
    if rows.is_empty() {
        found
            .unproven
            .push("the package's golden predictions are empty".to_owned());
        return Ok(());
    }
    let answers = endpoints.predict(endpoint, &rows)?;
    let tolerance = golden.tolerance.min(TOLERANCE);
    let off = |(row, answer): (&crate::evaluation::GoldenRow, &f64)| {
        (answer - row.prediction).abs() / row.prediction.abs().max(f64::MIN_POSITIVE)
    };
    let worst = golden
        .rows
        .iter()
        .zip(&answers)
        .map(off)
        .fold(0.0, f64::max);
    let wrong = golden
        .rows
        .iter()
        .zip(&answers)
        .filter(|pair| off(*pair) > tolerance)
        .count();
    if wrong > 0 {
        found.drift.push(format!(
            "{wrong} of {} golden predictions are wrong, by up to {:.2} %: something else answers than what was approved",
            rows.len(),
            worst * 100.0
        ));
    } else {
        found.proven.push(format!(
            "{} golden predictions, the worst off by {worst:.1e}",
            rows.len()
        ));
    }
    Ok(())
}

/// Packages that somebody approved beside git: newer than the release, pinned by no release file, and with no merged
/// pull request noted. Older ones were the release once.
pub(crate) fn approved_elsewhere(
    pinned: &Release,
    pins: &[String],
    registry: &Registry<'_>,
) -> Result<Vec<String>, Error> {
    let Some(group) = pinned.group() else {
        return Ok(Vec::new());
    };
    let packages = known(registry.packages(group))?.unwrap_or_default();
    let mut found = Vec::new();
    for package in packages {
        let newer = Some(package.version) > pinned.version();
        if !newer || package.approval != ApprovalStatus::Approved || pins.contains(&package.arn) {
            continue;
        }
        let record = known(registry.package(&package.arn))?;
        let Some(record) = record else { continue };
        if !record.metadata.contains_key(crate::record::PULL_REQUEST) {
            let by = record.changed_by.as_deref().unwrap_or("nobody known");
            found.push(format!(
                "{} is approved by {by}, and no release file pins it and no pull request approved it",
                name_of(&package.arn)
            ));
        }
    }
    Ok(found)
}
