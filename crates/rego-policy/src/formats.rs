//! Conftest's output formats, as text, for people and scripts that know them.
//!
//! Counts and messages are Conftest's. Two things differ on purpose: workflow commands are escaped, so that a message
//! cannot forge one, and a rule that could not be judged shows as an error instead of as nothing.

mod github;
mod json;
mod junit;
mod table;
mod tap;
mod text;

pub use github::github;
pub use json::json;
pub use junit::junit;
pub use table::table;
pub use tap::tap;
pub use text::text;

use crate::outcome::CheckResult;
use std::fmt::Write as _;

/// `5 tests, 1 passed, 0 warnings, 4 failures, 0 exceptions`, and the errors, if any.
pub fn summary(results: &[CheckResult]) -> String {
    let sum = |count: fn(&CheckResult) -> usize| results.iter().map(count).sum::<usize>();
    let errors = sum(|r| r.errors.len());
    let mut line = format!(
        "{}, {} passed, {}, {}, {}",
        plural(sum(CheckResult::tests), "test"),
        sum(|r| r.successes),
        plural(sum(|r| r.warnings.len()), "warning"),
        plural(sum(|r| r.failures.len()), "failure"),
        plural(sum(|r| r.exceptions.len()), "exception"),
    );
    if errors > 0 {
        line.push_str(&format!(", {}", plural(errors, "error")));
    }
    line
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// What one result says, line by line: kind and message.
fn lines(result: &CheckResult) -> Vec<(Kind, String)> {
    let message = |outcome: &crate::Outcome| outcome.msg.clone();
    let mut lines = Vec::new();
    lines.extend(result.warnings.iter().map(|o| (Kind::Warning, message(o))));
    lines.extend(result.failures.iter().map(|o| (Kind::Failure, message(o))));
    lines.extend(
        result
            .exceptions
            .iter()
            .map(|o| (Kind::Exception, message(o))),
    );
    lines.extend(result.errors.iter().map(|e| (Kind::Error, e.to_string())));
    lines
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Warning,
    Failure,
    Exception,
    Error,
}

/// `file - namespace - message`; standard input has no name.
fn named(result: &CheckResult, message: &str) -> String {
    let mut name = String::new();
    if result.filename != "-" {
        let _ = write!(name, "{} - ", result.filename);
    }
    name + &result.namespace + " - " + message
}
