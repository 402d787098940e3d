//! `.dockerignore`: which files of the context stay out of the build, by Docker's rules.
//!
//! Patterns are tried in order and the last one that fits decides; `!` takes a file back in; a folder that fits takes all
//! that is in it along. `*` and `?` end at a slash, `**` does not.
//!
//! A pattern is tried in time proportional to its length and the path's, because it comes from a pull request.

/// A part of a pattern.
#[derive(Debug)]
enum Token {
    /// `**/`: nothing, or any folders.
    Folders,
    /// `**`: anything.
    All,
    /// `*`: anything within a folder.
    Any,
    /// `?`: one letter, but no slash.
    One,
    /// `[a-z]`: one of these.
    Class {
        ranges: Vec<(char, char)>,
        negated: bool,
    },
    Letter(char),
}

/// The patterns of one file.
#[derive(Debug, Default)]
pub(crate) struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// Whether it takes files back in.
    keeps: bool,
    tokens: Vec<Token>,
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
            let tokens = tokens(pattern).ok_or_else(|| line.to_owned())?;
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
                tokens,
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
        folders.chain([path]).any(|path| self.matches(path))
    }

    /// Follows every way through the tokens at once, letter by letter.
    fn matches(&self, path: &str) -> bool {
        let end = self.tokens.len();
        let mut here = vec![false; end + 1];
        self.enter(0, &mut here);
        for letter in path.chars() {
            let mut next = vec![false; end + 1];
            for at in (0..end).filter(|at| here[*at]) {
                let goes_on = match &self.tokens[at] {
                    Token::Folders => {
                        next[at] = true;
                        letter == '/'
                    }
                    Token::All => {
                        self.enter(at, &mut next);
                        false
                    }
                    Token::Any => {
                        if letter != '/' {
                            self.enter(at, &mut next);
                        }
                        false
                    }
                    Token::One => letter != '/',
                    Token::Class { ranges, negated } => {
                        let mut ranges = ranges.iter();
                        let within = ranges.any(|(from, to)| (*from..=*to).contains(&letter));
                        letter != '/' && within != *negated
                    }
                    Token::Letter(expected) => letter == *expected,
                };
                if goes_on {
                    self.enter(at + 1, &mut next);
                }
            }
            here = next;
        }
        here[end]
    }

    /// Stands before token `at`, and behind it as well where it may stand for nothing.
    fn enter(&self, at: usize, places: &mut [bool]) {
        places[at] = true;
        if let Some(Token::Folders | Token::All | Token::Any) = self.tokens.get(at) {
            self.enter(at + 1, places);
        }
    }
}

fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '*' if letters.next_if_eq(&'*').is_some() => match letters.next_if_eq(&'/') {
                Some(_) => Token::Folders,
                None => Token::All,
            },
            '*' => Token::Any,
            '?' => Token::One,
            '[' => class(&mut letters)?,
            '\\' => Token::Letter(letters.next()?),
            letter => Token::Letter(letter),
        });
    }
    Some(tokens)
}

/// What stands between brackets.
fn class(letters: &mut impl Iterator<Item = char>) -> Option<Token> {
    let mut inside = String::new();
    loop {
        match letters.next()? {
            ']' => break,
            letter => inside.push(letter),
        }
    }
    let (negated, inside) = match inside.strip_prefix('^') {
        Some(inside) => (true, inside),
        None => (false, inside.as_str()),
    };
    let mut ranges = Vec::new();
    let mut inside = inside.chars().peekable();
    while let Some(from) = inside.next() {
        let to = match inside.next_if_eq(&'-') {
            Some(_) => inside.next()?,
            None => from,
        };
        ranges.push((from, to));
    }
    (!ranges.is_empty()).then_some(Token::Class { ranges, negated })
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
        assert!(excludes("[^a].txt", "b.txt") && !excludes("[^a].txt", "a.txt"));
        assert!(excludes("[a-c]x", "bx") && !excludes("[a-c]x", "dx"));
        assert!(excludes("a/**/b", "a/b") && excludes("a/**/b", "a/x/y/b"));
        assert!(!excludes("a/**/b", "a/xb") && !excludes("**/temp", "atemp"));
        assert!(excludes("a/**", "a/x/y") && excludes("**", "x/y"));
        assert!(excludes(r"\*.txt", "*.txt") && !excludes(r"\*.txt", "a.txt"));
        assert!(Ignore::parse("[]").is_err() && Ignore::parse("[b").is_err());
    }

    #[test]
    fn no_pattern_takes_long() {
        let pattern = "*a".repeat(200);
        let path = "a".repeat(2000) + "b";
        let begun = std::time::Instant::now();
        assert!(!Ignore::parse(&pattern).unwrap().excludes(&path));
        assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    }
}
