//! What is released from this repository: one thing, or several with folders and tags of their own.
//!
//! A file belongs to the packages that name the deepest folder above it, so that a change of `crates/a` releases `a`
//! and not also the package at the root; two packages that share a folder both name it. A commit without files belongs
//! to the package that its scope names, or to the only one.

use semver::Version;
use settings::ReleasePackage;

use crate::change::Change;

/// Which of `packages`, by their places, a change belongs to.
pub(crate) fn owners(change: &Change, packages: &[ReleasePackage]) -> Vec<usize> {
    if change.files.is_empty() {
        let named = packages
            .iter()
            .position(|package| change.scope.as_deref() == Some(package.name.as_str()));
        let only = (packages.len() == 1).then_some(0);
        return only.or(named).into_iter().collect();
    }
    let mut owners: Vec<usize> = Vec::new();
    for file in &change.files {
        let depths: Vec<Option<usize>> = packages
            .iter()
            .map(|package| depth(file, package))
            .collect();
        let deepest = depths.iter().flatten().max().copied();
        let Some(deepest) = deepest else { continue };
        owners.extend((0..packages.len()).filter(|index| depths[*index] == Some(deepest)));
    }
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// How many folders deep the package's folder is that holds a file.
fn depth(file: &str, package: &ReleasePackage) -> Option<usize> {
    let holds = package.paths.iter().filter(|path| {
        path.as_str().is_empty() || std::path::Path::new(file).starts_with(path.as_std_path())
    });
    holds.map(|path| path.components().count()).max()
}

/// The version that a tag stands for, if it is one of the package's; a floating `v1` is none.
pub(crate) fn version_of(tag: &str, package: &ReleasePackage) -> Option<Version> {
    Version::parse(tag.strip_prefix(package.tag_prefix.as_str())?).ok()
}

/// The tag of a version.
pub(crate) fn tag_of(version: &Version, package: &ReleasePackage) -> String {
    format!("{}{version}", package.tag_prefix)
}

#[cfg(test)]
mod tests;
