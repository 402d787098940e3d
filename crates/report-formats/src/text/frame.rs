//! One finding as a diagnostic: the first line that it points at, underlined.
//!
//! Only one line is shown, and the part of it that is near: a block of HCL can be long, and so can a line of JSON. So
//! the source handed to the renderer is that one line, with its number, and not the file.

use std::fmt;

use evidence::{Finding, Level, Location};
use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan,
    SpanContents,
};

use crate::clean;

/// How many characters of a line are shown.
const LINE: usize = 160;
/// How many of them may stand before the place.
const BEFORE: usize = 40;

/// A finding, ready to be drawn.
#[derive(Debug)]
pub(super) struct Frame {
    level: Level,
    message: String,
    label: Option<String>,
    help: Option<String>,
    code: Option<Code>,
}

#[derive(Debug)]
struct Code {
    file: String,
    line: usize,
    column: usize,
    text: String,
    /// The bytes of `text` to underline.
    span: SourceSpan,
}

impl Frame {
    /// The frame of `finding`, on `line` where the text is at hand; elsewhere the message names the place.
    pub(super) fn of(finding: &Finding, line: Option<&str>) -> Self {
        let label = finding
            .resource
            .as_deref()
            .map(|resource| format!("created as {}", clean::one_line(resource)));
        let code = finding
            .location
            .as_ref()
            .zip(line)
            .and_then(|(place, line)| Code::of(place, line));
        let mut message = format!(
            "{}: {}",
            clean::one_line(&finding.rule),
            clean::visible(finding.message.trim())
        );
        if code.is_none() {
            let place = finding
                .location
                .as_ref()
                .map(|place| format!("--> {}:{}", clean::one_line(&place.file), place.line));
            for line in place.iter().chain(&label) {
                message.push('\n');
                message.push_str(line);
            }
        }
        Self {
            level: finding.level,
            message,
            label,
            help: help(finding),
            code,
        }
    }
}

/// What to do, and where the rule is written and explained.
fn help(finding: &Finding) -> Option<String> {
    let file = finding.policy_file.as_deref().map(clean::one_line);
    let first = match (
        finding
            .remedy
            .as_deref()
            .map(|remedy| clean::visible(remedy.trim())),
        file,
    ) {
        (Some(remedy), Some(file)) => Some(format!("{remedy} ({file})")),
        (Some(remedy), None) => Some(remedy),
        (None, Some(file)) => Some(format!("see {file}")),
        (None, None) => None,
    };
    let lines: Vec<String> = first
        .into_iter()
        .chain(finding.link.as_deref().map(clean::one_line))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

impl Code {
    /// Nothing where `line` has nothing to underline.
    fn of(place: &Location, line: &str) -> Option<Self> {
        let characters: Vec<char> = clean::visible(line)
            .replace('\n', "\u{fffd}")
            .chars()
            .collect();
        let blank = characters
            .iter()
            .take_while(|character| character.is_whitespace())
            .count();
        let filled = characters.len()
            - characters
                .iter()
                .rev()
                .take_while(|character| character.is_whitespace())
                .count();
        let start = (place.column.max(1) as usize - 1).max(blank);
        let end = match place.end_column {
            Some(end) if place.end_line == place.line => {
                (end as usize).saturating_sub(1).min(filled)
            }
            _ => filled,
        };
        if start >= end {
            return None;
        }
        let first = if characters.len() > LINE {
            start.saturating_sub(BEFORE)
        } else {
            0
        };
        let text: String = characters[first..].iter().take(LINE).collect();
        let bytes = |from: usize, to: usize| {
            characters[from..to]
                .iter()
                .map(|character| character.len_utf8())
                .sum()
        };
        let before: usize = bytes(first, start);
        let inside: usize = bytes(start, end.min(first + LINE));
        Some(Self {
            file: clean::one_line(&place.file),
            line: place.line as usize,
            column: start,
            text,
            span: (before, inside).into(),
        })
    }
}

impl SourceCode for Code {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.line - 1,
            self.column,
            1,
        )))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Frame {}

impl Diagnostic for Frame {
    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Deny => Severity::Error,
            Level::Warn => Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.code.as_ref().map(|code| code as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let code = self.code.as_ref()?;
        let label = LabeledSpan::new_with_span(self.label.clone(), code.span);
        Some(Box::new(std::iter::once(label)))
    }
}
