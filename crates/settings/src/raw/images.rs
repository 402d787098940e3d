//! What `images` says, as it is written.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Deserialize;

/// An image, where it goes and how it is built
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// The repository's name in ECR, for example `housing-frontend`; with a host before it, a repository elsewhere
    pub repository: String,
    /// The Dockerfile, `Dockerfile` in the context by default
    #[schemars(with = "Option<String>")]
    pub dockerfile: Option<Utf8PathBuf>,
    /// The folder that the Dockerfile copies from, the repository's root by default
    #[schemars(with = "Option<String>")]
    pub context: Option<Utf8PathBuf>,
    /// The platform, `linux/amd64` by default
    pub platform: Option<String>,
    /// Values for the Dockerfile's `ARG`s
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// The tags, with `{commit}`, `{branch}`, `{version}`, `{major}` and `{minor}` filled in; `{commit}` by default
    pub tags: Option<Vec<String>>,
    /// What builds it, `auto` by default
    pub builder: Option<Builder>,
    /// Repositories of the same registry that may lend blobs
    #[serde(default)]
    pub mount_from: Vec<String>,
    /// What a scan may find
    pub scan: Option<Scan>,
}

/// What builds an image
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Builder {
    /// `python` where the Dockerfile allows it, else the first of the others that works here
    Auto,
    /// Towpath itself: copies and locked Python packages, and no other commands
    Python,
    /// Docker's buildx
    Docker,
    /// Buildah
    Buildah,
    /// Podman
    Podman,
}

/// What a scan may find
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scan {
    /// New vulnerabilities from here on fail, `high` by default
    pub fail_on: Option<Severity>,
    /// How long to wait for the scan, `5m` by default
    pub wait: Option<String>,
    /// Vulnerabilities that are known and taken for a while
    #[serde(default)]
    pub exceptions: Vec<Exception>,
}

/// How bad a vulnerability is
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// All that have a severity
    Low,
    /// Those and worse
    Medium,
    /// Those and worse
    High,
    /// Only those
    Critical,
}

/// A vulnerability that is known and taken for a while
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// Its name, for example `CVE-2026-1234`
    pub name: String,
    /// Why it may stay
    pub reason: String,
    /// The last day on which it may, for example `2026-12-31`
    pub until: String,
}
