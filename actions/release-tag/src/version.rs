//! The next version, by [Semantic Versioning](https://semver.org) and what the changes say.
//!
//! A breaking change is a major version, a feature a minor one, and a fix, a performance gain, a new dependency or a
//! revert a patch. Before 1.0.0 nothing is promised, so a breaking change is a minor version there; 1.0.0 is asked for,
//! never reached by counting. Everything here is pure: tags come in as versions, and whether this line of history has
//! them behind itself.

use semver::{BuildMetadata, Prerelease, Version};

use crate::change::{Change, Kind};

/// How large a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Bump {
    /// Fixes
    Patch,
    /// Features
    Minor,
    /// What breaks
    Major,
}

/// A version that has a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) version: Version,
    pub(crate) tag: String,
    pub(crate) commit: String,
    /// Whether the commit to be released has it behind itself, or is it.
    pub(crate) behind: bool,
}

/// What is asked for beside what the changes say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// Exactly this version.
    pub(crate) version: Option<Version>,
    /// This step, whatever the changes say.
    pub(crate) bump: Option<Bump>,
    /// A pre-release with this name.
    pub(crate) prerelease: Option<String>,
    /// The version of a first release.
    pub(crate) initial: Option<Version>,
}

/// Why no version can be given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum VersionError {
    /// A commit asks for a version that is none.
    #[error("commit {commit} asks for `Release-As: {text}`, which is not a version")]
    #[diagnostic(help(
        "give the version with `version`, or write a later commit that names one like `1.2.3`"
    ))]
    NotAVersion {
        /// The commit, shortened.
        commit: String,
        /// What it says.
        text: String,
    },
    /// The version asked for is no step forward.
    #[error("version {asked} is not after {last}, the last release of this line")]
    #[diagnostic(help("ask for a later one"))]
    NotForward {
        /// What was asked for.
        asked: Version,
        /// The last release.
        last: Version,
    },
    /// Another line of history has it, or has gone past it.
    #[error(
        "version {next} is taken: {} has the tag `{tag}` and is not behind this one",
        crate::short(commit)
    )]
    #[diagnostic(help(
        "release from the line that has it, or give another version with `version`"
    ))]
    Taken {
        /// What would be next.
        next: Version,
        /// The tag in its way.
        tag: String,
        /// The commit that has it.
        commit: String,
    },
    /// A name for pre-releases that is none.
    #[error("`{name}` is not a name for pre-releases")]
    #[diagnostic(help(
        "use letters, digits and hyphens, at least one of them no digit: `rc`, `beta`"
    ))]
    NotAPrerelease {
        /// What was given.
        name: String,
    },
}

/// The step that these changes ask for; none when nobody who uses it would notice.
pub(crate) fn step(changes: &[Change]) -> Option<Bump> {
    changes.iter().filter_map(of).max()
}

fn of(change: &Change) -> Option<Bump> {
    match change.kind {
        _ if change.breaking.is_some() => Some(Bump::Major),
        Kind::Feature => Some(Bump::Minor),
        Kind::Fix | Kind::Performance | Kind::Revert | Kind::Dependencies => Some(Bump::Patch),
        Kind::Other | Kind::Unconventional => None,
    }
}

/// The newest version without a pre-release that this line has.
pub(crate) fn last(known: &[Known]) -> Option<&Known> {
    let full = known.iter().filter(|known| known.version.pre.is_empty());
    newest(full.filter(|known| known.behind))
}

/// The newest version of this line, pre-releases included.
pub(crate) fn newest_behind(known: &[Known]) -> Option<&Known> {
    newest(known.iter().filter(|known| known.behind))
}

/// The newest version that `commit` has, of the kind that is asked for.
pub(crate) fn begun<'k>(known: &'k [Known], commit: &str, asked: &Asked) -> Option<&'k Known> {
    let of_kind = |version: &Version| {
        let exact = asked.version.as_ref();
        match &asked.prerelease {
            None => exact.map_or(version.pre.is_empty(), |exact| exact == version),
            Some(name) => {
                let pre = version.pre.as_str();
                let number = pre.strip_prefix(name.as_str());
                let named = number.is_some_and(|rest| rest.starts_with('.'));
                named && exact.is_none_or(|exact| *exact == core(version) || exact == version)
            }
        }
    };
    let here = known.iter().filter(|known| known.commit == commit);
    newest(here.filter(|known| of_kind(&known.version)))
}

fn newest<'k>(known: impl Iterator<Item = &'k Known>) -> Option<&'k Known> {
    known.max_by(|one, other| one.version.cmp_precedence(&other.version))
}

/// The version after those that are known, for changes since the last full release and since the last one of any kind.
/// `None` when there is nothing to release.
pub(crate) fn next(
    known: &[Known],
    since_full: &[Change],
    since_any: &[Change],
    asked: &Asked,
) -> Result<Option<Version>, VersionError> {
    if let Some(name) = &asked.prerelease {
        prerelease_name(name)?;
    }
    if let Some(exact) = &asked.version {
        return exactly(exact, known, since_any, asked);
    }
    if let Some(written) = written(known, since_full)? {
        return exactly(&written, known, since_any, asked);
    }
    let fresh = match asked.prerelease {
        Some(_) => since_any,
        None => since_full,
    };
    // a pre-release becomes the full release without a further change
    let promotes = asked.prerelease.is_none()
        && newest_behind(known).is_some_and(|known| !known.version.pre.is_empty());
    if asked.bump.is_none() && step(fresh).is_none() && !promotes {
        return Ok(None);
    }
    let Some(last) = last(known) else {
        let first = asked.initial.clone().unwrap_or(Version::new(0, 1, 0));
        let first = beyond_prereleases(first, None, known);
        return Ok(Some(finished(first, known, asked)));
    };
    let step = asked
        .bump
        .or_else(|| step(since_full))
        .unwrap_or(Bump::Patch);
    let step = lowered(step, &last.version, asked.bump);
    let counted = stepped(&last.version, step);
    let target = beyond_prereleases(counted.clone(), Some(&last.version), known);
    let step = match target == counted {
        true => step,
        false => distance(&last.version, &target),
    };
    free(&target, step, known)?;
    Ok(Some(finished(target, known, asked)))
}

/// The version that the newest commit with `Release-As:` asks for, unless this line has come to it since.
fn written(known: &[Known], changes: &[Change]) -> Result<Option<Version>, VersionError> {
    let written = changes.iter().find_map(|change| {
        let asked = change.release_as.as_ref()?;
        Some((change, asked))
    });
    match written {
        Some((change, Err(text))) => Err(VersionError::NotAVersion {
            commit: crate::short(&change.id).to_owned(),
            text: text.clone(),
        }),
        Some((_, Ok(version))) => {
            let reached = newest_behind(known).is_some_and(|newest| newest.version >= *version);
            Ok((!reached).then(|| version.clone()))
        }
        None => Ok(None),
    }
}

/// A version that somebody asked for, or its next pre-release, if it is a step forward.
fn exactly(
    exact: &Version,
    known: &[Known],
    since_any: &[Change],
    asked: &Asked,
) -> Result<Option<Version>, VersionError> {
    let newest = newest_behind(known);
    let mut next = exact.clone();
    if exact.pre.is_empty() && asked.prerelease.is_some() {
        let begun = newest.is_some_and(|newest| core(&newest.version) == *exact);
        if begun && asked.bump.is_none() && step(since_any).is_none() {
            return Ok(None);
        }
        next = finished(next, known, asked);
    }
    if let Some(newest) = newest.filter(|newest| newest.version.cmp_precedence(&next).is_ge()) {
        return Err(VersionError::NotForward {
            asked: next,
            last: newest.version.clone(),
        });
    }
    match known
        .iter()
        .find(|known| known.version.cmp_precedence(&next).is_eq())
    {
        Some(taken) => Err(VersionError::Taken {
            next,
            tag: taken.tag.clone(),
            commit: taken.commit.clone(),
        }),
        None => Ok(Some(next)),
    }
}

/// Before 1.0.0 a breaking change is a minor version, unless a major one was asked for by name.
fn lowered(step: Bump, last: &Version, asked: Option<Bump>) -> Bump {
    match (step, asked) {
        (Bump::Major, None) if last.major == 0 => Bump::Minor,
        _ => step,
    }
}

fn stepped(version: &Version, step: Bump) -> Version {
    match step {
        Bump::Major => Version::new(version.major + 1, 0, 0),
        Bump::Minor => Version::new(version.major, version.minor + 1, 0),
        Bump::Patch => Version::new(version.major, version.minor, version.patch + 1),
    }
}

fn distance(last: &Version, next: &Version) -> Bump {
    if next.major != last.major {
        Bump::Major
    } else if next.minor != last.minor {
        Bump::Minor
    } else {
        Bump::Patch
    }
}

/// A release is never below its own pre-releases: after 2.0.0-rc.1 comes 2.0.0, though only fixes came since 1.4.2.
fn beyond_prereleases(counted: Version, last: Option<&Version>, known: &[Known]) -> Version {
    let begun = known
        .iter()
        .filter(|known| known.behind && !known.version.pre.is_empty());
    let begun = begun.map(|known| core(&known.version));
    let begun = begun.filter(|begun| last.is_none_or(|last| begun > last));
    begun
        .chain([counted])
        .max()
        .unwrap_or_else(|| unreachable!("the counted one is there"))
}

/// No other line may have this version, or one that is between it and the next larger step.
fn free(next: &Version, step: Bump, known: &[Known]) -> Result<(), VersionError> {
    let same_line = |other: &Version| match step {
        Bump::Major => true,
        Bump::Minor => other.major == next.major,
        Bump::Patch => (other.major, other.minor) == (next.major, next.minor),
    };
    let elsewhere = known
        .iter()
        .filter(|known| !known.behind && known.version.pre.is_empty());
    let taken = elsewhere
        .filter(|known| known.version >= *next && same_line(&known.version))
        .min_by(|one, other| one.version.cmp(&other.version));
    match taken {
        Some(taken) => Err(VersionError::Taken {
            next: next.clone(),
            tag: taken.tag.clone(),
            commit: taken.commit.clone(),
        }),
        None => Ok(()),
    }
}

/// `target`, or its next pre-release of the name that was asked for; numbers of other lines are not used again.
fn finished(target: Version, known: &[Known], asked: &Asked) -> Version {
    let Some(name) = &asked.prerelease else {
        return target;
    };
    let numbers = known
        .iter()
        .filter(|known| core(&known.version) == target)
        .filter_map(|known| {
            let (of, number) = known.version.pre.as_str().rsplit_once('.')?;
            (of == name).then(|| number.parse::<u64>().ok()).flatten()
        });
    let number = numbers.max().map_or(1, |number| number + 1);
    let pre = Prerelease::new(&format!("{name}.{number}"));
    Version {
        pre: pre.unwrap_or_else(|_| unreachable!("the name was checked")),
        ..target
    }
}

fn core(version: &Version) -> Version {
    Version {
        pre: Prerelease::EMPTY,
        build: BuildMetadata::EMPTY,
        ..version.clone()
    }
}

fn prerelease_name(name: &str) -> Result<(), VersionError> {
    let letters = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    match letters && !digits {
        true => Ok(()),
        false => Err(VersionError::NotAPrerelease {
            name: name.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
