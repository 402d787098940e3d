//! What an apply did: as evidence, and in words when it did not end well.

use evidence::{ApplyRecord, Kind, ResourceResult, ResourceState};
use gha::Host;
use jiff::Timestamp;
use project::{Plan, ProjectError};
use report_formats::{Fact, Format, Report, Section, Sources};
use terraform::{ApplyRun, Error, Outcome, StateFate};

use crate::review::Reviewed;

/// The record of an apply, without the state that it left.
pub(crate) fn of(result: &Result<ApplyRun, Error>, reviewed: &Reviewed) -> ApplyRecord {
    let planned = reviewed
        .case
        .plan
        .as_ref()
        .map(|plan| plan.statement.predicate.changes.clone())
        .unwrap_or_default();
    let resources = match run(result) {
        Some(run) => run
            .changes
            .iter()
            .map(|change| ResourceResult {
                address: change.address.clone(),
                state: state(&change.outcome),
            })
            .collect(),
        // it ended before anything was begun
        None => planned
            .into_iter()
            .map(|change| ResourceResult {
                address: change.address,
                state: ResourceState::NotStarted,
            })
            .collect(),
    };
    ApplyRecord {
        produced_at: Timestamp::now(),
        verdict: reviewed.verdict.sha256.clone(),
        commit: reviewed.verdict.statement.predicate.commit.clone(),
        complete: result.is_ok(),
        resources,
        state: None,
    }
}

/// How far an apply came, if it was begun; also one that failed.
fn run(result: &Result<ApplyRun, Error>) -> Option<&ApplyRun> {
    match result {
        Ok(run) => Some(run),
        Err(error) => error.apply_run(),
    }
}

fn state(outcome: &Outcome) -> ResourceState {
    match outcome {
        Outcome::Done { .. } => ResourceState::Changed,
        // what was begun and not heard of again has to be looked at, like a failure
        Outcome::Failed(_) | Outcome::Unclear => ResourceState::Failed,
        Outcome::NotStarted => ResourceState::NotStarted,
    }
}

/// Says what was applied, and for an apply that ended half-way what was not and where the state is.
pub(crate) fn show(
    record: &ApplyRecord,
    result: &Result<ApplyRun, Error>,
    plan: &Plan,
    host: &mut Host,
) -> Result<(), ProjectError> {
    let of = |state| {
        record
            .resources
            .iter()
            .filter(move |resource| resource.state == state)
    };
    let lines = |word: &str, state| {
        of(state)
            .map(|resource| format!("{word}  {}", resource.address))
            .collect::<Vec<_>>()
    };
    let mut sections = Vec::new();
    let mut reasons = Vec::new();
    if !record.complete {
        let mut became = lines("failed     ", ResourceState::Failed);
        became.extend(lines("changed    ", ResourceState::Changed));
        became.extend(lines("not started", ResourceState::NotStarted));
        sections.push(Section {
            title: "what became of each change".to_owned(),
            language: "",
            lines: became,
        });
        reasons.push(whereabouts(result));
    }
    let sources = Sources::new();
    let mut facts = vec![Fact::count("change", of(ResourceState::Changed).count())];
    facts.push(Fact::name("plan", plan.digest.short()));
    facts.extend(
        record
            .state
            .as_ref()
            .map(|state| Fact::name("state serial", state.serial.to_string())),
    );
    let report = Report {
        tool: Kind::TerraformApply.name(),
        title: "Terraform apply",
        outcome: report_formats::Outcome {
            label: if record.complete {
                "applied"
            } else {
                "applied half-way"
            },
            ok: record.complete,
        },
        facts,
        reasons,
        findings: &[],
        sections,
        sources: &sources,
    };
    Ok(project::publish(&report, Format::Text, host)?)
}

fn whereabouts(result: &Result<ApplyRun, Error>) -> String {
    match run(result).map(|run| &run.state) {
        None | Some(StateFate::Untouched) => "the state was not touched".to_owned(),
        Some(StateFate::Saved) => {
            "the state is saved in its backend, with what was changed".to_owned()
        }
        Some(StateFate::Errored(path)) => {
            format!("the state could not be saved to its backend; it is in `{path}`")
        }
        Some(StateFate::Unclear) => {
            "it is not clear whether the state was saved: compare it with the world".to_owned()
        }
    }
}
