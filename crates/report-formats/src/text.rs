//! The report for a terminal or a log: each finding on its code, the verdict last.
//!
//! The plain look is ASCII and reads the same in a log; the rich one has colour and lines. Both are safe to print:
//! nothing from a finding or a source file reaches a terminal or the Actions runner as a command.

mod frame;

use std::fmt;

use evidence::Finding;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters};

use crate::{Report, clean};
use frame::Frame;

/// How the text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colour and drawn lines, for a terminal.
    pub rich: bool,
    /// Where lines of prose are broken.
    pub width: usize,
}

impl Look {
    /// For a log: ASCII, wide.
    pub fn plain() -> Self {
        Self {
            rich: false,
            width: 120,
        }
    }

    /// For a terminal that has `width` columns.
    pub fn rich(width: usize) -> Self {
        Self { rich: true, width }
    }

    fn handler(self) -> GraphicalReportHandler {
        let theme = match self.rich {
            true => GraphicalTheme::unicode(),
            false => GraphicalTheme {
                characters: ThemeCharacters {
                    underline: '-',
                    underbar: '+',
                    vbar_break: ':',
                    ..ThemeCharacters::ascii()
                },
                ..GraphicalTheme::none()
            },
        };
        GraphicalReportHandler::new_themed(theme)
            .with_links(false)
            .with_context_lines(0)
            .with_break_words(false)
            .with_width(self.width)
    }
}

/// `report` as text that ends with a line feed.
pub fn text(report: &Report<'_>, look: Look) -> String {
    let handler = look.handler();
    let mut text = String::new();
    for finding in report.ranked() {
        text.push_str(&shown(finding, report, &handler));
        text.push('\n');
    }
    for section in &report.sections {
        text.push_str(&format!("{}\n", clean::one_line(&section.title)));
        for line in &section.lines {
            text.push_str(&format!("  {}\n", clean::visible(line)));
        }
        text.push('\n');
    }
    for reason in &report.reasons {
        text.push_str(&format!("  - {}\n", clean::one_line(reason)));
    }
    text.push_str(&verdict(report, look));
    clean::no_commands(&text)
}

fn shown(finding: &Finding, report: &Report<'_>, handler: &GraphicalReportHandler) -> String {
    let line = finding
        .location
        .as_ref()
        .and_then(|place| report.sources.line(&place.file, place.line));
    let frame = Frame::of(finding, line);
    let mut text = String::new();
    match handler.render_report(&mut text, &frame) {
        Ok(()) => text,
        Err(fmt::Error) => format!("  {frame}\n"),
    }
}

fn verdict(report: &Report<'_>, look: Look) -> String {
    let label = clean::one_line(report.outcome.label);
    let label = match (look.rich, report.outcome.ok) {
        (false, _) => label,
        (true, true) => format!("\u{1b}[1;32m{label}\u{1b}[0m"),
        (true, false) => format!("\u{1b}[1;31m{label}\u{1b}[0m"),
    };
    let facts = report
        .facts
        .iter()
        .map(|fact| clean::one_line(&fact.shown()));
    std::iter::once(label)
        .chain(facts)
        .collect::<Vec<_>>()
        .join("  ")
        + "\n"
}
