//! From a route to an answer: one request, its pages, and a short wait where GitHub asks for one.

mod elsewhere;

use std::time::Duration;

use octocrab::Octocrab;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{self, GitHubError, Head};

/// As many as GitHub gives in one answer.
pub(crate) const PER_PAGE: usize = 100;
/// More pages than these mean that something is wrong.
const MOST_PAGES: usize = 20;
/// Longer than this nobody waits for a rate limit to end: it is said instead.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// So long nothing may come before the connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// So often a request is made again.
const MOST_WAITS: usize = 3;

/// What the token needs for a request, as a workflow's `permissions:` names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs(pub(crate) &'static str);

pub(crate) const READ: Needs = Needs("contents: read");
pub(crate) const WRITE: Needs = Needs("contents: write");
pub(crate) const READ_PULLS: Needs = Needs("pull-requests: read");
pub(crate) const WRITE_PULLS: Needs = Needs("pull-requests: write");
pub(crate) const WRITE_CHECKS: Needs = Needs("checks: write");
pub(crate) const WRITE_SCANS: Needs = Needs("security-events: write");

/// Requests below one path, with one token.
pub(crate) struct Transport {
    client: Octocrab,
    runtime: tokio::runtime::Runtime,
    below: String,
    token: String,
}

#[derive(Clone, Copy)]
enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

struct Answer {
    head: Head,
    text: String,
}

impl Transport {
    pub(crate) fn new(api: &str, below: String, token: &str) -> Result<Self, GitHubError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(GitHubError::Runtime)?;
        let client = {
            let _inside = runtime.enter();
            client(api, Some(token), PATIENCE)?
        };
        Ok(Self {
            client,
            runtime,
            below,
            token: token.to_owned(),
        })
    }

    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        route: &str,
        needs: Needs,
    ) -> Result<T, GitHubError> {
        self.json(Method::Get, route, needs, None)
    }

    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        route: &str,
        needs: Needs,
        body: &Value,
    ) -> Result<T, GitHubError> {
        self.json(Method::Post, route, needs, Some(body))
    }

    pub(crate) fn patch<T: DeserializeOwned>(
        &self,
        route: &str,
        needs: Needs,
        body: &Value,
    ) -> Result<T, GitHubError> {
        self.json(Method::Patch, route, needs, Some(body))
    }

    pub(crate) fn delete(&self, route: &str, needs: Needs) -> Result<(), GitHubError> {
        self.call(Method::Delete, route, needs, None).map(drop)
    }

    /// Everything in a list, page by page, as long as an answer names a next one.
    pub(crate) fn pages<T: DeserializeOwned>(
        &self,
        route: &str,
        needs: Needs,
    ) -> Result<Vec<T>, GitHubError> {
        let separator = if route.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let route = format!("{route}{separator}per_page={PER_PAGE}&page={page}");
            let answer = self.call(Method::Get, &route, needs, None)?;
            all.extend(read::<Vec<T>>(Method::Get, &route, &answer.text)?);
            if !answer.head.has_next {
                return Ok(all);
            }
        }
        Err(GitHubError::TooMany {
            operation: operation(Method::Get, route),
            more_than: all.len(),
        })
    }

    /// The document that a request is answered with.
    fn json<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &str,
        needs: Needs,
        body: Option<&Value>,
    ) -> Result<T, GitHubError> {
        let answer = self.call(method, route, needs, body)?;
        read(method, route, &answer.text)
    }

    /// One request until it is answered. A rate limit that ends soon is waited for: what it refuses was not done.
    fn call(
        &self,
        method: Method,
        route: &str,
        needs: Needs,
        body: Option<&Value>,
    ) -> Result<Answer, GitHubError> {
        for _ in 0..MOST_WAITS {
            match self.once(method, route, needs, body) {
                Err(GitHubError::RateLimited {
                    retry_after: Some(seconds),
                    ..
                }) if seconds <= LONGEST_WAIT.as_secs() => {
                    std::thread::sleep(Duration::from_secs(seconds));
                }
                answer => return answer,
            }
        }
        self.once(method, route, needs, body)
    }

    fn once(
        &self,
        method: Method,
        route: &str,
        needs: Needs,
        body: Option<&Value>,
    ) -> Result<Answer, GitHubError> {
        let uri = format!("{}{route}", self.below);
        let answer = self.runtime.block_on(async {
            let response = match method {
                Method::Get => self.client._get(uri.as_str()).await?,
                Method::Post => self.client._post(uri.as_str(), body).await?,
                Method::Patch => self.client._patch(uri.as_str(), body).await?,
                Method::Delete => self.client._delete(uri.as_str(), body).await?,
            };
            let head = Head::of(response.status().as_u16(), |name| {
                response.headers().get(name)?.to_str().ok()
            });
            let text = self.client.body_to_string(response).await?;
            Ok(Answer { head, text })
        });
        let answer = answer.map_err(|error: octocrab::Error| GitHubError::Unreachable {
            detail: error::chain(&error),
        })?;
        if (200..300).contains(&answer.head.status) {
            return Ok(answer);
        }
        let operation = operation(method, route);
        Err(error::refused(
            operation,
            needs.0,
            &answer.head,
            &answer.text,
        ))
    }
}

/// A client for one address; it must be made inside of a runtime.
fn client(api: &str, token: Option<&str>, patience: Duration) -> Result<Octocrab, GitHubError> {
    let made = Octocrab::builder()
        .base_uri(api.trim_end_matches('/'))
        .and_then(|builder| {
            let builder = builder
                .set_connect_timeout(Some(Duration::from_secs(10)))
                .set_read_timeout(Some(patience));
            match token {
                Some(token) => builder.personal_token(token.to_owned()).build(),
                None => builder.build(),
            }
        });
    made.map_err(|error| GitHubError::Unreachable {
        detail: error::chain(&error),
    })
}

fn read<T: DeserializeOwned>(method: Method, route: &str, text: &str) -> Result<T, GitHubError> {
    serde_json::from_str(text).map_err(|source| GitHubError::NotAsDocumented {
        operation: operation(method, route),
        source,
    })
}

/// A request, as people read it.
fn operation(method: Method, route: &str) -> String {
    let method = match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    };
    let path = route.split('?').next().unwrap_or_default();
    format!("{method} /repos/<owner>/<name>{path}")
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the client holds the token
        formatter
            .debug_struct("Transport")
            .field("below", &self.below)
            .finish_non_exhaustive()
    }
}
