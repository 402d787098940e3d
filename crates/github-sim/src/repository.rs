//! The repository: commits, trees and branches in a bare git repository, pull requests in memory.
//!
//! Git's own hashes and merges, so that a working copy can be pushed here and pulled from here as from GitHub. Who wrote a commit is the
//! name in it: there are no accounts.

use std::collections::BTreeSet;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, ObjectType, Oid, Repository as Git, Signature, Time};
use tempfile::TempDir;

use crate::releases::Releases;
use crate::reports::Reports;

/// The name of the only repository.
pub const REPOSITORY: &str = "towpath-dev/towpath";

/// Seconds since 1970 at which the first commit is made here; each later one is a second younger, so that the same change twice is two.
const BEGINNING: i64 = 1_767_323_045;

/// How a pull request is merged.
#[derive(Clone, Copy, Debug)]
pub enum Merge {
    /// One new commit with all changes, and nothing of the branch.
    Squash,
    /// A commit with two parents, on top of the branch's own.
    Commit,
}

pub(crate) struct Repository {
    git: Git,
    folder: TempDir,
    pub(crate) pulls: Vec<Pull>,
    pub(crate) releases: Releases,
    pub(crate) reports: Reports,
    /// Tags that no push may touch.
    locked: BTreeSet<String>,
    made: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) message: String,
    pub(crate) author: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub(crate) number: u64,
    pub(crate) branch: String,
    pub(crate) base: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) author: String,
    pub(crate) open: bool,
    /// The newest commit when it was closed; while it is open, the branch says.
    pub(crate) closed_at: String,
    pub(crate) merged_as: Option<String>,
    /// Who said what about which commit.
    pub(crate) reviews: Vec<(String, String, String)>,
}

impl Pull {
    pub(crate) fn state(&self) -> &'static str {
        match self.open {
            true => "open",
            false => "closed",
        }
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Repository");
        shown.field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Repository {
    /// An empty one, in a temporary folder.
    pub(crate) fn create() -> std::io::Result<Self> {
        let folder = TempDir::with_prefix("towpath-github-")?;
        let mut options = git2::RepositoryInitOptions::new();
        options.bare(true).initial_head("main");
        let git = Git::init_opts(folder.path(), &options).map_err(std::io::Error::other)?;
        Ok(Self {
            git,
            folder,
            pulls: Vec::new(),
            releases: Releases::default(),
            reports: Reports::default(),
            locked: BTreeSet::new(),
            made: 0,
        })
    }

    /// Where git finds it.
    pub(crate) fn clone_url(&self) -> String {
        format!("file://{}", self.folder.path().display())
    }

    /// The commit that a branch leads to.
    pub(crate) fn branch(&self, name: &str) -> Option<String> {
        let found = self.git.refname_to_id(&format!("refs/heads/{name}")).ok()?;
        Some(found.to_string())
    }

    /// Lets a branch lead to a commit; whether it can.
    pub(crate) fn set_branch(&self, name: &str, sha: &str) -> bool {
        let Some(commit) = self.id(sha, ObjectType::Commit) else {
            return false;
        };
        let name = format!("refs/heads/{name}");
        self.git.reference(&name, commit, true, "set").is_ok()
    }

    pub(crate) fn delete_branch(&self, name: &str) {
        let found = self.git.find_reference(&format!("refs/heads/{name}"));
        found.and_then(|mut branch| branch.delete()).ok();
    }

    /// The commit that a tag leads to, through its own object where it has one.
    pub(crate) fn tag(&self, name: &str) -> Option<String> {
        let found = self.git.find_reference(&format!("refs/tags/{name}"));
        let commit = found.ok()?.peel_to_commit().ok()?;
        Some(commit.id().to_string())
    }

    /// The names of all tags.
    pub(crate) fn tags(&self) -> Vec<String> {
        let names = self.git.tag_names(None);
        let names = names.map(|names| {
            names
                .iter()
                .flatten()
                .flatten()
                .map(str::to_owned)
                .collect()
        });
        names.unwrap_or_default()
    }

    /// Makes a tag without an object of its own; whether it can.
    pub(crate) fn set_tag(&self, name: &str, sha: &str) -> bool {
        let Some(commit) = self.id(sha, ObjectType::Commit) else {
            return false;
        };
        let name = format!("refs/tags/{name}");
        self.git.reference(&name, commit, false, "set").is_ok()
    }

    /// From now on no push may touch a tag.
    pub(crate) fn lock_tag(&mut self, name: &str) {
        self.locked.insert(name.to_owned());
        let locked: Vec<String> = self
            .locked
            .iter()
            .map(|name| format!("refs/tags/{name}"))
            .collect();
        let script = format!(
            "#!/bin/sh\nwhile read -r old new name; do\n  case $name in\n    {}) echo \"GH013: Repository rule violations found for $name. Cannot update this protected ref.\" >&2; exit 1 ;;\n  esac\ndone\n",
            locked.join(" | ")
        );
        // without it a test that pushes there fails
        self.hook("pre-receive", &script).ok();
    }

    /// Writes one of git's hooks.
    pub(crate) fn hook(&self, name: &str, script: &str) -> std::io::Result<()> {
        let path = self.folder.path().join("hooks").join(name);
        std::fs::create_dir_all(self.folder.path().join("hooks"))?;
        std::fs::write(&path, script)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    pub(crate) fn commit(&self, sha: &str) -> Option<Commit> {
        let commit = self.git.find_commit(Oid::from_str(sha).ok()?).ok()?;
        Some(Commit {
            tree: commit.tree_id().to_string(),
            parents: commit.parent_ids().map(|id| id.to_string()).collect(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            author: String::from_utf8_lossy(commit.author().name_bytes()).into_owned(),
        })
    }

    /// A file of a commit, if it is text.
    pub(crate) fn text(&self, commit: &str, path: &str) -> Option<String> {
        let blob = self.blob(commit, path)?;
        let blob = self.git.find_blob(blob).ok()?;
        String::from_utf8(blob.content().to_vec()).ok()
    }

    fn blob(&self, commit: &str, path: &str) -> Option<Oid> {
        let commit = self.git.find_commit(Oid::from_str(commit).ok()?).ok()?;
        let entry = commit.tree().ok()?.get_path(path.as_ref()).ok()?;
        (entry.kind() == Some(ObjectType::Blob)).then(|| entry.id())
    }

    pub(crate) fn has_tree(&self, sha: &str) -> bool {
        self.id(sha, ObjectType::Tree).is_some()
    }

    /// The tree `base`, or an empty one, with these files put into it. None when the base is none or git takes no such path.
    pub(crate) fn write_tree(
        &self,
        base: Option<&str>,
        files: &[(String, String)],
    ) -> Option<String> {
        let base = match base {
            Some(sha) => self.id(sha, ObjectType::Tree)?,
            None => self.git.treebuilder(None).ok()?.write().ok()?,
        };
        let base = self.git.find_tree(base).ok()?;
        let mut changes = TreeUpdateBuilder::new();
        for (path, text) in files {
            let blob = self.git.blob(text.as_bytes()).ok()?;
            changes.upsert(path.as_str(), blob, FileMode::Blob);
        }
        let tree = changes.create_updated(&self.git, &base).ok()?;
        Some(tree.to_string())
    }

    /// A commit of `author`. None when the tree or a parent is none.
    pub(crate) fn write_commit(
        &mut self,
        parents: &[String],
        tree: &str,
        message: &str,
        author: &str,
    ) -> Option<String> {
        let time = Time::new(BEGINNING + self.made, 0);
        let signature = Signature::new(author, "nobody@example.com", &time).ok()?;
        let tree = self.git.find_tree(Oid::from_str(tree).ok()?).ok()?;
        let parents = parents
            .iter()
            .map(|sha| self.git.find_commit(Oid::from_str(sha).ok()?).ok())
            .collect::<Option<Vec<_>>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        let commit = self
            .git
            .commit(None, &signature, &signature, message, &tree, &parents);
        let commit = commit.ok()?;
        self.made += 1;
        Some(commit.to_string())
    }

    /// A commit and all before it.
    pub(crate) fn ancestors(&self, commit: Option<&str>) -> BTreeSet<String> {
        let walk = || {
            let mut walk = self.git.revwalk().ok()?;
            walk.push(Oid::from_str(commit?).ok()?).ok()?;
            Some(walk.flatten().map(|id| id.to_string()).collect())
        };
        walk().unwrap_or_default()
    }

    /// The commits that changed a file, from this one back, as `git log -- <path>` walks: a merge that took over one
    /// side's file is left out, and that side followed.
    pub(crate) fn history(&self, from: &str, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut next = Some(from.to_owned());
        while let Some(sha) = next {
            let here = self.blob(&sha, path);
            let parents = self.commit(&sha).map(|commit| commit.parents);
            let parents = parents.unwrap_or_default();
            let same = parents
                .iter()
                .find(|parent| self.blob(parent, path) == here);
            next = same.or(parents.first()).cloned();
            if same.is_none() && here.is_some() {
                found.push(sha);
            }
        }
        found
    }

    pub(crate) fn pull(&self, number: u64) -> Option<&Pull> {
        self.pulls.iter().find(|pull| pull.number == number)
    }

    pub(crate) fn pull_mut(&mut self, number: u64) -> Option<&mut Pull> {
        self.pulls.iter_mut().find(|pull| pull.number == number)
    }

    /// The newest commit of a pull request.
    pub(crate) fn head_of(&self, pull: &Pull) -> String {
        let branch = pull.open.then(|| self.branch(&pull.branch)).flatten();
        branch.unwrap_or_else(|| pull.closed_at.clone())
    }

    pub(crate) fn open(
        &mut self,
        branch: &str,
        base: &str,
        title: &str,
        body: &str,
        author: &str,
    ) -> u64 {
        let number = self.pulls.len() as u64 + 1;
        self.pulls.push(Pull {
            number,
            branch: branch.to_owned(),
            base: base.to_owned(),
            title: title.to_owned(),
            body: body.to_owned(),
            author: author.to_owned(),
            open: true,
            closed_at: String::new(),
            merged_as: None,
            reviews: Vec::new(),
        });
        number
    }

    /// Says something about the newest commit of a pull request; whether there is one.
    pub(crate) fn review(&mut self, number: u64, login: &str, state: &str) -> bool {
        let head = self.pull(number).map(|pull| self.head_of(pull));
        match (self.pull_mut(number), head) {
            (Some(pull), Some(head)) => {
                let review = (login.to_owned(), state.to_owned(), head);
                pull.reviews.push(review);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn close(&mut self, number: u64) {
        let head = self.pull(number).map(|pull| self.head_of(pull));
        if let (Some(pull), Some(head)) = (self.pull_mut(number), head) {
            pull.open = false;
            pull.closed_at = head;
        }
    }

    /// Merges an open pull request, as git merges; gives the commit that its base leads to then. None when it is not open or
    /// there are conflicts.
    pub(crate) fn merge(&mut self, number: u64, how: Merge) -> Option<String> {
        let pull = self.pull(number).filter(|pull| pull.open)?.clone();
        let (base, head) = (self.branch(&pull.base)?, self.head_of(&pull));
        let tree = self.merged(&base, &head)?.to_string();
        let parents = match how {
            Merge::Squash => vec![base],
            Merge::Commit => vec![base, head],
        };
        let message = format!("{} (#{number})", pull.title);
        let merged = self.write_commit(&parents, &tree, &message, &pull.author)?;
        self.close(number);
        self.set_branch(&pull.base, &merged);
        if let Some(pull) = self.pull_mut(number) {
            pull.merged_as = Some(merged.clone());
        }
        Some(merged)
    }

    /// The tree that two commits make together.
    fn merged(&self, ours: &str, theirs: &str) -> Option<Oid> {
        let find = |sha: &str| self.git.find_commit(Oid::from_str(sha).ok()?).ok();
        let merged = self.git.merge_commits(&find(ours)?, &find(theirs)?, None);
        let mut index = merged.ok().filter(|index| !index.has_conflicts())?;
        index.write_tree_to(&self.git).ok()
    }

    /// The pull request that brought a commit to its base; otherwise those that hold it and are open.
    pub(crate) fn pulls_of(&self, commit: &str) -> Vec<&Pull> {
        let brought = |pull: &&Pull| {
            let Some(merged) = &pull.merged_as else {
                let head = self.head_of(pull);
                return pull.open && self.ancestors(Some(&head)).contains(commit);
            };
            let parents = self.commit(merged).map(|commit| commit.parents);
            let parents = parents.unwrap_or_default();
            let before = self.ancestors(parents.first().map(String::as_str));
            self.ancestors(Some(merged)).contains(commit) && !before.contains(commit)
        };
        self.pulls.iter().filter(brought).collect()
    }

    fn id(&self, sha: &str, kind: ObjectType) -> Option<Oid> {
        let id = Oid::from_str(sha).ok()?;
        let object = self.git.find_object(id, Some(kind)).ok()?;
        Some(object.id())
    }
}
