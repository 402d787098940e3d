//! What git says, as what a version and a changelog are made of.

use settings::ReleasePackage;
use worktree::{Logged, Tag, Worktree, WorktreeError};

use crate::change::{self, Change};
use crate::package;
use crate::version::{self, Known};

/// One package's past.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    /// All its versions that have tags, on any line.
    pub(crate) known: Vec<Known>,
    /// Changes since the last full release, the newest first.
    pub(crate) since_full: Vec<Change>,
    /// Changes since the last release of any kind.
    pub(crate) since_any: Vec<Change>,
}

/// The past of each of `packages`, seen from the checked-out commit.
pub(crate) fn pasts(
    worktree: &Worktree,
    packages: &[ReleasePackage],
) -> Result<Vec<Past>, WorktreeError> {
    let tags = worktree.all_tags()?;
    let mut pasts = Vec::new();
    for index in 0..packages.len() {
        pasts.push(past(
            worktree,
            packages,
            index,
            known(&tags, &packages[index]),
        )?);
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
