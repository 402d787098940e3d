//! The steps of a task: each with its name, its time and how it ended, then a table of all of them.
//!
//! What a failed step said is shown where it failed. A step knows how many tests it stands for: one, unless it says
//! otherwise. One that could not run because an earlier one failed counts as nothing, but is in the table.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::process::Ran;
use crate::screen;

/// How a step ended
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Tests that passed
    pub(crate) passed: usize,
    /// Tests that failed
    pub(crate) failed: usize,
    /// More about it, for the table
    pub(crate) note: String,
    /// What to show of a step that failed
    pub(crate) output: String,
}

impl Outcome {
    /// It passed, as one test
    pub(crate) fn passed() -> Self {
        Self {
            passed: 1,
            ..Self::default()
        }
    }

    /// It failed, as one test
    pub(crate) fn failed(output: impl Into<String>) -> Self {
        Self {
            failed: 1,
            output: output.into(),
            ..Self::default()
        }
    }

    /// It had no chance, because of something that counts as failed already or that this machine has not
    pub(crate) fn not_run(why: impl Into<String>) -> Self {
        Self {
            note: why.into(),
            ..Self::default()
        }
    }

    /// As the program's exit code says
    pub(crate) fn of(ran: Ran) -> Self {
        match ran.succeeded {
            true => Self::passed(),
            false => Self::failed(ran.output),
        }
    }

    #[must_use]
    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn word(&self) -> &'static str {
        match (self.failed, self.passed) {
            (0, 0) => "not run",
            (0, _) => "ok",
            _ => "failed",
        }
    }
}

/// A step that may run beside others
pub(crate) type Job<'j> = (
    String,
    Box<dyn FnOnce() -> Result<Outcome, Failure> + Send + 'j>,
);

/// What ran so far
#[derive(Debug, Default)]
pub(crate) struct Steps {
    rows: Vec<(String, Duration, Outcome)>,
}

impl Steps {
    /// Runs a step. Says whether it passed, for those that build on it.
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<Outcome, Failure>,
    ) -> bool {
        screen::say(format!("\n==> {name}"));
        let (time, outcome) = timed(work);
        self.record(name.to_owned(), time, outcome)
    }

    /// Runs steps that do not need one another, `width` at a time.
    pub(crate) fn side_by_side(&mut self, width: usize, jobs: Vec<Job<'_>>) {
        let names: Vec<&str> = jobs.iter().map(|(name, _)| name.as_str()).collect();
        screen::say(format!("\n==> {}", names.join(", ")));
        let queue = Mutex::new(VecDeque::from(jobs));
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..width {
                let (sender, queue) = (sender.clone(), &queue);
                scope.spawn(move || {
                    let next = || {
                        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
                        queue.pop_front()
                    };
                    while let Some((name, work)) = next() {
                        let (time, outcome) = timed(work);
                        sender.send((name, time, outcome)).ok();
                    }
                });
            }
            drop(sender);
            for (name, time, outcome) in receiver {
                self.record(name, time, outcome);
            }
        });
    }

    fn record(&mut self, name: String, time: Duration, outcome: Outcome) -> bool {
        if outcome.failed > 0 && !outcome.output.is_empty() {
            screen::say(outcome.output.trim_end());
        }
        screen::say(format!("    {}", row(&name, time, &outcome, name.len())));
        let passed = outcome.failed == 0;
        self.rows.push((name, time, outcome));
        passed
    }

    /// Shows the table and, last, the sums. Says whether nothing failed.
    pub(crate) fn conclude(self) -> bool {
        let width = self.rows.iter().map(|(name, ..)| name.len()).max();
        screen::say("");
        for (name, time, outcome) in &self.rows {
            screen::say(row(name, *time, outcome, width.unwrap_or(0)));
        }
        let (passed, failed) = self.sums();
        screen::say(format!("\n{passed} passed, {failed} failed"));
        failed == 0
    }

    fn sums(&self) -> (usize, usize) {
        let outcomes = || self.rows.iter().map(|(_, _, outcome)| outcome);
        (
            outcomes().map(|outcome| outcome.passed).sum(),
            outcomes().map(|outcome| outcome.failed).sum(),
        )
    }
}

fn timed(work: impl FnOnce() -> Result<Outcome, Failure>) -> (Duration, Outcome) {
    let start = Instant::now();
    let outcome = work().unwrap_or_else(|failure| Outcome::failed(failure.to_string()));
    (start.elapsed(), outcome)
}

fn row(name: &str, time: Duration, outcome: &Outcome, width: usize) -> String {
    let (seconds, word, note) = (time.as_secs_f64(), outcome.word(), &outcome.note);
    let row = format!("{name:width$}  {seconds:7.1} s  {word:7}  {note}");
    row.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_counted_once() {
        let mut steps = Steps::default();
        assert!(steps.step("a", || Ok(Outcome::passed())));
        assert!(!steps.step("b", || Err(Failure::new("no such tool"))));
        assert!(steps.step("c", || Ok(Outcome::not_run("b failed"))));
        let job = |name: &str, passed| -> Job<'_> {
            let outcome = Outcome {
                passed,
                failed: 2,
                ..Outcome::default()
            };
            (name.to_owned(), Box::new(move || Ok(outcome)))
        };
        steps.side_by_side(2, vec![job("d", 1), job("e", 10), job("f", 100)]);
        assert_eq!(steps.sums(), (112, 7));
        assert!(!steps.conclude());
    }

    #[test]
    fn a_row_says_how_it_ended() {
        let time = Duration::from_millis(1250);
        let outcome = Outcome::not_run("`build` failed");
        assert_eq!(
            row("lints", time, &outcome, 6),
            "lints       1.2 s  not run  `build` failed"
        );
    }
}
