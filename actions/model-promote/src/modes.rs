//! What each mode does: ask, decide, say what was found, and put the change where it belongs.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_env::AwsEnv;
use gha::{Host, Outcome};
use report_formats::{Fact, Section};
use s3_objects::Objects;
use sagemaker_models::{ApprovalStatus, Decision, Registry};
use sagemaker_runtime::Endpoints;
use settings::Approval;

use crate::back::{self, Left};
use crate::desk::{Changed, Desk};
use crate::propose::{self, Proposed, known};
use crate::pull::Wanted;
use crate::{Error, github, record, release, text, verify};

/// Proposes a package.
pub(crate) fn proposed(
    desk: &Desk<'_>,
    environment: &AwsEnv,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let registry = Registry::new(environment);
    let objects = Objects::new(environment);
    let found = propose::propose(
        &desk.file,
        desk.args.package.as_deref(),
        &registry,
        &objects,
    )?;
    match found {
        Proposed::Nothing(because) => {
            host.output("changed", "false")?;
            host.say(&format!("nothing to promote: {because}"));
            Ok(Outcome::Allowed)
        }
        Proposed::Refused { package, reasons } => {
            host.output("changed", "false")?;
            let facts = vec![Fact::name("package", release::name_of(&package))];
            desk.report(host, "refused", false, facts, reasons, Vec::new())?;
            Ok(Outcome::Denied)
        }
        Proposed::Change(change) => {
            let body = text::body(&change, &desk.endpoint);
            host.say(body.trim_end());
            host.summary(&body)?;
            host.output("package", &change.challenger.release.package)?;
            let wanted = match desk.args.package {
                Some(_) => Wanted::Asked,
                None => Wanted::Found,
            };
            let changed = Changed {
                after: &change.after,
                title: text::title(&change),
                body,
                wanted,
            };
            desk.put(&changed, host)
        }
    }
}

/// Writes down who approved the release.
pub(crate) fn recorded(
    desk: &Desk<'_>,
    environment: &AwsEnv,
    host: &mut Host,
) -> Result<Outcome, Error> {
    if desk.scope.settings.models.approval == Approval::Registry {
        host.say("nothing to record: in this project only the registry approves");
        host.output("recorded", "false")?;
        return Ok(Outcome::Allowed);
    }
    let registry = Registry::new(environment);
    let release = &desk.file.says.release;
    let mut facts = vec![Fact::name("package", release.name())];
    let unfit = record::unfit(release, known(registry.package(&release.package))?.as_ref());
    if !unfit.is_empty() {
        host.output("recorded", "false")?;
        desk.report(host, "refused", false, facts, unfit, Vec::new())?;
        return Ok(Outcome::Denied);
    }
    let found = match desk.args.given_approval() {
        Some(given) => Ok(given),
        None => {
            let github = github::connect(host)?;
            let path = desk.scope.in_repository(&desk.file.path);
            record::look_up(&desk.file, &path, &desk.commit(host)?, &github)?
        }
    };
    let approval = match found {
        Ok(approval) => approval,
        Err(reason) => {
            host.output("recorded", "false")?;
            desk.report(host, "not approved", false, facts, vec![reason], Vec::new())?;
            return Ok(Outcome::Missing);
        }
    };
    facts.push(Fact::name("pull request", &approval.pull_request));
    facts.push(Fact::name("approved by", approval.by.join(", ")));
    host.output("pull-request", &approval.pull_request)?;
    let record = registry.package(&release.package)?;
    let decision = approval.decision();
    let label = if approval.is_recorded(&record) {
        "recorded already"
    } else if desk.args.dry_run {
        "would be recorded"
    } else {
        registry.decide(&release.package, &decision)?;
        "recorded"
    };
    host.output(
        "recorded",
        if label == "recorded" { "true" } else { "false" },
    )?;
    desk.report(host, label, true, facts, Vec::new(), Vec::new())?;
    Ok(Outcome::Allowed)
}

/// Rejects a package, and goes back from it where it is the release.
pub(crate) fn revoked(
    desk: &Desk<'_>,
    reason: &str,
    environment: &AwsEnv,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let registry = Registry::new(environment);
    let pinned = &desk.file.says.release.package;
    let package = desk.args.package.as_ref().unwrap_or(pinned);
    let name = release::name_of(package);
    let record = registry.package(package)?;
    let who = host.env("GITHUB_ACTOR");
    let by = who.map_or_else(String::new, |who| format!(" by {who}"));
    let note = format!("Rejected{by}: {reason}");
    if record.approval == ApprovalStatus::Rejected {
        host.progress(&format!("{name} is rejected already"));
    } else if desk.args.dry_run {
        host.progress(&format!("dry run: {name} would be rejected"));
    } else {
        let decision = Decision {
            approved: false,
            note: note.clone(),
            metadata: BTreeMap::new(),
        };
        registry.decide(package, &decision)?;
        host.progress(&format!("{name} is rejected"));
    }
    if package != pinned {
        host.output("changed", "false")?;
        return Ok(Outcome::Allowed);
    }
    returned(desk, Left::Rejected, &note, environment, host)
}

/// Goes back to the release before.
pub(crate) fn returned(
    desk: &Desk<'_>,
    left: Left,
    because: &str,
    environment: &AwsEnv,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let registry = Registry::new(environment);
    let objects = Objects::new(environment);
    match back::back(&desk.file, left, &registry, &objects)? {
        Ok(after) => {
            let body = back::body(&desk.file, &after, because);
            host.say(body.trim_end());
            host.summary(&body)?;
            host.output("package", &after.says.release.package)?;
            let changed = Changed {
                after: &after,
                title: back::title(&desk.file, &after),
                body,
                wanted: Wanted::Asked,
            };
            desk.put(&changed, host)
        }
        Err(reason) => {
            host.output("changed", "false")?;
            let facts = vec![Fact::name("release", desk.file.says.release.name())];
            desk.report(host, "no way back", false, facts, vec![reason], Vec::new())?;
            Ok(Outcome::Missing)
        }
    }
}

/// Proves what serves.
pub(crate) fn verified(
    desk: &Desk<'_>,
    environment: &AwsEnv,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let sources = verify::Sources {
        registry: Registry::new(environment),
        objects: Objects::new(environment),
        endpoints: Endpoints::new(environment),
    };
    let timeout = u64::try_from(desk.file.says.deployment.timeout_seconds).unwrap_or_default();
    let patience = Duration::from_secs(desk.args.wait.unwrap_or(timeout));
    let (now, asked) = verify::at_rest(&desk.endpoint, &sources.registry, patience, |line| {
        host.progress(line);
    })?;
    let mut found = verify::verify(
        &desk.endpoint,
        now.as_ref(),
        asked.as_deref(),
        &desk.file,
        &sources,
    )?;
    if desk.scope.settings.models.approval == Approval::PullRequest {
        let pins = desk.pins()?;
        let elsewhere =
            verify::approved_elsewhere(&desk.file.says.release, &pins, &sources.registry)?;
        found.drift.extend(elsewhere);
    }
    let pinned = desk.file.says.release.name();
    let (label, outcome) = match (found.drift.as_slice(), found.unproven.as_slice()) {
        ([], []) => ("verified", Outcome::Allowed),
        ([], _) => ("not enough evidence", Outcome::Missing),
        _ => ("drift", Outcome::Drift),
    };
    let facts = vec![
        Fact::name("endpoint", &desk.endpoint),
        Fact::name("pinned", pinned),
        Fact::name(
            "serves",
            found
                .serves
                .as_deref()
                .map_or_else(|| "nothing known".to_owned(), release::name_of),
        ),
    ];
    let truth = match &found.serves {
        Some(serves) if *serves != desk.file.says.release.package => {
            Some(back::truth(&desk.file, serves, &sources.registry)?)
        }
        _ => None,
    };
    let amends = match &truth {
        Some(Ok(after)) => text::diff(&desk.file.text, &after.text),
        Some(Err(reason)) => reason.clone(),
        None => String::new(),
    };
    let sections = vec![
        Section {
            title: "what was proven".to_owned(),
            language: "",
            lines: found.proven,
        },
        Section {
            title: "what puts git right (`propose` opens the pull request)".to_owned(),
            language: "diff",
            lines: amends.lines().map(str::to_owned).collect(),
        },
    ];
    let sections = sections
        .into_iter()
        .filter(|section| !section.lines.is_empty())
        .collect();
    host.output("serves", found.serves.as_deref().unwrap_or_default())?;
    let reasons: Vec<String> = found.drift.into_iter().chain(found.unproven).collect();
    let ok = outcome == Outcome::Allowed;
    desk.report(host, label, ok, facts, reasons.clone(), sections)?;
    if let (true, Some(Ok(after))) = (desk.args.propose, &truth) {
        let changed = Changed {
            after,
            title: back::truth_title(&desk.file, after),
            body: back::truth_body(&desk.file, after, &reasons),
            wanted: Wanted::Found,
        };
        // that the pull request is there mends nothing yet
        desk.put(&changed, host)?;
    }
    Ok(outcome)
}
