//! `.dockerignore`: which files of the context stay out of the build, by Docker's rules.
//!
//! Patterns are tried in order and the last one that fits decides; `!` takes a file back in; a folder that fits takes all
//! that is in it along. `*` and `?` end at a slash, `**` does not.

use regex::Regex;

/// The patterns of one file.
#[derive(Debug, Default)]
pub(crate) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// Whether it takes files back in.
    keeps: bool,
    regex: Regex,
    /// The folders that it names before its first wildcard.
    prefix: String,
}

impl Ignore {
    /// Reads the file's text; a pattern that makes no sense is given back.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for line in text.lines() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (keeps, pattern) = match line.strip_prefix('!') {
                Some(pattern) => (true, pattern.trim()),
                None => (false, line),
            };
            let pattern = pattern.trim_matches('/').trim_start_matches("./");
            if pattern.is_empty() || pattern == "." {
                continue;
            }
            let regex = Regex::new(&regex_of(pattern)).map_err(|_| line.to_owned())?;
            let literal = pattern
                .split(['*', '?', '[', '\\'])
                .next()
                .unwrap_or_default();
            let prefix = if literal.len() == pattern.len() {
                pattern
            } else {
                literal.rsplit_once('/').map_or("", |(folders, _)| folders)
            };
            patterns.push(Pattern {
                keeps,
                regex,
                prefix: prefix.to_owned(),
            });
        }
        Ok(Self { patterns })
    }

    /// Whether `path`, from the context's root, stays out.
    pub(crate) fn excludes(&self, path: &str) -> bool {
        let mut excluded = false;
        for pattern in &self.patterns {
            if excluded == pattern.keeps && pattern.fits(path) {
                excluded = !pattern.keeps;
            }
        }
        excluded
    }

    /// Whether something in the excluded folder `path` may be taken back in.
    pub(crate) fn may_keep_in(&self, path: &str) -> bool {
        let below = |one: &str, other: &str| {
            other.is_empty() || one == other || one.starts_with(&format!("{other}/"))
        };
        let mut keeping = self.patterns.iter().filter(|pattern| pattern.keeps);
        keeping.any(|pattern| below(&pattern.prefix, path) || below(path, &pattern.prefix))
    }
}

impl Pattern {
    /// The path itself, or a folder above it.
    fn fits(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        folders.chain([path]).any(|path| self.regex.is_match(path))
    }
}

fn regex_of(pattern: &str) -> String {
    let mut regex = "^".to_owned();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => {
                if letters.next_if_eq(&'/').is_some() {
                    regex.push_str("(.*/)?");
                } else {
                    regex.push_str(".*");
                }
            }
            '*' => regex.push_str("[^/]*"),
            '?' => regex.push_str("[^/]"),
            '[' => regex.push('['),
            ']' => regex.push(']'),
            '\\' => {
                let escaped = letters.next().unwrap_or('\\');
                regex.push_str(&regex::escape(&escaped.to_string()));
            }
            '^' | '-' => regex.push(letter),
            letter => regex.push_str(&regex::escape(&letter.to_string())),
        }
    }
    regex.push('$');
    regex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pattern_that_fits_decides() {
        let ignore = Ignore::parse(
            "# comment\n*\n!contracts\n!frontend/app.py\n**/__pycache__\n!frontend/keep/**\n*.md\n",
        )
        .unwrap();
        for (path, excluded) in [
            ("target/debug/x", true),
            ("contracts/housing.yaml", false),
            ("contracts/__pycache__/x.pyc", true),
            ("frontend/app.py", false),
            ("frontend/tests/a.py", true),
            ("frontend/keep/a/b.py", false),
            ("README.md", true),
        ] {
            assert_eq!(ignore.excludes(path), excluded, "{path}");
        }
        assert!(ignore.may_keep_in("frontend"));
        assert!(ignore.may_keep_in("frontend/keep/deep"));
        assert!(!ignore.may_keep_in("target"));
        assert!(!ignore.may_keep_in(".git"));
    }

    #[test]
    fn wildcards_end_where_docker_ends_them() {
        let excludes = |pattern: &str, path: &str| Ignore::parse(pattern).unwrap().excludes(path);
        assert!(excludes("*/temp*", "a/temporary.txt"));
        assert!(!excludes("*/temp*", "a/b/temp"));
        assert!(excludes("**/temp", "a/b/temp"));
        assert!(excludes("**/temp", "temp"));
        assert!(excludes("a?c", "abc") && !excludes("a?c", "a/c"));
        assert!(excludes("/a/", "a/b"));
        assert!(excludes("[ab].txt", "a.txt") && !excludes("[ab].txt", "c.txt"));
        assert!(!excludes("a.c", "abc"));
        assert!(Ignore::parse("[b").is_err());
    }
}
