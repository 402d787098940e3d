//! Why a task could not do its work, and what a person can do about it.
//!
//! One renderer for all tasks: what was tried, each cause, then the hint. That a test failed or a file is stale is not
//! a [`Failure`]: then the task worked, and its answer was no.

use std::fmt::{self, Display};

/// An error with its causes and a hint
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Failure {
    /// Something that failed
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            causes: Vec::new(),
            hint: None,
        }
    }

    /// Why it failed
    #[must_use]
    pub(crate) fn because(mut self, cause: impl Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// What to do about it
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        for cause in &self.causes {
            write!(f, "\ncaused by: {cause}")?;
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_comes_last() {
        let failure = Failure::new("failed to read `a`")
            .hint("create `a`")
            .because("no such file");
        assert_eq!(
            failure.to_string(),
            "error: failed to read `a`\ncaused by: no such file\nhint: create `a`"
        );
    }
}
