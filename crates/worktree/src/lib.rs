//! The working copy: which commit it holds, whether it holds anything beside it, and what a pull request changed.
//!
//! Policies are read from the commit that a pull request starts from ([`Worktree::read`]), so that the pull
//! request cannot weaken its own judge. This crate only reads; it knows git and nothing of policies or plans.

mod history;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use git2::{ErrorCode, ObjectType, Repository, StatusOptions, TreeWalkMode, TreeWalkResult};
use miette::Diagnostic;

pub use history::{Logged, Tag};

/// A git working copy.
pub struct Worktree {
    repository: Repository,
    root: Utf8PathBuf,
}

/// Why git could not answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum WorktreeError {
    /// A commit that a shallow clone, or a wrong event, does not have.
    #[error("commit `{commit}` is not in this clone")]
    #[diagnostic(help("fetch the whole history: `fetch-depth: 0` for `actions/checkout`"))]
    NoSuchCommit {
        /// The commit that was asked for.
        commit: String,
        /// What git said.
        source: git2::Error,
    },
    /// A clone without its older commits.
    #[error("the clone in `{path}` is shallow: the commits and tags before it are not there")]
    #[diagnostic(help(
        "fetch the whole history: `fetch-depth: 0` for `actions/checkout`, or `git fetch --unshallow --tags`"
    ))]
    Shallow {
        /// The clone.
        path: Utf8PathBuf,
    },
    /// The repository cannot be read.
    #[error("failed to read the git repository around `{path}`")]
    Git {
        /// Where we looked.
        path: Utf8PathBuf,
        /// What git said.
        source: git2::Error,
    },
    /// A path that is not Unicode.
    #[error("the path of the git repository around `{path}` is not Unicode")]
    NotUnicode {
        /// Where we looked.
        path: Utf8PathBuf,
    },
}

impl Worktree {
    /// The working copy that `folder` lies in; `None` when it lies in none.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn around(folder: &Utf8Path) -> Result<Option<Self>, WorktreeError> {
        let git = |source| WorktreeError::Git {
            path: folder.to_owned(),
            source,
        };
        let repository = match Repository::discover(folder) {
            Ok(repository) => repository,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(None),
            Err(error) => return Err(git(error)),
        };
        let Some(root) = repository.workdir() else {
            return Ok(None);
        };
        let root = Utf8Path::from_path(root)
            .ok_or_else(|| WorktreeError::NotUnicode {
                path: folder.to_owned(),
            })?
            .to_owned();
        Ok(Some(Self { repository, root }))
    }

    /// The folder that holds it.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// A path of the running program as git writes it, from the root; as it is when it lies elsewhere.
    pub fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        let real = |path: &Utf8Path| path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
        let mut whole = Utf8PathBuf::new();
        for part in real(Utf8Path::new(".")).join(path).components() {
            match part {
                Utf8Component::CurDir => {}
                // not by the file system: what another commit has need not be checked out
                Utf8Component::ParentDir => {
                    whole.pop();
                }
                part => whole.push(part),
            }
        }
        let below = whole.strip_prefix(real(&self.root)).map(Utf8Path::to_owned);
        below.unwrap_or(whole)
    }

    /// The checked-out commit; `None` before the first one.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn commit(&self) -> Result<Option<String>, WorktreeError> {
        match self.repository.head() {
            Ok(head) => {
                let commit = head.peel_to_commit().map_err(|source| self.git(source))?;
                Ok(Some(commit.id().to_string()))
            }
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(self.git(error)),
        }
    }

    /// The branch that is checked out; `None` when a commit is, without one.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn branch(&self) -> Result<Option<String>, WorktreeError> {
        match self.repository.head() {
            Ok(head) if head.is_branch() => Ok(head.shorthand().ok().map(str::to_owned)),
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
            Err(error) => Err(self.git(error)),
        }
    }

    /// The tags that lead to the checked-out commit, by name.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn tags(&self) -> Result<Vec<String>, WorktreeError> {
        let git = |source| self.git(source);
        let Some(commit) = self.commit()? else {
            return Ok(Vec::new());
        };
        let mut tags = Vec::new();
        let references = self
            .repository
            .references_glob("refs/tags/*")
            .map_err(git)?;
        for reference in references {
            let reference = reference.map_err(git)?;
            let leads = reference.peel_to_commit();
            if leads.is_ok_and(|leads| leads.id().to_string() == commit) {
                tags.extend(reference.shorthand().ok().map(str::to_owned));
            }
        }
        tags.sort();
        Ok(tags)
    }

    /// Whether it holds nothing but the commit; what git ignores does not count.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn is_clean(&self) -> Result<bool, WorktreeError> {
        let mut options = StatusOptions::new();
        options
            .include_untracked(true)
            .include_ignored(false)
            .exclude_submodules(true);
        let statuses = self
            .repository
            .statuses(Some(&mut options))
            .map_err(|source| self.git(source))?;
        Ok(statuses.is_empty())
    }

    /// The files that differ between the checked-out commit and the point where it left `base`.
    ///
    /// # Errors
    /// A base that this clone does not have.
    pub fn changed_since(&self, base: &str) -> Result<Vec<String>, WorktreeError> {
        let git = |source| self.git(source);
        let base = self.find(base)?;
        let head = self
            .repository
            .head()
            .and_then(|head| head.peel_to_commit())
            .map_err(git)?;
        let fork = self
            .repository
            .merge_base(base.id(), head.id())
            .unwrap_or(base.id());
        let before = self
            .repository
            .find_commit(fork)
            .and_then(|commit| commit.tree())
            .map_err(git)?;
        let after = head.tree().map_err(git)?;
        let diff = self
            .repository
            .diff_tree_to_tree(Some(&before), Some(&after), None)
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

    /// What `commit` has at `path`: every file below a folder, or the file itself, by its path from the root. Nothing
    /// when there is no such path; the empty path is the root.
    ///
    /// # Errors
    /// A commit that this clone does not have.
    pub fn read(
        &self,
        commit: &str,
        path: &Utf8Path,
    ) -> Result<Vec<(String, Vec<u8>)>, WorktreeError> {
        let git = |source| self.git(source);
        let root = self.find(commit)?.tree().map_err(git)?;
        let tree = if path.as_str().is_empty() {
            root
        } else {
            let entry = match root.get_path(path.as_std_path()) {
                Err(error) if error.code() == ErrorCode::NotFound => return Ok(Vec::new()),
                entry => entry.map_err(git)?,
            };
            match entry.to_object(&self.repository).map_err(git)?.into_tree() {
                Ok(tree) => tree,
                Err(object) => {
                    let content = object.as_blob().map(|blob| blob.content().to_vec());
                    return Ok(content
                        .map(|content| (path.to_string(), content))
                        .into_iter()
                        .collect());
                }
            }
        };
        let mut files = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |below, entry| {
            if entry.kind() == Some(ObjectType::Blob) {
                files.push((
                    path.join(below)
                        .join(entry.name().unwrap_or_default())
                        .to_string(),
                    entry.id(),
                ));
            }
            TreeWalkResult::Ok
        })
        .map_err(git)?;
        files
            .into_iter()
            .map(|(path, id)| {
                Ok((
                    path,
                    self.repository
                        .find_blob(id)
                        .map_err(git)?
                        .content()
                        .to_vec(),
                ))
            })
            .collect()
    }

    fn find(&self, commit: &str) -> Result<git2::Commit<'_>, WorktreeError> {
        self.repository
            .revparse_single(commit)
            .and_then(|object| object.peel_to_commit())
            .map_err(|source| WorktreeError::NoSuchCommit {
                commit: commit.to_owned(),
                source,
            })
    }

    fn git(&self, source: git2::Error) -> WorktreeError {
        WorktreeError::Git {
            path: self.root.clone(),
            source,
        }
    }
}

impl std::fmt::Debug for Worktree {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Worktree")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}
