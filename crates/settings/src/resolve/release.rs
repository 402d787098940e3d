//! How this repository releases itself.

use camino::{Utf8Component, Utf8PathBuf};

use super::{Problem, Settings};
use crate::{SettingsError, raw};

/// How versions and tags are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version of a first release.
    pub initial: semver::Version,
    /// What is released, by name; never empty.
    pub packages: Vec<ReleasePackage>,
}

/// A part of the repository with versions of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasePackage {
    /// Its name.
    pub name: String,
    /// The folders and files whose changes release it, from the repository's root, which is the empty path.
    pub paths: Vec<Utf8PathBuf>,
    /// What stands in front of the version in its tags.
    pub tag_prefix: String,
    /// Whether tags like `v1` and `v1.2` lead to the newest release of their line.
    pub floating: bool,
}

pub(super) fn resolve(raw: raw::Release, project: &str) -> Result<Release, Problem> {
    let initial = raw.initial.as_deref().unwrap_or("0.1.0");
    let initial = semver::Version::parse(initial).map_err(|_| Problem {
        key: "initial",
        value: initial.to_owned(),
        message: format!("`{initial}` is not a version"),
        help: "write it like `0.1.0`".to_owned(),
    })?;
    let alone = raw.packages.len() == 1;
    let mut packages = Vec::new();
    for (name, raw) in raw.packages {
        packages.push(package(name, raw, alone)?);
    }
    if packages.is_empty() {
        packages.push(ReleasePackage {
            name: project.to_owned(),
            paths: vec![Utf8PathBuf::new()],
            tag_prefix: "v".to_owned(),
            floating: true,
        });
    }
    for (index, package) in packages.iter().enumerate() {
        let others = &packages[..index];
        if let Some(other) = others
            .iter()
            .find(|other| other.tag_prefix == package.tag_prefix)
        {
            return Err(Problem {
                key: "tag_prefix",
                value: package.tag_prefix.clone(),
                message: format!(
                    "the packages `{}` and `{}` have the same tags, `{}...`",
                    other.name, package.name, package.tag_prefix
                ),
                help: "give each a `tag_prefix` of its own".to_owned(),
            });
        }
    }
    Ok(Release { initial, packages })
}

fn package(name: String, raw: raw::ReleasePackage, alone: bool) -> Result<ReleasePackage, Problem> {
    let prefix = raw.tag_prefix.unwrap_or_else(|| match alone {
        true => "v".to_owned(),
        false => format!("{name}-v"),
    });
    if !is_prefix(&prefix) {
        return Err(Problem {
            key: "tag_prefix",
            message: format!("`{prefix}` cannot begin the name of a tag"),
            value: prefix,
            help: "use letters, digits, `-`, `_`, `/` and `.`, and no digit at the end".to_owned(),
        });
    }
    if raw.paths.is_empty() {
        return Err(Problem {
            key: "packages",
            message: format!("the package `{name}` has no paths"),
            value: name,
            help: "name its folders in `paths`; `.` is the whole repository".to_owned(),
        });
    }
    let paths = raw.paths.into_iter().map(path).collect::<Result<_, _>>()?;
    Ok(ReleasePackage {
        name,
        paths,
        tag_prefix: prefix,
        floating: raw.floating.unwrap_or(true),
    })
}

/// A path without `.` and with no way out.
fn path(raw: Utf8PathBuf) -> Result<Utf8PathBuf, Problem> {
    let mut path = Utf8PathBuf::new();
    for part in raw.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::Normal(part) => path.push(part),
            _ => {
                return Err(Problem {
                    key: "paths",
                    message: format!("`{raw}` leads out of the repository"),
                    value: raw.into_string(),
                    help: "name folders from the repository's root".to_owned(),
                });
            }
        }
    }
    Ok(path)
}

/// Whether tags may begin so. A digit at the end would run into the version.
fn is_prefix(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.".contains(&byte);
    let parts = text.split('/').collect::<Vec<_>>();
    let (last, folders) = parts.split_last().unwrap_or((&"", &[]));
    text.bytes().all(allowed)
        && !text.contains("..")
        && !last.starts_with('.')
        && !text.ends_with(|letter: char| letter.is_ascii_digit())
        && folders.iter().all(|part| {
            !part.is_empty()
                && !part.starts_with('.')
                && !part.ends_with('.')
                && !part.ends_with(".lock")
        })
        && !text.starts_with('-')
}

impl Settings {
    /// The package called `name`, or all when none is named.
    ///
    /// # Errors
    /// No such package; the text says which there are.
    pub fn releases(&self, name: Option<&str>) -> Result<Vec<&ReleasePackage>, SettingsError> {
        let Some(name) = name else {
            return Ok(self.release.packages.iter().collect());
        };
        let found = self
            .release
            .packages
            .iter()
            .find(|package| package.name == name);
        match found {
            Some(package) => Ok(vec![package]),
            None => Err(SettingsError::UnknownPackage {
                name: name.to_owned(),
                known: self
                    .release
                    .packages
                    .iter()
                    .map(|package| package.name.clone())
                    .filter(|name| !name.is_empty())
                    .collect(),
            }),
        }
    }
}
