//! ministack: a Python package, in a virtual environment of its own.
//!
//! The environment's name holds the hash of the requirements and of the Python it was made with, so that a new lock file or interpreter
//! makes a new one. pip's own settings (such as an index mirror) apply; the hashes decide what is accepted.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::lock::{LOCK, REQUIREMENTS};
use super::python::python;
use super::{Progress, ToolError, cache_error, run, store};
use crate::machine::Machine;

/// An interpreter that can import the locked ministack
#[derive(Debug, Clone)]
pub struct Ministack {
    /// The interpreter
    pub python: Utf8PathBuf,
    /// ministack's version
    pub version: Version,
}

/// The interpreter that `TOWPATH_MINISTACK` names, or a virtual environment of the cache, made if need be
pub fn ministack(machine: &Machine, progress: Progress) -> Result<Ministack, ToolError> {
    let lock = &LOCK.ministack;
    let python = match machine.get(&lock.variable) {
        Some(named) => check(named.into())?,
        None => environment(machine, progress)?,
    };
    Ok(Ministack {
        python,
        version: lock.version.clone(),
    })
}

fn check(program: Utf8PathBuf) -> Result<Utf8PathBuf, ToolError> {
    let lock = &LOCK.ministack;
    let script = "import cryptography, importlib.metadata as m; print(m.version('ministack'))";
    let asked = run(Command::new(&program).args(["-I", "-c", script]))
        .and_then(|said| Version::parse(said.trim()).map_err(|error| error.to_string()));
    match asked {
        Ok(found) if found == lock.version => Ok(program),
        Ok(found) => Err(ToolError::Version {
            program,
            found,
            wanted: format!("ministack {}", lock.version),
            help: format!("install it there, or unset `{}`", lock.variable),
        }),
        Err(detail) => Err(ToolError::NotTheTool {
            program,
            variable: lock.variable.clone(),
            tool: "a Python with ministack and cryptography",
            detail,
        }),
    }
}

fn environment(machine: &Machine, progress: Progress) -> Result<Utf8PathBuf, ToolError> {
    let lock = &LOCK.ministack;
    let base = python(machine)?;
    let key = super::fetch::sha256(format!("{} {REQUIREMENTS}", base.version).as_bytes());
    let name = format!("ministack-{}-{}", lock.version, &key[..12]);
    let interpreter = |folder: &Utf8Path| folder.join("bin/python");
    let ready = |folder: &Utf8Path| interpreter(folder).is_file();
    let place = store::entry(machine, "ministack", &name, progress, ready, |folder| {
        progress(&format!("installing ministack {} from PyPI", lock.version));
        let requirements = folder.join("requirements.lock");
        fs::write(&requirements, REQUIREMENTS).map_err(cache_error(&requirements))?;
        run(Command::new(&base.program).args(["-m", "venv", folder.as_str()])).map_err(
            |detail| {
                failure(
                    detail,
                    "install Python's `venv` module (Debian: `python3-venv`)",
                )
            },
        )?;
        // without `--no-deps`, pip would also read what each distribution says that it needs; the lock file is complete
        run(Command::new(interpreter(folder)).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--disable-pip-version-check",
            "--no-deps",
            "--prefer-binary",
            "--require-hashes",
            "--requirement",
            requirements.as_str(),
        ]))
        .map_err(|detail| failure(detail, "check that pip can reach PyPI"))?;
        Ok(())
    })?;
    Ok(interpreter(&place))
}

fn failure(detail: String, help: &str) -> ToolError {
    let lock = &LOCK.ministack;
    ToolError::Install {
        tool: "ministack",
        detail,
        help: format!(
            "{help}, or name a Python that has ministack {} and cryptography by `{}`",
            lock.version, lock.variable
        ),
    }
}
