//! Promotion by pull request: which model package serves is a line in git, and this moves that line.
//!
//! Without a mode it proposes a package ([`propose`], [`text`]); `--verify` proves what serves after an apply
//! ([`verify`]); `--back` and `--revoke` lead to the release before ([`back`]). It never approves: whoever merges the pull request does. It asks nothing of GitHub: the release file
//! is changed in the working copy, and the text of the pull request is printed.

mod back;
mod compare;
mod error;
mod evaluation;
mod propose;
mod release;
mod text;
mod verify;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_env::AwsEnv;
use gha::{Host, Outcome};
use project::{Scope, ScopeArgs};
use report_formats::{Fact, Format, Report, Section};
use s3_objects::Objects;
use sagemaker_models::{ApprovalStatus, Decision, Registry};
use sagemaker_runtime::Endpoints;
use settings::Approval;

use back::Left;
pub use error::Error;
use propose::Proposed;
use release::ReleaseFile;

/// Where a package says which merged pull request approved it.
const APPROVAL_PULL_REQUEST: &str = "approval_pull_request";

/// Propose which model package serves, go back from it, and prove what serves
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// The model; needed when several have a release file
    #[arg(long)]
    model: Option<String>,
    /// The package's ARN; otherwise the newest complete one that nobody rejected
    #[arg(long)]
    package: Option<String>,
    /// Prove that the endpoint serves what the release file pins, instead of proposing
    #[arg(long)]
    verify: bool,
    /// Propose to go back to the release before this one, which is kept in its place
    #[arg(long, conflicts_with_all = ["verify", "revoke", "package"])]
    back: bool,
    /// Reject the release, or `package`, for this reason, and propose to go back from it
    #[arg(long, value_name = "REASON", conflicts_with = "verify")]
    revoke: Option<String>,
    /// How many seconds to wait for a rollout; otherwise as long as the release file gives it
    #[arg(long)]
    wait: Option<u64>,
    /// Change nothing: show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// How to print what was found: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// What a run works on.
struct Desk<'a> {
    args: &'a Args,
    scope: Scope,
    file: ReleaseFile,
    endpoint: String,
}

/// Proposes, proves, or goes back, as the mode says.
///
/// # Errors
/// No release file, or a service that does not answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let scope = args.scope.resolve(host)?;
    let models = &scope.settings.models;
    let file = ReleaseFile::find(
        &models.folder,
        &scope.environment.name,
        args.model.as_deref(),
    )?;
    let endpoint = models.endpoint_of(&file.says.model, &file.says.environment);
    let environment = AwsEnv::load(scope.settings.region.as_deref())?;
    if let Some(account) = &scope.settings.account {
        environment.caller(Some(account))?;
    }
    let desk = Desk {
        args,
        scope,
        file,
        endpoint,
    };
    if args.verify {
        verified(&desk, &environment, host)
    } else if let Some(reason) = &args.revoke {
        revoked(&desk, reason, &environment, host)
    } else if args.back {
        let because = "The release before is asked for again.";
        returned(&desk, Left::Kept, because, &environment, host)
    } else {
        proposed(&desk, &environment, host)
    }
}

fn proposed(desk: &Desk<'_>, environment: &AwsEnv, host: &mut Host) -> Result<Outcome, Error> {
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
            host.output("title", &text::title(&change))?;
            desk.put(&change.before, &change.after, host)?;
            Ok(Outcome::Allowed)
        }
    }
}

/// Rejects a package, and goes back from it where it is the release.
fn revoked(
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
fn returned(
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
            host.output("title", &back::title(&desk.file, &after))?;
            desk.put(&desk.file, &after, host)?;
            Ok(Outcome::Allowed)
        }
        Err(reason) => {
            host.output("changed", "false")?;
            let facts = vec![Fact::name("release", desk.file.says.release.name())];
            desk.report(host, "no way back", false, facts, vec![reason], Vec::new())?;
            Ok(Outcome::Missing)
        }
    }
}

fn verified(desk: &Desk<'_>, environment: &AwsEnv, host: &mut Host) -> Result<Outcome, Error> {
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
    let sections = vec![Section {
        title: "what was proven".to_owned(),
        language: "",
        lines: found.proven,
    }];
    let sections = sections
        .into_iter()
        .filter(|section| !section.lines.is_empty())
        .collect();
    host.output("serves", found.serves.as_deref().unwrap_or_default())?;
    let reasons = found.drift.into_iter().chain(found.unproven).collect();
    let ok = outcome == Outcome::Allowed;
    desk.report(host, label, ok, facts, reasons, sections)?;
    Ok(outcome)
}

impl Desk<'_> {
    /// Puts the changed release file where it belongs: nowhere in a dry run, else into the working copy.
    fn put(&self, before: &ReleaseFile, after: &ReleaseFile, host: &mut Host) -> Result<(), Error> {
        if self.args.dry_run {
            host.output("changed", "false")?;
            host.progress(&format!(
                "dry run: `{}` would change\n{}",
                after.path,
                text::diff(&before.text, &after.text).trim_end()
            ));
            return Ok(());
        }
        std::fs::write(&after.path, &after.text).map_err(|source| Error::Write {
            file: after.path.clone(),
            source,
        })?;
        host.output("changed", "true")?;
        host.progress(&format!("wrote `{}`", after.path));
        Ok(())
    }

    /// Every package that a release file pins, in any environment.
    fn pins(&self) -> Result<Vec<String>, Error> {
        release::pins(&self.scope.settings.models.folder)
    }

    fn report(
        &self,
        host: &mut Host,
        label: &str,
        ok: bool,
        facts: Vec<Fact>,
        reasons: Vec<String>,
        sections: Vec<Section>,
    ) -> Result<(), Error> {
        let sources = report_formats::Sources::new();
        let report = Report {
            tool: "model-promote",
            title: "Model promote",
            outcome: report_formats::Outcome { label, ok },
            facts,
            reasons,
            findings: &[],
            sections,
            sources: &sources,
        };
        Ok(project::publish(&report, self.args.output, host)?)
    }
}
