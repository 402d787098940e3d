//! The gate: the verdict over the evidence, and its reasons.
//!
//! It reads the evidence folder and the rules in `towpath.yaml`, and nothing else: no plan, no network. What it writes,
//! the verdict with the digests of all that it rests on, is what people review and `terraform-apply` holds the plan to.

use evidence::{
    Case, Decision, Exhibit, Finding, Kind, Predicate, Reason, Rules, Statement, Verdict, excused,
    judge,
};
use gha::{Class, Failure, Host, HostError, Outcome};
use jiff::Timestamp;
use miette::Diagnostic;
use project::{ProjectError, ScopeArgs};
use report_formats::{Fact, Format, Report, Section, Sources};

/// Judge the evidence about a plan by the rules in `towpath.yaml`
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// Show the evidence and the rules behind the verdict
    #[arg(long)]
    explain: bool,
    /// How to print the verdict: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Why there is no verdict. That a plan is denied is a verdict.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The project or its evidence cannot be read.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] ProjectError),
    /// The verdict could not be put into JSON.
    #[error("failed to write the verdict down; this is a bug in Towpath")]
    Serialize(#[from] serde_json::Error),
}

impl From<HostError> for Error {
    fn from(error: HostError) -> Self {
        Self::Project(error.into())
    }
}

impl Failure for Error {
    fn class(&self) -> Class {
        match self {
            Self::Project(error) => error.class(),
            Self::Serialize(_) => Class::Ours,
        }
    }
}

/// Judges, writes the verdict, and says why.
///
/// # Errors
/// Evidence or a configuration that cannot be read.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let scope = args.scope.resolve(host)?;
    let rules = &scope.settings.rules;
    let case = scope.store.read().map_err(ProjectError::from)?.case;
    let verdict = judge(&case, rules, Timestamp::now())?;
    let file = scope.store.save(&verdict).map_err(ProjectError::from)?;

    let sections = if args.explain {
        explain(&case, rules)
    } else {
        Vec::new()
    };
    show(&verdict, &case, sections, args.output, host)?;
    let decision = verdict.predicate.decision;
    host.output("decision", decision.name())?;
    host.output("verdict", file.as_str())?;
    Ok(outcome(decision))
}

/// The exit code of a decision.
pub fn outcome(decision: Decision) -> Outcome {
    match decision {
        Decision::Allowed => Outcome::Allowed,
        Decision::NotEnoughEvidence => Outcome::Missing,
        Decision::Denied => Outcome::Denied,
    }
}

/// Shows a verdict and the findings behind it.
///
/// # Errors
/// The runner's files cannot be written.
pub fn show(
    verdict: &Statement<Verdict>,
    case: &Case,
    sections: Vec<Section>,
    format: Format,
    host: &mut Host,
) -> Result<(), HostError> {
    let decision = verdict.predicate.decision;
    let policies = case
        .policies
        .iter()
        .map(|policy| &policy.statement.predicate);
    let judged_at = verdict.predicate.judged_at;
    let findings: Vec<_> = policies
        .clone()
        .flat_map(|policy| excused(&policy.findings, &policy.waivers, judged_at))
        .collect();
    // what a finding says stands with the finding; the other reasons have no place of their own
    let with_a_finding = |reason: &&Reason| {
        let says = |finding: &Finding| {
            let text = format!("{}: {}", finding.rule, finding.message);
            reason.text.starts_with(&text)
        };
        reason.from == Kind::PolicyCheck && findings.iter().any(says)
    };
    let reasons = verdict
        .predicate
        .reasons
        .iter()
        .filter(|reason| !with_a_finding(reason));
    let plan = case.plan.as_ref();
    let digest = plan.and_then(|plan| plan.statement.subject("plan-digest"));
    let rules = policies.map(|policy| policy.rules).sum::<u64>();
    let mut facts = vec![Fact::count(
        "rule",
        usize::try_from(rules).unwrap_or(usize::MAX),
    )];
    facts.extend(plan.map(|plan| Fact::count("change", plan.statement.predicate.changes.len())));
    facts.extend(digest.map(|digest| Fact::name("plan", digest.short())));
    facts.extend(
        verdict
            .predicate
            .commit
            .as_ref()
            .map(|commit| Fact::name("commit", &commit[..commit.len().min(7)])),
    );
    let sources = Sources::new();
    let report = Report {
        tool: "gate",
        title: "Gate",
        outcome: report_formats::Outcome {
            label: decision.word(),
            ok: decision == Decision::Allowed,
        },
        facts,
        reasons: reasons.map(|reason| reason.text.clone()).collect(),
        findings: &findings,
        sections,
        sources: &sources,
    };
    project::publish(&report, format, host)
}

/// What the verdict rests on, in words.
fn explain(case: &Case, rules: &Rules) -> Vec<Section> {
    let mut lines = Vec::new();
    lines.extend(case.plan.iter().map(|plan| {
        let facts = &plan.statement.predicate;
        let commit = facts.commit.as_deref().unwrap_or("no commit");
        piece(
            plan,
            format!(
                "{} of {commit} by {}",
                counted("change", facts.changes.len()),
                facts.tool
            ),
            facts.produced_at,
        )
    }));
    lines.extend(case.policies.iter().map(|policy| {
        let facts = &policy.statement.predicate;
        let what = format!(
            "{} of {} ({}), read from {}, known-bad plan {}",
            counted("finding", facts.findings.len()),
            counted("rule", usize::try_from(facts.rules).unwrap_or(usize::MAX)),
            facts.bundle.short(),
            facts.read_from,
            match facts.canary {
                evidence::Canary::Denied => "denied",
                evidence::Canary::Absent => "not tried",
            }
        );
        let what = match facts.waivers.len() {
            0 => what,
            waivers => format!("{what}, {}", counted("waiver", waivers)),
        };
        piece(policy, what, facts.produced_at)
    }));
    lines.extend(case.approvals.iter().map(|approval| {
        let facts = &approval.statement.predicate;
        let what = format!(
            "{}, {} unresolved",
            counted("model package", facts.packages.len()),
            facts.unresolved.len()
        );
        piece(approval, what, facts.produced_at)
    }));
    let required = rules
        .require
        .iter()
        .map(|requirement| requirement.kind().to_string())
        .collect::<Vec<_>>();
    let mut asked = vec![
        format!(
            "evidence: terraform-plan, {}, at most {:#} old",
            required.join(", "),
            rules.max_age
        ),
        format!(
            "from a commit: {}",
            if rules.require_commit { "yes" } else { "no" }
        ),
        format!(
            "policies that denied a known-bad plan: {}",
            if rules.require_canary { "yes" } else { "no" }
        ),
    ];
    asked.extend(
        rules
            .allow_destroy
            .iter()
            .map(|allowed| format!("`{}` may be destroyed: {}", allowed.address, allowed.reason)),
    );
    vec![
        Section {
            title: "evidence".to_owned(),
            language: "",
            lines,
        },
        Section {
            title: "rules".to_owned(),
            language: "",
            lines: asked,
        },
    ]
}

fn counted(noun: &str, count: usize) -> String {
    Fact::count(noun, count).shown()
}

fn piece<P: Predicate>(exhibit: &Exhibit<P>, what: String, produced_at: Timestamp) -> String {
    format!(
        "{} ({}): {what}, {produced_at:.0}",
        exhibit.file,
        exhibit.sha256.short()
    )
}
