//! The lock file: every tool, its version, and the ways to get it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use semver::Version;
use serde::Deserialize;

/// Every distribution of ministack and what it needs, with hashes, for all platforms
pub(super) const REQUIREMENTS: &str = include_str!("../../tools/requirements.lock");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    pub(super) python: Python,
    pub(super) ministack: Ministack,
    pub(super) terraform: Terraform,
    pub(super) go: Go,
    pub(super) kubernetes: Kubernetes,
}

/// Found only
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Python {
    pub(super) programs: Vec<String>,
    pub(super) variable: String,
    pub(super) minimum: Version,
}

/// From PyPI, by `requirements.lock`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ministack {
    pub(super) version: Version,
    pub(super) variable: String,
}

/// Found, or downloaded
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub(super) struct Terraform {
    pub(super) programs: Vec<String>,
    pub(super) variable: String,
    pub(super) minimum: BTreeMap<String, Version>,
    pub(super) version: Version,
    pub(super) url: String,
    pub(super) sha256: BTreeMap<String, String>,
}

/// Found only
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Go {
    pub(super) programs: Vec<String>,
    pub(super) variable: String,
    pub(super) minimum: Version,
}

/// Found in the folder that a variable names, or built from Go modules by `tools/kubernetes/*/go.sum`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kubernetes {
    pub(super) variable: String,
    pub(super) version: Version,
    pub(super) etcd: Version,
    pub(super) kwok: Version,
}

pub(super) static LOCK: LazyLock<Lock> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../tools/tools.lock.json"))
        .expect("the committed lock file is JSON of this form")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requirements_are_pinned_hashed_and_name_no_index() {
        assert!(REQUIREMENTS.contains(&format!("ministack=={} \\", LOCK.ministack.version)));
        assert!(REQUIREMENTS.contains("\ncryptography=="));
        for (number, line) in REQUIREMENTS.lines().enumerate() {
            let hash = line.trim_start().starts_with("--hash=sha256:");
            let pin = line.contains("==") && line.ends_with('\\');
            assert!(hash || pin, "line {}: {line}", number + 1);
        }
    }

    #[test]
    fn every_download_has_a_whole_digest() {
        for (platform, digest) in &LOCK.terraform.sha256 {
            assert_eq!(digest.len(), 64, "{platform}");
        }
    }
}
