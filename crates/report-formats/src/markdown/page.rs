//! A text that cannot grow past its budget.

/// How much a place on GitHub takes before it drops everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// Bytes of UTF-8.
    Bytes(usize),
    /// Characters. Counted as UTF-16 does, which is never less than any other count.
    Characters(usize),
}

impl Budget {
    /// One step's job summary.
    pub const STEP_SUMMARY: Self = Self::Bytes(1024 * 1024);
    /// One comment of an issue or a pull request.
    pub const COMMENT: Self = Self::Characters(65_536);
    /// The summary or the text of a check run.
    pub const CHECK_RUN: Self = Self::Bytes(65_535);

    /// How much of the budget `text` takes.
    pub fn size(self, text: &str) -> usize {
        match self {
            Self::Bytes(_) => text.len(),
            Self::Characters(_) => text.encode_utf16().count(),
        }
    }

    fn limit(self) -> usize {
        match self {
            Self::Bytes(limit) | Self::Characters(limit) => limit,
        }
    }
}

/// The text so far. Everything is added by [`push`](Self::push), which refuses what does not fit.
pub(super) struct Page {
    budget: Budget,
    room: usize,
    text: String,
}

impl Page {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            budget,
            room: budget.limit(),
            text: String::new(),
        }
    }

    /// What is left of the budget.
    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn size(&self, text: &str) -> usize {
        self.budget.size(text)
    }

    /// Adds `piece` if `keep` is left after it, and says whether it did.
    pub(super) fn push(&mut self, piece: &str, keep: usize) -> bool {
        let size = self.size(piece);
        if size.saturating_add(keep) > self.room {
            return false;
        }
        self.room -= size;
        self.text.push_str(piece);
        true
    }

    /// Adds pieces while `keep` is left after each, and says how many it added.
    pub(super) fn pour(&mut self, pieces: impl Iterator<Item = String>, keep: usize) -> usize {
        pieces.take_while(|piece| self.push(piece, keep)).count()
    }

    /// Adds the part of `piece` that fits.
    pub(super) fn push_cropped(&mut self, piece: &str) {
        let mut buffer = [0; 4];
        for character in piece.chars() {
            if !self.push(character.encode_utf8(&mut buffer), 0) {
                return;
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}
