//! What changed, for people: what breaks first, then what is new, each line with its pull request.
//!
//! Commit messages are written by whoever opens a pull request. In the text they can be read and do nothing: no HTML,
//! no picture, no link, no mention that sends somebody a message, no command for a log.

use std::fmt::Write as _;

use crate::change::{Change, Kind};

/// GitHub refuses a release with a longer text; one byte is never more than one character.
const LONGEST: usize = 120_000;

/// Sections, in the order of the text.
const SECTIONS: [(Kind, &str); 5] = [
    (Kind::Feature, "Added"),
    (Kind::Fix, "Fixed"),
    (Kind::Performance, "Faster"),
    (Kind::Revert, "Taken back"),
    (Kind::Dependencies, "Dependencies"),
];

/// Addresses for what a text names; without them it names only.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// The repository's page: `https://github.com/<owner>/<name>`.
    pub(crate) repository: Option<String>,
    /// The tags before and of this release.
    pub(crate) between: Option<(String, String)>,
}

/// The text of a release, in Markdown; it ends with a line feed.
pub(crate) fn render(changes: &[Change], links: &Links) -> String {
    let mut lines: Vec<String> = Vec::new();
    let breaking: Vec<&Change> = changes
        .iter()
        .filter(|change| change.breaking.is_some())
        .collect();
    if !breaking.is_empty() {
        lines.push("### Breaking changes\n\n".to_owned());
        lines.extend(breaking.iter().map(|change| entry(change, links)));
        lines.push("\n".to_owned());
    }
    for (kind, title) in SECTIONS {
        let of_kind = changes
            .iter()
            .filter(|change| change.kind == kind && change.breaking.is_none());
        let entries: Vec<String> = of_kind.map(|change| entry(change, links)).collect();
        if entries.is_empty() {
            continue;
        }
        lines.push(format!("### {title}\n\n"));
        lines.extend(entries);
        lines.push("\n".to_owned());
    }
    let rest = changes
        .iter()
        .filter(|change| change.kind >= Kind::Other && change.breaking.is_none())
        .count();
    let mut end = String::new();
    match (rest, lines.is_empty()) {
        (0, true) => end.push_str("No changes.\n"),
        (0, false) => {}
        (rest, empty) => {
            let and = if empty { "" } else { "And " };
            let commits = if rest == 1 { "commit" } else { "commits" };
            let _ = writeln!(end, "{and}{rest} {commits} that users do not notice.");
        }
    }
    if let (Some(repository), Some((before, this))) = (&links.repository, &links.between) {
        if !end.is_empty() {
            end.push('\n');
        }
        let _ = writeln!(
            end,
            "[All changes since {before}]({repository}/compare/{before}...{this})"
        );
    }
    let text = fitting(lines, LONGEST.saturating_sub(end.len()));
    format!("{text}{end}").trim_end().to_owned() + "\n"
}

/// As many of `lines` as fit, and how many did not.
fn fitting(lines: Vec<String>, room: usize) -> String {
    const MARK: usize = 80;
    let whole: usize = lines.iter().map(String::len).sum();
    if whole <= room {
        return lines.concat();
    }
    let mut text = String::new();
    let mut left_out = 0;
    for line in lines {
        if left_out == 0 && text.len() + line.len() + MARK <= room {
            text.push_str(&line);
        } else if line.starts_with("- ") {
            left_out += 1;
        }
    }
    let _ = writeln!(
        text,
        "\nAnd {left_out} more changes that do not fit here.\n"
    );
    text
}

fn entry(change: &Change, links: &Links) -> String {
    let mut entry = "- ".to_owned();
    // `deps` says what the section says
    let scope = change
        .scope
        .as_ref()
        .filter(|_| change.kind != Kind::Dependencies);
    if let Some(scope) = scope {
        let _ = write!(entry, "**{}:** ", harmless(scope));
    }
    entry.push_str(&harmless(&change.description));
    match (change.pull, &links.repository) {
        (Some(pull), Some(repository)) => {
            let _ = write!(entry, " ([#{pull}]({repository}/pull/{pull}))");
        }
        (Some(pull), None) => {
            let _ = write!(entry, " (#{pull})");
        }
        (None, _) => {
            let _ = write!(entry, " ({})", crate::short(&change.id));
        }
    }
    entry.push('\n');
    for line in change.breaking.iter().flat_map(|text| text.lines()) {
        let line = harmless(line);
        if !line.is_empty() {
            let _ = writeln!(entry, "  {line}");
        }
    }
    entry
}

/// One line that is read as it stands. Code in backticks stays code; outside of it nothing is Markdown.
pub(crate) fn harmless(text: &str) -> String {
    let mut visible = String::new();
    for word in text.split_whitespace() {
        if !visible.is_empty() {
            visible.push(' ');
        }
        visible.extend(word.chars().filter(|letter| !hides(*letter)));
    }
    // an odd backtick would open code that a later line closes
    let parts: Vec<&str> = visible.split('`').collect();
    let paired = parts.len() - (parts.len() + 1) % 2;
    let mut safe = String::new();
    for (index, part) in parts.iter().enumerate() {
        let code = index % 2 == 1 && index < paired;
        match (index, index < paired) {
            (0, _) => {}
            (_, true) => safe.push('`'),
            (_, false) => safe.push_str("\\`"),
        }
        if code {
            safe.push_str(part);
        } else {
            escape(part, &mut safe);
        }
    }
    safe
}

fn escape(text: &str, into: &mut String) {
    let first = into.is_empty();
    for (index, letter) in text.char_indices() {
        let rest = &text[index + letter.len_utf8()..];
        match letter {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' => {
                into.push('\\');
                into.push(letter);
            }
            // at the beginning they make headings and lists
            '#' | '-' | '+' if first && index == 0 => {
                into.push('\\');
                into.push(letter);
            }
            '&' => into.push_str("&amp;"),
            // GitHub tells a person who is mentioned
            '@' => into.push_str("@\u{200b}"),
            // a bare address becomes a link
            ':' if rest.starts_with("//") => into.push_str(":\u{200b}"),
            '.' if text[..index].to_lowercase().ends_with("www") => into.push_str("\u{200b}."),
            letter => into.push(letter),
        }
    }
}

/// Whether a character acts instead of being seen.
fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests;
