//! `regex.*` with Go's dialect (D5).
//!
//! OPA matches with RE2 syntax: a brace that starts no repetition is itself, `\d`, `\w`, `\s` and `\b` are ASCII, a
//! bracket or `&&` inside a class is itself, `\Q..\E` quotes. Rust's `regex` reads these otherwise or refuses them, and
//! a refused pattern is a denial that vanishes. So patterns are translated before they are compiled.

use super::{Answer, Builtin, kind, text};
use ::regex::{Captures, Regex};
use regorus::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) fn builtins() -> Vec<Builtin> {
    let patterns = Patterns::default();
    let with = |name, arity, body: fn(&Regex, &[Value]) -> Answer| {
        let patterns = patterns.clone();
        let pattern_at = usize::from(name == "regex.replace");
        Builtin::new(name, arity, move |params| {
            body(&patterns.compile(text(&params[pattern_at])?)?, params)
        })
    };
    vec![
        with("regex.match", 2, |regex, p| {
            Ok(regex.is_match(text(&p[1])?).into())
        }),
        with("regex.replace", 3, |regex, p| {
            Ok(regex
                .replace_all(text(&p[0])?, text(&p[2])?)
                .as_ref()
                .into())
        }),
        with("regex.split", 2, |regex, p| {
            Ok(regex
                .split(text(&p[1])?)
                .map(Value::from)
                .collect::<Vec<_>>()
                .into())
        }),
        with("regex.find_n", 3, |regex, p| {
            let found = regex.find_iter(text(&p[1])?).take(limit(&p[2])?);
            Ok(found
                .map(|m| Value::from(m.as_str()))
                .collect::<Vec<_>>()
                .into())
        }),
        with("regex.find_all_string_submatch_n", 3, |regex, p| {
            let found = regex.captures_iter(text(&p[1])?).take(limit(&p[2])?);
            Ok(found
                .map(|groups| submatches(&groups))
                .collect::<Vec<_>>()
                .into())
        }),
        Builtin::new("regex.is_valid", 1, |params| {
            Ok(matches!(&params[0], Value::String(p) if Regex::new(&translate(p)).is_ok()).into())
        }),
    ]
}

fn limit(value: &Value) -> Result<usize, String> {
    let n = value
        .as_i64()
        .map_err(|_| format!("expects a whole number, got {}", kind(value)))?;
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

fn submatches(groups: &Captures<'_>) -> Value {
    let texts = groups
        .iter()
        .map(|group| Value::from(group.map_or("", |m| m.as_str())));
    texts.collect::<Vec<_>>().into()
}

/// Compiled patterns, shared by the functions of one engine and its clones.
#[derive(Clone, Default)]
pub(super) struct Patterns(Arc<Mutex<HashMap<String, Regex>>>);

/// A policy has tens of patterns; more than this are built from the input, and are not worth keeping.
const KEPT: usize = 1_000;

impl Patterns {
    pub(super) fn compile(&self, pattern: &str) -> Result<Regex, String> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(pattern) {
            return Ok(regex.clone());
        }
        let regex = Regex::new(&translate(pattern)).map_err(|error| {
            let error = error.to_string(); // a drawing of the pattern, and the reason in the last line
            let reason = error.lines().next_back().unwrap_or_default();
            let reason = reason.trim_start_matches("error: ");
            format!("invalid pattern `{pattern}`: {reason}")
        })?;
        if known.len() < KEPT {
            known.insert(pattern.to_owned(), regex.clone());
        }
        Ok(regex)
    }
}

/// Rewrites RE2 syntax into what the `regex` crate reads the same way.
fn translate(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    let mut class: Option<usize> = None; // where the first member of the open class is
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        at += 1;
        match (c, class) {
            ('\\', _) => at = escape(&chars, at, class.is_some(), &mut out),
            ('[', None) => {
                out.push('[');
                if next == Some('^') {
                    out.push('^');
                    at += 1;
                }
                class = Some(at);
            }
            ('[', Some(_)) if next == Some(':') => {
                let name: String = chars[at - 1..].iter().take_while(|c| **c != ']').collect();
                at += name.chars().count() - 1;
                out.push_str(&name);
                if chars.get(at) == Some(&']') {
                    out.push(']');
                    at += 1;
                }
            }
            ('[', Some(_)) => out.push_str("\\["),
            (']', Some(first)) if at - 1 == first => out.push_str("\\]"),
            (']', Some(_)) => {
                out.push(']');
                class = None;
            }
            ('&' | '~' | '-', Some(first)) if next == Some(c) && at > first => {
                out.push('\\');
                out.push(c);
            }
            ('{', None) if !starts_repetition(&chars[at..]) => out.push_str("\\{"),
            ('}', None) if !ends_repetition(&chars[..at - 1]) => out.push_str("\\}"),
            _ => out.push(c),
        }
    }
    out
}

/// Handles what follows a backslash; `at` is behind it. Returns where to go on.
fn escape(chars: &[char], at: usize, in_class: bool, out: &mut String) -> usize {
    let Some(&c) = chars.get(at) else {
        out.push('\\');
        return at;
    };
    match c {
        'd' | 'w' | 's' => {
            let members = match c {
                'd' => "0-9",
                'w' => "0-9A-Za-z_",
                _ => "\\t\\n\\x0C\\r ",
            };
            out.push_str(&if in_class {
                members.to_owned()
            } else {
                format!("[{members}]")
            });
        }
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str("[^\\t\\n\\x0C\\r ]"),
        'b' | 'B' if !in_class => {
            // ASCII word boundaries; the negated one could split a character, which Rust refuses.
            out.push_str(if c == 'b' { "(?-u:\\b)" } else { "\\B" });
        }
        'Q' => {
            let rest: String = chars[at + 1..].iter().collect();
            let quoted = rest.split("\\E").next().unwrap_or_default();
            out.push_str(&::regex::escape(quoted));
            let ended = if quoted.len() < rest.len() { 2 } else { 0 };
            return at + 1 + quoted.chars().count() + ended;
        }
        'p' | 'P' | 'x' if chars.get(at + 1) == Some(&'{') => {
            let name: String = chars[at..].iter().take_while(|c| **c != '}').collect();
            out.push('\\');
            out.push_str(&name);
            return at + name.chars().count();
        }
        _ => {
            out.push('\\');
            out.push(c);
        }
    }
    at + 1
}

/// Whether what follows an opening brace is `n}`, `n,}` or `n,m}`.
fn starts_repetition(rest: &[char]) -> bool {
    let inner: String = rest.iter().take_while(|c| **c != '}').collect();
    let closed = inner.chars().count() < rest.len();
    let (low, high) = inner.split_once(',').unwrap_or((&inner, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    closed && !low.is_empty() && digits(low) && digits(high)
}

/// Whether what precedes a closing brace opens a repetition or a named escape.
fn ends_repetition(before: &[char]) -> bool {
    let Some(open) = before.iter().rposition(|c| *c == '{') else {
        return false;
    };
    let mut rest = before[open + 1..].to_vec();
    rest.push('}');
    let named =
        open >= 2 && before[open - 2] == '\\' && matches!(before[open - 1], 'p' | 'P' | 'x');
    named || starts_repetition(&rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Patterns::default().compile(pattern).unwrap().is_match(text)
    }

    #[test]
    fn literal_braces_are_themselves() {
        assert!(matches("^{.+}$", "{a}"));
        assert!(matches(r"^\$\{[a-z]+}$", "${abc}"));
        assert!(matches("^a{2,3}$", "aaa"));
        assert!(!matches("^a{2}$", "a{2}"));
        assert!(matches("^{,3}$", "{,3}"));
        assert!(matches(r"^\p{Greek}+$", "αβ"));
    }

    #[test]
    fn classes_read_as_in_go() {
        assert!(matches(r"^[[a]+$", "[a"));
        assert!(matches(r"^[]a]+$", "]a"));
        assert!(matches(r"^[[:alpha:]&&]+$", "a&"));
        assert!(!matches(r"^\d$", "٣"));
        assert!(matches(r"^[\w-]+$", "a-b_1"));
        assert!(matches(r"^\Qa.b\E$", "a.b"));
        assert!(!matches(r"^\Qa.b\E$", "axb"));
    }
}
