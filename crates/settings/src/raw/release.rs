//! How this repository releases itself, as it is written.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use schemars::JsonSchema;
use serde::Deserialize;

/// How versions and tags are made
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// The version of a first release, `0.1.0` by default
    pub initial: Option<String>,
    /// What is released, by name; without it the whole repository is one package with tags like `v1.2.3`
    #[serde(default)]
    pub packages: BTreeMap<String, ReleasePackage>,
}

/// A part of the repository with versions of its own
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleasePackage {
    /// The folders and files whose changes release it, from the repository's root; `.` is all that no other package names deeper
    #[schemars(with = "Vec<String>")]
    pub paths: Vec<Utf8PathBuf>,
    /// What stands in front of the version in its tags; `<name>-v` by default, `v` when it is the only package
    pub tag_prefix: Option<String>,
    /// Whether tags like `v1` and `v1.2` lead to the newest release of their line, `true` by default
    pub floating: Option<bool>,
}
