//! Finding tools, or getting them: each is described once in `tools/tools.lock.json`.
//!
//! The order is always the same: named by a variable, on the path, in the cache folder, fetched. Whatever is fetched is checked against a
//! committed hash before it runs, put together beside its place and renamed into it, under a file lock: two processes at once are fine.
//! What cannot be had is an error that names the tool and what to do.

mod fetch;
mod go;
mod kubernetes;
mod lock;
mod ministack;
mod python;
mod store;
mod terraform;
mod virtual_environment;

use std::io;
use std::process::{Command, Output};

use camino::{Utf8Path, Utf8PathBuf};
use miette::Diagnostic;
use semver::Version;

pub use kubernetes::{Kubernetes, kubernetes};
pub use ministack::{Ministack, ministack};
pub use python::{Python, python};
pub use terraform::{Flavour, Terraform, terraform};
pub use virtual_environment::python_with;

/// Called with one line for each step that takes time, such as a download
pub type Progress = fn(&str);

/// Why a tool is not there
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ToolError {
    /// Neither found nor fetchable
    #[error("`{tool}` {wanted} is needed, and was not found")]
    #[diagnostic(help("{help}"))]
    Missing {
        tool: &'static str,
        wanted: String,
        help: String,
    },
    /// Found, but too old or another version
    #[error("`{program}` is {found}, but {wanted} is needed")]
    #[diagnostic(help("{help}"))]
    Version {
        program: Utf8PathBuf,
        found: Version,
        wanted: String,
        help: String,
    },
    /// A variable names something that does not answer as the tool
    #[error("`{program}`, named by `{variable}`, does not answer as {tool}: {detail}")]
    #[diagnostic(help("correct `{variable}`, or unset it to look elsewhere"))]
    NotTheTool {
        program: Utf8PathBuf,
        variable: String,
        tool: &'static str,
        detail: String,
    },
    /// The fetched file is not the one that was locked
    #[error("{url} has the sha256 {found}, but {expected} is locked")]
    #[diagnostic(help(
        "do not use it; try another network, or name the tool yourself by `{variable}`"
    ))]
    Digest {
        url: String,
        expected: String,
        found: String,
        variable: String,
    },
    /// A step of fetching or installing failed
    #[error("failed to install {tool}: {detail}")]
    #[diagnostic(help("{help}"))]
    Install {
        tool: &'static str,
        detail: String,
        help: String,
    },
    /// The list of Python packages cannot be read
    #[error("failed to read `{path}`")]
    #[diagnostic(help("name a file of pinned and hashed requirements"))]
    Requirements {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    /// There is no place to keep tools in
    #[error("there is no cache folder to keep {tool} in")]
    #[diagnostic(help("set `HOME` or `XDG_CACHE_HOME`"))]
    NoCache { tool: &'static str },
    /// The cache folder cannot be used
    #[error("failed to use `{path}`")]
    #[diagnostic(help("make it writable, or set `XDG_CACHE_HOME` to a folder that is"))]
    Cache {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Runs `program` to its end; what it printed on failure, or why it did not start, as text
fn run(command: &mut Command) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().map_err(|error| error.to_string())?;
    if status.success() {
        return Ok(String::from_utf8_lossy(&stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&stderr);
    let tail: Vec<&str> = said.lines().rev().take(5).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    Err(match tail.is_empty() {
        true => format!("it ended with {status}"),
        false => tail.join("\n"),
    })
}

fn cache_error(path: &Utf8Path) -> impl FnOnce(io::Error) -> ToolError + '_ {
    move |source| ToolError::Cache {
        path: path.to_owned(),
        source,
    }
}
