//! Runs an action as GitHub would, and a program as a person would, with nothing of this machine leaking in.
//!
//! [`ActionRun`] reads an `action.yml` and runs its steps with bash and the runner's files; [`ActionResult`] holds what
//! GitHub would have seen, and prints as one snapshot. [`Program`] runs one binary in the same scrubbed environment,
//! [`Repository`] makes a git repository, and [`Normaliser`] takes out of a text what differs from run to run.
//!
//! This is no runner: it knows the part of the contract that our actions use, refuses the rest by name, and is
//! stricter where GitHub would be silent: an undeclared input or a misspelt step is an error here.

mod action;
mod commands;
mod expression;
mod file_commands;
mod manifest;
mod normalise;
mod program;
mod repository;
mod result;
mod runner;

use camino::{Utf8Path, Utf8PathBuf};

pub use action::{ActionRun, RunError};
pub use commands::{Annotation, AnnotationLevel};
pub use expression::ExpressionError;
pub use file_commands::{FileCommandError, key_values};
pub use manifest::ManifestError;
pub use normalise::Normaliser;
pub use program::{Program, Ran};
pub use repository::Repository;
pub use result::ActionResult;

/// The folder that holds the workspace's `Cargo.toml`.
pub fn workspace_root() -> Utf8PathBuf {
    let manifest = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest
        .ancestors()
        .nth(2)
        .unwrap_or(manifest)
        .to_path_buf()
}
