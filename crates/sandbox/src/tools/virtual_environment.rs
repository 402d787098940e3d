//! Virtual environments: what a locked list of Python packages says, installed once into the cache folder.
//!
//! An environment's name holds the hash of the requirements and of the Python it was made with, so that a new lock file or
//! interpreter makes a new one. pip's own settings (such as an index mirror) apply; the hashes decide what is accepted.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::python::python;
use super::{Progress, ToolError, cache_error, run, store};
use crate::machine::Machine;

/// An environment, and the words to speak of it
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) tool: &'static str,
    /// What is installed, for whoever waits for it
    pub(super) what: &'a str,
    /// The beginning of its folder's name
    pub(super) name: &'a str,
    /// Every distribution, pinned and hashed
    pub(super) requirements: &'a str,
    /// What to do where it cannot be installed
    pub(super) otherwise: &'a str,
}

/// The interpreter of an environment that holds what the file `requirements` lists, made if need be
///
/// The file pins and hashes everything, as `uv pip compile --generate-hashes` and `pip-compile --generate-hashes` write it.
///
/// # Errors
/// The file cannot be read, there is no Python, or a distribution cannot be had or has another hash.
pub fn python_with(
    machine: &Machine,
    requirements: &Utf8Path,
    progress: Progress,
) -> Result<Utf8PathBuf, ToolError> {
    let text = fs::read_to_string(requirements).map_err(|source| ToolError::Requirements {
        path: requirements.to_owned(),
        source,
    })?;
    let wanted = Wanted {
        tool: "the Python packages",
        what: &format!("what `{requirements}` lists"),
        name: "python",
        requirements: &text,
        otherwise: "lock the file again for this version of Python",
    };
    virtual_environment(machine, &wanted, progress)
}

pub(super) fn virtual_environment(
    machine: &Machine,
    wanted: &Wanted<'_>,
    progress: Progress,
) -> Result<Utf8PathBuf, ToolError> {
    let base = python(machine)?;
    let key = super::fetch::sha256(format!("{} {}", base.version, wanted.requirements).as_bytes());
    let name = format!("{}-{}", wanted.name, &key[..12]);
    let interpreter = |folder: &Utf8Path| folder.join("bin/python");
    let ready = |folder: &Utf8Path| interpreter(folder).is_file();
    let failure = |detail: String, help: &str| ToolError::Install {
        tool: wanted.tool,
        detail,
        help: format!("{help}, or {}", wanted.otherwise),
    };
    let place = store::entry(machine, wanted.tool, &name, progress, ready, |folder| {
        progress(&format!("installing {} from PyPI", wanted.what));
        let requirements = folder.join("requirements.lock");
        fs::write(&requirements, wanted.requirements).map_err(cache_error(&requirements))?;
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
