//! The saved plan as a file: what `terraform plan -out` wrote, taken apart without running Terraform.
//!
//! It is a zip that holds the changes (protobuf), the state that they were planned against, the lock file and every
//! module's source. This module reads what identifies the plan and what a person wants quoted; the changes themselves
//! are read from Terraform's JSON, by [`PlanJson`](crate::PlanJson). The archive is foreign input: everything that two
//! readers of a zip could see differently is refused, because Terraform will be the second reader.

mod archive;
mod error;

use std::collections::BTreeMap;
use std::fmt;

use evidence::{Sha256, StateRef};
use serde::Deserialize;

pub use error::Error;

use crate::protobuf;

/// A saved plan, taken apart.
#[derive(Clone)]
pub struct SavedPlan {
    /// The digest of the file's bytes.
    pub file_sha256: Sha256,
    /// The version of the program that made the plan.
    pub tool_version: String,
    /// When the plan was made, as the program wrote it; empty where it did not.
    pub timestamp: String,
    /// The backend that holds the state, for example `s3`.
    pub backend: Backend,
    /// Whether planning failed half-way.
    pub errored: bool,
    /// The state that the plan was made against: an empty lineage and serial 0 before the first apply.
    pub state: StateRef,
    /// The dependency lock file, when there is one.
    pub lock_file: Option<LockFile>,
    /// The source of each module, the root module's key being empty.
    pub modules: Vec<ModuleSource>,
    /// The version that wrote the state which was planned against, when there is one.
    pub(crate) previous_tool: Option<String>,
    /// The changes, as protobuf.
    changes: Vec<u8>,
}

/// Where the state is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backend {
    /// Its kind, for example `local` or `s3`.
    pub kind: String,
    /// The workspace in it.
    pub workspace: String,
}

/// The dependency lock file in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    /// Its text.
    pub text: String,
    /// The digest of its bytes.
    pub sha256: Sha256,
}

/// The source files of one module.
#[derive(Clone, PartialEq, Eq)]
pub struct ModuleSource {
    /// The module calls that lead to it, joined by dots; empty for the root module.
    pub key: String,
    /// Its folder, from the root module's folder.
    pub dir: String,
    /// File names and texts.
    pub files: BTreeMap<String, String>,
}

impl SavedPlan {
    /// The changes, as protobuf.
    pub(crate) fn changes_bytes(&self) -> &[u8] {
        &self.changes
    }

    /// Takes a saved plan apart.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut entries = archive::unpack(bytes, &archive::LIMITS)?;
        let plan = entries
            .remove("tfplan")
            .ok_or(Error::MissingEntry("tfplan"))?;
        let header = protobuf::header(&plan).ok_or(Error::DamagedPlan)?;
        if header.version != 3 {
            return Err(Error::UnknownVersion(header.version));
        }
        let state = entries
            .remove("tfstate")
            .ok_or(Error::MissingEntry("tfstate"))?;
        let previous = entries.remove("tfstate-prev");
        let lock_file = match entries.remove(".terraform.lock.hcl") {
            Some(bytes) => Some(LockFile {
                sha256: Sha256::of(&bytes),
                text: text(".terraform.lock.hcl", bytes)?,
            }),
            None => None,
        };
        Ok(Self {
            file_sha256: Sha256::of(bytes),
            tool_version: header.tool_version,
            timestamp: header.timestamp,
            backend: Backend {
                kind: header.backend_type,
                workspace: header.workspace,
            },
            errored: header.errored,
            state: read_state(&state)?,
            lock_file,
            modules: read_modules(entries)?,
            previous_tool: previous.as_deref().map(read_writer).transpose()?.flatten(),
            changes: plan,
        })
    }
}

#[derive(Deserialize)]
struct StateHeader {
    #[serde(default)]
    lineage: String,
    #[serde(default)]
    serial: u64,
}

/// The version that wrote a state; none where the state is still empty.
fn read_writer(bytes: &[u8]) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    struct Writer {
        #[serde(default)]
        terraform_version: String,
        #[serde(default)]
        resources: Vec<serde::de::IgnoredAny>,
    }
    let state: Writer = serde_json::from_slice(bytes).map_err(|source| Error::DamagedEntry {
        entry: "tfstate-prev".into(),
        source,
    })?;
    Ok((!state.resources.is_empty()).then_some(state.terraform_version))
}

fn read_state(bytes: &[u8]) -> Result<StateRef, Error> {
    let state: StateHeader =
        serde_json::from_slice(bytes).map_err(|source| Error::DamagedEntry {
            entry: "tfstate".into(),
            source,
        })?;
    Ok(StateRef {
        lineage: state.lineage,
        serial: state.serial,
    })
}

#[derive(Deserialize)]
struct ManifestModule {
    #[serde(rename = "Key")]
    key: String,
    #[serde(rename = "Dir")]
    dir: String,
}

fn read_modules(mut entries: BTreeMap<String, Vec<u8>>) -> Result<Vec<ModuleSource>, Error> {
    const MANIFEST: &str = "tfconfig/modules.json";
    let manifest = entries
        .remove(MANIFEST)
        .ok_or(Error::MissingEntry(MANIFEST))?;
    let manifest: Vec<ManifestModule> =
        serde_json::from_slice(&manifest).map_err(|source| Error::DamagedEntry {
            entry: MANIFEST.into(),
            source,
        })?;
    let mut modules: BTreeMap<String, ModuleSource> = BTreeMap::new();
    for ManifestModule { key, dir } in manifest {
        let module = ModuleSource {
            key: key.clone(),
            dir,
            files: BTreeMap::new(),
        };
        if modules.insert(key.clone(), module).is_some() {
            return Err(Error::DuplicateModule(key));
        }
    }
    for (entry, bytes) in entries {
        let Some((key, name)) = entry
            .strip_prefix("tfconfig/m-")
            .and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if let Some(module) = modules.get_mut(key) {
            module.files.insert(name.to_owned(), text(&entry, bytes)?);
        }
    }
    Ok(modules.into_values().collect())
}

fn text(entry: &str, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|_| Error::NotText(entry.to_owned()))
}

// The sources may hold secrets as constants, so neither type prints them.
impl fmt::Debug for SavedPlan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SavedPlan")
            .field("file_sha256", &self.file_sha256)
            .field("tool_version", &self.tool_version)
            .field("backend", &self.backend)
            .field("state", &self.state)
            .field("modules", &self.modules)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ModuleSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.files.keys().collect();
        formatter
            .debug_struct("ModuleSource")
            .field("key", &self.key)
            .field("dir", &self.dir)
            .field("files", &names)
            .finish()
    }
}
