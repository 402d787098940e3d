//! Python: found, never installed.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::lock::LOCK;
use super::{ToolError, run};
use crate::machine::Machine;

/// An interpreter that is new enough
#[derive(Debug, Clone)]
pub struct Python {
    /// The interpreter
    pub program: Utf8PathBuf,
    /// Its version
    pub version: Version,
}

/// The interpreter that `TOWPATH_PYTHON` names, or the first on the path that is new enough
pub fn python(machine: &Machine) -> Result<Python, ToolError> {
    let lock = &LOCK.python;
    if let Some(named) = machine.get(&lock.variable) {
        let program = Utf8PathBuf::from(named);
        let version = ask(&program).map_err(|detail| ToolError::NotTheTool {
            program: program.clone(),
            variable: lock.variable.clone(),
            tool: "Python",
            detail,
        })?;
        return match version >= lock.minimum {
            true => Ok(Python { program, version }),
            false => Err(too_old(program, version)),
        };
    }
    let mut old = None;
    for program in lock.programs.iter().filter_map(|name| machine.which(name)) {
        match ask(&program) {
            Ok(version) if version >= lock.minimum => return Ok(Python { program, version }),
            Ok(version) => old = Some((program, version)),
            Err(_) => {} // a launcher without an interpreter behind it
        }
    }
    Err(match old {
        Some((program, version)) => too_old(program, version),
        None => ToolError::Missing {
            tool: "python3",
            wanted: format!("{} or newer", lock.minimum),
            help: help(),
        },
    })
}

fn ask(program: &Utf8Path) -> Result<Version, String> {
    let script = "import sys; print('%d.%d.%d' % sys.version_info[:3])";
    let said = run(Command::new(program).args(["-I", "-c", script]))?;
    Version::parse(said.trim()).map_err(|error| error.to_string())
}

fn too_old(program: Utf8PathBuf, found: Version) -> ToolError {
    ToolError::Version {
        program,
        found,
        wanted: format!("{} or newer", LOCK.python.minimum),
        help: help(),
    }
}

fn help() -> String {
    let lock = &LOCK.python;
    format!(
        "install Python {} or newer with its `venv` module, or name an interpreter by `{}`",
        lock.minimum, lock.variable
    )
}
