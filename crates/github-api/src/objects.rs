//! What GitHub's REST interface answers, as far as it is read here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::GitHubError;

/// A commit, as GitHub lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct Commit {
    /// Its hash.
    pub sha: String,
    /// Who wrote it; nobody, when GitHub knows no account with the address in the commit.
    pub author: Option<Who>,
}

/// A commit, as git has it.
#[derive(Clone, Debug, Deserialize)]
pub struct GitCommit {
    /// Its hash.
    pub sha: String,
    /// The message.
    pub message: String,
    /// The files.
    #[serde(deserialize_with = "sha")]
    pub tree: String,
}

/// A person or a program, by the name that GitHub knows.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Who {
    /// The name.
    pub login: String,
    /// `User`, `Bot` or `Organization`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Pull {
    /// Its number.
    pub number: u64,
    /// Where people read it.
    pub html_url: String,
    /// Whether it is open.
    pub state: PullState,
    /// The title.
    pub title: String,
    /// The text.
    pub body: Option<String>,
    /// When it was merged; never, for one that was only closed.
    pub merged_at: Option<String>,
    /// The commit on the base branch that it became, once it is merged.
    pub merge_commit_sha: Option<String>,
    /// Who opened it.
    pub user: Option<Who>,
    /// Its newest commit.
    pub head: Side,
    /// What it is merged into.
    pub base: Side,
}

/// Whether a pull request is open.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PullState {
    /// It is.
    Open,
    /// It was merged, or only closed.
    Closed,
}

/// One side of a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Side {
    /// The branch.
    #[serde(rename = "ref")]
    pub branch: String,
    /// The commit.
    pub sha: String,
}

/// A review of a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Review {
    /// Whose; nobody's, when the account is gone.
    pub user: Option<Who>,
    /// What it says.
    pub state: ReviewState,
    /// The commit that was looked at.
    pub commit_id: Option<String>,
}

/// What a review says.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReviewState {
    /// Yes.
    Approved,
    /// Not so.
    ChangesRequested,
    /// Neither.
    Commented,
    /// It counted once.
    Dismissed,
    /// It is not sent yet.
    Pending,
}

/// A pull request to open.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NewPull<'a> {
    /// The branch to merge.
    pub head: &'a str,
    /// The branch to merge it into.
    pub base: &'a str,
    /// The title.
    pub title: &'a str,
    /// The text, in Markdown.
    pub body: &'a str,
}

#[derive(Deserialize)]
pub(crate) struct Repository {
    pub(crate) default_branch: String,
}

#[derive(Deserialize)]
pub(crate) struct Reference {
    pub(crate) object: Sha,
}

#[derive(Deserialize)]
pub(crate) struct Sha {
    pub(crate) sha: String,
}

fn sha<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Sha::deserialize(deserializer).map(|object| object.sha)
}

#[derive(Deserialize)]
pub(crate) struct Content {
    path: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    encoding: String,
}

impl Content {
    /// The text, if that is what it is: a link, a module and a file of more than 1 MiB have no content here.
    pub(crate) fn text(self) -> Result<String, GitHubError> {
        let packed: String = self.content.split_whitespace().collect();
        let bytes = match self.encoding.as_str() {
            "base64" => STANDARD.decode(packed).ok(),
            _ => None,
        };
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or(GitHubError::NotText { path: self.path })
    }
}
