//! What git says, as what a version and a changelog are made of.

use std::collections::BTreeMap;

use settings::ReleasePackage;
use worktree::{Logged, Tag, Worktree, WorktreeError};

use crate::change::{self, Change};
use crate::git::RemoteTag;
use crate::package;
use crate::version::{self, Asked, Known};

/// One package's past.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// The version that this commit has already, where its release is to be finished.
    pub(crate) begun: Option<Known>,
    /// All its other versions that have tags, on any line.
    pub(crate) known: Vec<Known>,
    /// Changes since the last full release, the newest first.
    pub(crate) since_full: Vec<Change>,
    /// Changes since the last release of any kind.
    pub(crate) since_any: Vec<Change>,
}

/// The past of each of `packages`, seen from the checked-out commit. With the remote's tags only those count, and what
/// was begun there for this commit is to be finished.
pub(crate) fn pasts(
    worktree: &Worktree,
    packages: &[ReleasePackage],
    asked: &Asked,
    remote: Option<&BTreeMap<String, RemoteTag>>,
) -> Result<Vec<Past>, WorktreeError> {
    let mut tags = worktree.all_tags()?;
    if let Some(remote) = remote {
        tags.retain(|tag| remote.contains_key(&tag.name));
    }
    let here = worktree.commit()?.unwrap_or_default();
    let mut pasts = Vec::new();
    for (index, package) in packages.iter().enumerate() {
        let mut known = known(&tags, package);
        let begun = remote.and_then(|_| version::begun(&known, &here, asked));
        let begun = begun.cloned();
        if let Some(begun) = &begun {
            known.retain(|known| known != begun);
        }
        pasts.push(Past {
            begun,
            ..past(worktree, packages, index, known)?
        });
    }
    Ok(pasts)
}

/// The versions among tags.
fn known(tags: &[Tag], package: &ReleasePackage) -> Vec<Known> {
    let known = tags.iter().filter_map(|tag| {
        Some(Known {
            version: package::version_of(&tag.name, package)?,
            tag: tag.name.clone(),
            commit: tag.commit.clone(),
            behind: tag.behind,
        })
    });
    known.collect()
}

fn past(
    worktree: &Worktree,
    packages: &[ReleasePackage],
    index: usize,
    known: Vec<Known>,
) -> Result<Past, WorktreeError> {
    let since = |last: Option<&Known>| {
        let log = worktree.log(last.map(|last| last.commit.as_str()))?;
        Ok::<_, WorktreeError>(changes(&log, packages, index))
    };
    Ok(Past {
        begun: None,
        since_full: since(version::last(&known))?,
        since_any: since(version::newest_behind(&known))?,
        known,
    })
}

fn changes(log: &[Logged], packages: &[ReleasePackage], index: usize) -> Vec<Change> {
    let changes = log.iter().filter_map(change::change);
    let ours = changes.filter(|change| package::owners(change, packages).contains(&index));
    change::standing(ours.collect())
}
