//! The report as Markdown, for a job summary, a comment or a check run.
//!
//! Each of these places drops what is too long, whole: so the verdict is written first, everything after it only while
//! it fits, and the room to say what was left out is kept from the start. Denials come before warnings, so what is
//! left out weighs least.

mod escape;
mod page;

use evidence::{Finding, Level};

use crate::report::counted;
use crate::{Fact, Report, Section, clean};
use escape::{code, prose};
pub use page::Budget;
use page::Page;

/// Room for one line that says what was left out.
const NOTE: usize = 120;
/// The most that one cell takes, in characters, so that one finding cannot crowd out the others.
const CELL: usize = 600;
/// The most that a heading takes of one text, in characters.
const HEADING: usize = 120;

/// `report` as Markdown that is never larger than `budget`, and keeps the verdict in any.
pub fn markdown(report: &Report<'_>, budget: Budget) -> String {
    let mut page = Page::new(budget);
    heading(&mut page, report);
    reasons(&mut page, report);
    table(&mut page, report);
    for (index, section) in report.sections.iter().enumerate() {
        let later = report.sections.len() - index - 1;
        details(&mut page, section, later);
    }
    page.into_text()
}

/// The verdict and what stands beside it: all of it, or else less, and at last the one word.
fn heading(page: &mut Page, report: &Report<'_>) {
    let label = prose(&clean::crop(report.outcome.label, HEADING));
    let title = prose(&clean::crop(report.title, HEADING));
    let first = format!("### {title}: {label}\n");
    let facts = report
        .facts
        .iter()
        .map(shown)
        .collect::<Vec<_>>()
        .join(" · ");
    let notes = NOTE * (2 + report.sections.len());
    let written = (!facts.is_empty() && page.push(&format!("{first}\n{facts}\n"), notes))
        || page.push(&first, notes)
        || page.push(&label, 0);
    if !written {
        page.push_cropped(&label);
    }
}

fn shown(fact: &Fact) -> String {
    match fact {
        Fact::Name { name, value } => {
            format!("{} {}", prose(name), code(&clean::crop(value, HEADING)))
        }
        Fact::Count { .. } | Fact::Share { .. } => prose(&fact.shown()),
        Fact::Plain { text, .. } => prose(&clean::crop(text, CELL)),
    }
}

fn reasons(page: &mut Page, report: &Report<'_>) {
    let reasons = &report.reasons;
    if reasons.is_empty() {
        return;
    }
    let notes = NOTE * (1 + report.sections.len());
    // half of the page at most: the findings are what a person can act on
    let keep = (page.room() / 2).max(NOTE + notes);
    let rows = reasons
        .iter()
        .map(|reason| format!("- {}\n", prose(&clean::crop(reason, CELL))));
    let written = if page.push("\n", keep) {
        page.pour(rows, keep)
    } else {
        0
    };
    let left_out = (reasons.len() - written) as u64;
    if left_out > 0 {
        page.push(
            &format!("\nLeft out here: {}.\n", counted(left_out, "reason")),
            notes,
        );
    }
}

fn table(page: &mut Page, report: &Report<'_>) {
    let findings = report.ranked();
    if findings.is_empty() {
        return;
    }
    let later = NOTE * report.sections.len();
    let rows = findings.iter().map(|finding| row(finding, report));
    let written = match page.push(
        "\n| | what | where | remedy |\n| --- | --- | --- | --- |\n",
        NOTE + later,
    ) {
        true => page.pour(rows, NOTE + later),
        false => 0,
    };
    let left_out = &findings[written..];
    if !left_out.is_empty() {
        let denials = left_out
            .iter()
            .filter(|finding| finding.level == Level::Deny)
            .count() as u64;
        let warnings = left_out.len() as u64 - denials;
        page.push(
            &format!(
                "\nLeft out here: {}, {}.\n",
                counted(denials, "denial"),
                counted(warnings, "warning")
            ),
            later,
        );
    }
}

fn row(finding: &Finding, report: &Report<'_>) -> String {
    let mark = match finding.level {
        Level::Deny => "x",
        Level::Warn => "!",
    };
    let rule = prose(&clean::crop(&finding.rule, HEADING));
    let rule = match finding.link.as_deref().filter(|link| clean::is_web(link)) {
        Some(link) => format!("[{rule}]({})", escape::address(link)),
        None => rule,
    };
    let message = prose(&clean::crop(&finding.message, CELL));
    let remedy = finding
        .remedy
        .as_deref()
        .map(|remedy| prose(&clean::crop(remedy, CELL)))
        .unwrap_or_default();
    format!(
        "| {mark} | {rule}: {message} | {} | {remedy} |\n",
        place(finding, report)
    )
}

fn place(finding: &Finding, report: &Report<'_>) -> String {
    let file = finding.location.as_ref().map(|place| {
        let shown = code(&format!(
            "{}:{}",
            clean::crop(&place.file, CELL),
            place.line
        ));
        match report
            .sources
            .url(place)
            .filter(|url| url.chars().count() <= 4 * CELL)
        {
            Some(url) => format!("[{shown}]({})", escape::address(&url)),
            None => shown,
        }
    });
    let resource = finding
        .resource
        .as_deref()
        .map(|resource| code(&clean::crop(resource, CELL)));
    file.into_iter()
        .chain(resource)
        .collect::<Vec<_>>()
        .join("<br>")
}

/// A folded section; `later` is how many come after it and still need room to be named.
fn details(page: &mut Page, section: &Section, later: usize) {
    let title = prose(&clean::crop(&section.title, HEADING));
    let keep = NOTE * later;
    let fence = escape::fence(&section.lines);
    let open = format!(
        "\n<details>\n<summary>{title}</summary>\n\n{fence}{}\n",
        section.language
    );
    let close = format!("{fence}\n\n</details>\n");
    let reserve = page.size(&close) + NOTE + keep;
    if section.lines.is_empty() || !page.push(&open, reserve) {
        let lines = counted(section.lines.len() as u64, "line");
        page.push(&format!("\nLeft out here: a section of {lines}.\n"), keep);
        return;
    }
    let rows = section
        .lines
        .iter()
        .map(|line| format!("{}\n", escape::raw(line)));
    let left_out = section.lines.len() - page.pour(rows, reserve);
    if left_out > 0 {
        page.push(
            &format!("... and {} more\n", counted(left_out as u64, "line")),
            page.size(&close) + keep,
        );
    }
    page.push(&close, keep);
}
