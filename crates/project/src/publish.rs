//! One report, shown wherever somebody reads it: the log, the step's summary, the changed lines.

use evidence::Level;
use gha::{Annotation, Host, HostError, Severity, Style};
use report_formats::{Budget, Format, Look, PER_STEP, Report};

/// How wide prose runs on a terminal.
const WIDTH: usize = 110;

/// Prints `report` in `format`, and publishes it to the step's summary and as annotations where there is a GitHub.
///
/// # Errors
/// The runner's files cannot be written.
pub fn publish(report: &Report<'_>, format: Format, host: &mut Host) -> Result<(), HostError> {
    let printed = match (format, host.style()) {
        (Format::Text, Style::Terminal) => report_formats::text(report, Look::rich(WIDTH)),
        (format, _) => format.render(report),
    };
    host.say(printed.trim_end());
    announce(report, host)
}

/// Publishes `report` to the step's summary and as annotations, without printing it.
///
/// # Errors
/// The runner's files cannot be written.
pub fn announce(report: &Report<'_>, host: &mut Host) -> Result<(), HostError> {
    let annotations = report_formats::annotations(report, PER_STEP);
    host.annotate(annotations.shown.into_iter().map(|annotation| {
        Annotation {
            severity: match annotation.level {
                Level::Deny => Severity::Error,
                Level::Warn => Severity::Warning,
            },
            title: Some(annotation.title),
            message: annotation.message,
            file: annotation
                .location
                .as_ref()
                .map(|location| location.file.clone()),
            lines: annotation
                .location
                .as_ref()
                .map(|location| (location.line, location.end_line)),
            column: annotation.location.as_ref().map(|location| location.column),
        }
    }));
    host.summary(&report_formats::markdown(report, Budget::STEP_SUMMARY))
}
