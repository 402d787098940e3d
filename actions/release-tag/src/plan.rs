//! What the next releases are: a function of the past and of what is asked for.

use semver::Version;
use serde::Serialize;
use settings::ReleasePackage;

use crate::change::{Change, Kind};
use crate::changelog::{self, Links};
use crate::history::Past;
use crate::package;
use crate::steps::Step;
use crate::version::{self, Asked, VersionError};

/// A release that would be made.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Planned {
    /// The package's name; empty for a repository without names.
    pub(crate) package: String,
    pub(crate) version: Version,
    pub(crate) tag: String,
    /// The version that people come from; none for the first.
    pub(crate) previous: Option<Version>,
    pub(crate) commit: String,
    pub(crate) prerelease: bool,
    /// What is in it, counted.
    pub(crate) summary: String,
    /// The changelog, in Markdown.
    pub(crate) notes: String,
    /// What is left to do; none where that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<Vec<Step>>,
}

/// The next release of one package, or the one that was begun for this commit; none when there is nothing to release.
pub(crate) fn planned(
    package: &ReleasePackage,
    past: &Past,
    asked: &Asked,
    commit: &str,
    page: Option<&str>,
) -> Result<Option<Planned>, VersionError> {
    let next = match &past.begun {
        Some(begun) => Some(begun.version.clone()),
        None => version::next(&past.known, &past.since_full, &past.since_any, asked)?,
    };
    let Some(version) = next else { return Ok(None) };
    // a pre-release tells what is new since the one before it, a full release all since the last full one
    let (previous, changes) = match version.pre.is_empty() {
        true => (version::last(&past.known), &past.since_full),
        false => (version::newest_behind(&past.known), &past.since_any),
    };
    let tag = package::tag_of(&version, package);
    let links = Links {
        repository: page.map(str::to_owned),
        between: previous.map(|previous| (previous.tag.clone(), tag.clone())),
    };
    Ok(Some(Planned {
        package: package.name.clone(),
        previous: previous.map(|previous| previous.version.clone()),
        commit: commit.to_owned(),
        prerelease: !version.pre.is_empty(),
        summary: summary(changes),
        notes: changelog::render(changes, &links),
        steps: None,
        tag,
        version,
    }))
}

/// How many changes of which kind, in a few words.
pub(crate) fn summary(changes: &[Change]) -> String {
    let count = |one: &str, many: &str, counts: &dyn Fn(&Change) -> bool| match changes
        .iter()
        .filter(|change| counts(change))
        .count()
    {
        0 => None,
        1 => Some(format!("1 {one}")),
        number => Some(format!("{number} {many}")),
    };
    let of = |kinds: &'static [Kind]| {
        move |change: &Change| change.breaking.is_none() && kinds.contains(&change.kind)
    };
    let counted = [
        count("breaking change", "breaking changes", &|change| {
            change.breaking.is_some()
        }),
        count("feature", "features", &of(&[Kind::Feature])),
        count(
            "fix",
            "fixes",
            &of(&[Kind::Fix, Kind::Performance, Kind::Revert]),
        ),
        count(
            "new dependency",
            "new dependencies",
            &of(&[Kind::Dependencies]),
        ),
        count("other", "others", &of(&[Kind::Other])),
        count(
            "not conventional",
            "not conventional",
            &of(&[Kind::Unconventional]),
        ),
    ];
    let counted: Vec<String> = counted.into_iter().flatten().collect();
    match counted.is_empty() {
        true => "no changes".to_owned(),
        false => counted.join(", "),
    }
}
