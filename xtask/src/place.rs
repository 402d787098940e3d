//! Where a story happens: a working copy of the reference system in a temporary folder, and stand-ins for AWS around it.
//!
//! The stand-ins live in a child that ends when our end of a pipe closes, so they are gone however the demo ends.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::package::{self, Packages};
use crate::process;
use crate::python;
use crate::workspace::Workspace;

/// What the reference system is made of
const SYSTEM: [&str; 8] = [
    "towpath.yaml",
    ".gitignore",
    "contracts",
    "frontend",
    "iac",
    "models",
    "pipelines",
    "policy",
];
/// What is built from it, and not in git
const BUILT: &str = "dist";
/// What jobs and pipeline steps run on
const REQUIREMENTS: &str = "pipelines/requirements.lock";
const PAGE_REQUIREMENTS: &str = "frontend/requirements-test.lock";
/// Where a picture of the page is left, below cargo's folder for what it builds
const PICTURES: &str = "demo";
/// Five minutes of an endpoint's bake pass in three seconds
const SPEED: &str = "100";
const PLAN: &str = ".towpath/plans/prod.tfplan";
const PEOPLE: &str = include_str!("place/people.py");
const SCORES: &str = include_str!("place/scores.py");
const PAGE: &str = include_str!("place/page.py");
const BASE: &str = include_str!("place/base.py");
/// What `image-push` writes down of the page's image
const PUSHED: &str = ".towpath/evidence/images/frontend/image-push.json";
/// Tools are installed, and Kubernetes is built, on a machine's first day.
const PATIENCE: Duration = Duration::from_secs(1800);

/// Which functions are run
#[derive(Debug)]
pub(crate) enum Functions<'p> {
    /// Those of a plain build, which are there already where the tests ran
    Tried,
    /// Those for AWS
    Small(&'p Packages),
}

/// The working copy and what is around it: AWS, and a GitHub that is its `origin`
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
    towpath: Utf8PathBuf,
    variables: BTreeMap<String, String>,
    sandbox: Child,
    /// The stand-ins live as long as this is open.
    leash: Option<ChildStdin>,
    pictures: Utf8PathBuf,
}

impl Place {
    /// Copies the system, makes it a repository, and starts the stand-ins.
    pub(crate) fn prepare(
        workspace: &Workspace,
        functions: &Functions<'_>,
    ) -> Result<Self, Failure> {
        let unready =
            |error: std::io::Error| Failure::new("failed to prepare a working copy").because(error);
        let folder = TempDir::with_prefix("towpath-demo-").map_err(unready)?;
        let here = Utf8PathBuf::try_from(folder.path().to_owned())
            .map_err(|error| unready(error.into_io_error()))?;
        let copy = here.join("repository");
        fs::create_dir(&copy).map_err(unready)?;
        for file in tracked(workspace)? {
            let to = copy.join(&file);
            fs::create_dir_all(to.parent().unwrap_or(&copy)).map_err(unready)?;
            fs::copy(workspace.root.join(&file), to).map_err(unready)?;
        }
        match functions {
            Functions::Tried => package::try_out(workspace, &copy.join(BUILT))?,
            Functions::Small(packages) => packages.copy_to(&copy.join(BUILT))?,
        }
        let pictures = workspace.programs().join("..").join(PICTURES);
        fs::create_dir_all(&pictures).map_err(unready)?;
        let towpath = workspace.programs().join("towpath");
        let (variables, mut sandbox) = stand_ins(&towpath, &copy, &here.join("variables"))?;
        let leash = sandbox.stdin.take();
        let mut place = Self {
            folder,
            towpath,
            variables,
            sandbox,
            leash,
            pictures,
        };
        let data = here.join("housing.csv");
        place.fetch_data(&data)?;
        for (name, value) in [
            ("DEMO_DATA", data.as_str()),
            // the lifecycle rules of buckets take AWS's provider a minute to wait for, and show nothing more here
            ("TF_VAR_retention", "{}"),
            ("TF_VAR_api", "{}"),
            ("TF_VAR_drift", "{}"),
        ] {
            place.variables.insert(name.to_owned(), value.to_owned());
        }
        place.git(&["init", "--quiet", "--initial-branch=main"])?;
        place.commit("the reference system")?;
        let origin = said(
            &mut place.people("origin"),
            "GitHub's stand-in does not answer",
        )?;
        place.git(&["remote", "add", "origin", &origin])?;
        place.git(&["push", "--quiet", "origin", "main"])?;
        Ok(place)
    }

    /// The program that the demo is about
    pub(crate) fn towpath(&self) -> &Utf8Path {
        &self.towpath
    }

    fn repository(&self) -> std::path::PathBuf {
        self.folder.path().join("repository")
    }

    /// A command in the working copy, among the stand-ins
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.repository())
            .env_clear()
            .envs(&self.variables);
        command
    }

    /// What people and machines do on AWS and on GitHub
    pub(crate) fn people(&self, what: &str) -> Command {
        let mut command = self.python();
        command.args(["-c", PEOPLE, what]);
        command
    }

    /// The interpreter that has AWS's client
    pub(crate) fn python(&self) -> Command {
        let python = self
            .variables
            .get("TOWPATH_MINISTACK")
            .map_or("python3", String::as_str);
        self.command(python)
    }

    /// What the endpoint predicts, beside XGBoost
    pub(crate) fn scores(&self) -> Result<Command, Failure> {
        let mut command = self.command(self.interpreter(REQUIREMENTS)?);
        command.args(["-c", SCORES]);
        Ok(command)
    }

    /// The page, asked in a browser; its picture stays
    pub(crate) fn page(&self) -> Result<Command, Failure> {
        let address = self.api()?;
        let python = self.interpreter(PAGE_REQUIREMENTS)?;
        let mut command = self.command(python);
        command
            .args(["-c", PAGE])
            .arg(self.repository())
            .arg(&self.pictures)
            .env("API_URL", address);
        Ok(command)
    }

    /// Lays out a Python image to build on in `folder`; how the registry calls it
    pub(crate) fn base(&self, folder: &str) -> Result<String, Failure> {
        let mut command = self.python();
        command.args(["-c", BASE, folder]);
        said(&mut command, "there is no image to build on")
    }

    /// The page's image that was pushed last, by its digest
    pub(crate) fn image(&self) -> Result<String, Failure> {
        let unread = || Failure::new(format!("`{PUSHED}` tells of no image"));
        let text =
            fs::read(self.repository().join(PUSHED)).map_err(|error| unread().because(error))?;
        let statement: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| unread().because(error))?;
        let subject = &statement["subject"][0];
        match (
            subject["name"].as_str(),
            subject["digest"]["sha256"].as_str(),
        ) {
            (Some(name), Some(digest)) => Ok(format!("{name}@sha256:{digest}")),
            _ => Err(unread()),
        }
    }

    /// Whether there is a Kubernetes to roll out on
    pub(crate) fn has_cluster(&self) -> bool {
        self.variables.contains_key("KUBECONFIG")
    }

    /// The REST API's address
    pub(crate) fn api(&self) -> Result<String, Failure> {
        said(&mut self.people("address"), "there is no API to ask")
    }

    /// The interpreter with what `requirements` lists
    fn interpreter(&self, requirements: &str) -> Result<String, Failure> {
        let mut towpath = Command::new(&self.towpath);
        towpath.current_dir(self.repository());
        python::interpreter(towpath, requirements)
    }

    /// The real data, or what there is instead; which it is is said
    fn fetch_data(&self, to: &Utf8Path) -> Result<(), Failure> {
        let mut command = Command::new(self.interpreter(REQUIREMENTS)?);
        command
            .current_dir(self.repository().join("pipelines"))
            .args(["-m", "housing.dataset", to.as_str()]);
        let ran = process::with_progress(&mut command)?;
        match ran.succeeded {
            true => Ok(()),
            false => Err(Failure::new("there is no data to train on")),
        }
    }

    /// Git, as nobody in particular
    pub(crate) fn git(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut git = self.command("git");
        git.args([
            "-c",
            "user.name=Towpath demo",
            "-c",
            "user.email=demo@example.com",
            "-c",
            "commit.gpgsign=false",
        ]);
        let ran = process::quietly(git.args(arguments))?;
        match ran.succeeded {
            true => Ok(()),
            false => Err(
                Failure::new(format!("`git {}` failed", arguments.join(" ")))
                    .because(ran.output.trim()),
            ),
        }
    }

    /// Commits what there is, if there is anything.
    pub(crate) fn commit(&self, message: &str) -> Result<(), Failure> {
        self.git(&["add", "--all"])?;
        let staged = self
            .command("git")
            .args(["diff", "--cached", "--quiet"])
            .status();
        match staged {
            Ok(status) if status.success() => Ok(()),
            _ => self.git(&["commit", "--quiet", "--message", message]),
        }
    }

    /// The newest commit, for people
    pub(crate) fn head(&self) -> Result<String, Failure> {
        let ran =
            process::quietly(
                self.command("git")
                    .args(["log", "-1", "--format=commit %h: %s"]),
            )?;
        Ok(ran.output.trim().to_owned())
    }

    /// Writes `text` to the end of `file`.
    pub(crate) fn append(&self, file: &str, text: &str) -> Result<(), Failure> {
        let path = self.repository().join(file);
        let written = fs::OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| Failure::new(format!("failed to write to `{file}`")).because(error))
    }

    /// Writes `new` where `old` stands in `file`.
    pub(crate) fn replace(&self, file: &str, old: &str, new: &str) -> Result<(), Failure> {
        let path = self.repository().join(file);
        let unwritten = || Failure::new(format!("failed to change `{file}`"));
        let text = fs::read_to_string(&path).map_err(|error| unwritten().because(error))?;
        if !text.contains(old) {
            return Err(unwritten().because(format!("`{old}` is not in it")));
        }
        fs::write(path, text.replacen(old, new, 1)).map_err(|error| unwritten().because(error))
    }

    /// Keeps a copy of the saved plan outside the repository.
    pub(crate) fn keep_plan(&self, name: &str) -> Result<(), Failure> {
        copy(
            &self.repository().join(PLAN),
            &self.folder.path().join(name),
        )
    }

    /// Puts a kept plan where the saved plan is.
    pub(crate) fn slip_plan(&self, name: &str) -> Result<(), Failure> {
        copy(
            &self.folder.path().join(name),
            &self.repository().join(PLAN),
        )
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(self.leash.take());
        self.sandbox.wait().ok();
    }
}

/// The one line that a command prints
fn said(command: &mut Command, otherwise: &str) -> Result<String, Failure> {
    let (ran, progress) = process::apart(command)?;
    match ran.succeeded {
        true => Ok(ran.output.trim().to_owned()),
        false => Err(Failure::new(otherwise).because(progress.trim())),
    }
}

/// Whether Kubernetes is there, or can be built
fn has_kubernetes() -> bool {
    let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let go = || process::quietly(Command::new("go").arg("version")).is_ok_and(|go| go.succeeded);
    named("KUBEBUILDER_ASSETS") || named("TOWPATH_GO") || go()
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> Result<(), Failure> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| Failure::new("failed to copy a saved plan").because(error))
}

/// The system's files as git knows them, also those that are not committed yet
fn tracked(workspace: &Workspace) -> Result<Vec<Utf8PathBuf>, Failure> {
    let mut git = Command::new("git");
    git.current_dir(&workspace.root)
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args(SYSTEM);
    let ran = process::quietly(&mut git)?;
    if !ran.succeeded {
        return Err(Failure::new("failed to list the system's files")
            .because(ran.output.trim())
            .hint("run this in a clone of the repository"));
    }
    Ok(ran
        .output
        .lines()
        .map(Utf8PathBuf::from)
        .filter(|file| workspace.root.join(file).is_file())
        .collect())
}

/// Starts the stand-ins, and reads the variables that lead there.
fn stand_ins(
    towpath: &Utf8Path,
    copy: &Utf8Path,
    variables: &Utf8Path,
) -> Result<(BTreeMap<String, String>, Child), Failure> {
    let failed =
        |error: std::io::Error| Failure::new("failed to start the stand-ins").because(error);
    let tools = process::with_progress(
        Command::new(towpath)
            .current_dir(copy)
            .args(["sandbox", "tools"]),
    )?;
    if !tools.succeeded {
        return Err(Failure::new("the tools for the stand-ins are not there"));
    }
    // written beside its place and moved there, so that it is whole when it is there
    let tell = r#"env -0 > "$1.part" && mv "$1.part" "$1" && exec cat"#;
    let cluster = has_kubernetes().then_some("--kubernetes");
    let mut child = Command::new(towpath)
        .current_dir(copy)
        .args(["sandbox", "run", "--github"])
        .args(cluster)
        .args([
            "--speed",
            SPEED,
            "--requirements",
            REQUIREMENTS,
            "--",
            "sh",
            "-c",
            tell,
            "sh",
            variables.as_str(),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        // an interrupt ends the demo, and the end of the demo ends this
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let deadline = Instant::now() + PATIENCE;
    while !variables.exists() {
        if child.try_wait().map_err(failed)?.is_some() || Instant::now() > deadline {
            child.kill().ok();
            return Err(Failure::new("the stand-ins did not start"));
        }
        sleep(Duration::from_millis(20));
    }
    let text = fs::read_to_string(variables).map_err(failed)?;
    let pairs = text.split('\0').filter_map(|pair| pair.split_once('='));
    let mut found: BTreeMap<String, String> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (name, value) in tools
        .output
        .lines()
        .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
    {
        found
            .entry(name.to_owned())
            .or_insert_with(|| value.trim_matches('\'').to_owned());
    }
    Ok((found, child))
}
