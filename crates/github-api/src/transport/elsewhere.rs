//! Requests to another address than the REST interface, and answers that are no JSON: the files of releases.
//!
//! GitHub takes files at an address of its own, which it names in each release, and gives them by a redirect to a third. A client
//! prefixes each path with that of its base address, so each address gets a client without one. The token goes to the
//! address that GitHub named for uploads, and not along with a redirect.

use std::time::Duration;

use http_body_util::BodyExt as _;
use octocrab::Octocrab;
use serde::de::DeserializeOwned;

use super::{Answer, Method, Needs, Transport, read};
use crate::error::{self, GitHubError, Head};

/// A large file takes a while, and nothing is read meanwhile.
const PATIENCE: Duration = Duration::from_secs(900);

impl Transport {
    /// Sends a file to the absolute address `url`.
    pub(crate) fn send_file<T: DeserializeOwned>(
        &self,
        url: &str,
        needs: Needs,
        bytes: Vec<u8>,
    ) -> Result<T, GitHubError> {
        let client = self.client_for(url, Some(&self.token))?;
        let request = http::Request::builder()
            .method("POST")
            .uri(url)
            .header("content-type", "application/octet-stream")
            .header("content-length", bytes.len())
            .body(bytes)
            .map_err(|error| unreachable(&error))?;
        let answer = self.runtime.block_on(async {
            let response = client.execute(request).await?;
            let head = head_of(&response);
            let text = client.body_to_string(response).await?;
            Ok(Answer { head, text })
        });
        let answer = answer.map_err(|error: octocrab::Error| unreachable(&error))?;
        let shown = "POST <upload>/repos/<owner>/<name>/releases/<id>/assets".to_owned();
        if !(200..300).contains(&answer.head.status) {
            return Err(error::refused(shown, needs.0, &answer.head, &answer.text));
        }
        read(Method::Post, "/releases/<id>/assets", &answer.text)
    }

    /// The bytes behind a route, wherever GitHub sends us for them.
    pub(crate) fn file(&self, route: &str, needs: Needs) -> Result<Vec<u8>, GitHubError> {
        let first = format!("{}{route}", self.below);
        let (head, location, bytes) = self.octets(&self.client, &first)?;
        let (head, bytes) = match location {
            Some(url) if (300..400).contains(&head.status) => {
                let client = self.client_for(&url, None)?;
                let (head, _, bytes) = self.octets(&client, &url)?;
                (head, bytes)
            }
            _ => (head, bytes),
        };
        if (200..300).contains(&head.status) {
            return Ok(bytes);
        }
        let operation = super::operation(Method::Get, route);
        let text = String::from_utf8_lossy(&bytes);
        Err(error::refused(operation, needs.0, &head, &text))
    }

    fn octets(
        &self,
        client: &Octocrab,
        uri: &str,
    ) -> Result<(Head, Option<String>, Vec<u8>), GitHubError> {
        let request = http::Request::builder()
            .method("GET")
            .uri(uri)
            .header("accept", "application/octet-stream")
            .body(String::new())
            .map_err(|error| unreachable(&error))?;
        let read = self.runtime.block_on(async {
            let response = client.execute(request).await?;
            let head = head_of(&response);
            let location = response.headers().get("location");
            let location = location.and_then(|value| value.to_str().ok());
            let location = location.map(str::to_owned);
            let bytes = response.into_body().collect().await?.to_bytes().to_vec();
            Ok((head, location, bytes))
        });
        read.map_err(|error: octocrab::Error| unreachable(&error))
    }

    /// A client for the host of an absolute address.
    fn client_for(&self, url: &str, token: Option<&str>) -> Result<Octocrab, GitHubError> {
        let uri: http::Uri = url.parse().map_err(|error| unreachable(&error))?;
        let origin = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
            _ => {
                return Err(GitHubError::Unreachable {
                    detail: format!("`{url}` is not an address"),
                });
            }
        };
        let _inside = self.runtime.enter();
        super::client(&origin, token, PATIENCE)
    }
}

fn head_of<B>(response: &http::Response<B>) -> Head {
    Head::of(response.status().as_u16(), |name| {
        response.headers().get(name)?.to_str().ok()
    })
}

fn unreachable(error: &dyn std::error::Error) -> GitHubError {
    GitHubError::Unreachable {
        detail: error::chain(error),
    }
}
