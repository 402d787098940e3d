//! The report as JUnit XML, for what shows test results.
//!
//! Each finding is a test case of its rule. Only a denial is a failure: a warning is a case that passed and says so in
//! its output, because most readers turn red at the first failure. The verdict is a case of its own, so that a report
//! without findings is not an empty one, and one that was refused for another reason is not a green one.

use std::fmt::Write as _;

use evidence::{Finding, Level};

use crate::{Report, clean};

/// `report` as one JUnit document.
pub fn junit(report: &Report<'_>) -> String {
    let findings = report.ranked();
    let tests = findings.len() + 1;
    let failures = report.counts().deny + usize::from(!report.outcome.ok);
    let tool = attribute(report.tool);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{tests}\" failures=\"{failures}\">\n\
         <testsuite name=\"{tool}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">\n"
    );
    xml.push_str(&verdict(report, &tool));
    for finding in findings {
        xml.push_str(&case(finding));
    }
    xml.push_str("</testsuite>\n</testsuites>\n");
    xml
}

fn verdict(report: &Report<'_>, tool: &str) -> String {
    let label = attribute(report.outcome.label);
    let mut lines: Vec<String> = report.facts.iter().map(crate::Fact::shown).collect();
    lines.extend(report.reasons.iter().cloned());
    let body = content(&lines.join("\n"));
    let inside = match report.outcome.ok {
        true => format!("<system-out>{label}\n{body}</system-out>"),
        false => format!("<failure type=\"verdict\" message=\"{label}\">{body}</failure>"),
    };
    format!("<testcase classname=\"{tool}\" name=\"verdict\">{inside}</testcase>\n")
}

fn case(finding: &Finding) -> String {
    let place = finding
        .location
        .as_ref()
        .map(|place| format!("{}:{}", place.file, place.line));
    let name = finding
        .resource
        .as_ref()
        .or(place.as_ref())
        .unwrap_or(&finding.message);
    let mut xml = format!(
        "<testcase classname=\"{}\" name=\"{}\"",
        attribute(&finding.rule),
        attribute(name)
    );
    if let Some(place) = &finding.location {
        // writing to a string cannot fail
        let _ = write!(
            xml,
            " file=\"{}\" line=\"{}\"",
            attribute(&place.file),
            place.line
        );
    }
    let message = attribute(&finding.message);
    let lines = [
        Some(&finding.message),
        place.as_ref(),
        finding.remedy.as_ref(),
        finding.link.as_ref(),
    ];
    let body = content(
        &lines
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n"),
    );
    let inside = match finding.level {
        Level::Deny => format!("<failure type=\"deny\" message=\"{message}\">{body}</failure>"),
        Level::Warn => format!("<system-out>warning: {body}</system-out>"),
    };
    let _ = writeln!(xml, ">{inside}</testcase>");
    xml
}

/// Text between tags.
fn content(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for character in clean::visible(text).chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            // the two characters that XML 1.0 cannot hold and that are no control characters
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            character => xml.push(character),
        }
    }
    // somebody may print the document in a log, which obeys commands
    xml.replace("::", "&#58;:").replace("##[", "#&#35;[")
}

/// Text between quotes, where a reader would turn a line feed into a space.
fn attribute(text: &str) -> String {
    content(text).replace('\n', "&#10;").replace('\t', "&#9;")
}
