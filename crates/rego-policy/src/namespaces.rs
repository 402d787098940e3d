//! Which namespaces are asked: names and patterns as Conftest's `--namespace` takes them.
//!
//! A pattern is Go's `path.Match`: `*` and `?` match anything but a slash, `[a-z]` and `[^a-z]` match one character,
//! and a dot is an ordinary character. A name or pattern that matches nothing is an error: asked in vain is not passed.

use crate::error::EvalError;
use regex::Regex;

/// The namespaces to evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Namespaces {
    /// Names and patterns.
    Only(Vec<String>),
    /// Every package of the set that has rules to ask.
    All,
}

impl Default for Namespaces {
    /// `main`, as in Conftest.
    fn default() -> Self {
        Self::Only(vec!["main".to_owned()])
    }
}

impl Namespaces {
    /// What each name or pattern stands for among `known`, in order and without repeats.
    pub(crate) fn resolve(
        &self,
        known: &[String],
    ) -> Result<Vec<(String, Vec<String>)>, EvalError> {
        let Self::Only(patterns) = self else {
            if known.is_empty() {
                return Err(EvalError::NoNamespace { known: Vec::new() });
            }
            return Ok(vec![("*".to_owned(), known.to_vec())]);
        };
        if patterns.is_empty() {
            return Err(EvalError::NoNamespace {
                known: known.to_vec(),
            });
        }
        patterns
            .iter()
            .map(|pattern| {
                let matching: Vec<String> = known
                    .iter()
                    .filter(|name| *name == pattern || matches(pattern, name))
                    .cloned()
                    .collect();
                if matching.is_empty() {
                    return Err(EvalError::UnknownNamespace {
                        name: pattern.clone(),
                        known: known.to_vec(),
                    });
                }
                Ok((pattern.clone(), matching))
            })
            .collect()
    }
}

/// Go's `path.Match`; a malformed pattern matches nothing.
fn matches(pattern: &str, name: &str) -> bool {
    let mut regex = String::from("^(?s:");
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => {
                regex.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    regex.push('^');
                }
                for member in chars.by_ref() {
                    match member {
                        ']' => break,
                        '-' => regex.push('-'),
                        '\\' => {}
                        other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
                    }
                }
                regex.push(']');
            }
            '\\' => {
                let literal = chars.next().unwrap_or('\\');
                regex.push_str(&regex::escape(literal.encode_utf8(&mut [0; 4])));
            }
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(")$");
    Regex::new(&regex).is_ok_and(|regex| regex.is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_follow_go_path_match() {
        assert!(matches("main.*", "main.a.b"));
        assert!(matches("*", "main.a"));
        assert!(matches("ma?n", "main"));
        assert!(matches("[a-m]ain", "main"));
        assert!(!matches("[^m]ain", "main"));
        assert!(!matches("main.*", "mainx"));
        assert!(!matches("main", "main.a"));
        assert!(!matches("[", "["));
    }

    #[test]
    fn what_matches_nothing_is_an_error() {
        let known = ["main".to_owned()];
        for asked in ["mian", "s3.*"] {
            let error = Namespaces::Only(vec![asked.to_owned()])
                .resolve(&known)
                .unwrap_err();
            assert!(matches!(error, EvalError::UnknownNamespace { name, .. } if name == asked));
        }
        assert!(Namespaces::Only(Vec::new()).resolve(&known).is_err());
        assert!(Namespaces::All.resolve(&[]).is_err());
    }
}
