//! Model approval: is every model that a plan would put into service approved, complete, and the same as reviewed?
//!
//! The plan is followed to model packages ([`wanted`]), the release files say which packages were reviewed
//! ([`release`]), the registry says where they stand ([`lookup`], [`standing`]). What cannot be resolved is not enough
//! evidence, never a pass. Nothing here approves anything.

mod error;
mod lookup;
mod release;
mod standing;
mod wanted;

use aws_env::AwsEnv;
use camino::Utf8PathBuf;
use evidence::{ApprovalFacts, Decision, Kind, ModelPackage, Standing, Statement};
use gha::{Event, Host, Outcome};
use jiff::Timestamp;
use project::{Plan, Scope, ScopeArgs, TerraformArgs};
use report_formats::{Fact, Format, Report, Section, Sources};

pub use error::Error;
use lookup::Questions;
use standing::Approving;

/// Check that every model a plan would put into service is approved
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    terraform: TerraformArgs,
    /// The saved plan, when it is not where `terraform-plan` puts it
    #[arg(long)]
    plan: Option<Utf8PathBuf>,
    /// The commit that release files are compared with; in a pull request its base
    #[arg(long)]
    base: Option<String>,
    /// How to print the result: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Looks the models up, writes the evidence, and says where they stand.
///
/// # Errors
/// A plan or release file that cannot be read, or a registry that does not answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let scope = args.scope.resolve(host)?;
    let mut terraform = args.terraform.resolve(&scope, host)?;
    let file = args.plan.as_ref().unwrap_or(&scope.plan_file);
    let plan = Plan::read(file, &scope, &mut terraform, host)?;
    let pull_request = match host.event()? {
        Event::PullRequest(pull_request) => Some(pull_request),
        Event::None | Event::Other(_) => None,
    };
    let base = args.base.clone().or(pull_request
        .as_ref()
        .map(|pull_request| pull_request.base_sha.clone()));
    let facts = gather(
        &plan,
        &scope,
        base.as_deref(),
        pull_request.is_some(),
        Timestamp::now(),
    )?;
    let statement = Statement::new(plan.subjects(), facts.clone());
    let evidence = scope
        .store
        .save(&statement)
        .map_err(project::ProjectError::from)?;
    host.output("evidence", evidence.as_str())?;
    conclude(&facts, &plan, args.output, host)
}

/// What the registry says about everything that `plan` would put into service.
///
/// `base` is the commit that release files are compared with; without one, all of the environment's are looked up.
/// `merging` tells whether this is a pull request, whose merging may be the approval.
///
/// # Errors
/// A release file that cannot be read, or a registry that does not answer.
pub fn gather(
    plan: &Plan,
    scope: &Scope,
    base: Option<&str>,
    merging: bool,
    now: Timestamp,
) -> Result<ApprovalFacts, Error> {
    let (wanted, unresolved) = wanted::wanted(&plan.json);
    let mut pins = release::read(&scope.settings.models.folder, &scope.environment.name)?;
    for pin in &mut pins {
        pin.file = scope.in_repository(pin.file.as_str().into());
    }
    let changed_files = match (&scope.worktree, base) {
        (Some(worktree), Some(base)) => Some(
            worktree
                .changed_since(base)
                .map_err(project::ProjectError::from)?,
        ),
        _ => None,
    };
    let is_changed = |file: &str| {
        changed_files
            .as_ref()
            .is_none_or(|files| files.iter().any(|changed| changed == file))
    };
    let changed = pins
        .iter()
        .filter(|pin| pin.current && is_changed(&pin.file))
        .map(|pin| pin.release.package.clone())
        .collect();
    let questions = Questions {
        wanted,
        unresolved,
        pins,
        changed,
    };
    if !questions.any() {
        // nothing would serve, so nobody has to be asked, and no credentials are needed
        return Ok(ApprovalFacts {
            produced_at: now,
            packages: Vec::new(),
            unresolved: questions.unresolved,
        });
    }
    let environment = AwsEnv::load(scope.settings.region.as_deref())?;
    if let Some(account) = &scope.settings.account {
        environment.caller(Some(account))?;
    }
    let approving = Approving {
        mode: scope.settings.models.approval,
        pull_request: changed_files.filter(|_| merging),
    };
    lookup::look_up(questions, &approving, &environment, now)
}

fn conclude(
    facts: &ApprovalFacts,
    plan: &Plan,
    format: Format,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let reasons = facts.reasons();
    let decision = reasons
        .iter()
        .map(|reason| reason.decision)
        .max()
        .unwrap_or(Decision::Allowed);
    let approved = facts
        .packages
        .iter()
        .filter(|package| package.standing == Standing::Approved)
        .count();
    let sources = Sources::new();
    let who = Section {
        title: "who approved what".to_owned(),
        language: "",
        lines: facts.packages.iter().map(line).collect(),
    };
    let report = Report {
        tool: Kind::ModelApproval.name(),
        title: "Model approval",
        outcome: report_formats::Outcome {
            label: decision.word(),
            ok: decision == Decision::Allowed,
        },
        facts: vec![
            Fact::count("model package", facts.packages.len()),
            Fact::count("approval", approved),
            Fact::name("plan", plan.digest.short()),
        ],
        reasons: reasons.into_iter().map(|reason| reason.text).collect(),
        findings: &[],
        sections: Some(who)
            .filter(|who| !who.lines.is_empty())
            .into_iter()
            .collect(),
        sources: &sources,
    };
    project::publish(&report, format, host)?;
    host.output("decision", decision.name())?;
    Ok(match decision {
        Decision::Allowed => Outcome::Allowed,
        Decision::NotEnoughEvidence => Outcome::Missing,
        Decision::Denied => Outcome::Denied,
    })
}

fn line(package: &ModelPackage) -> String {
    let standing = match package.standing {
        Standing::Approved => "approved",
        Standing::ApprovedByMerging => "approved by merging",
        Standing::Pending => "waiting",
        Standing::Unknown => "unknown",
        Standing::Rejected => "rejected",
        Standing::Mismatch => "not as pinned",
        Standing::NotPinned => "not pinned",
    };
    let by = package.approved_by.as_deref().unwrap_or("nobody known");
    let at = package
        .approved_at
        .map_or_else(|| "an unknown time".to_owned(), |time| time.to_string());
    let note = package
        .approval_note
        .as_ref()
        .map(|note| format!(": {note}"))
        .unwrap_or_default();
    format!(
        "{standing}  {}  last changed by {by} at {at}{note}",
        package.arn
    )
}
