//! What Terraform complains about, in one shape.
//!
//! Most commands say it as JSON, which is read as it is. A few (`show`, `state pull`, `workspace`, `init` of older
//! versions) only print the text for people; [`from_text`] reads that back, as far as summary, place and detail go.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// One line.
    pub summary: String,
    /// The rest, possibly empty, possibly long.
    #[serde(default)]
    pub detail: String,
    /// The resource it is about.
    #[serde(default)]
    pub address: Option<String>,
    /// The place in the configuration.
    #[serde(default)]
    pub range: Option<Range>,
    /// The source at that place.
    #[serde(default)]
    pub snippet: Option<Snippet>,
}

/// How bad it is. What is not known to be a warning is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The command goes on.
    Warning,
    /// The command fails.
    #[serde(other)]
    Error,
}

/// A span of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Relative to the root's folder.
    #[serde(rename = "filename")]
    pub file: String,
    /// Where it starts.
    pub start: Position,
    /// Where it ends.
    pub end: Position,
}

/// A place in a file; line and column count from 1, bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
    /// Offset in the file.
    pub byte: u64,
}

/// Lines of source around a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// The block it is in, such as `resource "aws_s3_bucket" "raw"`.
    pub context: Option<String>,
    /// The lines.
    pub code: String,
    /// The number of the first line.
    pub start_line: u32,
}

impl Diagnostic {
    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The same with each text passed through `mask`.
    #[must_use]
    pub(crate) fn masked(mut self, mask: &dyn Fn(&str) -> String) -> Self {
        self.summary = mask(&self.summary);
        self.detail = mask(&self.detail);
        self.address = self.address.map(|address| mask(&address));
        if let Some(snippet) = &mut self.snippet {
            snippet.code = mask(&snippet.code);
        }
        self
    }

    /// Whether summary or detail contain one of the texts, in whatever case.
    pub(crate) fn mentions(&self, texts: &[&str]) -> bool {
        let said = format!("{}\n{}", self.summary, self.detail).to_lowercase();
        texts.iter().any(|text| said.contains(&text.to_lowercase()))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let summary = self.summary.lines().next().unwrap_or_default();
        f.write_str(summary.trim_end_matches(['.', ':']))?;
        if let Some(range) = &self.range {
            write!(f, " ({}:{})", range.file, range.start.line)?;
        }
        Ok(())
    }
}

/// Reads the diagnostics out of text that was printed for people.
pub(crate) fn from_text(text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut current: Option<Diagnostic> = None;
    let mut in_summary = false;
    for line in text.lines().map(unframed) {
        if let Some((severity, summary)) = heading(&line) {
            found.extend(current.take());
            in_summary = true;
            current = Some(Diagnostic {
                severity,
                summary: summary.to_owned(),
                detail: String::new(),
                address: None,
                range: None,
                snippet: None,
            });
            continue;
        }
        let Some(diagnostic) = &mut current else {
            continue;
        };
        if in_summary && !line.trim().is_empty() {
            diagnostic.summary.push(' ');
            diagnostic.summary.push_str(line.trim());
            continue;
        }
        in_summary = false;
        if diagnostic.detail.is_empty() && (line.trim().is_empty() || diagnostic.takes_place(&line))
        {
            continue;
        }
        if !diagnostic.detail.is_empty() {
            diagnostic.detail.push('\n');
        }
        diagnostic.detail.push_str(line.trim_end());
    }
    found.extend(current);
    for diagnostic in &mut found {
        diagnostic
            .detail
            .truncate(diagnostic.detail.trim_end().len());
    }
    found
}

impl Diagnostic {
    /// Takes the lines `  with ADDRESS,`, `  on FILE line N, in BLOCK:` and `   N: source`.
    fn takes_place(&mut self, line: &str) -> bool {
        let Some(place) = line.strip_prefix("  ").map(str::trim_start) else {
            return false;
        };
        if let Some(address) = place.strip_prefix("with ") {
            self.address = Some(address.trim_end_matches([',', ':']).to_owned());
            return true;
        }
        if let Some((file, rest)) = place
            .strip_prefix("on ")
            .and_then(|place| place.split_once(" line "))
        {
            let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
            if let Some(line) = digits.and_then(|digits| digits.parse().ok()) {
                let position = Position {
                    line,
                    column: 1,
                    byte: 0,
                };
                self.range = Some(Range {
                    file: file.to_owned(),
                    start: position,
                    end: position,
                });
                return true;
            }
        }
        match place.split_once(": ") {
            Some((number, code)) if number.chars().all(|c| c.is_ascii_digit()) => {
                if let (None, Ok(start_line)) = (&self.snippet, number.parse()) {
                    self.snippet = Some(Snippet {
                        context: None,
                        code: code.to_owned(),
                        start_line,
                    });
                }
                true
            }
            _ => false,
        }
    }
}

fn heading(line: &str) -> Option<(Severity, &str)> {
    let severities = [
        ("Error: ", Severity::Error),
        ("Warning: ", Severity::Warning),
    ];
    severities
        .into_iter()
        .find_map(|(prefix, severity)| Some((severity, line.strip_prefix(prefix)?)))
}

/// A line without colours and without the frame that is drawn on the left.
fn unframed(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let sequence = &rest[start + 2..];
        let end = sequence
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(sequence.len(), |end| end + 1);
        rest = &sequence[end..];
    }
    plain.push_str(rest);
    match plain.strip_prefix(['│', '╷', '╵']) {
        Some(inner) => inner.strip_prefix(' ').unwrap_or(inner).to_owned(),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_gives_summary_place_and_detail() {
        let text = "\nError: Unsupported Terraform Core version\n\n  on main.tf line 2, in terraform:\n   2:   \
            required_version = \"> 9\"\n\nThis configuration does not support Terraform version 1.11.4. To proceed,\n\
            either choose another.\n\nError: Second\n\n";
        let found = from_text(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0].to_string(),
            "Unsupported Terraform Core version (main.tf:2)"
        );
        assert_eq!(
            found[0].detail,
            "This configuration does not support Terraform version 1.11.4. To proceed,\neither choose another."
        );
        assert_eq!(
            found[0].snippet.as_ref().unwrap().code,
            "  required_version = \"> 9\""
        );
        assert_eq!(found[1].summary, "Second");
    }

    #[test]
    fn frames_and_colours_are_seen_through() {
        let text = "\u{1b}[31m╷\u{1b}[0m\u{1b}[0m\n\u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[1m\u{1b}[31mError: \
            \u{1b}[0m\u{1b}[0m\u{1b}[1mBackend initialization required\u{1b}[0m\n\u{1b}[31m│\u{1b}[0m \u{1b}[0m\n\
            \u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[0m  with aws_s3_bucket.raw,\n\u{1b}[31m│\u{1b}[0m \u{1b}[0m\n\
            \u{1b}[31m│\u{1b}[0m \u{1b}[0m\u{1b}[0mReason: changed\n\u{1b}[31m╵\u{1b}[0m\u{1b}[0m\n";
        let found = from_text(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].summary, "Backend initialization required");
        assert_eq!(found[0].address.as_deref(), Some("aws_s3_bucket.raw"));
        assert_eq!(found[0].detail, "Reason: changed");
    }

    #[test]
    fn an_unknown_severity_is_an_error() {
        let read = |severity: &str| {
            let json = format!(r#"{{"severity":"{severity}","summary":"s"}}"#);
            serde_json::from_str::<Diagnostic>(&json)
                .unwrap()
                .is_error()
        };
        assert!(read("error"));
        assert!(read("invalid severity"));
        assert!(!read("warning"));
    }
}
