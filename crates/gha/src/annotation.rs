//! Annotations as workflow commands, escaped so that no message can become a command of its own.

use std::fmt::Write as _;

/// How an annotation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Red.
    Error,
    /// Yellow.
    Warning,
    /// Plain.
    Notice,
}

/// A message at a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How it is shown.
    pub severity: Severity,
    /// The line above the message.
    pub title: Option<String>,
    /// What it says.
    pub message: String,
    /// The file, from the repository's root.
    pub file: Option<String>,
    /// The first and the last line.
    pub lines: Option<(u32, u32)>,
    /// The first column.
    pub column: Option<u32>,
}

impl Annotation {
    /// The workflow command, without a line's end.
    pub(crate) fn command(&self) -> String {
        let name = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        };
        let mut properties = Vec::new();
        let mut property = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                properties.push(format!("{key}={}", escape_property(&value)));
            }
        };
        property("title", self.title.clone());
        property("file", self.file.clone());
        property("line", self.lines.map(|(first, _)| first.to_string()));
        property("endLine", self.lines.map(|(_, last)| last.to_string()));
        property("col", self.column.map(|column| column.to_string()));
        let mut command = format!("::{name}");
        if !properties.is_empty() {
            let _ = write!(command, " {}", properties.join(","));
        }
        let _ = write!(command, "::{}", escape_data(&self.message));
        command
    }
}

/// Escapes the message of a workflow command.
pub(crate) fn escape_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Takes the power of a command from ordinary output. To the runner a carriage return ends a line as well.
pub(crate) fn defuse(text: &str) -> String {
    let defuse_line = |line: &str| {
        let line = line.replace("##[", "##\u{200b}[");
        if line.trim_start().starts_with("::") {
            line.replacen("::", "\u{200b}::", 1)
        } else {
            line
        }
    };
    text.split_inclusive(['\n', '\r'])
        .map(defuse_line)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_properties_and_message() {
        let annotation = Annotation {
            severity: Severity::Error,
            title: Some("a, b: c".into()),
            message: "50 %\n::set-output name=x::y".into(),
            file: Some("main.tf".into()),
            lines: Some((14, 16)),
            column: None,
        };
        assert_eq!(
            annotation.command(),
            "::error title=a%2C b%3A c,file=main.tf,line=14,endLine=16::50 %25%0A::set-output name=x::y"
        );
    }

    #[test]
    fn ordinary_output_cannot_command_the_runner() {
        assert_eq!(
            defuse("ok\n  ::error::no\na::b"),
            "ok\n  \u{200b}::error::no\na::b"
        );
        assert_eq!(defuse("x ##[error]no"), "x ##\u{200b}[error]no");
        assert_eq!(
            defuse("10 %\r::add-mask::a\r\n\r ::error::b\n"),
            "10 %\r\u{200b}::add-mask::a\r\n\r \u{200b}::error::b\n"
        );
    }
}
