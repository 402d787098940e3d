//! Pipeline lint: what is wrong with a SageMaker pipeline definition, before SageMaker finds out or lets it pass?
//!
//! A definition is read with its places ([`document`]), as steps and references ([`definition`], [`reference`]), and held
//! against rules ([`rules`]): what AWS's published schema does not see, such as references that lead nowhere, a model that
//! is registered without having been measured, or a canary of one instance. No network is used here.

mod definition;
mod document;
mod error;
mod reference;
mod rules;

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{Finding, Level, Location};
use gha::{Host, Outcome};
use report_formats::{Fact, Format, Report, Sources};

use definition::Definition;
pub use error::Error;
use rules::Found;

/// Check a SageMaker pipeline definition for what would fail late or pass unseen
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Pipeline definitions: JSON files
    #[arg(required = true)]
    definitions: Vec<Utf8PathBuf>,
    /// How to print the result: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, short, default_value = "text")]
    output: Format,
}

/// Judges the definitions and shows what was found.
///
/// # Errors
/// A file that cannot be read, or that is no pipeline definition.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    let mut steps = 0;
    for path in &args.definitions {
        let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.clone(),
            source,
        })?;
        steps += lint(path, &text, &mut findings)?;
        sources.insert(path.as_str(), text);
    }
    let denied = !findings.is_empty();
    let mut rules: Vec<&str> = findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    rules.sort_unstable();
    rules.dedup();
    let report = Report {
        tool: "pipeline-lint",
        title: "Pipeline lint",
        outcome: report_formats::Outcome {
            label: if denied { "denied" } else { "allowed" },
            ok: !denied,
        },
        facts: vec![
            Fact::share("rule", rules.len(), rules::count()),
            Fact::count("step", steps),
        ],
        reasons: Vec::new(),
        findings: &findings,
        sections: Vec::new(),
        sources: &sources,
    };
    project::publish(&report, args.output, host)?;
    host.output("findings", &findings.len().to_string())?;
    Ok(match denied {
        true => Outcome::Denied,
        false => Outcome::Allowed,
    })
}

/// Adds what is wrong with one definition to `findings`. Says how many steps it has.
fn lint(path: &Utf8Path, text: &str, findings: &mut Vec<Finding>) -> Result<usize, Error> {
    let root = document::parse(text).map_err(|source| Error::Parse {
        path: path.to_owned(),
        source,
    })?;
    if root.get("Steps").is_none() {
        return Err(Error::NotADefinition {
            path: path.to_owned(),
        });
    }
    let definition = Definition::of(&root);
    let found = rules::judge(&definition).into_iter();
    findings.extend(found.map(|found| finding(path, found)));
    Ok(definition.steps.len())
}

fn finding(path: &Utf8Path, found: Found) -> Finding {
    Finding {
        rule: format!("pipeline/{}", found.rule.name),
        level: Level::Deny,
        message: match found.step {
            Some(step) => format!("{step}: {}", found.message),
            None => found.message,
        },
        title: None,
        resource: None,
        location: Some(Location {
            file: path.as_str().replace('\\', "/"),
            line: found.span.line,
            column: found.span.column,
            end_line: found.span.end_line,
            end_column: Some(found.span.end_column),
        }),
        remedy: Some(found.rule.remedy.to_owned()),
        link: None,
        policy_file: None,
        metadata: std::collections::BTreeMap::new(),
        digest: None,
        waived: None,
    }
}
