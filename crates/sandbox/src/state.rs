//! What a detached sandbox writes down about itself: one private file, replaced whole.

use std::fs;
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::environment::Environment;
use crate::process::Identity;

/// A detached sandbox that is ready
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    pub(crate) supervisor: Identity,
    /// The sandbox's temporary folder
    pub(crate) folder: Utf8PathBuf,
    pub(crate) health: Vec<String>,
    /// The variables for its clients
    pub environment: Environment,
}

impl State {
    /// The process that owns the sandbox
    pub fn pid(&self) -> u32 {
        self.supervisor.pid
    }

    /// What the file says; nothing if there is none, or not one of this version
    pub(crate) fn read(file: &Utf8Path) -> io::Result<Option<Self>> {
        match fs::read(file) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file in one step; it is readable by its owner only, as temporary files are
    pub(crate) fn write(&self, file: &Utf8Path) -> io::Result<()> {
        let folder = file.parent().unwrap_or(Utf8Path::new("."));
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut draft, self)?;
        draft.flush()?;
        draft.persist(file)?;
        Ok(())
    }
}
