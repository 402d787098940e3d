//! What the machine must have, looked at before anything takes time.
//!
//! All that is missing is named at once, each with what to do. Which Python is new enough is read from the sandbox's
//! lock file, the one place where tools are described. Terraform may be missing: the sandbox fetches it.

use std::fs;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::failure::Failure;
use crate::screen;
use crate::workspace::Workspace;

const LOCK: &str = "crates/sandbox/tools/tools.lock.json";

#[derive(Deserialize)]
struct Lock {
    python: Python,
    terraform: Terraform,
}

#[derive(Deserialize)]
struct Python {
    programs: Vec<String>,
    variable: String,
    minimum: String,
}

#[derive(Deserialize)]
struct Terraform {
    programs: Vec<String>,
    variable: String,
    version: String,
}

/// Fails with everything that is missing.
pub(super) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let lock = read(workspace)?;
    let mut missing = Vec::new();
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !answers(workspace.cargo().args([tool, "--version"])) {
            let how = format!("run `rustup component add {component}`");
            missing.push((format!("cargo {tool}"), how));
        }
    }
    if !answers(Command::new("git").arg("--version")) {
        missing.push(("git".to_owned(), "install git".to_owned()));
    }
    if !lock.python.is_there() {
        let Python {
            minimum, variable, ..
        } = &lock.python;
        missing.push((
            format!("python {minimum} or newer"),
            format!("install it with its `venv` module, or name an interpreter by `{variable}`"),
        ));
    }
    if !lock.terraform.is_there() {
        let Terraform {
            version, variable, ..
        } = &lock.terraform;
        screen::say(format!(
            "terraform is not on the path: {version} is fetched once; to use your own, name it by `{variable}`\n"
        ));
    }
    if missing.is_empty() {
        return Ok(());
    }
    let failure = Failure::new(format!(
        "{} of the tools that the tests need were not found",
        missing.len()
    ));
    let hints: Vec<String> = missing.iter().map(|(_, how)| how.clone()).collect();
    Err(missing
        .iter()
        .fold(failure, |failure, (tool, _)| {
            failure.because(format!("`{tool}` is missing"))
        })
        .hint(hints.join("\nhint: ")))
}

fn read(workspace: &Workspace) -> Result<Lock, Failure> {
    let unread = || Failure::new(format!("failed to read `{LOCK}`"));
    let text = fs::read(workspace.root.join(LOCK)).map_err(|error| unread().because(error))?;
    serde_json::from_slice(&text).map_err(|error| unread().because(error))
}

impl Python {
    fn is_there(&self) -> bool {
        let numbers = self.minimum.replace('.', ",");
        let script = format!("import sys; sys.exit(sys.version_info[:3] < ({numbers}))");
        candidates(&self.variable, &self.programs)
            .iter_mut()
            .any(|python| answers(python.args(["-I", "-c", &script])))
    }
}

impl Terraform {
    fn is_there(&self) -> bool {
        candidates(&self.variable, &self.programs)
            .iter_mut()
            .any(|terraform| answers(terraform.arg("version").env("CHECKPOINT_DISABLE", "1")))
    }
}

/// Whether a program of this name answers
pub(super) fn is_there(program: &str) -> bool {
    answers(Command::new(program).arg("-version"))
}

/// The program that the variable names, or else those on the path
fn candidates(variable: &str, programs: &[String]) -> Vec<Command> {
    match std::env::var_os(variable).filter(|named| !named.is_empty()) {
        Some(named) => vec![Command::new(named)],
        None => programs.iter().map(Command::new).collect(),
    }
}

fn answers(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_python_is_as_good_as_none() {
        let python = |minimum: &str| Python {
            programs: vec!["towpath-no-such-program".into(), "python3".into()],
            variable: "TOWPATH_NO_SUCH_VARIABLE".into(),
            minimum: minimum.into(),
        };
        assert!(python("3.0.0").is_there());
        assert!(!python("99.0.0").is_there());
    }
}
