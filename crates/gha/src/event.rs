//! The event that started the workflow, as far as a decision depends on it.

use serde_json::Value;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// No event: somebody runs the program by hand.
    None,
    /// A pull request was opened or changed.
    PullRequest(PullRequest),
    /// Anything else, by GitHub's name.
    Other(String),
}

/// The pull request of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The commit that it starts from, on the branch that it would be merged into.
    pub base_sha: String,
    /// Its newest commit.
    pub head_sha: String,
}

/// An event file that says less than GitHub's does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EventError {
    /// Not readable.
    #[error("failed to read the event file `{path}`")]
    Read {
        path: String,
        source: std::io::Error,
    },
    /// Not JSON.
    #[error("the event file `{path}` is not JSON")]
    Json {
        path: String,
        source: serde_json::Error,
    },
    /// A pull request without what makes it one.
    #[error("the event file `{path}` is of a pull request and has no `{field}`")]
    Field { path: String, field: &'static str },
}

impl Event {
    pub(crate) fn read(name: Option<String>, path: Option<String>) -> Result<Self, EventError> {
        let (Some(name), Some(path)) = (name, path) else {
            return Ok(Self::None);
        };
        if !matches!(name.as_str(), "pull_request" | "pull_request_target") {
            return Ok(Self::Other(name));
        }
        let bytes = std::fs::read(&path).map_err(|source| EventError::Read {
            path: path.clone(),
            source,
        })?;
        let payload: Value = serde_json::from_slice(&bytes).map_err(|source| EventError::Json {
            path: path.clone(),
            source,
        })?;
        let text = |pointer: &'static str| {
            let found = payload
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned);
            found.ok_or(EventError::Field {
                path: path.clone(),
                field: pointer,
            })
        };
        let number = payload
            .pointer("/pull_request/number")
            .and_then(Value::as_u64);
        Ok(Self::PullRequest(PullRequest {
            number: number.ok_or(EventError::Field {
                path: path.clone(),
                field: "/pull_request/number",
            })?,
            base_sha: text("/pull_request/base/sha")?,
            head_sha: text("/pull_request/head/sha")?,
        }))
    }
}
