//! Commits, branches and pull requests in memory. A tree is its files; a hash is that of the content it stands for.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

/// The name of the only repository.
pub const REPOSITORY: &str = "towpath-dev/towpath";

pub(crate) type Files = BTreeMap<String, String>;

/// How a pull request is merged.
#[derive(Clone, Copy, Debug)]
pub enum Merge {
    /// One new commit with all changes, and nothing of the branch.
    Squash,
    /// A commit with two parents, on top of the branch's own.
    Commit,
}

#[derive(Debug, Default)]
pub(crate) struct Repository {
    pub(crate) trees: BTreeMap<String, Files>,
    pub(crate) commits: BTreeMap<String, Commit>,
    pub(crate) branches: BTreeMap<String, String>,
    pub(crate) pulls: Vec<Pull>,
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

pub(crate) fn hash(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    let hex: String = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    hex.chars().take(40).collect()
}

impl Repository {
    /// The files of a commit, or of none.
    pub(crate) fn files(&self, commit: Option<&str>) -> Files {
        commit
            .and_then(|commit| self.commits.get(commit))
            .and_then(|commit| self.trees.get(&commit.tree))
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn write_tree(&mut self, files: Files) -> String {
        let parts: Vec<&str> = files
            .iter()
            .flat_map(|(path, text)| [path.as_str(), text.as_str()])
            .collect();
        let sha = hash(&parts);
        self.trees.insert(sha.clone(), files);
        sha
    }

    pub(crate) fn write_commit(
        &mut self,
        parent: Option<String>,
        tree: String,
        message: String,
        author: &str,
    ) -> String {
        self.insert(Commit {
            tree,
            parents: parent.into_iter().collect(),
            message,
            author: author.to_owned(),
        })
    }

    fn insert(&mut self, commit: Commit) -> String {
        // the count stands for the time, without which the same change twice would be one commit
        let count = self.commits.len().to_string();
        let parents = commit.parents.join(" ");
        let sha = hash(&[&commit.tree, &parents, &commit.message, &count]);
        self.commits.insert(sha.clone(), commit);
        sha
    }

    /// A commit and all before it.
    pub(crate) fn ancestors(&self, commit: Option<&String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut ahead: Vec<String> = commit.into_iter().cloned().collect();
        while let Some(sha) = ahead.pop() {
            let parents = self.commits.get(&sha).map(|commit| commit.parents.clone());
            if found.insert(sha) {
                ahead.extend(parents.unwrap_or_default());
            }
        }
        found
    }

    /// The commits that changed a file, from this one back, as `git log -- <path>` walks: a merge that took over one
    /// side's file is left out, and that side followed.
    pub(crate) fn history(&self, from: &str, path: &str) -> Vec<String> {
        let text = |commit: &str| self.files(Some(commit)).remove(path);
        let mut found = Vec::new();
        let mut next = Some(from.to_owned());
        while let Some(sha) = next {
            let parents = self.commits.get(&sha).map(|commit| commit.parents.clone());
            let parents = parents.unwrap_or_default();
            let same = parents.iter().find(|parent| text(parent) == text(&sha));
            next = same.or(parents.first()).cloned();
            if same.is_none() && text(&sha).is_some() {
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
        let branch = self.branches.get(&pull.branch).filter(|_| pull.open);
        branch.unwrap_or(&pull.closed_at).clone()
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

    pub(crate) fn close(&mut self, number: u64) {
        let head = self.pull(number).map(|pull| self.head_of(pull));
        if let (Some(pull), Some(head)) = (self.pull_mut(number), head) {
            pull.open = false;
            pull.closed_at = head;
        }
    }

    pub(crate) fn merge(&mut self, number: u64, how: Merge) -> String {
        self.close(number);
        let Some(pull) = self.pull(number).cloned() else {
            return String::new();
        };
        let main = self.branches.get(&pull.base).cloned();
        let parents: Vec<String> = match how {
            Merge::Squash => main.into_iter().collect(),
            Merge::Commit => main.into_iter().chain([pull.closed_at.clone()]).collect(),
        };
        let tree = self.commits.get(&pull.closed_at);
        let merged = self.insert(Commit {
            tree: tree.map(|commit| commit.tree.clone()).unwrap_or_default(),
            parents,
            message: format!("{} (#{number})", pull.title),
            author: pull.author,
        });
        self.branches.insert(pull.base, merged.clone());
        if let Some(pull) = self.pull_mut(number) {
            pull.merged_as = Some(merged.clone());
        }
        merged
    }

    /// The pull request that brought a commit to its base; otherwise those that hold it and are open.
    pub(crate) fn pulls_of(&self, commit: &str) -> Vec<&Pull> {
        let brought = |pull: &&Pull| {
            let Some(merged) = &pull.merged_as else {
                return pull.open && self.ancestors(Some(&self.head_of(pull))).contains(commit);
            };
            let parents = self.commits.get(merged).map(|commit| &commit.parents);
            let before = self.ancestors(parents.and_then(|parents| parents.first()));
            self.ancestors(Some(merged)).contains(commit) && !before.contains(commit)
        };
        self.pulls.iter().filter(brought).collect()
    }
}
