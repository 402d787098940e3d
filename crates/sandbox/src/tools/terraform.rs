//! Terraform or OpenTofu: found, or Terraform downloaded from HashiCorp's releases.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::Deserialize;

use super::fetch::{self, Failure};
use super::lock::{self, LOCK};
use super::python::python;
use super::{Progress, ToolError, cache_error, run, store};
use crate::machine::Machine;

/// Which of the two
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// HashiCorp's Terraform
    Terraform,
    /// OpenTofu
    Tofu,
}

/// A program that is new enough
#[derive(Debug, Clone)]
pub struct Terraform {
    /// The program
    pub program: Utf8PathBuf,
    /// Its version
    pub version: Version,
    /// Terraform or OpenTofu
    pub flavour: Flavour,
}

/// The program that `TOWPATH_TERRAFORM` names, the first on the path that is new enough, or the locked download
pub fn terraform(machine: &Machine, progress: Progress) -> Result<Terraform, ToolError> {
    find(machine, &LOCK.terraform, progress)
}

fn find(
    machine: &Machine,
    lock: &lock::Terraform,
    progress: Progress,
) -> Result<Terraform, ToolError> {
    if let Some(named) = machine.get(&lock.variable) {
        let program = Utf8PathBuf::from(named);
        return match ask(&program) {
            Ok(found) if new_enough(&found, lock) => Ok(found),
            Ok(found) => Err(ToolError::Version {
                program,
                found: found.version,
                wanted: wanted(lock),
                help: help(lock),
            }),
            Err(detail) => Err(ToolError::NotTheTool {
                program,
                variable: lock.variable.clone(),
                tool: "Terraform or OpenTofu",
                detail,
            }),
        };
    }
    let on_path = lock.programs.iter().filter_map(|name| machine.which(name));
    for program in on_path {
        // one that does not run, such as a version manager without a version, counts as absent
        if let Ok(found) = ask(&program)
            && new_enough(&found, lock)
        {
            return Ok(found);
        }
    }
    download(machine, lock, progress)
}

fn download(
    machine: &Machine,
    lock: &lock::Terraform,
    progress: Progress,
) -> Result<Terraform, ToolError> {
    let Some((platform, expected)) = platform().and_then(|name| lock.sha256.get_key_value(&name))
    else {
        return Err(ToolError::Missing {
            tool: "terraform",
            wanted: wanted(lock),
            help: help(lock),
        });
    };
    let url = lock
        .url
        .replace("{version}", &lock.version.to_string())
        .replace("{platform}", platform);
    let name = format!("terraform-{}-{platform}", lock.version);
    let ready = |folder: &Utf8Path| folder.join("terraform").is_file();
    let install = |detail| ToolError::Install {
        tool: "terraform",
        detail,
        help: help(lock),
    };
    let place = store::entry(machine, "terraform", &name, progress, ready, |folder| {
        let python = python(machine)?;
        progress(&format!("downloading Terraform {}", lock.version));
        let archive = folder.join("terraform.zip");
        fetch::download(&python, &url, expected, &archive).map_err(|failure| match failure {
            Failure::Transfer(detail) => install(detail),
            Failure::Digest { found } => ToolError::Digest {
                url: url.clone(),
                expected: expected.clone(),
                found,
                variable: lock.variable.clone(),
            },
        })?;
        fetch::unzip(&python, &archive, folder).map_err(install)?;
        let program = folder.join("terraform");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
            .map_err(cache_error(&program))?;
        fs::remove_file(&archive).map_err(cache_error(&archive))
    })?;
    ask(&place.join("terraform")).map_err(install)
}

fn ask(program: &Utf8Path) -> Result<Terraform, String> {
    #[derive(Deserialize)]
    struct Said {
        terraform_version: Version,
    }
    let mut command = Command::new(program);
    command
        .args(["version", "-json"])
        .env("CHECKPOINT_DISABLE", "1");
    let said: Said =
        serde_json::from_str(&run(&mut command)?).map_err(|error| error.to_string())?;
    // `version -json` of both has the same members; only the text names the program
    let text = run(Command::new(program)
        .arg("version")
        .env("CHECKPOINT_DISABLE", "1"))?;
    Ok(Terraform {
        program: program.to_owned(),
        version: said.terraform_version,
        flavour: match text.starts_with("OpenTofu") {
            true => Flavour::Tofu,
            false => Flavour::Terraform,
        },
    })
}

fn new_enough(found: &Terraform, lock: &lock::Terraform) -> bool {
    let name = match found.flavour {
        Flavour::Terraform => "terraform",
        Flavour::Tofu => "tofu",
    };
    lock.minimum
        .get(name)
        .is_none_or(|minimum| found.version >= *minimum)
}

fn wanted(lock: &lock::Terraform) -> String {
    let each = lock.minimum.iter();
    let each: Vec<_> = each
        .map(|(name, version)| format!("{name} {version}"))
        .collect();
    format!("{} or newer", each.join(" or "))
}

fn help(lock: &lock::Terraform) -> String {
    format!(
        "install Terraform {} or newer, or name it by `{}`",
        lock.version, lock.variable
    )
}

/// This machine as HashiCorp's releases name it
fn platform() -> Option<String> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => return None,
    };
    Some(format!("{system}_{processor}"))
}

#[cfg(test)]
mod tests;
