//! Where things are, as cargo says it: the workspace's root and the folder of its finished programs.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::failure::Failure;

/// This repository on this machine
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`
    #[serde(rename = "workspace_root")]
    pub(crate) root: Utf8PathBuf,
    #[serde(rename = "target_directory")]
    target: Utf8PathBuf,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self, Failure> {
        let mut command = cargo();
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        command.args(["metadata", "--format-version=1", "--no-deps"]);
        command.args(["--manifest-path", manifest]);
        let unclear = || Failure::new("failed to ask `cargo metadata` where this workspace is");
        let said = command.output().map_err(|error| unclear().because(error))?;
        if !said.status.success() {
            let said = String::from_utf8_lossy(&said.stderr);
            return Err(unclear().because(said.trim()));
        }
        serde_json::from_slice(&said.stdout).map_err(|error| unclear().because(error))
    }

    /// The folder of the programs that a plain `cargo build` makes
    pub(crate) fn programs(&self) -> Utf8PathBuf {
        self.target.join("debug")
    }

    /// The folder below which cargo puts what it finished
    pub(crate) fn target(&self) -> &Utf8Path {
        &self.target
    }

    /// Cargo, at the root
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// One of this workspace's programs, at the root
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs().join(name));
        command.current_dir(&self.root);
        command
    }
}

/// The cargo that runs this, and not another one that may be on the path
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
