//! Why a command failed, and what a person can do about it.
//!
//! Each failure that a person would treat differently is a variant of its own, with the remedy and with whose turn it
//! is; `classify` finds the variant.

mod classify;

use std::fmt;

use camino::Utf8PathBuf;

use crate::apply::{ApplyRun, StateFate};
use crate::diagnostics::Diagnostic;
use crate::lock::Lock;

pub(crate) use classify::classify;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The configuration or the input must change.
    BadInput,
    /// A service outside said no or did not answer.
    OutsideService,
    /// It is us, or the machine.
    Failure,
}

/// What a failed command said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Such as `plan`.
    pub command: &'static str,
    /// Errors and warnings, in the order in which they came.
    pub diagnostics: Vec<Diagnostic>,
}

impl Report {
    fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|d| d.is_error())
    }

    /// Whether all of it points at the text of the configuration alone.
    fn blames_configuration(&self) -> bool {
        const NO_ANSWER: &[&str] = &[
            "connection refused",
            "request send failed",
            "no such host",
            "i/o timeout",
        ];
        if self.error_with(NO_ANSWER).is_some() {
            return false;
        }
        matches!(self.command, "init" | "validate")
            || self
                .errors()
                .all(|error| error.range.is_some() && error.address.is_none())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.errors();
        if let Some(first) = errors.next() {
            write!(f, "{first}")?;
        }
        match errors.count() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// The folder is not there.
    #[error("`{dir}` is not a folder")]
    #[diagnostic(help("name the folder of a Terraform root module"))]
    NoRoot {
        /// The folder.
        dir: Utf8PathBuf,
    },
    /// The tool could not be run, or not be listened to.
    #[error("failed to run `{path}`")]
    Run {
        /// The tool.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file of ours could not be written or named.
    #[error("failed to write `{path}`")]
    #[diagnostic(help("check that its folder exists and can be written to"))]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing to apply.
    #[error("found no plan file `{path}`")]
    #[diagnostic(help("make it with `plan -out`, or fetch it from the run that made it"))]
    NoPlan {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The file is not a plan, or of another version.
    #[error("{0}")]
    #[diagnostic(help("pass a file that `plan -out` of the same version of the tool has written"))]
    NotAPlan(Box<Report>),
    /// We were told to stop, and the tool has stopped.
    #[error("`{command}` was interrupted{}", run.as_ref().map(|run| format!(": {run}")).unwrap_or_default())]
    #[diagnostic(help("{}", run.as_ref().map_or_else(|| "run it again".to_owned(), |run| advice(run))))]
    Interrupted {
        /// Such as `apply`.
        command: &'static str,
        /// What an apply had done.
        run: Option<Box<ApplyRun>>,
    },
    /// Somebody else works on this state.
    #[error("the state `{}` is locked: {lock}", lock.path)]
    #[diagnostic(help(
        "wait until that run is over; if it is dead, run `terraform force-unlock {}`", lock.id
    ))]
    Locked {
        /// The holder.
        lock: Box<Lock>,
        /// What was said.
        report: Box<Report>,
    },
    /// No credentials, or credentials that are not accepted.
    #[error("the credentials are missing or not accepted: {0}")]
    #[diagnostic(help(
        "check that this run may assume its role (`id-token: write` in a workflow), or log in again"
    ))]
    Credentials(Box<Report>),
    /// The lock file does not fit the configuration.
    #[error("`.terraform.lock.hcl` does not fit the configuration: {0}")]
    #[diagnostic(help("run `terraform init` and commit `.terraform.lock.hcl`"))]
    LockFile(Box<Report>),
    /// The configuration wants another version.
    #[error(
        "the configuration wants version `{}`, this is {tool}",
        required.as_deref().unwrap_or("of another kind")
    )]
    #[diagnostic(help(
        "install a version that `required_version` allows, and name it in `TOWPATH_TERRAFORM`"
    ))]
    VersionRefused {
        /// What runs.
        tool: String,
        /// What `required_version` says, where it is told.
        required: Option<String>,
        /// What was said.
        report: Box<Report>,
    },
    /// The state has moved on since the plan.
    #[error("the plan can no longer be applied: {0}")]
    #[diagnostic(help("plan again, and have the new plan judged"))]
    StalePlan(Box<Report>),
    /// `init` has not run here.
    #[error("the root is not initialised: {0}")]
    #[diagnostic(help("run `terraform init` first"))]
    NotInitialised(Box<Report>),
    /// The backend is not the one that was initialised.
    #[error("the backend has changed since `init`: {0}")]
    #[diagnostic(help(
        "run `terraform init -reconfigure` to use it as it is, or `terraform init -migrate-state` to move the state"
    ))]
    BackendChanged(Box<Report>),
    /// A variable has no value.
    #[error("the variable `{name}` has no value")]
    #[diagnostic(help("set it in a variable file, or as `TF_VAR_{name}`"))]
    MissingVariable {
        /// The variable, the first of them.
        name: String,
        /// What was said.
        report: Box<Report>,
    },
    /// A provider could not be fetched.
    #[error("a provider could not be installed: {0}")]
    #[diagnostic(help(
        "check the version constraint and the network, or set up a provider mirror in the CLI configuration file"
    ))]
    ProviderUnavailable(Box<Report>),
    /// An apply that had begun did not finish.
    #[error("the apply failed: {run}")]
    #[diagnostic(help("{}", advice(run)))]
    Apply {
        /// What it did.
        run: Box<ApplyRun>,
        /// Why it stopped.
        #[source]
        cause: Box<Error>,
    },
    /// There is no such workspace.
    #[error("found no workspace `{name}`")]
    #[diagnostic(help("check its name, or create it with `terraform workspace new {name}`"))]
    NoWorkspace {
        /// The workspace.
        name: String,
    },
    /// Whatever else the tool says is wrong.
    #[error("`{command}` failed: {0}", command = .0.command)]
    Terraform(Box<Report>),
    /// The tool ended in a way that makes no sense.
    #[error(
        "`{command}` ended with {ended} and without saying why{}",
        quoted(said)
    )]
    #[diagnostic(help("run it by hand with `TF_LOG=debug`"))]
    Unexpected {
        /// Such as `plan`.
        command: &'static str,
        /// An exit code, or a signal.
        ended: String,
        /// The end of what it printed.
        said: String,
    },
}

impl Error {
    /// Whose turn it is.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NoRoot { .. }
            | Self::NoWorkspace { .. }
            | Self::NoPlan { .. }
            | Self::NotAPlan(_)
            | Self::Credentials(_)
            | Self::LockFile(_)
            | Self::VersionRefused { .. }
            | Self::StalePlan(_)
            | Self::NotInitialised(_)
            | Self::BackendChanged(_)
            | Self::MissingVariable { .. } => Class::BadInput,
            Self::Locked { .. } | Self::ProviderUnavailable(_) => Class::OutsideService,
            Self::Run { .. }
            | Self::File { .. }
            | Self::Interrupted { .. }
            | Self::Unexpected { .. } => Class::Failure,
            Self::Apply { cause, .. } => cause.class(),
            Self::Terraform(report) if report.blames_configuration() => Class::BadInput,
            Self::Terraform(_) => Class::OutsideService,
        }
    }

    /// Everything that the tool said about it.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::NotAPlan(report)
            | Self::Locked { report, .. }
            | Self::Credentials(report)
            | Self::LockFile(report)
            | Self::VersionRefused { report, .. }
            | Self::StalePlan(report)
            | Self::NotInitialised(report)
            | Self::BackendChanged(report)
            | Self::MissingVariable { report, .. }
            | Self::ProviderUnavailable(report)
            | Self::Terraform(report) => &report.diagnostics,
            Self::Apply { run, .. } | Self::Interrupted { run: Some(run), .. } => &run.diagnostics,
            Self::NoRoot { .. }
            | Self::NoWorkspace { .. }
            | Self::Run { .. }
            | Self::File { .. }
            | Self::NoPlan { .. }
            | Self::Interrupted { run: None, .. }
            | Self::Unexpected { .. } => &[],
        }
    }

    /// What an apply had done before it failed or was interrupted.
    #[must_use]
    pub fn apply_run(&self) -> Option<&ApplyRun> {
        match self {
            Self::Apply { run, .. } | Self::Interrupted { run: Some(run), .. } => Some(run),
            _ => None,
        }
    }
}

/// What to do after an apply that did not finish.
fn advice(run: &ApplyRun) -> String {
    match &run.state {
        StateFate::Errored(path) => format!(
            "push the state before anything else: `terraform state push {path}`; then plan again"
        ),
        StateFate::Unclear => "check the state against the world, then plan again".to_owned(),
        StateFate::Saved => {
            "put the cause right and plan again: what is done stays done".to_owned()
        }
        StateFate::Untouched => "run it again".to_owned(),
    }
}

fn quoted(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": `{said}`"),
    }
}
