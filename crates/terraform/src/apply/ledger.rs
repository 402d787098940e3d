//! What became of each planned change.
//!
//! Filled from the events alone: the changes that Terraform says it will make, then each start, completion and failure.
//! What was started and never heard of again is `Unclear`, not guessed.

use std::fmt;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::diagnostics::Diagnostic;
use crate::events::{Change, Event};

/// What an apply did.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyRun {
    /// Each planned change.
    pub changes: Vec<ChangeResult>,
    /// Where the state is.
    pub state: StateFate,
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// A planned change and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeResult {
    /// Resource.
    pub address: String,
    /// As planned.
    pub action: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a planned change.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Complete.
    Done {
        /// The provider's identifier, where it is told.
        id: Option<String>,
        /// How long it took, to the second.
        elapsed: Duration,
    },
    /// Failed, and why if that was told for this resource.
    Failed(Option<Box<Diagnostic>>),
    /// Never begun.
    NotStarted,
    /// Begun, or of a kind that is not reported (`move`, `import`, `remove`), and its end was not told.
    Unclear,
}

/// Where the state is after an apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateFate {
    /// Nothing was done, so nothing was written.
    Untouched,
    /// In its backend.
    Saved,
    /// The backend refused it: it is in this file, and must be pushed before the next run.
    Errored(Utf8PathBuf),
    /// The tool was ended by force while it worked.
    Unclear,
}

impl ApplyRun {
    fn count(&self, wanted: fn(&Outcome) -> bool) -> usize {
        self.changes.iter().filter(|c| wanted(&c.outcome)).count()
    }

    /// How many changes are complete.
    #[must_use]
    pub fn done(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Done { .. }))
    }

    /// How many failed.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed(_)))
    }

    /// How many were never begun.
    #[must_use]
    pub fn not_started(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::NotStarted))
    }
}

impl fmt::Display for ApplyRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.changes.len();
        write!(f, "{} of {all} changes done", self.done())?;
        let unclear = self.count(|outcome| matches!(outcome, Outcome::Unclear));
        for (count, what) in [
            (self.failed(), "failed"),
            (self.not_started(), "not started"),
            (unclear, "unclear"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// The planned changes, and what was heard of each.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    change: Change,
    started: usize,
    /// The actions that are complete.
    done: Vec<String>,
    errored: bool,
    id: Option<String>,
    elapsed: Duration,
}

impl Ledger {
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Planned(change) => self.entries.push(Entry::new(change.clone())),
            Event::ResourceStarted { address, action } => self.entry(address, action).started += 1,
            Event::ResourceDone {
                address,
                action,
                id,
                elapsed,
            } => {
                let entry = self.entry(address, action);
                entry.done.push(action.clone());
                entry.elapsed += *elapsed;
                if action != "delete" {
                    entry.id.clone_from(id);
                }
            }
            Event::ResourceErrored {
                address,
                action,
                elapsed,
            } => {
                let entry = self.entry(address, action);
                entry.errored = true;
                entry.elapsed += *elapsed;
            }
            _ => {}
        }
    }

    /// The planned change that this belongs to; a new one if none was told.
    fn entry(&mut self, address: &str, action: &str) -> &mut Entry {
        let of_address = |entry: &Entry| entry.change.address == address;
        let same = |entry: &Entry| of_address(entry) && entry.change.action == action;
        let found = self.entries.iter().position(same);
        let found = found.or_else(|| self.entries.iter().position(of_address));
        let index = found.unwrap_or_else(|| {
            self.entries.push(Entry::new(Change {
                address: address.to_owned(),
                action: action.to_owned(),
                reason: None,
            }));
            self.entries.len() - 1
        });
        &mut self.entries[index]
    }

    pub(super) fn anything_started(&self) -> bool {
        self.entries.iter().any(|entry| entry.started > 0)
    }

    pub(super) fn close(
        self,
        succeeded: bool,
        state: StateFate,
        diagnostics: &[Diagnostic],
    ) -> ApplyRun {
        let entries = self.entries.into_iter();
        ApplyRun {
            changes: entries
                .map(|entry| entry.close(succeeded, diagnostics))
                .collect(),
            state,
            diagnostics: diagnostics.to_vec(),
        }
    }
}

impl Entry {
    fn new(change: Change) -> Self {
        Self {
            change,
            started: 0,
            done: Vec::new(),
            errored: false,
            id: None,
            elapsed: Duration::ZERO,
        }
    }

    fn close(self, succeeded: bool, diagnostics: &[Diagnostic]) -> ChangeResult {
        let about_this = diagnostics.iter().find(|diagnostic| {
            diagnostic.is_error() && diagnostic.address.as_ref() == Some(&self.change.address)
        });
        let steps: &[&str] = match self.change.action.as_str() {
            "replace" => &["delete", "create"],
            _ => &[&self.change.action],
        };
        let complete = steps
            .iter()
            .all(|step| self.done.iter().any(|done| done == step));
        let reported = !matches!(self.change.action.as_str(), "move" | "import" | "remove");
        let outcome = if self.errored {
            Outcome::Failed(about_this.cloned().map(Box::new))
        } else if succeeded || complete {
            Outcome::Done {
                id: self.id,
                elapsed: self.elapsed,
            }
        } else if let Some(diagnostic) = about_this {
            Outcome::Failed(Some(Box::new(diagnostic.clone())))
        } else if self.started == 0 && reported {
            Outcome::NotStarted
        } else {
            Outcome::Unclear
        };
        ChangeResult {
            address: self.change.address,
            action: self.change.action,
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(address: &str, action: &str) -> Event {
        Event::Planned(Change {
            address: address.to_owned(),
            action: action.to_owned(),
            reason: None,
        })
    }

    fn started(address: &str, action: &str) -> Event {
        Event::ResourceStarted {
            address: address.to_owned(),
            action: action.to_owned(),
        }
    }

    fn done(address: &str, action: &str) -> Event {
        Event::ResourceDone {
            address: address.to_owned(),
            action: action.to_owned(),
            id: Some(format!("{address}-id")),
            elapsed: Duration::from_secs(1),
        }
    }

    fn outcomes(events: &[Event], succeeded: bool) -> Vec<Outcome> {
        let mut ledger = Ledger::default();
        events.iter().for_each(|event| ledger.note(event));
        let run = ledger.close(succeeded, StateFate::Saved, &[]);
        run.changes.into_iter().map(|c| c.outcome).collect()
    }

    #[test]
    fn half_a_replacement_is_not_done() {
        let half = [
            planned("a", "replace"),
            started("a", "delete"),
            done("a", "delete"),
        ];
        assert_eq!(outcomes(&half, false), [Outcome::Unclear]);
        let mut whole = half.to_vec();
        whole.extend([started("a", "create"), done("a", "create")]);
        let expected = Outcome::Done {
            id: Some("a-id".to_owned()),
            elapsed: Duration::from_secs(2),
        };
        assert_eq!(outcomes(&whole, false), [expected]);
    }

    #[test]
    fn what_is_not_reported_is_unclear_only_after_a_failure() {
        let events = [planned("a", "move"), planned("b", "create")];
        assert_eq!(
            outcomes(&events, false),
            [Outcome::Unclear, Outcome::NotStarted]
        );
        let done = Outcome::Done {
            id: None,
            elapsed: Duration::ZERO,
        };
        assert_eq!(outcomes(&events, true), [done.clone(), done]);
    }

    #[test]
    fn a_deposed_object_does_not_hide_the_resource_itself() {
        let events = [
            planned("a", "update"),
            planned("a", "delete"),
            started("a", "delete"),
            done("a", "delete"),
        ];
        let outcomes = outcomes(&events, false);
        assert_eq!(outcomes[0], Outcome::NotStarted);
        assert!(matches!(outcomes[1], Outcome::Done { .. }));
    }
}
