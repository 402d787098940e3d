//! Policy check: what do the policies say about a plan, or about any other document?
//!
//! Policies are Rego with Conftest's conventions ([`rego_policy`]). In a pull request they are read from the base
//! branch ([`policies`]), and so are waivers ([`waivers`]), so that a pull request cannot weaken its own judge. A plan is judged without its secrets, its
//! findings point at the `.tf` block ([`findings`]), and what was found becomes evidence; other documents are checked
//! and shown. No network is used here.

mod error;
mod excuse;
mod findings;
mod inputs;
mod options;
mod policies;
mod show;
mod waivers;

use camino::Utf8PathBuf;
use evidence::{Level, PolicyFacts, Sha256, Statement, Subject};
use gha::{Event, Host, Outcome};
use jiff::Timestamp;
use project::{Plan, Scope, ScopeArgs, TerraformArgs};
use rego_policy::{CheckResult, Input, Namespaces};
use settings::Settings;

pub use error::Error;
use inputs::{Document, Subject as Judged};
pub use options::PolicyArgs;
pub use policies::Policies;
use show::{Found, Output};
pub use waivers::Waivers;

/// Check a Terraform plan, or other documents, against Rego policies
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Saved plans, plan JSON, or JSON, YAML and HCL files; `-` is standard input. Without any: the environment's plan
    inputs: Vec<Utf8PathBuf>,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    terraform: TerraformArgs,
    #[command(flatten)]
    policies: PolicyArgs,
    /// How to read every input: `json`, `yaml` or `hcl2`
    #[arg(long)]
    parser: Option<String>,
    /// Judge all inputs as one list of `{path, contents}`
    #[arg(long)]
    combine: bool,
    /// Run the tests of the policies (`test_*` in `*_test.rego`) instead of judging anything
    #[arg(long)]
    verify: bool,
    /// How to print the result: `text`, `findings`, `sarif`, `junit`, `markdown`, or as Conftest does `stdout`, `json`, `tap`, `table`, `github`
    #[arg(long, short, default_value = "text")]
    output: Output,
}

/// Judges the inputs, writes evidence about a plan, and shows what was found.
///
/// # Errors
/// Policies or inputs that cannot be used, or a rule that could not be evaluated. None of them is a pass.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let mut settings = args.scope.settings(host)?;
    args.policies.replace(&mut settings.policy)?;
    let select = args.namespaces(&settings);
    if args.verify {
        // what a pull request tests is its own work, which judges nothing yet
        let policies = Policies::load(&settings.policy, None)?;
        return show::tests(&policies.set.verify(&select)?, args.output, host);
    }
    let base = match host.event().map_err(project::ProjectError::from)? {
        Event::PullRequest(pull_request) => Some(pull_request.base_sha),
        Event::None | Event::Other(_) => None,
    };
    let policies = Policies::load(&settings.policy, base.as_deref())?;
    let inputs = inputs::read(args, &args.terraform, host)?;
    let now = Timestamp::now();
    match inputs.as_slice() {
        [
            Document {
                subject: Judged::Saved(plan, scope),
                ..
            },
        ] => {
            let name = Some(scope.environment.name.as_str());
            let waivers = Waivers::load(&settings, &policies, name)?;
            let judged = judge(plan, &policies, &waivers, &settings, now)?;
            let found = Found::of(&judged, &waivers, now);
            save(scope, Statement::new(plan.subjects(), judged.facts), host)?;
            let preview = policies.preview(&settings.policy, |set| {
                judge(plan, set, &waivers, &settings, now)
            });
            show::plan(&found, Some(plan), preview, args.output, host)
        }
        [
            Document {
                subject: Judged::Json(redacted, scope),
                name,
            },
        ] => {
            let environment = scope.as_ref().map(|scope| scope.environment.name.as_str());
            let waivers = Waivers::load(&settings, &policies, environment)?;
            let document = redacted.document();
            let judged = judge_document(name, document, &policies, &waivers, &settings, None, now)?;
            let found = Found::of(&judged, &waivers, now);
            let json = Subject::plan_json(Sha256::of(redacted.to_canonical_bytes()));
            match scope {
                Some(scope) => save(scope, Statement::new(vec![json], judged.facts), host)?,
                None => host.progress("no evidence is written: no environment was named"),
            }
            show::plan(&found, None, None, args.output, host)
        }
        documents => {
            let results = evaluate(documents, &policies, &select, args.combine)?;
            let findings = findings::of(&results, &policies, None, None, &settings);
            let found = Found {
                rules: policies.count(&results),
                results,
                findings,
                faults: Vec::new(),
                proposed: Vec::new(),
            };
            show::plan(&found, None, None, args.output, host)
        }
    }
}

fn save(scope: &Scope, statement: Statement<PolicyFacts>, host: &mut Host) -> Result<(), Error> {
    let evidence = scope
        .store
        .save(&statement)
        .map_err(project::ProjectError::from)?;
    Ok(host.output("evidence", evidence.as_str())?)
}

/// What policies say about a plan: as evidence, and in Conftest's terms.
#[derive(Debug)]
pub struct JudgedPlan {
    /// The evidence.
    pub facts: PolicyFacts,
    /// The same, as Conftest counts.
    pub results: Vec<CheckResult>,
}

/// Evaluates `policies` over `plan`, after they have denied a plan that is known to be bad. The waivers are only written
/// down beside what is found.
///
/// # Errors
/// A rule that could not be evaluated, no such package, or policies that let the known-bad plan pass.
pub fn judge(
    plan: &Plan,
    policies: &Policies,
    waivers: &Waivers,
    settings: &Settings,
    now: Timestamp,
) -> Result<JudgedPlan, Error> {
    let mut judged = judge_document(
        "plan",
        plan.redacted.document(),
        policies,
        waivers,
        settings,
        Some(plan),
        now,
    )?;
    judged.facts.findings.extend(findings::hidden(plan));
    Ok(judged)
}

fn judge_document(
    name: &str,
    document: &serde_json::Value,
    policies: &Policies,
    waivers: &Waivers,
    settings: &Settings,
    plan: Option<&Plan>,
    now: Timestamp,
) -> Result<JudgedPlan, Error> {
    let select = Namespaces::Only(settings.policy.namespaces.clone());
    let canary = policies.prove(&select)?;
    let results = policies.set.evaluate(
        &select,
        &Input {
            file_name: name.to_owned(),
            value: document.clone(),
        },
    )?;
    let findings = findings::of(&results, policies, plan, Some(document), settings);
    let facts = PolicyFacts {
        produced_at: now,
        bundle: Sha256::of(policies.set.digest()),
        engine: rego_policy::ENGINE.to_owned(),
        read_from: policies.read_from.clone(),
        namespaces: results
            .iter()
            .map(|result| result.namespace.clone())
            .collect(),
        rules: policies.count(&results) as u64,
        canary,
        findings,
        waivers: waivers.count.clone(),
    };
    Ok(JudgedPlan { facts, results })
}

fn evaluate(
    documents: &[Document],
    policies: &Policies,
    select: &Namespaces,
    combine: bool,
) -> Result<Vec<CheckResult>, Error> {
    let each = documents
        .iter()
        .map(|document| (document.name.clone(), document.value().clone()));
    if combine {
        let value = rego_policy::documents::combine(each.collect());
        let file_name = rego_policy::documents::COMBINED.to_owned();
        return Ok(policies.set.evaluate(select, &Input { file_name, value })?);
    }
    let mut results = Vec::new();
    for (file_name, value) in each {
        results.extend(policies.set.evaluate(select, &Input { file_name, value })?);
    }
    Ok(results)
}

impl Args {
    fn namespaces(&self, settings: &Settings) -> Namespaces {
        if self.policies.all_namespaces || (self.verify && self.policies.namespace.is_empty()) {
            // the tests of every package are run, as Conftest does
            return Namespaces::All;
        }
        Namespaces::Only(settings.policy.namespaces.clone())
    }
}

/// Whether anything in `findings` denies.
fn outcome(findings: &[evidence::Finding]) -> Outcome {
    if findings.iter().any(|finding| finding.level == Level::Deny) {
        Outcome::Denied
    } else {
        Outcome::Allowed
    }
}
