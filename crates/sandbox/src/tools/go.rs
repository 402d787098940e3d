//! Go, and what is built with it: programs from modules whose versions and hashes are committed.
//!
//! A program is named by a `go.mod` with `tool` lines and a `go.sum`; Go fetches the modules by its own settings (such as `GOPROXY`) and refuses
//! what has another hash. `go install package@version` is no way for modules with `replace` lines, which Kubernetes and etcd have.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

use super::lock::LOCK;
use super::{Progress, ToolError, cache_error, run, store};
use crate::machine::Machine;

/// Programs that are built together.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub(super) tool: &'static str,
    /// What it is and how long it takes, for whoever waits for it
    pub(super) what: &'a str,
    /// The beginning of its folder's name
    pub(super) name: &'a str,
    pub(super) module: &'a str,
    pub(super) sums: &'a str,
    /// The packages; a program is called after the last part of its package's path
    pub(super) packages: &'a [&'a str],
    /// Flags for the linker
    pub(super) link: &'a str,
    /// What to do where they cannot be built
    pub(super) otherwise: &'a str,
}

/// The folder with the programs, built if need be.
pub(super) fn build(
    machine: &Machine,
    wanted: &Wanted<'_>,
    progress: Progress,
) -> Result<Utf8PathBuf, ToolError> {
    let key =
        super::fetch::sha256(format!("{}{}{}", wanted.module, wanted.sums, wanted.link).as_bytes());
    let name = format!("{}-{}", wanted.name, &key[..12]);
    let ready = |folder: &Utf8Path| folder.join("bin").is_dir();
    let failure = |detail| ToolError::Install {
        tool: wanted.tool,
        detail,
        help: format!(
            "check that Go can reach its module proxy (`go env GOPROXY`), or {}",
            wanted.otherwise
        ),
    };
    let place = store::entry(machine, wanted.tool, &name, progress, ready, |folder| {
        let go = go(machine, wanted.otherwise)?;
        progress(&format!("building {}", wanted.what));
        for (name, text) in [("go.mod", wanted.module), ("go.sum", wanted.sums)] {
            let file = folder.join(name);
            fs::write(&file, text).map_err(cache_error(&file))?;
        }
        let programs = folder.join("programs");
        fs::create_dir(&programs).map_err(cache_error(&programs))?;
        run(Command::new(&go)
            .current_dir(folder)
            .env("CGO_ENABLED", "0")
            .env("GOWORK", "off")
            .env("GOFLAGS", "")
            .args([
                "build",
                "-mod=readonly",
                "-trimpath",
                "-ldflags",
                wanted.link,
                "-o",
                "programs/",
            ])
            .args(wanted.packages))
        .map_err(failure)?;
        // whoever finds `bin` finds all of them
        let done = folder.join("bin");
        fs::rename(&programs, &done).map_err(cache_error(&done))
    })?;
    Ok(place.join("bin"))
}

/// The program that `TOWPATH_GO` names, or the first on the path.
fn go(machine: &Machine, otherwise: &str) -> Result<Utf8PathBuf, ToolError> {
    let lock = &LOCK.go;
    let help = || {
        format!(
            "install Go {} or newer, name it by `{}`, or {otherwise}",
            lock.minimum, lock.variable
        )
    };
    let wanted = || format!("{} or newer", lock.minimum);
    let named = machine.get(&lock.variable).map(Utf8PathBuf::from);
    let found = named.or_else(|| lock.programs.iter().find_map(|name| machine.which(name)));
    let program = found.ok_or_else(|| ToolError::Missing {
        tool: "go",
        wanted: wanted(),
        help: help(),
    })?;
    let said = run(Command::new(&program).args(["env", "GOVERSION"])).map_err(|detail| {
        ToolError::NotTheTool {
            program: program.clone(),
            variable: lock.variable.clone(),
            tool: "Go",
            detail,
        }
    })?;
    match version(&said) {
        // Go fetches a newer toolchain by itself where its settings allow it; only an ancient one cannot
        Some(found) if found < lock.minimum && found < Version::new(1, 21, 0) => {
            Err(ToolError::Version {
                program,
                found,
                wanted: wanted(),
                help: help(),
            })
        }
        _ => Ok(program),
    }
}

/// `go1.26.8`, or `go1.26rc1`, as a version.
fn version(said: &str) -> Option<Version> {
    let digits = said.trim().strip_prefix("go")?;
    let digits = digits
        .split(|letter: char| letter != '.' && !letter.is_ascii_digit())
        .next()?;
    let mut parts = digits.split('.').map(|part| part.parse().ok());
    let mut next = || parts.next().unwrap_or(Some(0));
    Some(Version::new(next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_says_its_version_in_its_own_way() {
        for (said, expected) in [
            ("go1.26.8\n", Some(Version::new(1, 26, 8))),
            ("go1.27", Some(Version::new(1, 27, 0))),
            ("go1.26rc1", Some(Version::new(1, 26, 0))),
            ("devel", None),
        ] {
            assert_eq!(version(said), expected, "{said}");
        }
    }

    #[test]
    fn without_go_the_error_says_what_else_there_is() {
        let home = tempfile::tempdir().unwrap();
        let machine = Machine::default().with("HOME", home.path().to_str().unwrap());
        let error = super::super::kubernetes(&machine, |_| {}).unwrap_err();
        let help = miette::Diagnostic::help(&error).unwrap().to_string();
        assert!(
            help.contains("install Go") && help.contains("KUBEBUILDER_ASSETS"),
            "{error}: {help}"
        );
    }
}
