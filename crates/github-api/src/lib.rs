//! One repository on GitHub: branches, files, commits, pull requests and their reviews, as far as actions need them.
//!
//! It knows GitHub's REST interface and where its errors come from ([`GitHubError`]); what a pull request says is
//! decided elsewhere. Octocrab carries the requests ([`transport`]); the answers are read here, because the headers of
//! a refusal say what octocrab's own errors leave out: which permission is missing, and when the rate limit ends.
//! GitHub Enterprise Server is another address (`GITHUB_API_URL`), and nothing else. Calls block.

mod error;
mod objects;
mod releases;
mod reports;
mod transport;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub use error::GitHubError;
pub use objects::{Commit, GitCommit, NewPull, Pull, PullState, Review, ReviewState, Side, Who};
pub use releases::{Asset, NewRelease, Release};
pub use reports::{ANNOTATIONS, Annotation, CheckOutput, CheckRun, Comment};
use transport::{READ, READ_PULLS, Transport, WRITE, WRITE_PULLS};

/// A repository, as the holder of one token sees it.
#[derive(Debug)]
pub struct GitHub {
    transport: Transport,
    owner: String,
}

impl GitHub {
    /// The repository called `<owner>/<name>` at the REST interface `api`, seen with `token`.
    ///
    /// # Errors
    /// A name or an address that is none.
    pub fn connect(api: &str, repository: &str, token: &str) -> Result<Self, GitHubError> {
        let owner = match repository.split('/').collect::<Vec<_>>().as_slice() {
            [owner, name] if !owner.is_empty() && !name.is_empty() => (*owner).to_owned(),
            _ => {
                return Err(GitHubError::NotARepository {
                    name: repository.to_owned(),
                });
            }
        };
        let transport = Transport::new(api, format!("/repos/{repository}"), token)?;
        Ok(Self { transport, owner })
    }

    /// The branch that pull requests are merged into unless they say otherwise.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn default_branch(&self) -> Result<String, GitHubError> {
        let repository: objects::Repository = self.transport.get("", READ)?;
        Ok(repository.default_branch)
    }

    /// The newest commit of a branch; `None` when there is no such branch.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn head(&self, branch: &str) -> Result<Option<String>, GitHubError> {
        let route = format!("/git/ref/heads/{}", encoded(branch));
        let answer = self.transport.get::<objects::Reference>(&route, READ);
        Ok(found(answer)?.map(|reference| reference.object.sha))
    }

    /// The text of the file at `path` in a commit or branch; `None` when it has none.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn file(&self, path: &str, at: &str) -> Result<Option<String>, GitHubError> {
        let route = format!("/contents/{}?ref={}", encoded(path), encoded(at));
        let answer = self.transport.get::<objects::Content>(&route, READ);
        found(answer)?.map(objects::Content::text).transpose()
    }

    /// The commits up to `at` that changed the file at `path`, the newest first; at most a hundred.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn history(&self, path: &str, at: &str) -> Result<Vec<Commit>, GitHubError> {
        let route = format!(
            "/commits?sha={}&path={}&per_page={}",
            encoded(at),
            encoded(path),
            transport::PER_PAGE
        );
        self.transport.get(&route, READ)
    }

    /// One commit, as git has it.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn commit(&self, sha: &str) -> Result<GitCommit, GitHubError> {
        let route = format!("/git/commits/{}", encoded(sha));
        self.transport.get(&route, READ)
    }

    /// Writes a tree that is `tree` with this text in the file at `path`, and gives its hash.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn write_tree(&self, tree: &str, path: &str, text: &str) -> Result<String, GitHubError> {
        let body = json!({
            "base_tree": tree,
            "tree": [{"path": path, "mode": "100644", "type": "blob", "content": text}],
        });
        let written: objects::Sha = self.transport.post("/git/trees", WRITE, &body)?;
        Ok(written.sha)
    }

    /// Writes a commit on top of `parent`. No branch leads to it yet.
    ///
    /// GitHub signs it, because it is told no author: it is the holder of the token.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn write_commit(
        &self,
        parent: &str,
        tree: &str,
        message: &str,
    ) -> Result<String, GitHubError> {
        let body = json!({"message": message, "tree": tree, "parents": [parent]});
        let written: objects::Sha = self.transport.post("/git/commits", WRITE, &body)?;
        Ok(written.sha)
    }

    /// Lets a new branch lead to a commit.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn create_branch(&self, branch: &str, commit: &str) -> Result<(), GitHubError> {
        let body = json!({"ref": format!("refs/heads/{branch}"), "sha": commit});
        self.transport.post::<Value>("/git/refs", WRITE, &body)?;
        Ok(())
    }

    /// Lets a branch lead to another commit, whatever it led to.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn move_branch(&self, branch: &str, commit: &str) -> Result<(), GitHubError> {
        let route = format!("/git/refs/heads/{}", encoded(branch));
        let body = json!({"sha": commit, "force": true});
        self.transport.patch::<Value>(&route, WRITE, &body)?;
        Ok(())
    }

    /// The pull requests from `branch` of this repository into `base`, open or not, the newest first.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn pulls_from(&self, branch: &str, base: &str) -> Result<Vec<Pull>, GitHubError> {
        let route = format!(
            "/pulls?state=all&head={}:{}&base={}",
            encoded(&self.owner),
            encoded(branch),
            encoded(base)
        );
        self.transport.pages(&route, READ_PULLS)
    }

    /// The pull requests that brought a commit, or would bring it.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn pulls_of(&self, commit: &str) -> Result<Vec<Pull>, GitHubError> {
        let route = format!("/commits/{}/pulls", encoded(commit));
        self.transport.pages(&route, READ_PULLS)
    }

    /// The reviews of a pull request, the oldest first.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn reviews(&self, number: u64) -> Result<Vec<Review>, GitHubError> {
        let route = format!("/pulls/{number}/reviews");
        self.transport.pages(&route, READ_PULLS)
    }

    /// Opens a pull request.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn open_pull(&self, pull: &NewPull<'_>) -> Result<Pull, GitHubError> {
        self.transport.post("/pulls", WRITE_PULLS, &json!(pull))
    }

    /// Gives a pull request another title and text.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn update_pull(&self, number: u64, title: &str, body: &str) -> Result<Pull, GitHubError> {
        let route = format!("/pulls/{number}");
        let body = json!({"title": title, "body": body});
        self.transport.patch(&route, WRITE_PULLS, &body)
    }
}

/// Not being there is an answer to a question.
fn found<T>(answer: Result<T, GitHubError>) -> Result<Option<T>, GitHubError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(GitHubError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Text as a part of a path or a query; slashes stay, because branches and paths have them.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            // writing to a string cannot fail
            byte => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_into_addresses_as_they_are() {
        assert_eq!(
            encoded("towpath/promote/housing-prod"),
            "towpath/promote/housing-prod"
        );
        assert_eq!(encoded("a b?c#d%e\u{e9}"), "a%20b%3Fc%23d%25e%C3%A9");
    }

    #[test]
    fn a_repository_has_an_owner_and_a_name() {
        for name in ["towpath", "a/b/c", "/b", "a/", ""] {
            let error = GitHub::connect("http://127.0.0.1:1", name, "t").err();
            assert!(
                matches!(error, Some(GitHubError::NotARepository { .. })),
                "{name}"
            );
        }
    }
}
