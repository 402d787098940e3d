//! Floating tags: `v1` and `v1.2` lead to the newest release of their line.
//!
//! They go forward only: a fix of 1.2 does not take `v1` back from 1.3.0, and a pre-release moves none. A newer version
//! whose release is not out yet holds the tag as well; whoever finishes that release moves it.

use std::collections::BTreeMap;

use semver::Version;
use settings::ReleasePackage;

use crate::git::{Move, RemoteTag};
use crate::package;

/// What has to be moved once `version` is out at `commit`, seen these tags of the remote.
pub(crate) fn moves(
    package: &ReleasePackage,
    version: &Version,
    commit: &str,
    tags: &BTreeMap<String, RemoteTag>,
) -> Vec<Move> {
    if !version.pre.is_empty() || !package.floating {
        return Vec::new();
    }
    let (major, minor) = (version.major, version.minor);
    let prefix = &package.tag_prefix;
    let lines = [
        (format!("{prefix}{major}"), None),
        (format!("{prefix}{major}.{minor}"), Some(minor)),
    ];
    let newer: Vec<Version> = tags
        .keys()
        .filter_map(|tag| package::version_of(tag, package))
        .filter(|known| known.pre.is_empty() && known.cmp_precedence(version).is_gt())
        .collect();
    let moved = lines.into_iter().filter_map(|(tag, minor)| {
        let held = newer
            .iter()
            .any(|newer| newer.major == major && minor.is_none_or(|minor| newer.minor == minor));
        let now = tags.get(&tag);
        let there = now.is_some_and(|now| now.commit == commit);
        (!held && !there).then(|| Move {
            from: now.map(|now| now.object.clone()),
            to: commit.to_owned(),
            tag,
        })
    });
    moved.collect()
}

/// Whether no full release of the package is newer.
pub(crate) fn newest(
    package: &ReleasePackage,
    version: &Version,
    tags: &BTreeMap<String, RemoteTag>,
) -> bool {
    let mut known = tags
        .keys()
        .filter_map(|tag| package::version_of(tag, package));
    version.pre.is_empty()
        && !known.any(|known| known.pre.is_empty() && known.cmp_precedence(version).is_gt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(prefix: &str) -> ReleasePackage {
        ReleasePackage {
            name: "p".to_owned(),
            paths: vec!["".into()],
            tag_prefix: prefix.to_owned(),
            floating: true,
        }
    }

    fn moved(prefix: &str, version: &str, tags: &[(&str, &str)]) -> Vec<String> {
        let tags = tags.iter().map(|(name, commit)| {
            let tag = RemoteTag {
                object: format!("object-{commit}"),
                commit: (*commit).to_owned(),
            };
            ((*name).to_owned(), tag)
        });
        let version = Version::parse(version).unwrap();
        let moves = moves(&package(prefix), &version, "new", &tags.collect());
        moves
            .into_iter()
            .map(|step| format!("{} {}", step.tag, step.from.unwrap_or("-".to_owned())))
            .collect()
    }

    #[test]
    fn a_line_s_newest_release_takes_its_tags() {
        assert_eq!(moved("v", "1.0.0", &[]), ["v1 -", "v1.0 -"]);
        let tags = [("v1.2.0", "a"), ("v1", "a"), ("v1.2", "a")];
        assert_eq!(moved("v", "1.2.1", &tags), ["v1 object-a", "v1.2 object-a"]);
        assert_eq!(moved("v", "1.3.0", &tags), ["v1 object-a", "v1.3 -"]);
        assert_eq!(moved("v", "2.0.0", &tags), ["v2 -", "v2.0 -"]);
    }

    #[test]
    fn an_older_line_takes_nothing_from_a_newer_one() {
        let tags = [("v1.2.0", "a"), ("v1.3.0", "b"), ("v1", "b"), ("v1.2", "a")];
        assert_eq!(moved("v", "1.2.1", &tags), ["v1.2 object-a"]);
        let tags = [("v1.10.0", "b"), ("v1", "b")];
        assert_eq!(moved("v", "1.9.0", &tags), ["v1.9 -"]);
        // its tag is there, its release is not out yet
        let tags = [("v1.2.0", "a"), ("v1.2.2", "c"), ("v1", "a"), ("v1.2", "a")];
        assert!(moved("v", "1.2.1", &tags).is_empty());
    }

    #[test]
    fn pre_releases_and_other_packages_do_not_count() {
        assert!(moved("v", "2.0.0-rc.1", &[("v1.0.0", "a")]).is_empty());
        let tags = [
            ("v2.0.0-rc.1", "a"),
            ("web-v3.0.0", "a"),
            ("api-v1.9.0", "a"),
        ];
        assert_eq!(moved("web-v", "3.0.1", &tags), ["web-v3 -", "web-v3.0 -"]);
        assert_eq!(moved("v", "1.0.0", &tags), ["v1 -", "v1.0 -"]);
    }

    #[test]
    fn what_is_there_is_not_moved_again() {
        let tags = [("v1.0.0", "new"), ("v1", "new"), ("v1.0", "old")];
        assert_eq!(moved("v", "1.0.0", &tags), ["v1.0 object-old"]);
    }
}
