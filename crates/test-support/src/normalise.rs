//! Takes out of a text what differs from run to run, so that the rest can be compared word by word.

use camino::Utf8Path;
use regex::Regex;

/// What stands for a piece of text, and how the piece is recognised. Longer digests come before shorter ones.
const PATTERNS: [(&str, &str); 6] = [
    (
        r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b",
        "[uuid]",
    ),
    (r"\b[0-9a-f]{64}\b", "[sha256]"),
    (r"\b[0-9a-f]{40}\b", "[sha1]"),
    (
        r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
        "[time]",
    ),
    (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s)\b", "[duration]"),
    (r"127\.0\.0\.1:\d+", "[loopback]"),
];

/// Replaces paths, digests, times, durations and ports by names.
#[derive(Clone, Debug)]
pub struct Normaliser {
    paths: Vec<(String, String)>,
    patterns: Vec<(Regex, &'static str)>,
}

impl Normaliser {
    /// Everything but paths.
    pub fn new() -> Self {
        let compile = |pattern| Regex::new(pattern).expect("a pattern of ours");
        let patterns = PATTERNS
            .iter()
            .map(|(pattern, name)| (compile(pattern), *name))
            .collect();
        Self {
            paths: Vec::new(),
            patterns,
        }
    }

    /// Writes `name` for `path`, for example `[workspace]`.
    #[must_use]
    pub fn path(mut self, path: impl AsRef<Utf8Path>, name: &str) -> Self {
        let path = path.as_ref();
        let mut add = |path: &str| self.paths.push((path.to_owned(), name.to_owned()));
        add(path.as_str());
        if let Ok(real) = path.canonicalize_utf8() {
            add(real.as_str());
        }
        // a folder inside another is named by its own name
        self.paths
            .sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        self
    }

    /// `text` with names for what differs.
    pub fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (path, name) in &self.paths {
            text = text.replace(path, name);
        }
        for (pattern, name) in &self.patterns {
            text = pattern
                .replace_all(&text, regex::NoExpand(name))
                .into_owned();
        }
        text
    }
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs_and_nothing_else() {
        let normaliser = Normaliser::new()
            .path("/tmp/x", "[temp]")
            .path("/tmp/x/work", "[workspace]");
        for (text, expected) in [
            (
                "/tmp/x/work/main.tf in /tmp/x",
                "[workspace]/main.tf in [temp]",
            ),
            (
                "at 2026-01-02T03:04:05.678Z took 21 ms, 1.5s",
                "at [time] took [duration], [duration]",
            ),
            ("http://127.0.0.1:41234/x", "http://[loopback]/x"),
            ("0b3c6d5e-1111-4222-8333-444455556666", "[uuid]"),
            (
                "1 of 43 rules  38 resources  4f1c9a2e",
                "1 of 43 rules  38 resources  4f1c9a2e",
            ),
        ] {
            assert_eq!(normaliser.apply(text), expected);
        }
        assert_eq!(
            normaliser.apply(&format!("{} {}", "a".repeat(64), "b".repeat(40))),
            "[sha256] [sha1]"
        );
    }
}
