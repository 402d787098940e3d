//! Terraform plan: what would change, as a saved plan, as redacted JSON, and as evidence.
//!
//! The plan is made from the checked-out commit with the dependency lock file read only, and saved where only its
//! owner reads it, because it holds secrets. What leaves this action, in the log, the summary, the JSON and the
//! evidence, holds none. It judges nothing: a plan full of destroys is a plan.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{Kind, PlanFacts, Statement};
use gha::{Host, Outcome};
use jiff::Timestamp;
use project::{Plan, ProjectError, Scope, ScopeArgs, TerraformArgs};
use report_formats::{Fact, Format, Report, Section, Sources};
use terraform::{PlanMode, PlanOptions};
use tfplan::Summary;

/// Plan a Terraform root module and write down what it would do
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    terraform: TerraformArgs,
    /// Where to save the plan, when not in `.towpath/plans`
    #[arg(long)]
    out: Option<Utf8PathBuf>,
    /// A file with variables, from the root module's folder; replaces what the configuration says
    #[arg(long)]
    var_file: Vec<String>,
    /// Plan to destroy everything
    #[arg(long)]
    destroy: bool,
    /// How many seconds to wait for the state lock
    #[arg(long, default_value_t = 0)]
    lock_timeout: u64,
    /// How to print the result: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Plans, writes the evidence, and shows what would change.
///
/// # Errors
/// A configuration that cannot be planned, with what Terraform says about it.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, ProjectError> {
    let scope = args.scope.resolve(host)?;
    let mut terraform = args.terraform.resolve(&scope, host)?;
    hide_variables(&scope, host);
    // evidence about an earlier plan must not outlive it
    scope.store.clear()?;
    let file = args.out.as_ref().unwrap_or(&scope.plan_file);
    make_folder(file)?;
    terraform.init(host)?;
    terraform.validate(host)?;
    terraform.plan(&args.options(&scope, file), host)?;
    let plan = Plan::read(file, &scope, &mut terraform, host)?;

    let summary = tfplan::summary(&plan.redacted.plan()?);
    let facts = plan.facts(&scope, &terraform, Timestamp::now())?;
    evidence_store::write_private(&scope.plan_json, &plan.redacted.to_canonical_bytes())?;
    let evidence = scope
        .store
        .save(&Statement::new(plan.subjects(), facts.clone()))?;

    show(&plan, &summary, &facts, args.output, host)?;
    host.output("plan", file.as_str())?;
    host.output("plan-json", scope.plan_json.as_str())?;
    host.output("plan-digest", &plan.digest.to_string())?;
    host.output(
        "has-changes",
        if plan.json.applyable() == Some(false) {
            "false"
        } else {
            "true"
        },
    )?;
    host.output("evidence", evidence.as_str())?;
    Ok(Outcome::Allowed)
}

impl Args {
    fn options(&self, scope: &Scope, file: &Utf8Path) -> PlanOptions {
        let configured = || {
            scope
                .environment
                .var_files
                .iter()
                .map(|file| file.to_string())
                .collect()
        };
        PlanOptions {
            out: file.to_owned(),
            mode: if self.destroy {
                PlanMode::Destroy
            } else {
                PlanMode::Normal
            },
            var_files: if self.var_file.is_empty() {
                configured()
            } else {
                self.var_file.clone()
            },
            lock_timeout: (self.lock_timeout > 0).then(|| Duration::from_secs(self.lock_timeout)),
            ..PlanOptions::default()
        }
    }
}

/// A provider may repeat a variable's value in an error, before there is a plan that says which are secret.
fn hide_variables(scope: &Scope, host: &mut Host) {
    for name in tfplan::sensitive_variables(&sources(&scope.environment.root)) {
        if let Some(value) = host.env(&format!("TF_VAR_{name}")) {
            host.mask(&value);
        }
    }
}

/// The root module's files, as far as they can be read.
fn sources(root: &Utf8Path) -> Vec<String> {
    let entries = root.read_dir_utf8().into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_name().ends_with(".tf"));
    files
        .filter_map(|entry| std::fs::read_to_string(entry.path()).ok())
        .collect()
}

fn make_folder(file: &Utf8Path) -> Result<(), ProjectError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_str().is_empty())
        .unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(folder).map_err(|source| {
        evidence_store::StoreError::Write {
            path: folder.to_owned(),
            source,
        }
        .into()
    })
}

fn show(
    plan: &Plan,
    summary: &Summary,
    facts: &PlanFacts,
    format: Format,
    host: &mut Host,
) -> Result<(), ProjectError> {
    let sources = Sources::new();
    let mut shown = vec![
        Fact::plain("counts", summary.counts.sentence("")),
        Fact::name("plan", plan.digest.short()),
    ];
    shown.extend(
        facts
            .commit
            .as_deref()
            .map(|commit| Fact::name("commit", &commit[..commit.len().min(7)])),
    );
    let report = Report {
        tool: Kind::TerraformPlan.name(),
        title: "Terraform plan",
        outcome: report_formats::Outcome {
            label: "planned",
            ok: facts.unusable.is_empty(),
        },
        facts: shown,
        reasons: facts.unusable.clone(),
        findings: &[],
        sections: changes(summary).into_iter().collect(),
        sources: &sources,
    };
    Ok(project::publish(&report, format, host)?)
}

/// Every change, when there is one.
fn changes(summary: &Summary) -> Option<Section> {
    let text = summary.to_text();
    // the counts stand with the verdict
    let lines: Vec<_> = text.lines().skip(1).map(str::to_owned).collect();
    (!lines.is_empty()).then(|| Section {
        title: "what changes".to_owned(),
        language: "",
        lines,
    })
}
