//! What a person sees: the one place that writes to the terminal.
//!
//! Answers go to standard output, errors to standard error. A reader that went away (`| head`) is no error.

use std::fmt::Display;
use std::io::{self, Write as _};

/// A line of the answer
pub(crate) fn say(line: impl Display) {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")
        .and_then(|()| stdout.flush())
        .ok();
}

/// An error
pub(crate) fn complain(error: &impl Display) {
    writeln!(io::stderr().lock(), "{error}").ok();
}
