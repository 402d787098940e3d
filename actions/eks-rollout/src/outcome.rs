//! What came of a rollout: the exit code, the outputs, the record, and the report for people.

use evidence::{
    Kind, RolledImage, RolloutEnding, RolloutFailure, RolloutMoment, RolloutRecord, Served,
    Statement, Subject,
};
use gha::{Host, HostError, Outcome};
use jiff::Timestamp;
use kube_rollout::{Ending, Failure, ImageRef, Report, short};
use report_formats::{Fact, Format, Report as Shown, Section, Sources};

use crate::wanted::Wanted;

/// The exit code's meaning: whether what was asked for serves, and if not, whether anything proven does.
pub(crate) fn outcome(report: &Report) -> Outcome {
    match report.ending {
        Ending::Planned | Ending::Serves => Outcome::Allowed,
        Ending::Refused | Ending::RolledBack | Ending::Failed => Outcome::Denied,
        // the world is neither as it was asked to be nor as it was
        Ending::Lost => Outcome::Drift,
    }
}

/// One word for the output `outcome`.
pub(crate) fn name(report: &Report) -> &'static str {
    match report.ending {
        Ending::Planned => "planned",
        Ending::Refused => "refused",
        Ending::Serves => "serves",
        Ending::RolledBack => "rolled-back",
        Ending::Failed => "failed",
        Ending::Lost => "lost",
    }
}

/// What serves now, in one line.
pub(crate) fn serves(report: &Report) -> String {
    report
        .serving
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The record for the evidence folder.
pub(crate) fn record(
    report: &Report,
    wanted: &Wanted,
    cluster: &str,
    now: Timestamp,
) -> Statement<RolloutRecord> {
    let digests = report.images.iter().filter_map(|(container, image)| {
        let image: ImageRef = image.parse().ok()?;
        Some(Subject::new(container.clone(), image.digest().clone()))
    });
    let subjects = std::iter::once(Subject::new("manifests", report.digest.clone())).chain(digests);
    let record = RolloutRecord {
        produced_at: now,
        environment: wanted.environment.clone(),
        application: wanted.request.application.clone(),
        cluster: cluster.to_owned(),
        namespace: wanted.request.namespace.clone(),
        run: wanted.request.run.name.clone(),
        images: report
            .images
            .iter()
            .map(|(container, image)| RolledImage {
                container: container.clone(),
                image: image.clone(),
            })
            .collect(),
        ending: match report.ending {
            Ending::Planned | Ending::Serves => RolloutEnding::Serves,
            Ending::Refused => RolloutEnding::Refused,
            Ending::RolledBack => RolloutEnding::RolledBack,
            Ending::Failed => RolloutEnding::Failed,
            Ending::Lost => RolloutEnding::Lost,
        },
        failure: report.failure.as_ref().map(|failure| RolloutFailure {
            class: failure.class.name().replace(' ', "-"),
            object: failure.object.to_string(),
            sentence: failure.sentence.clone(),
        }),
        serving: report
            .serving
            .iter()
            .map(|serving| Served {
                workload: serving.workload.to_string(),
                ready: serving
                    .ready
                    .iter()
                    .map(|(image, count)| (image.clone(), *count as u64))
                    .collect(),
                wanted: serving.wanted,
            })
            .collect(),
        timeline: report
            .timeline
            .iter()
            .map(|moment| RolloutMoment {
                after_ms: u64::try_from(moment.at.as_millis()).unwrap_or(u64::MAX),
                what: moment.what.clone(),
            })
            .collect(),
    };
    Statement::new(subjects.collect(), record)
}

/// Prints the report, and publishes it with its timeline where there is a GitHub.
pub(crate) fn publish(
    report: &Report,
    wanted: &Wanted,
    format: Format,
    host: &mut Host,
) -> Result<(), HostError> {
    let sources = Sources::new();
    let mut sections = changes(report);
    let mut whole = sections.clone();
    whole.extend(proof(report));
    whole.push(timeline(report));
    // who reads the log has seen the rest happen
    if !matches!(format, Format::Text) {
        sections.clone_from(&whole);
    }
    let shown = |sections| Shown {
        tool: Kind::EksRollout.name(),
        title: "Rollout",
        outcome: report_formats::Outcome {
            label: label(report),
            ok: outcome(report) == Outcome::Allowed,
        },
        facts: facts(report, wanted),
        reasons: reasons(report),
        findings: &[],
        sections,
        sources: &sources,
    };
    host.say(format.render(&shown(sections)).trim_end());
    project::announce(&shown(whole), host)
}

fn label(report: &Report) -> &'static str {
    match report.ending {
        Ending::Planned => "planned",
        Ending::Refused => "refused",
        Ending::Serves => "serves",
        Ending::RolledBack => "failed, and rolled back",
        Ending::Failed => "failed",
        Ending::Lost => "failed, and so did the way back",
    }
}

fn facts(report: &Report, wanted: &Wanted) -> Vec<Fact> {
    let mut facts = vec![Fact::name(
        "application",
        format!(
            "{}/{}",
            wanted.request.namespace, wanted.request.application
        ),
    )];
    let digests: std::collections::BTreeSet<String> =
        report.images.values().map(|image| short(image)).collect();
    facts.push(Fact::name(
        "image",
        digests.into_iter().collect::<Vec<_>>().join(", "),
    ));
    facts.push(Fact::count("object", report.effects.len()));
    if let Some(last) = report.timeline.last() {
        facts.push(Fact::plain(
            "duration",
            format!("{:.1} s", last.at.as_secs_f64()),
        ));
    }
    facts
}

fn reasons(report: &Report) -> Vec<String> {
    let mut reasons: Vec<String> = report
        .failure
        .iter()
        .chain(&report.lost)
        .map(Failure::headline)
        .collect();
    if report.failure.is_some() {
        reasons.extend(
            report
                .serving
                .iter()
                .map(|serving| format!("now {serving}")),
        );
    }
    if report.ending == Ending::Failed && report.back_to.is_none() {
        reasons.push("there is no release to go back to: none was proven before".to_owned());
    }
    reasons
}

fn changes(report: &Report) -> Vec<Section> {
    let mut lines = Vec::new();
    for effect in &report.effects {
        if effect.new {
            lines.push(format!("+ {}", effect.object));
        }
        lines.extend(
            effect
                .changes
                .iter()
                .map(|change| format!("~ {}  {change}", effect.object)),
        );
    }
    lines.extend(report.pruned.iter().map(|name| format!("- {name}")));
    section("what changes", lines).into_iter().collect()
}

fn proof(report: &Report) -> Vec<Section> {
    let Some(failure) = &report.failure else {
        return Vec::new();
    };
    let last = section("last lines of the container", failure.logs.clone());
    last.into_iter()
        .chain(section("what the cluster says", failure.events.clone()))
        .collect()
}

fn timeline(report: &Report) -> Section {
    let line = |moment: &kube_rollout::Moment| {
        format!("{:>6.1} s  {}", moment.at.as_secs_f64(), moment.what)
    };
    Section {
        title: "timeline".to_owned(),
        language: "",
        lines: report.timeline.iter().map(line).collect(),
    }
}

fn section(title: &str, lines: Vec<String>) -> Option<Section> {
    (!lines.is_empty()).then(|| Section {
        title: title.to_owned(),
        language: "",
        lines,
    })
}
