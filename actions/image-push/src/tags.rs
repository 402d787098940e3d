//! From rules to tags: what `{commit}` and its like stand for in this working copy.
//!
//! A rule whose parts are not there gives no tag: `{version}` without a version tag, `{branch}` without a branch. A working
//! copy with changes is not the commit that it says, so it gets no tag by `{commit}` or a version.

use oci_image::Tag;

use crate::Error;

/// What git says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Git {
    pub(crate) commit: Option<String>,
    /// Whether there is nothing beside the commit.
    pub(crate) clean: bool,
    pub(crate) branch: Option<String>,
    /// The tags of the commit.
    pub(crate) tags: Vec<String>,
}

/// A version like `1.2.3` or `v1.2.3-rc.1`, with its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: [u64; 3],
    /// A release is above its candidates.
    is_release: bool,
    text: String,
}

impl Version {
    fn parse(tag: &str) -> Option<Self> {
        let text = tag.strip_prefix('v').unwrap_or(tag);
        let (core, rest) = match text.find(['-', '+']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let numbers: Vec<u64> = core
            .split('.')
            .map(|part| {
                let plain = part == "0" || !part.starts_with('0');
                part.parse()
                    .ok()
                    .filter(|_| plain && !part.starts_with('+'))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            numbers: numbers.try_into().ok()?,
            is_release: !rest.starts_with('-'),
            text: text.to_owned(),
        })
    }
}

/// The tags that `rules` give, without repetition.
pub(crate) fn tags(rules: &[String], git: &Git) -> Result<Vec<Tag>, Error> {
    let mut tags = Vec::new();
    for rule in rules {
        if let Some(text) = filled(rule, git) {
            let tag = Tag::slug(&text).ok_or_else(|| Error::Tag { rule: rule.clone() })?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    Ok(tags)
}

fn filled(rule: &str, git: &Git) -> Option<String> {
    let mut text = rule.to_owned();
    for part in settings::images::TAG_PARTS {
        let place = format!("{{{part}}}");
        if text.contains(&place) {
            text = text.replace(&place, &value(part, git)?);
        }
    }
    Some(text)
}

fn value(part: &str, git: &Git) -> Option<String> {
    if part == "branch" {
        return git.branch.clone();
    }
    if !git.clean {
        return None;
    }
    if part == "commit" {
        return git.commit.clone();
    }
    let version = git
        .tags
        .iter()
        .filter_map(|tag| Version::parse(tag))
        .max()?;
    let [major, minor, _] = version.numbers;
    match part {
        "version" => Some(version.text),
        // a candidate is not what somebody means who asks for a line of versions
        "major" if version.is_release => Some(major.to_string()),
        "minor" if version.is_release => Some(format!("{major}.{minor}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rules: &[&str], git: &Git) -> Vec<String> {
        let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
        let tags = tags(&rules, git).unwrap();
        tags.into_iter().map(|tag| tag.to_string()).collect()
    }

    const ALL: [&str; 6] = [
        "{commit}",
        "{branch}",
        "{version}",
        "{major}",
        "{minor}",
        "dev-{branch}",
    ];

    #[test]
    fn a_release_has_them_all() {
        let git = Git {
            commit: Some("8d21f0c".to_owned()),
            clean: true,
            branch: Some("feature/x".to_owned()),
            tags: ["v1.2.3", "1.2.3-rc.1", "not-a-version", "v01.2.3"]
                .map(str::to_owned)
                .into(),
        };
        assert_eq!(
            of(&ALL, &git),
            ["8d21f0c", "feature-x", "1.2.3", "1", "1.2", "dev-feature-x"]
        );
    }

    #[test]
    fn a_candidate_moves_no_line_of_versions() {
        let git = Git {
            clean: true,
            tags: vec!["v2.0.0-rc.1+build.5".to_owned()],
            ..Git::default()
        };
        assert_eq!(of(&ALL, &git), ["2.0.0-rc.1-build.5"]);
    }

    #[test]
    fn a_changed_working_copy_is_no_commit() {
        let git = Git {
            commit: Some("8d21f0c".to_owned()),
            clean: false,
            branch: Some("main".to_owned()),
            tags: vec!["v1.0.0".to_owned()],
        };
        assert_eq!(of(&ALL, &git), ["main", "dev-main"]);
        assert_eq!(of(&["fixed", "fixed"], &git), ["fixed"]);
    }

    #[test]
    fn what_leaves_nothing_is_an_error() {
        assert!(tags(&["---".to_owned()], &Git::default()).is_err());
    }
}
