//! What happened: commits with the files that they changed, and the tags among them.
//!
//! A release is made of this. It is read from the clone alone, so a shallow one is refused: it would give an older
//! release than there is.

use std::collections::{HashMap, HashSet};

use git2::{DiffOptions, Oid, Sort};

use crate::{Worktree, WorktreeError};

/// A commit, as the history of a release needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// Its hash.
    pub id: String,
    /// The whole message; what is not UTF-8 in it is replaced.
    pub message: String,
    /// How many parents it has: two or more make it a merge.
    pub parents: usize,
    /// The files that differ from its first parent, by their paths from the root, sorted.
    pub files: Vec<String>,
    /// The newest merge that brought it to the line of first parents, by the merge's message; `None` for a commit that
    /// was made there.
    pub brought_by: Option<String>,
}

/// A tag, and the commit that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The name, without `refs/tags/`.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// Whether the checked-out commit has it behind itself, or is it.
    pub behind: bool,
}

impl Worktree {
    /// All tags that lead to commits, by name.
    ///
    /// # Errors
    /// A repository that cannot be read, or a shallow one.
    pub fn all_tags(&self) -> Result<Vec<Tag>, WorktreeError> {
        let git = |source| self.git(source);
        self.whole()?;
        let behind = self.behind()?;
        let mut tags = Vec::new();
        let references = self
            .repository
            .references_glob("refs/tags/*")
            .map_err(git)?;
        for reference in references {
            let reference = reference.map_err(git)?;
            let (Ok(name), Ok(commit)) = (reference.name(), reference.peel_to_commit()) else {
                continue;
            };
            tags.push(Tag {
                name: name.trim_start_matches("refs/tags/").to_owned(),
                commit: commit.id().to_string(),
                behind: behind.contains(&commit.id()),
            });
        }
        tags.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(tags)
    }

    /// The commits up to the checked-out one that `since` does not have, children before parents; all without `since`.
    ///
    /// # Errors
    /// A commit that this clone does not have, or a shallow clone.
    pub fn log(&self, since: Option<&str>) -> Result<Vec<Logged>, WorktreeError> {
        let git = |source| self.git(source);
        self.whole()?;
        if self.commit()?.is_none() {
            return Ok(Vec::new());
        }
        let mut walk = self.repository.revwalk().map_err(git)?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::TIME)
            .map_err(git)?;
        walk.push_head().map_err(git)?;
        if let Some(since) = since {
            walk.hide(self.find(since)?.id()).map_err(git)?;
        }
        let ids = walk.collect::<Result<Vec<Oid>, _>>().map_err(git)?;
        let brought = self.brought(&ids)?;
        let logged = ids.into_iter().map(|id| {
            let commit = self.repository.find_commit(id).map_err(git)?;
            Ok(Logged {
                id: id.to_string(),
                message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
                parents: commit.parent_count(),
                files: self.changed_by(&commit)?,
                brought_by: brought.get(&id).cloned(),
            })
        });
        logged.collect()
    }

    /// The files that differ between a commit and its first parent.
    fn changed_by(&self, commit: &git2::Commit<'_>) -> Result<Vec<String>, WorktreeError> {
        let git = |source| self.git(source);
        let before = match commit.parent(0) {
            Ok(parent) => Some(parent.tree().map_err(git)?),
            Err(_) => None,
        };
        let after = commit.tree().map_err(git)?;
        let mut options = DiffOptions::new();
        options.skip_binary_check(true).context_lines(0);
        let diff = self
            .repository
            .diff_tree_to_tree(before.as_ref(), Some(&after), Some(&mut options))
            .map_err(git)?;
        let files = diff
            .deltas()
            .flat_map(|delta| [delta.old_file().path(), delta.new_file().path()]);
        let mut files: Vec<String> = files
            .flatten()
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// For each of these commits, the message of the newest merge that has it behind its second parent and not behind its first.
    fn brought(&self, ids: &[Oid]) -> Result<HashMap<Oid, String>, WorktreeError> {
        let git = |source| self.git(source);
        let here: HashSet<Oid> = ids.iter().copied().collect();
        let mut brought = HashMap::new();
        for id in ids {
            let commit = self.repository.find_commit(*id).map_err(git)?;
            if commit.parent_count() < 2 {
                continue;
            }
            let message = String::from_utf8_lossy(commit.message_bytes()).into_owned();
            let mut walk = self.repository.revwalk().map_err(git)?;
            for parent in commit.parent_ids().skip(1) {
                walk.push(parent).map_err(git)?;
            }
            walk.hide(commit.parent_id(0).map_err(git)?).map_err(git)?;
            for below in walk {
                let below = below.map_err(git)?;
                if here.contains(&below) {
                    brought.entry(below).or_insert_with(|| message.clone());
                }
            }
        }
        Ok(brought)
    }

    /// The checked-out commit and all before it.
    fn behind(&self) -> Result<HashSet<Oid>, WorktreeError> {
        let git = |source| self.git(source);
        if self.commit()?.is_none() {
            return Ok(HashSet::new());
        }
        let mut walk = self.repository.revwalk().map_err(git)?;
        walk.push_head().map_err(git)?;
        walk.collect::<Result<_, _>>().map_err(git)
    }

    fn whole(&self) -> Result<(), WorktreeError> {
        match self.repository.is_shallow() {
            true => Err(WorktreeError::Shallow {
                path: self.root.clone(),
            }),
            false => Ok(()),
        }
    }
}
