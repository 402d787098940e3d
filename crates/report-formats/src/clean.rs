//! What no reader should obey: the part that several formats share.
//!
//! A finding's text comes from policies and plans, so from pull requests. A terminal obeys escape sequences, a person's
//! eye obeys bidirectional overrides, and the Actions runner obeys lines of a log: `::command::` where a line begins,
//! after any space, and the older `##[command]` anywhere in it.

use std::borrow::Cow;

/// Stands for a character that must not be shown.
const REPLACEMENT: char = '\u{fffd}';

/// `text` with line feeds for all ends of lines, and without characters that act instead of being seen.
pub(crate) fn visible(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(harmless).collect()
}

fn harmless(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\r' => '\n',
        '\u{2028}' | '\u{2029}' | '\u{feff}' => REPLACEMENT,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            REPLACEMENT
        }
        character if character.is_control() => REPLACEMENT,
        character => character,
    }
}

/// `text` on one line, single spaces between its words.
pub(crate) fn one_line(text: &str) -> String {
    visible(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// `text` as the runner may read it in a log: no line of it is a command.
pub(crate) fn no_commands(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim_start();
        match words.strip_prefix("::") {
            Some(rest) => {
                safe.push_str(&line[..line.len() - words.len()]);
                safe.push_str(": :");
                safe.push_str(rest);
            }
            None => safe.push_str(line),
        }
    }
    safe.replace("##[", "# #[")
}

/// The first `limit` characters of `text`, the last of them a mark where something was cut.
pub(crate) fn crop(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().count() <= limit {
        return Cow::Borrowed(text);
    }
    let mut cropped: String = text.chars().take(limit.saturating_sub(1)).collect();
    if limit > 0 {
        cropped.push('…');
    }
    Cow::Owned(cropped)
}

/// `path` as a relative reference, its slashes kept.
pub(crate) fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Whether a browser may be sent to `link`.
pub(crate) fn is_web(link: &str) -> bool {
    ["https://", "http://"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
        && !link
            .chars()
            .any(|character| character.is_whitespace() || character.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_acts_and_keeps_what_is_read() {
        assert_eq!(
            visible("a\r\nb\rc\td\u{1b}[31m\u{202e}é"),
            "a\nb\nc\td\u{fffd}[31m\u{fffd}é"
        );
        assert_eq!(one_line(" a \n\n b\tc "), "a b c");
    }

    #[test]
    fn breaks_commands_where_the_runner_looks_for_them() {
        assert_eq!(
            no_commands("::error::x\n \t::stop-commands::y\n"),
            ": :error::x\n \t: :stop-commands::y\n"
        );
        assert_eq!(no_commands("arn:aws:s3:::bucket"), "arn:aws:s3:::bucket");
        assert_eq!(no_commands("a ##[add-mask]e"), "a # #[add-mask]e");
    }

    #[test]
    fn crops_by_characters() {
        assert_eq!(crop("äöü", 3), "äöü");
        assert_eq!(crop("äöüß", 3), "äö…");
        assert_eq!(crop("a", 0), "");
    }
}
