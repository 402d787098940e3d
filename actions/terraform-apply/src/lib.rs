//! Terraform apply: the judged plan and nothing else.
//!
//! Nothing that was written down is trusted. The plan is copied to a private place first; from that copy its JSON, its
//! digest, what policies find and what the registry says are derived anew and held against the reviewed verdict
//! ([`review`]). Only when all of it agrees is that copy applied, and what was applied is written down ([`record`]).

mod error;
mod record;
mod review;
mod state;

use camino::Utf8PathBuf;
use evidence::{Case, Decision, Exhibit, Kind, Predicate, Reason, Sha256, Statement};
use gha::{Event, Host, Outcome};
use jiff::Timestamp;
use policy_check::{Policies, PolicyArgs, Waivers};
use project::{Plan, ProjectError, Scope, ScopeArgs, Terraform, TerraformArgs};
use report_formats::{Fact, Format, Report, Sources};

pub use error::Error;
use review::{Now, Reviewed};

/// Apply a saved plan, if it is the one that was judged and nothing has changed since
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    terraform: TerraformArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    /// The saved plan, when it is not where `terraform-plan` puts it
    #[arg(long)]
    plan: Option<Utf8PathBuf>,
    /// How to print a refusal: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Derives everything anew, compares it with the reviewed verdict, and applies the plan if they agree.
///
/// # Errors
/// What keeps the plan from being looked at, or the apply from ending well. A refusal is an answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let mut scope = args.scope.resolve(host)?;
    args.policies.replace(&mut scope.settings.policy)?;
    let mut terraform = args.terraform.resolve(&scope, host)?;
    let contents = scope.store.read().map_err(ProjectError::from)?;
    terraform.init(host)?;
    let plan = Plan::read(
        args.plan.as_ref().unwrap_or(&scope.plan_file),
        &scope,
        &mut terraform,
        host,
    )?;

    let Some(verdict) = contents.verdict else {
        let text = format!(
            "nobody judged this plan: there is no verdict in `{}`",
            scope.store.folder()
        );
        let refusal = Reason {
            decision: Decision::NotEnoughEvidence,
            from: Kind::Verdict,
            about: None,
            text,
        };
        return refuse(&[refusal], &plan, args.output, host);
    };
    let reviewed = Reviewed {
        verdict,
        case: contents.case,
    };
    let now = derive(&plan, &reviewed, &scope, &terraform, host)?;
    let refusals = review::refusals(&reviewed, &now, &scope.settings.rules)?;
    if !refusals.is_empty() {
        return refuse(&refusals, &plan, args.output, host);
    }
    host.progress(&format!(
        "plan {} is the judged one; applying it",
        plan.digest.short()
    ));
    apply(&plan, &reviewed, &scope, &terraform, host)
}

/// Everything that the verdict rests on, looked at once more.
fn derive(
    plan: &Plan,
    reviewed: &Reviewed,
    scope: &Scope,
    terraform: &Terraform,
    host: &mut Host,
) -> Result<Now, Error> {
    let pull_request = match host.event().map_err(ProjectError::from)? {
        Event::PullRequest(pull_request) => Some(pull_request.base_sha),
        Event::None | Event::Other(_) => None,
    };
    let time = Timestamp::now();
    let settings = &scope.settings;
    let subjects = plan.subjects();
    let planned_at = reviewed
        .case
        .plan
        .as_ref()
        .map_or(time, |plan| plan.statement.predicate.produced_at);
    let facts = plan.facts(scope, terraform, planned_at)?;

    let mut case = Case {
        plan: Some(exhibit(Statement::new(subjects.clone(), facts))?),
        ..Case::default()
    };
    if !reviewed.case.policies.is_empty() {
        let policies = Policies::load(&settings.policy, pull_request.as_deref())?;
        let waivers = Waivers::load(settings, &policies, Some(&scope.environment.name))?;
        let judged = policy_check::judge(plan, &policies, &waivers, settings, time)?;
        case.policies
            .push(exhibit(Statement::new(subjects.clone(), judged.facts))?);
    }
    if !reviewed.case.approvals.is_empty() {
        // merging may approve for a review, but nothing is applied before the registry says Approved
        let facts = model_approval::gather(plan, scope, pull_request.as_deref(), false, time)?;
        case.approvals
            .push(exhibit(Statement::new(subjects.clone(), facts))?);
    }
    Ok(Now {
        case,
        subjects,
        state: state::read(&terraform.state(host)?)?,
        planned_state: plan.saved.state.clone(),
        pinned: std::fs::read_to_string(scope.environment.root.join(".terraform.lock.hcl"))
            .unwrap_or_default(),
        planned_pins: plan
            .saved
            .lock_file
            .as_ref()
            .map(|lock| lock.text.clone())
            .unwrap_or_default(),
        time,
    })
}

fn exhibit<P: Predicate>(statement: Statement<P>) -> Result<Exhibit<P>, Error> {
    Ok(Exhibit {
        file: format!("{} derived anew", P::KIND),
        sha256: Sha256::of(statement.to_json()?),
        statement,
    })
}

fn refuse(
    refusals: &[Reason],
    plan: &Plan,
    format: Format,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let decision = refusals
        .iter()
        .map(|refusal| refusal.decision)
        .max()
        .unwrap_or(Decision::Denied);
    let sources = Sources::new();
    let report = Report {
        tool: Kind::TerraformApply.name(),
        title: "Terraform apply",
        outcome: report_formats::Outcome {
            label: "refused, nothing was applied",
            ok: false,
        },
        facts: vec![Fact::name("plan", plan.digest.short())],
        reasons: refusals
            .iter()
            .map(|refusal| refusal.text.clone())
            .collect(),
        findings: &[],
        sections: Vec::new(),
        sources: &sources,
    };
    project::publish(&report, format, host).map_err(ProjectError::from)?;
    host.output("applied", "false")
        .map_err(ProjectError::from)?;
    Ok(gate::outcome(decision))
}

fn apply(
    plan: &Plan,
    reviewed: &Reviewed,
    scope: &Scope,
    terraform: &Terraform,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let result = terraform.apply(&plan.file()?, host);
    let record = record::of(&result, reviewed);
    let after = terraform
        .state(host)
        .ok()
        .and_then(|bytes| state::read(&bytes).ok().flatten());
    let record = evidence::ApplyRecord {
        state: after,
        ..record
    };
    let statement = Statement::new(plan.subjects(), record.clone());
    let file = scope.store.save(&statement).map_err(ProjectError::from)?;
    host.output("evidence", file.as_str())
        .map_err(ProjectError::from)?;
    host.output("applied", if record.complete { "true" } else { "false" })
        .map_err(ProjectError::from)?;
    record::show(&record, &result, plan, host)?;
    match result {
        Ok(_) => Ok(Outcome::Allowed),
        Err(error) => Err(ProjectError::from(error).into()),
    }
}
