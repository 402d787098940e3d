//! Finding Terraform or OpenTofu.
//!
//! The plain text of `version` is read, not its JSON: OpenTofu kept the key `terraform_version`, so the JSON of both
//! looks the same, while the first line of the text is `Terraform v1.11.4` or `OpenTofu v1.10.0`.
//!
//! Nothing is read from the environment here: the caller passes what its variable says and the search path.

use std::ffi::OsString;
use std::fmt;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;

/// The oldest version that is supported, of both tools.
const OLDEST: Version = Version::new(1, 6, 0);

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HashiCorp's.
    Terraform,
    /// The Linux Foundation's.
    OpenTofu,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

/// A tool that was found and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Terraform or OpenTofu.
    pub kind: Kind,
    /// Where it is, absolute.
    pub path: Utf8PathBuf,
    /// What it said it is.
    pub version: Version,
}

/// What is looked for, most important first.
#[derive(Debug, Clone, Default)]
pub struct ToolRequest {
    /// A name or a path that a person gave for this run.
    pub name_or_path: Option<String>,
    /// The value of `TOWPATH_TERRAFORM`, a name or a path.
    pub variable: Option<String>,
    /// The value of `PATH`; where neither is given, `terraform` is looked for on it, then `tofu`.
    pub search_path: Option<OsString>,
}

impl Tool {
    /// Finds the tool and asks for its version.
    pub fn find(request: &ToolRequest) -> Result<Self, FindError> {
        let named = [&request.name_or_path, &request.variable]
            .into_iter()
            .flatten()
            .find(|named| !named.is_empty());
        let candidates = match named {
            Some(named) => vec![named.as_str()],
            None => vec!["terraform", "tofu"],
        };
        let path = candidates
            .iter()
            .find_map(|name| locate(name, request.search_path.as_ref()))
            .ok_or_else(|| FindError::Missing {
                wanted: candidates.join("` or `"),
            })?;
        Self::ask(path)
    }

    fn ask(path: Utf8PathBuf) -> Result<Self, FindError> {
        let output = Command::new(&path)
            .arg("version")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_CLI_ARGS")
            .env_remove("TF_CLI_ARGS_version")
            .env_remove("TF_LOG")
            .stdin(Stdio::null())
            .output();
        let output = match output {
            Ok(output) => output,
            Err(source) => return Err(FindError::NotExecutable { path, source }),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let first = said.lines().next().unwrap_or_default().trim();
        let Some((kind, version)) = identify(first).filter(|_| output.status.success()) else {
            return Err(FindError::NotTerraform {
                path,
                said: first.chars().take(80).collect(),
            });
        };
        if version < OLDEST {
            return Err(FindError::TooOld {
                path,
                kind,
                version,
            });
        }
        Ok(Self {
            kind,
            path,
            version,
        })
    }

    /// Whether `init` can speak JSON: Terraform since 1.9. When OpenTofu learnt it is not documented; its text is read.
    pub(crate) fn init_speaks_json(&self) -> bool {
        self.kind == Kind::Terraform && self.version >= Version::new(1, 9, 0)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.version)
    }
}

fn identify(line: &str) -> Option<(Kind, Version)> {
    let (name, version) = line.split_once(" v")?;
    let kind = match name {
        "Terraform" => Kind::Terraform,
        "OpenTofu" => Kind::OpenTofu,
        _ => return None,
    };
    Some((kind, Version::parse(version.trim()).ok()?))
}

/// A path is taken as it is; a name is looked up. A file that cannot be executed is found too if nothing better is, so
/// that it can be named.
fn locate(name: &str, search_path: Option<&OsString>) -> Option<Utf8PathBuf> {
    if name.contains('/') {
        let absolute = camino::absolute_utf8(name).ok()?;
        return absolute.is_file().then_some(absolute);
    }
    let folders: Vec<PathBuf> = std::env::split_paths(search_path?).collect();
    let files: Vec<Utf8PathBuf> = folders
        .into_iter()
        .filter_map(|folder| camino::absolute_utf8(folder.join(name)).ok())
        .filter(|file| file.is_file())
        .collect();
    let executable = files.iter().find(|file| is_executable(file));
    executable.or(files.first()).cloned()
}

fn is_executable(file: &Utf8Path) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// Why there is no tool to run. Each is for a person to put right.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum FindError {
    /// Nothing by that name.
    #[error("found no `{wanted}`")]
    #[diagnostic(help(
        "install Terraform or OpenTofu 1.6 or later and put it on the path, or name it in `TOWPATH_TERRAFORM`"
    ))]
    Missing {
        /// What was looked for.
        wanted: String,
    },
    /// There, but it does not start.
    #[error("failed to run `{path}`")]
    #[diagnostic(help("{}", match source.kind() {
        ErrorKind::PermissionDenied => format!("make it executable: `chmod +x {path}`"),
        _ => "install the build of Terraform for this machine's system and processor".to_owned(),
    }))]
    NotExecutable {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something else by that name.
    #[error("`{path}` is neither Terraform nor OpenTofu: its `version` says `{said}`")]
    #[diagnostic(help(
        "name the real program in `TOWPATH_TERRAFORM`; wrappers must pass the output of `version` through"
    ))]
    NotTerraform {
        /// The file.
        path: Utf8PathBuf,
        /// The first line of what it answered.
        said: String,
    },
    /// Too old.
    #[error("`{path}` is {kind} {version}, older than 1.6")]
    #[diagnostic(help("install {kind} 1.6 or later"))]
    TooOld {
        /// The file.
        path: Utf8PathBuf,
        /// Terraform or OpenTofu.
        kind: Kind,
        /// Its version.
        version: Version,
    },
}

impl FindError {
    /// Always the caller's to put right.
    #[must_use]
    pub fn class(&self) -> crate::Class {
        crate::Class::BadInput
    }
}
