//! A change of the release file as one pull request on GitHub: opened, brought up to date, or left as it is.
//!
//! There is one branch for each release file, and one commit on it. Its message names the tree that it was made with,
//! so that a branch on which somebody else changed or added anything is recognised, whoever holds the token: such a
//! branch is never moved. A pull request that somebody closed is an answer, and is not asked again unless somebody
//! asks for the same release by name. What is there already is not written again.

use github_api::{GitHub, GitHubError, NewPull, Pull, PullState};

use crate::Error;
use crate::record::short;
use crate::release::{Release, ReleaseFile};

/// What a commit's message says before the tree that we made it with.
const TREE: &str = "Towpath-Tree: ";

/// A change to propose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proposal<'a> {
    pub(crate) before: &'a ReleaseFile,
    pub(crate) after: &'a ReleaseFile,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    /// Who wants it.
    pub(crate) wanted: Wanted,
}

/// Who wants a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The program found it.
    Found,
    /// Somebody asked for exactly this.
    Asked,
}

/// What came of a proposal. Each but `Foreign` has the address of its pull request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Done {
    Opened(String),
    Updated(String),
    /// It was there as it is to be.
    Unchanged(String),
    /// Somebody closed it.
    Declined(String),
    /// Somebody else's work is on the branch.
    Foreign {
        branch: String,
        commit: String,
    },
}

/// Sees to it that exactly one pull request makes this change of the file at `path`.
pub(crate) fn put(proposal: &Proposal<'_>, path: &str, github: &GitHub) -> Result<Done, Error> {
    let base = github.default_branch()?;
    let Some(onto) = github.head(&base)? else {
        return Err(other_file(path, &base));
    };
    if github.file(path, &onto)?.as_ref() != Some(&proposal.before.text) {
        return Err(other_file(path, &base));
    }
    let branch = branch_of(proposal.after);
    let pulls = github.pulls_from(&branch, &base)?;
    let open = pulls.iter().find(|pull| pull.state == PullState::Open);
    if let (None, Some(last)) = (open, pulls.first())
        && proposal.wanted == Wanted::Found
        && last.merged_at.is_none()
        && pins(proposal.after, path, &last.head.sha, github)?
    {
        return Ok(Done::Declined(last.html_url.clone()));
    }
    let moved = match github.head(&branch)? {
        None => {
            let commit = write(proposal, path, &onto, github)?;
            github.create_branch(&branch, &commit)?;
            true
        }
        Some(head)
            if open.is_some()
                && github.file(path, &head)?.as_ref() == Some(&proposal.after.text) =>
        {
            false
        }
        Some(head) => {
            let commit = match is_ours(&head, github)? {
                true => write(proposal, path, &onto, github)?,
                false => return Ok(foreign(branch, &head)),
            };
            // between two looks somebody may have pushed; GitHub's interface has no way to move only what we saw
            match github.head(&branch)? {
                Some(now) if now != head => return Ok(foreign(branch, &now)),
                _ => github.move_branch(&branch, &commit)?,
            }
            true
        }
    };
    match open {
        Some(pull) if says(pull, proposal) && !moved => Ok(Done::Unchanged(pull.html_url.clone())),
        Some(pull) if says(pull, proposal) => Ok(Done::Updated(pull.html_url.clone())),
        Some(pull) => {
            let pull = github.update_pull(pull.number, proposal.title, proposal.body)?;
            Ok(Done::Updated(pull.html_url))
        }
        None => {
            let pull = github.open_pull(&NewPull {
                head: &branch,
                base: &base,
                title: proposal.title,
                body: proposal.body,
            })?;
            Ok(Done::Opened(pull.html_url))
        }
    }
}

/// The branch that proposes changes of a release file.
fn branch_of(file: &ReleaseFile) -> String {
    let group = file.says.release.group().unwrap_or(&file.says.model);
    format!("towpath/promote/{group}-{}", file.says.environment)
}

/// Whether the file of a commit pins what is proposed. A commit that is gone pins nothing.
fn pins(wanted: &ReleaseFile, path: &str, commit: &str, github: &GitHub) -> Result<bool, Error> {
    let text = github.file(path, commit)?;
    let there = text.and_then(|text| ReleaseFile::parse(&wanted.path, text).ok());
    let there: Option<Release> = there.map(|file| file.says.release);
    Ok(there.as_ref() == Some(&wanted.says.release))
}

/// The change as a commit on top of `onto`.
fn write(
    proposal: &Proposal<'_>,
    path: &str,
    onto: &str,
    github: &GitHub,
) -> Result<String, GitHubError> {
    let before = github.commit(onto)?;
    let tree = github.write_tree(&before.tree, path, &proposal.after.text)?;
    let message = format!("{}\n\n{TREE}{tree}\n", proposal.title);
    github.write_commit(onto, &tree, &message)
}

/// Whether we made this commit, and nobody changed it since.
fn is_ours(commit: &str, github: &GitHub) -> Result<bool, GitHubError> {
    let commit = github.commit(commit)?;
    let made_with = commit
        .message
        .lines()
        .find_map(|line| line.strip_prefix(TREE));
    Ok(made_with == Some(&commit.tree))
}

/// Whether a pull request says what it is to say; GitHub's page writes other line ends.
fn says(pull: &Pull, proposal: &Proposal<'_>) -> bool {
    let body = pull.body.as_deref().unwrap_or_default();
    pull.title == proposal.title
        && body.replace("\r\n", "\n").trim_end() == proposal.body.trim_end()
}

fn foreign(branch: String, commit: &str) -> Done {
    Done::Foreign {
        branch,
        commit: short(commit).to_owned(),
    }
}

fn other_file(path: &str, base: &str) -> Error {
    Error::OtherFile {
        file: path.to_owned(),
        at: base.to_owned(),
    }
}
