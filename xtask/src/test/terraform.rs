//! The Terraform of this repository: formatted, valid in every environment, and each module's own tests.
//!
//! It is run on a copy, so that nothing is written beside the sources and two runs at once do not meet. Which terraform
//! and which providers is the sandbox's business: `towpath sandbox tools` prints a script for a POSIX shell that says so.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use crate::failure::Failure;
use crate::process::{self, Ran};
use crate::steps::{Job, Outcome, Steps};

use super::Run;

/// Each waits for its provider more than it computes
const AT_ONCE: usize = 2;
/// What the configuration reads: its modules, and the releases
const COPIED: [&str; 2] = ["iac", "models"];
/// Variables by which a person changes what Terraform does
const THEIR_HABITS: [&str; 4] = ["TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG", "TF_CLI_ARGS_init"];
/// What Terraform and Towpath keep beside the sources
const NOT_COPIED: [&str; 2] = [".terraform", ".towpath"];

/// Runs all of it.
pub(super) fn steps(run: &Run, steps: &mut Steps) {
    let mut prepared = None;
    steps.step("terraform tools", || {
        prepared = Some(Terraform::prepare(run)?);
        Ok(Outcome::passed())
    });
    let Some(terraform) = &prepared else { return };
    steps.step("terraform fmt", || {
        let arguments = ["fmt", "-check", "-diff", "-recursive"];
        let ran = terraform.run(&terraform.copy.join("iac"), &arguments)?;
        Ok(Outcome::of(ran))
    });
    let jobs = terraform.environments.iter().map(|folder| -> Job<'_> {
        let name = format!("terraform validate {}", last(folder));
        (name, Box::new(|| terraform.validate(folder)))
    });
    let tests = terraform.modules.iter().map(|folder| -> Job<'_> {
        let name = format!("terraform test {}", last(folder));
        (name, Box::new(|| terraform.test(folder)))
    });
    steps.side_by_side(AT_ONCE, tests.chain(jobs).collect());
}

/// Terraform, and a copy to run it on
struct Terraform<'r> {
    run: &'r Run,
    /// For a shell, before terraform
    script: String,
    copy: Utf8PathBuf,
    environments: Vec<Utf8PathBuf>,
    modules: Vec<Utf8PathBuf>,
}

impl<'r> Terraform<'r> {
    fn prepare(run: &'r Run) -> Result<Self, Failure> {
        let mut ask = run.program("towpath");
        // what it writes for its script belongs to this run
        ask.args(["sandbox", "tools", "--folder"]);
        ask.arg(run.folder.join("tools"));
        let tools = process::with_progress(&mut ask)?;
        if !tools.succeeded {
            return Err(Failure::new("failed to find or fetch the tools"));
        }
        let root = &run.workspace.root;
        let copy = run.folder.join("terraform");
        for name in COPIED {
            copy_folder(&root.join(name), &copy.join(name))?;
        }
        Ok(Self {
            run,
            script: tools.output,
            environments: folders(&copy.join("iac/environments"))?,
            modules: folders(&copy.join("iac/modules"))?,
            copy,
        })
    }

    fn validate(&self, folder: &Utf8Path) -> Result<Outcome, Failure> {
        // the lock file says what is to be used, and is not to be mended here
        let init = self.run(folder, &["init", "-backend=false", "-lockfile=readonly"])?;
        if !init.succeeded {
            return Ok(Outcome::of(init));
        }
        self.run(folder, &["validate"]).map(Outcome::of)
    }

    fn test(&self, folder: &Utf8Path) -> Result<Outcome, Failure> {
        let init = self.run(folder, &["init", "-backend=false"])?;
        if !init.succeeded {
            return Ok(Outcome::of(init));
        }
        let ran = self.run(folder, &["test"])?;
        Ok(match passes(&ran.output) {
            Some(passed) if ran.succeeded && passed > 0 => Outcome {
                passed,
                ..Outcome::passed().noting(format!("{passed} passed"))
            },
            // terraform takes a module without tests for one whose tests pass
            _ if ran.succeeded => Outcome::failed(ran.output).noting("no test ran"),
            _ => Outcome::of(ran),
        })
    }

    fn run(&self, folder: &Utf8Path, arguments: &[&str]) -> Result<Ran, Failure> {
        let script = format!("{}\nexec \"$TOWPATH_TERRAFORM\" \"$@\"", self.script);
        let mut command = Command::new("sh");
        command.args(["-eu", "-c", &script, "terraform"]);
        command.args(arguments);
        command.current_dir(folder);
        for name in THEIR_HABITS {
            command.env_remove(name);
        }
        command.env("TF_INPUT", "0").env("TF_CLI_ARGS", "-no-color");
        process::quietly(&mut self.run.join(command))
    }
}

/// The number of tests that passed, from the last line of `terraform test`
fn passes(output: &str) -> Option<usize> {
    let line = output.lines().rev().find(|line| !line.trim().is_empty())?;
    let (_, numbers) = line.split_once("! ")?;
    numbers.strip_suffix(" passed, 0 failed.")?.parse().ok()
}

fn last(folder: &Utf8Path) -> &str {
    folder.file_name().unwrap_or_default()
}

/// The folders in `folder`, of which there must be some
fn folders(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>, Failure> {
    let entries = folder
        .read_dir_utf8()
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Failure::new(format!("failed to read `{folder}`")).because(error))?;
    let mut folders: Vec<Utf8PathBuf> = entries
        .into_iter()
        .map(|entry| entry.into_path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    match folders.is_empty() {
        true => Err(Failure::new(format!("there is no folder in `{folder}`"))),
        false => Ok(folders),
    }
}

fn copy_folder(from: &Utf8Path, to: &Utf8Path) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("failed to copy `{from}`")).because(error);
    fs::create_dir_all(to).map_err(failed)?;
    for entry in from.read_dir_utf8().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if NOT_COPIED.contains(&name) {
            continue;
        }
        if entry.path().is_dir() {
            copy_folder(entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_success_is_counted() {
        assert_eq!(
            passes("a... pass\n\nSuccess! 5 passed, 0 failed.\n"),
            Some(5)
        );
        assert_eq!(passes("Failure! 4 passed, 1 failed.\n"), None);
        assert_eq!(passes(""), None);
    }

    #[test]
    fn what_terraform_left_is_not_copied() {
        let root = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(root.path()).unwrap();
        fs::create_dir_all(root.join("from/a/.terraform/providers")).unwrap();
        fs::write(root.join("from/a/.terraform.lock.hcl"), "locked").unwrap();
        copy_folder(&root.join("from"), &root.join("to")).unwrap();
        assert!(root.join("to/a/.terraform.lock.hcl").exists());
        assert!(!root.join("to/a/.terraform").exists());
    }
}
