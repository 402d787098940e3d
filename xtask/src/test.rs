//! `cargo xtask test`: everything that must hold, by one command. `.ci/run` calls exactly this.
//!
//! A run has a folder of its own for temporary files, so that two at once do not meet and a process that was left
//! behind can be told from those of others ([`leftovers`]). Cargo always builds the whole workspace: with one selection
//! there is one set of features, and each dependency is compiled once.

mod cargo;
mod leftovers;
mod python;
mod terraform;
mod tools;

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use camino::Utf8PathBuf;

use crate::failure::Failure;
use crate::generate;
use crate::process;
use crate::steps::{Outcome, Steps};
use crate::workspace::Workspace;

/// What a job on GitHub exports, which would make the programs believe that they run as one of its actions
const OF_A_JOB: [&str; 4] = ["GITHUB_", "RUNNER_", "ACTIONS_", "INPUT_"];

/// Runs it all, and says whether nothing failed.
pub(crate) fn run() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    tools::check(&workspace)?;
    let folder = tempfile::Builder::new().prefix("towpath-test-").tempdir();
    let folder = folder.map_err(|error| {
        Failure::new("failed to make a folder for temporary files")
            .because(error)
            .hint("free some space, or set `TMPDIR` to another folder")
    })?;
    let run = Run {
        folder: real_path(folder.path())?,
        workspace,
    };
    let mut steps = Steps::default();
    steps.step("formatting", || {
        let mut command = run.workspace.cargo();
        // the names are enough: nobody mends a format by hand
        command.args(["fmt", "--all", "--check", "--", "--files-with-diff"]);
        let mut ran = process::quietly(&mut command)?;
        ran.output.push_str("hint: run `cargo fmt --all`");
        Ok(Outcome::of(ran))
    });
    steps.step("lints", || {
        let mut command = run.workspace.cargo();
        command.args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--keep-going",
        ]);
        process::with_progress(command.args(["--", "-D", "warnings"])).map(Outcome::of)
    });
    let built = steps.step("build", || {
        // all targets and not only programs: with the tests, their dependencies take part in the choice of features
        let mut command = run.workspace.cargo();
        command.args(["build", "--workspace", "--all-targets", "--locked"]);
        process::with_progress(&mut command).map(Outcome::of)
    });
    if built {
        steps.step("tests", || cargo::tests(&run));
        steps.step("policy tests", || {
            let mut command = run.program("towpath");
            command.args(["policy-check", "--verify", "--policy", "policy"]);
            process::quietly(&mut command).map(Outcome::of)
        });
        steps.step("generated files", || generated(&run.workspace));
        steps.step("workflow files", || {
            let mut command = run.program("towpath");
            command.args(["workflows", "--check"]);
            process::quietly(&mut command).map(Outcome::of)
        });
        python::steps(&run, &mut steps);
        terraform::steps(&run, &mut steps);
        steps.step("demo", || {
            let mut command = run.program("xtask");
            process::quietly(command.args(["demo", "--built"])).map(Outcome::of)
        });
    } else {
        for name in [
            "tests",
            "policy tests",
            "generated files",
            "workflow files",
            "python",
            "terraform",
            "demo",
        ] {
            steps.step(name, || Ok(Outcome::not_run("nothing was built")));
        }
    }
    steps.step("processes", || leftovers::check(&run.folder));
    Ok(steps.conclude())
}

/// One run of all tests
#[derive(Debug)]
struct Run {
    workspace: Workspace,
    /// Where all of it keeps its temporary files
    folder: Utf8PathBuf,
}

impl Run {
    /// A program of this workspace, in this run
    fn program(&self, name: &str) -> Command {
        self.join(self.workspace.program(name))
    }

    /// Makes a command part of this run, with all that it starts.
    fn join(&self, mut command: Command) -> Command {
        command
            .env("TMPDIR", &self.folder)
            .env("TOWPATH_BIN", self.workspace.programs())
            // a snapshot that differs fails, and nothing is written into the repository
            .env("INSTA_UPDATE", "no")
            .env_remove("INSTA_FORCE_PASS");
        let of_a_job = |name: &OsStr| {
            let name = name.to_string_lossy();
            OF_A_JOB.iter().any(|prefix| name.starts_with(prefix))
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| of_a_job(name)) {
            command.env_remove(name);
        }
        command
    }
}

fn generated(workspace: &Workspace) -> Result<Outcome, Failure> {
    let stale = generate::stale_in(workspace)?;
    if stale.is_empty() {
        return Ok(Outcome::passed());
    }
    let names: Vec<String> = stale
        .iter()
        .map(|name| format!("stale: `{name}`"))
        .collect();
    Ok(Outcome::failed(format!(
        "{}\nhint: run `{}`, and commit what it writes",
        names.join("\n"),
        generate::MEND
    )))
}

/// As the operating system shows it to others
fn real_path(path: &Path) -> Result<Utf8PathBuf, Failure> {
    let real = path.canonicalize().ok();
    real.and_then(|path| Utf8PathBuf::from_path_buf(path).ok())
        .ok_or_else(|| Failure::new(format!("the path `{}` is not UTF-8", path.display())))
}
