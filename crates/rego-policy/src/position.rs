//! Places in text: byte offsets, lines and columns, and edits that remember where they came from.
//!
//! The guard layer rewrites policies before the engine sees them. Every rewrite is an [`Edits`], so that an offset in
//! the text the engine complains about can be led back, step by step, to the file as it was written.

use std::collections::BTreeMap;
use std::ops::Range;

/// A place in a policy file as the author wrote it; line and column start at 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// Path of the file, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of byte `offset` in `text`.
    pub(crate) fn of(file: &str, text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Byte offset at which `line` (from 1) starts.
pub(crate) fn line_start(text: &str, line: usize) -> usize {
    if line <= 1 {
        return 0;
    }
    text.match_indices('\n')
        .nth(line - 2)
        .map_or(text.len(), |(offset, _)| offset + 1)
}

#[derive(Debug, Clone)]
struct Edit {
    range: Range<usize>,
    replacement: String,
    /// Parts of the replacement, by where they start in it, and where they were taken from.
    origins: BTreeMap<usize, usize>,
}

/// Replacements of ranges of one text, applied together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edits {
    edits: Vec<Edit>,
}

impl Edits {
    /// Replaces `range`. A range that overlaps an earlier edit is ignored: the first rewrite of a place stands.
    pub(crate) fn replace(&mut self, range: Range<usize>, replacement: impl Into<String>) {
        self.add(range, replacement.into(), BTreeMap::new());
    }

    /// Inserts text whose parts, by where they start in it, were taken from other places.
    pub(crate) fn insert_moved(
        &mut self,
        at: usize,
        text: String,
        origins: BTreeMap<usize, usize>,
    ) {
        self.add(at..at, text, origins);
    }

    fn add(&mut self, range: Range<usize>, replacement: String, origins: BTreeMap<usize, usize>) {
        let clash = |edit: &Edit| {
            edit.range == range || (range.start < edit.range.end && edit.range.start < range.end)
        };
        if self.edits.iter().any(clash) {
            return;
        }
        let at = self
            .edits
            .partition_point(|edit| edit.range.start < range.start);
        let edit = Edit {
            range,
            replacement,
            origins,
        };
        self.edits.insert(at, edit);
    }

    /// Blanks `range`, keeping its line breaks, so that lines keep their numbers.
    pub(crate) fn blank(&mut self, text: &str, range: Range<usize>) {
        let blank = text[range.clone()]
            .chars()
            .filter(|c| *c == '\n')
            .collect::<String>();
        self.replace(range, blank);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The text with all edits made.
    pub(crate) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for edit in &self.edits {
            out.push_str(&text[at..edit.range.start]);
            out.push_str(&edit.replacement);
            at = edit.range.end;
        }
        out.push_str(&text[at..]);
        out
    }

    /// Leads an offset in the edited text back to the text before; inside a replacement, to where
    /// the part was taken from, else to the start of what it replaced.
    pub(crate) fn to_before(&self, offset: usize) -> usize {
        let mut shift = 0_isize; // edited minus before, up to the edit at hand
        for edit in &self.edits {
            let start = edit.range.start.saturating_add_signed(shift);
            if offset < start {
                break;
            }
            if offset < start + edit.replacement.len() {
                let part = edit.origins.range(..=offset - start).next_back();
                return part.map_or(edit.range.start, |(_, origin)| *origin);
            }
            shift += edit.replacement.len() as isize - edit.range.len() as isize;
        }
        offset.saturating_add_signed(-shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_lead_back_through_edits() {
        let text = "aa bb cc\ndd";
        let mut edits = Edits::default();
        edits.replace(3..5, "longer");
        edits.blank(text, 6..9);
        assert_eq!(edits.apply(text), "aa longer \ndd");
        assert_eq!(edits.to_before(0), 0);
        assert_eq!(edits.to_before(5), 3);
        assert_eq!(edits.to_before(11), 9);
        assert_eq!(Position::of("f", text, 10).line, 2);
        assert_eq!(line_start(text, 2), 9);
    }

    #[test]
    fn moved_parts_lead_back_to_where_they_were_taken_from() {
        let mut edits = Edits::default();
        edits.replace(0..5, "v");
        edits.insert_moved(8, "; v := (a + b)".to_owned(), BTreeMap::from([(8, 0)]));
        assert_eq!(edits.apply("a + b { }"), "v { ; v := (a + b)}");
        assert_eq!(edits.to_before(4), 8);
        assert_eq!(edits.to_before(12), 0);
        assert_eq!(edits.to_before(18), 8);
    }

    #[test]
    fn the_first_edit_of_a_place_stands() {
        let mut edits = Edits::default();
        edits.replace(0..2, "x");
        edits.replace(1..3, "y");
        assert_eq!(edits.apply("abc"), "xc");
    }
}
