//! Text from anywhere as Markdown that shows it and does nothing else.
//!
//! House style puts literals in backticks, so those stay code. Everything else is escaped: structure, HTML, the pipes
//! of a table, mathematics, and what GitHub acts upon (a mention tells a person, `#12` writes into another thread).

use crate::clean;

/// Splits a mention or a reference where GitHub would see one, and no eye.
const SPLIT: char = '\u{200b}';

/// One line of text, its literals as code.
pub(super) fn prose(text: &str) -> String {
    let line = clean::one_line(text);
    let mut markdown = String::with_capacity(line.len());
    let mut rest = line.as_str();
    while let Some((before, literal, after)) = literal(rest) {
        markdown.push_str(&words(before));
        markdown.push_str(&code(literal));
        rest = after;
    }
    markdown.push_str(&words(rest));
    if let Some(at) = list_marker(&markdown) {
        markdown.insert(at, '\\');
    }
    clean::no_commands(&markdown)
}

/// Where to put the backslash if the line would begin a list.
fn list_marker(line: &str) -> Option<usize> {
    let digits = line.len()
        - line
            .trim_start_matches(|character: char| character.is_ascii_digit())
            .len();
    let marks: &[char] = if digits == 0 {
        &['-', '+']
    } else {
        &['.', ')']
    };
    line[digits..].starts_with(marks).then_some(digits)
}

/// The first `literal` of a text and what stands around it.
fn literal(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (literal, after) = rest.split_once('`')?;
    (!literal.trim().is_empty()).then_some((before, literal, after))
}

fn words(text: &str) -> String {
    let mut markdown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        match character {
            '&' => markdown.push_str("&amp;"),
            '<' => markdown.push_str("&lt;"),
            '>' => markdown.push_str("&gt;"),
            '|' => markdown.push_str("&#124;"),
            '$' => markdown.push_str("<span>$</span>"),
            '@' | '#' => markdown.extend([character, SPLIT]),
            // `GH-12` is a reference too
            '-' if matches!(before, 'H' | 'h') && after.is_ascii_digit() => {
                markdown.extend([SPLIT, '-'])
            }
            // inside a word it is no emphasis, and names are full of it
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => markdown.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '!' => markdown.extend(['\\', character]),
            character => markdown.push(character),
        }
        before = character;
    }
    markdown
}

/// A literal. Backticks where they can hold it; where it holds a character that ends them or a table's cell, HTML, in
/// which every character can be written by its number.
pub(super) fn code(text: &str) -> String {
    let line = clean::one_line(text);
    if line.is_empty() {
        return String::new();
    }
    match line.contains(['|', '`', '\\']) {
        false => clean::no_commands(&format!("`{line}`")),
        true => format!("<code>{}</code>", numbered(&line)),
    }
}

fn numbered(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_alphanumeric() || matches!(character, ' ' | '.' | '/' | ':' | '-') {
            true => html.push(character),
            false => html.push_str(&format!("&#{};", u32::from(character))),
        }
    }
    html
}

/// A fence that none of `lines` closes.
pub(super) fn fence(lines: &[String]) -> String {
    let longest = lines
        .iter()
        .flat_map(|line| line.split(|character| character != '`'))
        .map(str::len)
        .max();
    "`".repeat(longest.unwrap_or(0).max(2) + 1)
}

/// One line inside a fence.
pub(super) fn raw(line: &str) -> String {
    clean::no_commands(&clean::visible(line).replace('\n', " "))
}

/// The target of a link.
pub(super) fn address(url: &str) -> String {
    let mut address = String::with_capacity(url.len());
    for character in url.chars() {
        match character {
            '(' | ')' | '<' | '>' | '|' | '\\' | '"' | '`' | '*' | '_' | '[' | ']' | '$' | '@' => {
                address.push_str(&format!("%{:02X}", u32::from(character)));
            }
            character => address.push(character),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_text_and_keeps_literals() {
        for (text, markdown) in [
            (
                "bucket `housing-raw` in aws_s3_bucket",
                "bucket `housing-raw` in aws_s3_bucket",
            ),
            (
                "_a_ *b* [c](d) ![e](f) ~g~",
                "\\_a\\_ \\*b\\* \\[c\\](d) \\!\\[e\\](f) \\~g\\~",
            ),
            (
                "<img src=x> a | b & c",
                "&lt;img src=x&gt; a &#124; b &amp; c",
            ),
            (
                "one\n\n| two |\r\n# three",
                "one &#124; two &#124; #\u{200b} three",
            ),
            (
                "@owner/team closes #12 and GH-12",
                "@\u{200b}owner/team closes #\u{200b}12 and GH\u{200b}-12",
            ),
            ("::error::no", ": :error::no"),
            ("one ` alone", "one \\` alone"),
            (
                "`a|b` and `c\\`",
                "<code>a&#124;b</code> and <code>c&#92;</code>",
            ),
            ("- a - b", "\\- a - b"),
            ("12. a", "12\\. a"),
            ("12 of 43", "12 of 43"),
            ("$x$", "<span>$</span>x<span>$</span>"),
        ] {
            assert_eq!(prose(text), markdown, "{text}");
        }
    }

    #[test]
    fn no_line_closes_its_fence() {
        let lines = ["```".to_owned(), "a ````` b".to_owned()];
        assert_eq!(fence(&lines), "``````");
        assert_eq!(fence(&[]), "```");
    }

    #[test]
    fn an_address_stays_between_its_parentheses() {
        assert_eq!(address("https://a.b/c)(d|e"), "https://a.b/c%29%28d%7Ce");
    }
}
