//! What a policy set is made of: Rego files and data files, wherever they came from.
//!
//! A caller may fill [`Sources`] from a git tree; [`read_folder`] and [`Sources::read`] do it from folders, in sorted
//! order, following links, and refuse a folder that is missing or holds no policy. Nothing here parses.

use crate::error::LoadError;
use camino::{Utf8Path, Utf8PathBuf};

/// A Rego file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFile {
    /// Path shown in errors.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl PolicyFile {
    /// Whether it holds tests and nothing that judges: then only `verify` reads it.
    pub fn is_test(&self) -> bool {
        self.path.ends_with("_test.rego") && !self.text.lines().any(starts_an_asked_rule)
    }
}

/// Conftest asks rules in test files too, so one that stands there must not get lost.
fn starts_an_asked_rule(line: &str) -> bool {
    ["deny", "violation", "warn", "exception"]
        .iter()
        .filter_map(|name| line.strip_prefix(name))
        .any(|rest| rest.starts_with([' ', '_', '[', '\t', ':', '=', '.']))
}

/// A JSON or YAML file whose content policies see under `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path shown in errors; its extension picks the parser.
    pub path: String,
    /// Keys under `data` where the content goes: the folders between the data root and the file.
    pub prefix: Vec<String>,
    /// Its text.
    pub text: String,
}

/// Everything a policy set is loaded from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Rego files, tests (`*_test.rego`) included.
    pub policies: Vec<PolicyFile>,
    /// Data files.
    pub data: Vec<DataFile>,
}

/// Reads every `.rego` file below `dirs`.
pub fn read_folder(dirs: &[Utf8PathBuf]) -> Result<Sources, LoadError> {
    Sources::read(dirs, &[])
}

impl Sources {
    /// Reads every `.rego` file below `policies` and every `.json`, `.yaml` and `.yml` file below `data`.
    pub fn read(policies: &[Utf8PathBuf], data: &[Utf8PathBuf]) -> Result<Self, LoadError> {
        let mut sources = Self::default();
        for root in policies {
            let before = sources.policies.len();
            for path in files_below(root, &["rego"])? {
                let text = read(&path)?;
                sources.policies.push(PolicyFile {
                    path: path.into_string(),
                    text,
                });
            }
            if sources.policies.len() == before {
                return Err(LoadError::NoPolicies {
                    folder: root.clone(),
                });
            }
        }
        for root in data {
            let before = sources.data.len();
            for path in files_below(root, &["json", "yaml", "yml"])? {
                let text = read(&path)?;
                sources.data.push(DataFile {
                    prefix: prefix(root, &path),
                    path: path.into_string(),
                    text,
                });
            }
            if sources.data.len() == before {
                return Err(LoadError::NoData {
                    folder: root.clone(),
                });
            }
        }
        Ok(sources)
    }
}

fn prefix(root: &Utf8Path, path: &Utf8Path) -> Vec<String> {
    path.strip_prefix(root)
        .ok()
        .and_then(Utf8Path::parent)
        .map(|folders| folders.components().map(|c| c.to_string()).collect())
        .unwrap_or_default()
}

fn read(path: &Utf8Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })
}

fn files_below(root: &Utf8Path, extensions: &[&str]) -> Result<Vec<Utf8PathBuf>, LoadError> {
    if !root.exists() {
        return Err(LoadError::MissingFolder {
            folder: root.to_owned(),
        });
    }
    let mut found = Vec::new();
    collect(root, extensions, &mut found, 0)?;
    found.sort();
    Ok(found)
}

/// Deeper than any policy folder; a chain of links that leads back to itself ends here.
const MAX_DEPTH: usize = 64;

fn collect(
    path: &Utf8Path,
    extensions: &[&str],
    found: &mut Vec<Utf8PathBuf>,
    depth: usize,
) -> Result<(), LoadError> {
    if depth > MAX_DEPTH {
        return Err(LoadError::TooDeep {
            folder: path.to_owned(),
        });
    }
    if path.is_dir() {
        let failed = |source| LoadError::Read {
            path: path.to_owned(),
            source,
        };
        for entry in path.read_dir_utf8().map_err(failed)? {
            collect(entry.map_err(failed)?.path(), extensions, found, depth + 1)?;
        }
    } else if path
        .extension()
        .is_some_and(|extension| extensions.contains(&extension))
    {
        found.push(path.to_owned());
    }
    Ok(())
}
