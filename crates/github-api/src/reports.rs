//! Where a run says something: comments on a pull request, check runs, and code scanning.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::objects::Who;
use crate::transport::{READ_PULLS, WRITE_CHECKS, WRITE_PULLS, WRITE_SCANS};
use crate::{GitHub, GitHubError};

/// The most annotations that one request may carry.
pub const ANNOTATIONS: usize = 50;

/// A comment on an issue or a pull request.
#[derive(Clone, Debug, Deserialize)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// Where people read it.
    pub html_url: String,
    /// The text.
    #[serde(default)]
    pub body: String,
    /// Who wrote it.
    pub user: Option<Who>,
}

/// What a check run says.
#[derive(Clone, Debug, Serialize)]
pub struct CheckOutput<'a> {
    /// The title.
    pub title: &'a str,
    /// The summary, in Markdown, at most 65,535 bytes.
    pub summary: &'a str,
    /// At most [`ANNOTATIONS`] of them; more go by [`GitHub::annotate`].
    pub annotations: &'a [Annotation],
}

/// One annotation of a check run.
#[derive(Clone, Debug, Serialize)]
pub struct Annotation {
    /// The file, from the repository's root.
    pub path: String,
    /// The first line, from 1.
    pub start_line: u32,
    /// The last line.
    pub end_line: u32,
    /// `notice`, `warning` or `failure`.
    pub annotation_level: &'static str,
    /// At most 255 characters.
    pub title: String,
    /// At most 64 kB.
    pub message: String,
}

/// A check run that was made.
#[derive(Clone, Debug, Deserialize)]
pub struct CheckRun {
    /// Its number.
    pub id: u64,
    /// Where people read it.
    #[serde(default)]
    pub html_url: Option<String>,
}

impl GitHub {
    /// The comments on a pull request, the oldest first.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn comments(&self, number: u64) -> Result<Vec<Comment>, GitHubError> {
        let route = format!("/issues/{number}/comments");
        self.transport.pages(&route, READ_PULLS)
    }

    /// Comments on a pull request; at most 65,536 characters.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn comment(&self, number: u64, body: &str) -> Result<Comment, GitHubError> {
        let route = format!("/issues/{number}/comments");
        self.transport
            .post(&route, WRITE_PULLS, &json!({"body": body}))
    }

    /// Gives a comment another text.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn update_comment(&self, id: u64, body: &str) -> Result<Comment, GitHubError> {
        let route = format!("/issues/comments/{id}");
        self.transport
            .patch(&route, WRITE_PULLS, &json!({"body": body}))
    }

    /// Makes a check run that has ended with `conclusion` (`success`, `failure`, `neutral`, ..) on a commit.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn check(
        &self,
        name: &str,
        commit: &str,
        conclusion: &str,
        output: &CheckOutput<'_>,
    ) -> Result<CheckRun, GitHubError> {
        let body = json!({
            "name": name, "head_sha": commit, "status": "completed", "conclusion": conclusion, "output": output,
        });
        self.transport.post("/check-runs", WRITE_CHECKS, &body)
    }

    /// Adds annotations to a check run, which keeps those that it has.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn annotate(&self, run: &CheckRun, output: &CheckOutput<'_>) -> Result<(), GitHubError> {
        let route = format!("/check-runs/{}", run.id);
        self.transport
            .patch::<Value>(&route, WRITE_CHECKS, &json!({"output": output}))?;
        Ok(())
    }

    /// Gives code scanning a SARIF file, compressed by gzip and in base64, about a commit that a reference leads to.
    ///
    /// # Errors
    /// See [`GitHubError`]; also where the repository has no code scanning.
    pub fn upload_sarif(
        &self,
        commit: &str,
        reference: &str,
        sarif: &str,
    ) -> Result<(), GitHubError> {
        let body = json!({"commit_sha": commit, "ref": reference, "sarif": sarif});
        self.transport
            .post::<Value>("/code-scanning/sarifs", WRITE_SCANS, &body)?;
        Ok(())
    }
}
