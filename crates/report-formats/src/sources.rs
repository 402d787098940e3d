//! The texts that findings point into, handed over by whoever may read files.
//!
//! A file that is not here still has findings; they are then shown without their code. Lines are found by an index, so
//! that ten thousand findings in one file do not read it ten thousand times.

use std::collections::BTreeMap;

use evidence::Location;

use crate::clean;

/// Source texts by path, and the address under which a browser finds them.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: BTreeMap<String, File>,
    url: Option<String>,
}

#[derive(Clone, Debug)]
struct File {
    text: String,
    /// Where each line starts.
    starts: Vec<usize>,
}

impl Sources {
    /// No text and no address: findings are shown by `file:line` alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// The address of the tree that holds the files: `https://github.com/owner/name/blob/<commit>`.
    #[must_use]
    pub fn at(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Adds the text of `path`, which is written like [`Location::file`].
    pub fn insert(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let text = text.into();
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        self.files.insert(path.into(), File { text, starts });
    }

    /// Line `number` of `path`, counted from 1, without its end.
    pub fn line(&self, path: &str, number: u32) -> Option<&str> {
        let file = self.files.get(path)?;
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *file.starts.get(index)?;
        let end = file
            .starts
            .get(index + 1)
            .map_or(file.text.len(), |next| next - 1);
        let line = &file.text[start..end];
        Some(line.strip_suffix('\r').unwrap_or(line))
    }

    /// The address of `location` for a browser, when the tree has one.
    pub fn url(&self, location: &Location) -> Option<String> {
        let tree = self.url.as_deref()?.trim_end_matches('/');
        let path = clean::uri(&location.file);
        let lines = match location.end_line > location.line {
            true => format!("#L{}-L{}", location.line, location.end_line),
            false => format!("#L{}", location.line),
        };
        Some(format!("{tree}/{path}{lines}"))
    }
}

impl<P: Into<String>, T: Into<String>> FromIterator<(P, T)> for Sources {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(files: I) -> Self {
        let mut sources = Self::new();
        for (path, text) in files {
            sources.insert(path, text);
        }
        sources
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lines_whatever_ends_them() {
        let sources = Sources::from_iter([("a.tf", "one\r\n\nthree"), ("b.tf", "one\n")]);
        assert_eq!(sources.line("a.tf", 1), Some("one"));
        assert_eq!(sources.line("a.tf", 2), Some(""));
        assert_eq!(sources.line("a.tf", 3), Some("three"));
        assert_eq!(sources.line("b.tf", 2), Some(""));
        for (path, number) in [("a.tf", 0), ("a.tf", 4), ("c.tf", 1)] {
            assert_eq!(sources.line(path, number), None, "{path}:{number}");
        }
    }

    #[test]
    fn addresses_keep_the_path_one_path() {
        let sources = Sources::new().at("https://github.com/o/r/blob/8d21f0c/");
        let mut place = Location::line("iac/a b#c.tf", 3);
        assert_eq!(
            sources.url(&place).unwrap(),
            "https://github.com/o/r/blob/8d21f0c/iac/a%20b%23c.tf#L3"
        );
        place.end_line = 9;
        assert!(sources.url(&place).unwrap().ends_with("#L3-L9"));
        assert_eq!(Sources::new().url(&place), None);
    }
}
