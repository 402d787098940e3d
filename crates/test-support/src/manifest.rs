//! An `action.yml`, as far as a composite action of bash steps needs it. An unknown key is an error: GitHub would ignore
//! it, and a misspelt one with it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// An `action.yml` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not the YAML that we know.
    #[error("failed to parse `{path}`")]
    Parse {
        /// The file.
        path: Utf8PathBuf,
        /// Where and why.
        source: serde_yaml::Error,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "description")]
    _description: String,
    #[serde(rename = "author")]
    _author: Option<String>,
    #[serde(rename = "branding")]
    _branding: Option<serde_yaml::Value>,
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, Input>,
    #[serde(default)]
    pub(crate) outputs: BTreeMap<String, Output>,
    pub(crate) runs: Runs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    #[serde(rename = "description")]
    _description: String,
    #[serde(default)]
    pub(crate) required: bool,
    pub(crate) default: Option<Scalar>,
    #[serde(rename = "deprecationMessage")]
    _deprecation_message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Output {
    #[serde(rename = "description")]
    _description: String,
    pub(crate) value: Scalar,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runs {
    pub(crate) using: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) r#if: Option<Scalar>,
    pub(crate) run: String,
    pub(crate) shell: String,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Scalar>,
    pub(crate) working_directory: Option<String>,
    #[serde(default)]
    pub(crate) continue_on_error: bool,
}

/// A text that YAML may have taken for something else: `true` or `3`.
#[derive(Debug, Clone)]
pub(crate) struct Scalar(pub(crate) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_yaml::Value::deserialize(deserializer)? {
            serde_yaml::Value::Null => Ok(Self(String::new())),
            serde_yaml::Value::Bool(value) => Ok(Self(value.to_string())),
            serde_yaml::Value::Number(value) => Ok(Self(value.to_string())),
            serde_yaml::Value::String(value) => Ok(Self(value)),
            _ => Err(D::Error::custom("expected a text, a number or a boolean")),
        }
    }
}

impl Manifest {
    /// The manifest of the action in `folder`.
    pub(crate) fn read(folder: &Utf8Path) -> Result<Self, ManifestError> {
        let path = folder.join("action.yml");
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                serde_yaml::from_str(&text).map_err(|source| ManifestError::Parse { path, source })
            }
            Err(source) => Err(ManifestError::Read { path, source }),
        }
    }
}

impl Step {
    /// What to call the step in a message.
    pub(crate) fn title(&self) -> &str {
        let first_line = self.run.lines().next().unwrap_or_default();
        self.name
            .as_deref()
            .or(self.id.as_deref())
            .unwrap_or(first_line)
    }
}
