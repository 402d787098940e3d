//! Findings as annotations on the lines of a pull request.
//!
//! GitHub shows ten of each level for a step and drops the others without a word, and all steps of a composite action
//! count as one. So the most important come first, and what did not fit is counted. Escaping is for whoever writes
//! the workflow command.

use evidence::{Finding, Level, Location};

use crate::{Counts, Report, clean};

/// How many annotations of one level GitHub shows for a step.
pub const PER_STEP: usize = 10;

/// Where GitHub cuts a message, in characters.
const MESSAGE: usize = 4096;
/// Where GitHub cuts a title, in characters.
const TITLE: usize = 255;

/// One annotation: [`Level::Deny`] is an error, [`Level::Warn`] a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How much it weighs.
    pub level: Level,
    /// Where it stands; without a place it is shown beside the run.
    pub location: Option<Location>,
    /// One line.
    pub title: String,
    /// One or more lines.
    pub message: String,
}

/// How many findings have no annotation, by level.
pub type LeftOut = Counts;

/// The annotations that fit, and how many findings have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// Denials first.
    pub shown: Vec<Annotation>,
    /// What did not fit.
    pub left_out: LeftOut,
}

/// At most `per_level` annotations of each level; [`PER_STEP`] where nothing else annotates in the step.
///
/// A verdict that stops the work and has no denial to show for it becomes an annotation itself.
pub fn annotations(report: &Report<'_>, per_level: usize) -> Annotations {
    let counts = report.counts();
    let mut annotations = Annotations::default();
    if !report.outcome.ok && counts.deny == 0 && per_level > 0 {
        annotations.shown.push(verdict(report));
    }
    let (mut deny, mut warn) = (0, 0);
    for finding in report.ranked() {
        let (shown, left_out) = match finding.level {
            Level::Deny => (&mut deny, &mut annotations.left_out.deny),
            Level::Warn => (&mut warn, &mut annotations.left_out.warn),
        };
        if *shown < per_level {
            *shown += 1;
            annotations.shown.push(annotation(finding));
        } else {
            *left_out += 1;
        }
    }
    annotations
}

fn verdict(report: &Report<'_>) -> Annotation {
    let message = match report.reasons.is_empty() {
        true => report.outcome.label.to_owned(),
        false => report.reasons.join("\n"),
    };
    Annotation {
        level: Level::Deny,
        location: None,
        title: title(&format!("{}: {}", report.title, report.outcome.label)),
        message: cut(&message),
    }
}

fn annotation(finding: &Finding) -> Annotation {
    let resource = finding
        .resource
        .as_ref()
        .map(|resource| format!("in {resource}"));
    let lines = [
        Some(finding.message.clone()),
        resource,
        finding.remedy.clone(),
        finding.link.clone(),
    ];
    Annotation {
        level: finding.level,
        location: finding.location.clone(),
        title: title(&finding.rule),
        message: cut(&lines.into_iter().flatten().collect::<Vec<_>>().join("\n")),
    }
}

fn title(text: &str) -> String {
    clean::crop(&clean::one_line(text), TITLE).into_owned()
}

fn cut(text: &str) -> String {
    clean::crop(&clean::visible(text), MESSAGE).into_owned()
}
