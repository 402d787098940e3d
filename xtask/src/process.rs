//! Running a program to its end and keeping what it said.
//!
//! What it says goes to a file and not to a pipe: a process that it left behind would hold the pipe open, and then the
//! fault would show as a run that never ends instead of as the fault that it is.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// What a program did
#[derive(Debug)]
pub(crate) struct Ran {
    /// Whether it ended with 0
    pub(crate) succeeded: bool,
    /// Its exit code; none when a signal ended it
    pub(crate) code: Option<i32>,
    /// What was kept of what it said
    pub(crate) output: String,
}

/// Keeps both of its outputs, in the order in which they were written.
pub(crate) fn quietly(command: &mut Command) -> Result<Ran, Failure> {
    run(command, File::try_clone).map_err(|error| not_run(command, &error))
}

/// Keeps its standard output; its standard error is shown as it comes.
pub(crate) fn with_progress(command: &mut Command) -> Result<Ran, Failure> {
    run(command, |_| Ok(Stdio::inherit())).map_err(|error| not_run(command, &error))
}

/// Keeps its standard output as what it ran for, and its standard error apart.
pub(crate) fn apart(command: &mut Command) -> Result<(Ran, String), Failure> {
    let wrong = |error: &io::Error| not_run(command, error);
    let mut errors = tempfile::tempfile().map_err(|error| wrong(&error))?;
    let kept = errors.try_clone().map_err(|error| wrong(&error))?;
    let ran = run(command, |_| Ok(kept)).map_err(|error| not_run(command, &error))?;
    let said = read_back(&mut errors).map_err(|error| not_run(command, &error))?;
    Ok((ran, said))
}

fn read_back(kept: &mut File) -> io::Result<String> {
    let mut output = Vec::new();
    kept.rewind()?;
    kept.read_to_end(&mut output)?;
    Ok(String::from_utf8_lossy(&output).into_owned())
}

fn run<E: Into<Stdio>>(
    command: &mut Command,
    errors: impl FnOnce(&File) -> io::Result<E>,
) -> io::Result<Ran> {
    let mut kept = tempfile::tempfile()?;
    let status = command
        .stdin(Stdio::null())
        .stdout(kept.try_clone()?)
        .stderr(errors(&kept)?)
        .status()?;
    Ok(Ran {
        succeeded: status.success(),
        code: status.code(),
        output: read_back(&mut kept)?,
    })
}

fn not_run(command: &Command, error: &io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::new(format!("failed to run `{program}`")).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_outputs_are_kept_in_order() {
        let ran = quietly(&mut shell("echo a; echo b >&2; echo c; exit 3")).unwrap();
        assert_eq!(ran.output, "a\nb\nc\n");
        assert!(!ran.succeeded);
    }

    #[test]
    fn a_process_that_stays_does_not_stop_the_run() {
        let started = std::time::Instant::now();
        let ran = quietly(&mut shell("sleep 20 & echo $!")).unwrap();
        assert!(started.elapsed().as_secs() < 15);
        let left = ran.output.trim();
        assert!(shell(&format!("kill {left}")).status().unwrap().success());
    }
}
