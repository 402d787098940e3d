//! ministack: a Python package, in a virtual environment of its own.

use std::process::Command;

use camino::Utf8PathBuf;
use semver::Version;

use super::lock::{LOCK, REQUIREMENTS};
use super::virtual_environment::{Wanted, virtual_environment};
use super::{Progress, ToolError, run};
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
        None => {
            let wanted = Wanted {
                tool: "ministack",
                what: &format!("ministack {}", lock.version),
                name: &format!("ministack-{}", lock.version),
                requirements: REQUIREMENTS,
                otherwise: &format!(
                    "name a Python that has ministack {} and cryptography by `{}`",
                    lock.version, lock.variable
                ),
            };
            virtual_environment(machine, &wanted, progress)?
        }
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
