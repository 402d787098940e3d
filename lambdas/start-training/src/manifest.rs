//! The manifest that the ETL job writes last, and what must be true of it before anything is read on its word.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the job says of one run's results
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// The contract that the input kept
    pub contract: ContractName,
    /// What went in
    pub input: Input,
    /// The object version, as `start-etl` named it
    pub object_id: String,
    /// What came out, by file name
    pub outputs: BTreeMap<String, Output>,
}

/// A contract by its names
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContractName {
    /// Its id
    pub id: String,
    /// Its version
    pub version: String,
}

/// The delivered file
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Input {
    /// Of its bytes
    pub sha256: String,
    /// How many
    pub rows: u64,
}

/// A file beside the manifest
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Output {
    /// Of its bytes
    pub sha256: String,
    /// How many
    pub bytes: u64,
    /// How many, where it is a table
    pub rows: Option<u64>,
}

/// The file that is trained on
pub const FEATURES: &str = "features.csv";
/// The manifest's own name; the rule in EventBridge knows it as well
pub const NAME: &str = "manifest.json";

/// What is wrong with a manifest or with what it names: for programs by `code`, for people in words
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Objection {
    /// It does not change
    pub code: &'static str,
    /// In words
    pub message: String,
    /// The file, if it is about one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// What should be
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Objection {
    /// Something that is not as it should be
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            output: None,
            expected: None,
            found: None,
        }
    }

    /// About this file
    #[must_use]
    pub fn about(mut self, output: &str) -> Self {
        self.output = Some(output.to_owned());
        self
    }

    /// What should be, and what is
    #[must_use]
    pub fn instead(mut self, expected: impl ToString, found: impl ToString) -> Self {
        self.expected = Some(expected.to_string());
        self.found = Some(found.to_string());
        self
    }
}

impl Manifest {
    /// Reads the manifest at `key`, and compares what needs no other file
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(key: &str, text: &[u8]) -> Result<Self, Objection> {
        let manifest: Self = serde_json::from_slice(text).map_err(|error| {
            Objection::new(
                "manifest-unreadable",
                format!("the manifest cannot be read: {error}"),
            )
        })?;
        let mut folders = key.rsplit('/').skip(1);
        let folder = folders.next().unwrap_or_default();
        if folder != manifest.input.sha256 || !is_sha256(folder) {
            let objection = Objection::new(
                "folder-mismatch",
                "the folder is not named after the input's sha256",
            );
            return Err(objection.instead(&manifest.input.sha256, folder));
        }
        for (name, output) in &manifest.outputs {
            let plain =
                |character: char| character.is_ascii_alphanumeric() || "._-".contains(character);
            if name.starts_with('.') || !name.chars().all(plain) || name == NAME {
                let message = "an output is not named as a file beside the manifest";
                return Err(Objection::new("output-name", message).about(name));
            }
            if !is_sha256(&output.sha256) {
                let message = "an output has no sha256 of 64 lower-case hexadecimal digits";
                return Err(Objection::new("output-hash", message).about(name));
            }
        }
        let Some(features) = manifest.outputs.get(FEATURES) else {
            let message = "the manifest names no features to train on";
            return Err(Objection::new("features-missing", message).about(FEATURES));
        };
        match features.rows {
            Some(rows) if rows > 0 && rows <= manifest.input.rows => Ok(manifest),
            rows => {
                let message = "the features have no rows, or more than were delivered";
                let found = rows.map_or_else(|| "none".to_owned(), |rows| rows.to_string());
                let expected = format!("1 to {}", manifest.input.rows);
                let objection = Objection::new("features-rows", message).about(FEATURES);
                Err(objection.instead(expected, found))
            }
        }
    }

    /// The features; a manifest without them is not read
    pub fn features(&self) -> Option<&Output> {
        self.outputs.get(FEATURES)
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn objection(change: impl FnOnce(&mut Value)) -> Option<&'static str> {
        let hash = "a".repeat(64);
        let mut manifest = json!({
            "contract": {"id": "c", "version": "1.0.0"},
            "input": {"uri": "s3://raw/incoming/a.csv", "version_id": "v", "sha256": hash, "rows": 3},
            "object_id": "o",
            "outputs": {
                "features.csv": {"sha256": hash, "bytes": 10, "rows": 3},
                "quality.json": {"sha256": hash, "bytes": 2},
            },
        });
        change(&mut manifest);
        let key = format!("housing/{hash}/manifest.json");
        let read = Manifest::read(&key, manifest.to_string().as_bytes());
        read.err().map(|objection| objection.code)
    }

    #[test]
    fn a_manifest_is_read_and_judged_by_itself() {
        assert_eq!(objection(|_| {}), None);
        let other = "b".repeat(64);
        assert_eq!(
            objection(|all| all["input"]["sha256"] = other.into()),
            Some("folder-mismatch")
        );
        assert_eq!(
            objection(|all| all["outputs"] = json!([])),
            Some("manifest-unreadable")
        );
        assert_eq!(
            objection(|all| all["outputs"] = json!({})),
            Some("features-missing")
        );
        let rows =
            |rows: Value| move |all: &mut Value| all["outputs"]["features.csv"]["rows"] = rows;
        for wrong in [json!(0), json!(4), Value::Null] {
            assert_eq!(objection(rows(wrong)), Some("features-rows"));
        }
        let hash =
            |all: &mut Value| all["outputs"]["features.csv"]["sha256"] = "A".repeat(64).into();
        assert_eq!(objection(hash), Some("output-hash"));
        for name in ["../features.csv", "a/b", ".hidden", "", "manifest.json"] {
            let named = |all: &mut Value| {
                all["outputs"][name] = all["outputs"]["features.csv"].clone();
            };
            let expected = if name.is_empty() {
                None
            } else {
                Some("output-name")
            };
            assert_eq!(objection(named), expected, "{name}");
        }
    }
}
