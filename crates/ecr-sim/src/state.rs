//! What the registry holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bytes::Bytes;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Config;
use crate::faults::Fault;

/// One request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// `PUT`, or `API` for ECR's own interface.
    pub method: String,
    /// The path with its query, or the name of the operation.
    pub path: String,
    /// The answer's status; 0 when there was none.
    pub status: u16,
    /// How many bytes of a body came.
    pub bytes: u64,
}

impl std::fmt::Display for Recorded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {} {}", self.method, self.path, self.status)
    }
}

/// A vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `CVE-2026-1`.
    pub name: String,
    /// `HIGH`.
    pub severity: String,
    /// The package that has it.
    pub package: String,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) folder: PathBuf,
    pub(crate) url: String,
    pub(crate) repositories: BTreeMap<String, Repository>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) settings: BTreeMap<String, String>,
    /// Prefixes below which a push creates its repository.
    pub(crate) templates: Vec<String>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: Vec<Recorded>,
    pub(crate) denied: BTreeSet<String>,
    pub(crate) password: u64,
    /// Whether a request hangs on demand.
    pub(crate) hanging: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Repository {
    pub(crate) mutability: String,
    pub(crate) scan_on_push: bool,
    /// `encryptionConfiguration`, as it was given.
    pub(crate) encryption: Value,
    pub(crate) manifests: BTreeMap<String, Stored>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Size by digest.
    pub(crate) blobs: BTreeMap<String, u64>,
    pub(crate) lifecycle: Option<String>,
    pub(crate) scans: BTreeMap<String, Scan>,
    pub(crate) labels: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) media_type: String,
    pub(crate) bytes: Bytes,
    pub(crate) pushed_at: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub(crate) status: String,
    pub(crate) findings: Vec<Finding>,
}

/// A session that takes a blob.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) repository: String,
    pub(crate) path: PathBuf,
    pub(crate) received: u64,
    pub(crate) hash: Sha256,
}

impl State {
    pub(crate) fn new(config: Config, folder: PathBuf) -> Self {
        let mounting = if config.mounting {
            "ENABLED"
        } else {
            "DISABLED"
        };
        Self {
            settings: BTreeMap::from([("BLOB_MOUNTING".to_owned(), mounting.to_owned())]),
            config,
            folder,
            url: String::new(),
            repositories: BTreeMap::new(),
            templates: Vec::new(),
            uploads: BTreeMap::new(),
            faults: Vec::new(),
            requests: Vec::new(),
            denied: BTreeSet::new(),
            password: 1,
            hanging: false,
        }
    }

    pub(crate) fn password(&self) -> String {
        format!("password-{}", self.password)
    }

    pub(crate) fn blob(&self, digest: &str) -> PathBuf {
        self.folder.join(digest.replace(':', "-"))
    }

    /// Whether a blob of `from` may be mounted in `to`: the account allows it, both are encrypted alike, and some manifest
    /// of `from` leads to it.
    pub(crate) fn lends(&self, from: &str, to: &str, digest: &str) -> bool {
        let enabled = self.settings.get("BLOB_MOUNTING").map(String::as_str) == Some("ENABLED");
        let (found, to) = (self.repositories.get(from), self.repositories.get(to));
        enabled
            && found.map(|found| &found.encryption) == to.map(|to| &to.encryption)
            && found.is_some_and(|found| {
                let mut manifests = found.manifests.values();
                manifests.any(|stored| parts(&stored.bytes).contains(&digest.to_owned()))
            })
    }

    pub(crate) fn verify(&self) -> Result<(), String> {
        for (name, repository) in &self.repositories {
            for (tag, digest) in &repository.tags {
                if !repository.manifests.contains_key(digest) {
                    return Err(format!("{name}:{tag} leads to nothing"));
                }
            }
            for (digest, stored) in &repository.manifests {
                if digest_of(&stored.bytes) != *digest {
                    return Err(format!("{name}@{digest} is something else"));
                }
                for part in parts(&stored.bytes) {
                    if repository.manifests.contains_key(&part) {
                        continue;
                    }
                    let bytes = std::fs::read(self.blob(&part))
                        .map_err(|error| format!("{name}@{digest} misses {part}: {error}"))?;
                    if digest_of(&bytes) != part {
                        return Err(format!("{name} holds other bytes than {part}"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Repository {
    pub(crate) fn new(mutability: &str) -> Self {
        Self {
            mutability: mutability.to_owned(),
            encryption: serde_json::json!({"encryptionType": "AES256"}),
            ..Self::default()
        }
    }

    /// A manifest by tag or digest, with its digest.
    pub(crate) fn manifest(&self, object: &str) -> Option<(String, &Stored)> {
        let digest = match object.starts_with("sha256:") {
            true => object.to_owned(),
            false => self.tags.get(object)?.clone(),
        };
        let stored = self.manifests.get(&digest)?;
        Some((digest, stored))
    }

    /// Takes a manifest in, or says with ECR's code and words why not.
    pub(crate) fn put(
        &mut self,
        name: &str,
        tag: Option<&str>,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<String, (&'static str, String)> {
        let digest = digest_of(&bytes);
        for part in parts(&bytes) {
            if !self.blobs.contains_key(&part) && !self.manifests.contains_key(&part) {
                let words = format!(
                    "Layers with digests '{part}' required for pushing image do not exist in the repository with name '{name}'"
                );
                return Err(("MANIFEST_BLOB_UNKNOWN", words));
            }
        }
        if let Some(tag) = tag
            && self.tags.contains_key(tag)
            && self.mutability == "IMMUTABLE"
        {
            let words = format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the repository is immutable."
            );
            return Err(("TAG_INVALID", words));
        }
        if let Some(tag) = tag {
            self.tags.insert(tag.to_owned(), digest.clone());
        }
        self.manifests.entry(digest.clone()).or_insert(Stored {
            media_type: media_type.to_owned(),
            bytes,
            pushed_at: jiff::Timestamp::now().as_second(),
        });
        Ok(digest)
    }
}

/// What a manifest or index leads to.
pub(crate) fn parts(bytes: &[u8]) -> Vec<String> {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let lists = ["layers", "manifests"].map(|name| document[name].as_array().cloned());
    let parts = lists.into_iter().flatten().flatten();
    let config = Some(document["config"].clone()).filter(Value::is_object);
    parts
        .chain(config)
        .filter_map(|part| part["digest"].as_str().map(str::to_owned))
        .collect()
}

pub(crate) fn digest_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(hash: &[u8]) -> String {
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}
