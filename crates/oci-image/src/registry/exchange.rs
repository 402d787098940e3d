//! One request and its answer: headers, credentials, waiting, and making it again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
    USER_AGENT, WWW_AUTHENTICATE,
};
use hyper::{Method, Request, StatusCode, Uri};

use super::Registry;
use crate::auth::Challenge;
use crate::payload::Payload;
use crate::{RegistryError, RepositoryName, Traffic};

/// No error text is longer.
const LARGEST_ERROR: u64 = 64 * 1024;
/// A token's answer is not longer.
const LARGEST_TOKEN: u64 = 256 * 1024;
/// So often credentials are tried for one request.
const MOST_REFUSALS: u32 = 2;
const MOST_REDIRECTS: u32 = 5;

/// A request that can be made again.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) repository: String,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// What it is for, for errors.
    pub(crate) what: String,
}

/// An answer whose body was not read yet.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Incoming,
}

/// Why an attempt came to nothing, where another one may not.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

impl Registry {
    /// The address of `path` below the repository's.
    pub(crate) fn uri(&self, repository: &RepositoryName, path: &str) -> Uri {
        let path = format!("/v2/{repository}/{path}");
        Uri::builder()
            .scheme(self.0.scheme.clone())
            .authority(self.0.authority.clone())
            .path_and_query(path)
            .build()
            .unwrap_or_else(|error| unreachable!("names of repositories are plain: {error}"))
    }

    pub(crate) fn ask(&self, method: Method, repository: &RepositoryName, path: &str) -> Ask {
        let what = format!("{method} {}/{repository}/{path}", self.host());
        Ask {
            method,
            uri: self.uri(repository, path),
            repository: repository.to_string(),
            headers: Vec::new(),
            body: Bytes::new(),
            what: what.split('?').next().unwrap_or_default().to_owned(),
        }
    }

    /// Makes a request until there is an answer worth reading: any status but those that ask to come again.
    pub(crate) async fn exchange(&self, ask: &Ask) -> Result<Answer, RegistryError> {
        let mut attempt = 0;
        let mut refusals = 0;
        let mut redirects = 0;
        let mut uri = ask.uri.clone();
        loop {
            let body = Payload::bytes(
                ask.body.clone(),
                (!ask.body.is_empty()).then(|| Arc::clone(&self.0.traffic)),
            );
            let used = self.credentials(&uri, ask).await?;
            let answer = self.once(ask, &uri, used.clone(), body).await;
            let (detail, asked_wait) = match answer {
                Ok(answer) if answer.status == StatusCode::UNAUTHORIZED => {
                    refusals += 1;
                    let challenge = challenge(&answer.headers);
                    let detail = answer.error().await;
                    let again = self.authorize(ask, used.as_ref(), challenge).await?;
                    if !again || refusals > MOST_REFUSALS {
                        return Err(RegistryError::Unauthorized {
                            host: self.host().to_owned(),
                            what: ask.what.clone(),
                            detail,
                        });
                    }
                    Traffic::add(&self.0.traffic.retries, 1);
                    continue;
                }
                Ok(answer) if answer.status.is_redirection() && ask.method == Method::GET => {
                    redirects += 1;
                    let next = location(&answer.headers, &uri);
                    match next {
                        Some(next) if redirects <= MOST_REDIRECTS && self.may_follow(&next) => {
                            uri = next;
                        }
                        _ => return Err(self.lied(ask, "a redirect that is not followed")),
                    }
                    continue;
                }
                Ok(answer) if !comes_again(answer.status) => return Ok(answer),
                Ok(answer) => {
                    let wait = retry_after(&answer.headers);
                    let status = answer.status;
                    (format!("{status}: {}", answer.error().await), wait)
                }
                Err(Broken(detail)) => (detail, None),
            };
            attempt += 1;
            if attempt >= self.0.patience.attempts {
                return Err(RegistryError::Unreachable {
                    what: ask.what.clone(),
                    detail,
                });
            }
            Traffic::add(&self.0.traffic.retries, 1);
            // an address that was given for a while may have run out
            uri.clone_from(&ask.uri);
            self.wait(attempt, asked_wait).await;
        }
    }

    /// What to send along; nothing to any other host.
    pub(crate) async fn credentials(
        &self,
        uri: &Uri,
        ask: &Ask,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        if uri.authority() != Some(&self.0.authority) || uri.scheme() != Some(&self.0.scheme) {
            return Ok(None);
        }
        let header = self.0.authorizer.header(&ask.repository).await;
        header.map_err(|detail| self.unauthorized(ask, detail))
    }

    /// One attempt.
    pub(crate) async fn once(
        &self,
        ask: &Ask,
        uri: &Uri,
        authorization: Option<HeaderValue>,
        body: Payload,
    ) -> Result<Answer, Broken> {
        let mut request = Request::new(body);
        *request.method_mut() = ask.method.clone();
        *request.uri_mut() = uri.clone();
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, HeaderValue::from_static("towpath"));
        for (name, value) in &ask.headers {
            headers.append(name.clone(), value.clone());
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization);
        }
        let length = request.body().size_hint().exact().unwrap_or_default();
        if ask.method != Method::GET && ask.method != Method::HEAD {
            // also when it is nothing: some registries ask for it
            let value = HeaderValue::from(length);
            request.headers_mut().insert(CONTENT_LENGTH, value);
        }
        Traffic::add(&self.0.traffic.requests, 1);
        let progress = request.body().progress();
        let response = moving(
            self.0.http.request(request),
            &progress,
            length,
            self.0.patience.stall,
        )
        .await?
        .map_err(|error| Broken(chain(&error)))?;
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    /// Our credentials were refused: gets others where that is possible. Says whether to try again.
    pub(crate) async fn authorize(
        &self,
        ask: &Ask,
        used: Option<&HeaderValue>,
        challenge: Option<Challenge>,
    ) -> Result<bool, RegistryError> {
        let again = self.0.authorizer.refused(&ask.repository, used).await;
        let Some(challenge) = challenge else {
            return Ok(again);
        };
        let address: Uri = challenge
            .address()
            .parse()
            .map_err(|_| self.lied(ask, "a token's address that is none"))?;
        if !self.may_follow(&address) {
            return Err(self.lied(ask, "a token's address without TLS"));
        }
        let user = self.0.authorizer.user().await;
        let user = user.map_err(|detail| self.unauthorized(ask, detail))?;
        let token = Ask {
            method: Method::GET,
            uri: address.clone(),
            repository: String::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            what: format!("the token for {}", ask.what),
        };
        let answer = self.once(&token, &address, user, Payload::empty()).await;
        let answer = answer.map_err(|Broken(detail)| self.unauthorized(ask, detail))?;
        if answer.status != StatusCode::OK {
            let detail = answer.error().await;
            return Err(self.unauthorized(ask, detail));
        }
        let bytes = self.read(answer, LARGEST_TOKEN, &token.what).await?;
        let said: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = said.get("token").or_else(|| said.get("access_token"));
        let Some(text) = text.and_then(serde_json::Value::as_str) else {
            return Err(self.unauthorized(ask, "the answer holds no token".to_owned()));
        };
        let kept = self.0.authorizer.keep(&ask.repository, text).await;
        kept.map_err(|detail| self.unauthorized(ask, detail))?;
        Ok(true)
    }

    /// Whether an address that the registry names may be used: never without TLS where the registry has it.
    pub(crate) fn may_follow(&self, uri: &Uri) -> bool {
        match uri.scheme_str() {
            Some("https") => true,
            Some("http") => self.0.scheme.as_str() == "http",
            _ => false,
        }
    }

    /// Waits before attempt number `attempt` + 1, as long as the registry asked for or a growing time.
    pub(crate) async fn wait(&self, attempt: u32, asked: Option<Duration>) {
        let patience = &self.0.patience;
        let growing = patience.first_wait * 2_u32.saturating_pow(attempt.saturating_sub(1));
        let growing = growing.min(patience.longest_wait);
        let chance = growing.mul_f64(0.5 + fastrand::f64() / 2.0);
        tokio::time::sleep(asked.unwrap_or(chance).min(patience.longest_wait)).await;
    }

    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read(
        &self,
        answer: Answer,
        limit: u64,
        what: &str,
    ) -> Result<Bytes, RegistryError> {
        let mut body = answer.body;
        let mut bytes = BytesMut::new();
        while let Some(frame) =
            self.frame(&mut body)
                .await
                .map_err(|Broken(detail)| RegistryError::Unreachable {
                    what: what.to_owned(),
                    detail,
                })?
        {
            if (bytes.len() + frame.len()) as u64 > limit {
                return Err(RegistryError::TooLarge {
                    what: what.to_owned(),
                    limit,
                });
            }
            bytes.extend_from_slice(&frame);
        }
        Ok(bytes.freeze())
    }

    /// The next piece of a body, if it comes in time.
    pub(crate) async fn frame(&self, body: &mut Incoming) -> Result<Option<Bytes>, Broken> {
        loop {
            let next = tokio::time::timeout(self.0.patience.stall, body.frame()).await;
            let next = next.map_err(|_| Broken("nothing came for too long".to_owned()))?;
            match next.transpose().map_err(|error| Broken(chain(&error)))? {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(bytes) = frame.into_data() {
                        Traffic::add(&self.0.traffic.received, bytes.len() as u64);
                        return Ok(Some(bytes));
                    }
                }
            }
        }
    }

    pub(crate) fn unauthorized(&self, ask: &Ask, detail: String) -> RegistryError {
        RegistryError::Unauthorized {
            host: self.host().to_owned(),
            what: ask.what.clone(),
            detail,
        }
    }

    pub(crate) fn lied(&self, ask: &Ask, found: &str) -> RegistryError {
        RegistryError::Lied {
            what: ask.what.clone(),
            found: found.to_owned(),
            expected: "what the protocol allows".to_owned(),
        }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What an answer that is no success says, on one line.
    pub(crate) async fn error(self) -> String {
        let limited = http_body_util::Limited::new(self.body, LARGEST_ERROR as usize);
        let read = tokio::time::timeout(Duration::from_secs(10), limited.collect()).await;
        let bytes = match read {
            Ok(Ok(body)) => body.to_bytes(),
            _ => Bytes::new(),
        };
        explained(&bytes).unwrap_or_else(|| match self.status.canonical_reason() {
            Some(reason) => format!("{reason}, and nothing else"),
            None => "nothing else".to_owned(),
        })
    }

    /// The error of an answer that has no other meaning.
    pub(crate) async fn refusal(self, registry: &Registry, ask: &Ask) -> RegistryError {
        let status = self.status.as_u16();
        let detail = self.error().await;
        if detail.contains("NAME_UNKNOWN") {
            return RegistryError::NoRepository {
                host: registry.host().to_owned(),
                repository: ask.repository.clone(),
            };
        }
        RegistryError::Refused {
            what: ask.what.clone(),
            status,
            detail,
        }
    }
}

/// `CODE: message` of the errors that a registry writes, or the text as it is; without control characters.
fn explained(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let said: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
    let errors = said.get("errors").and_then(serde_json::Value::as_array);
    let lines: Vec<String> = errors
        .into_iter()
        .flatten()
        .map(|error| {
            let part = |name| error.get(name).and_then(serde_json::Value::as_str);
            let parts = [part("code"), part("message")];
            parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
        })
        .collect();
    let whole = if lines.is_empty() {
        text.into_owned()
    } else {
        lines.join("; ")
    };
    let clean: String = whole
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .take(500)
        .collect();
    Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Whether the same request may find another answer.
pub(crate) fn comes_again(status: StatusCode) -> bool {
    [408, 429, 500, 502, 503, 504].contains(&status.as_u16())
}

pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

pub(crate) fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    let texts = headers.get_all(WWW_AUTHENTICATE).into_iter();
    texts
        .filter_map(|text| Challenge::parse(text.to_str().ok()?))
        .next()
}

/// Where an answer sends us, whole or relative to where it came from.
pub(crate) fn location(headers: &HeaderMap, from: &Uri) -> Option<Uri> {
    let text = headers.get(LOCATION)?.to_str().ok()?;
    if text.contains("://") {
        return text.parse().ok();
    }
    let text = match text.strip_prefix('/') {
        Some(_) => text.to_owned(),
        None => {
            let folder = from
                .path()
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder);
            format!("{folder}/{text}")
        }
    };
    let mut parts = from.clone().into_parts();
    parts.path_and_query = text.parse().ok();
    parts.path_and_query.as_ref()?;
    Uri::from_parts(parts).ok()
}

/// A registry that has all of a large blob may take its time to keep it.
const LARGE: u64 = 1024 * 1024;
const TIMES_LONGER: u32 = 10;

/// Waits for `call` as long as something moves; `total` bytes are to be sent.
async fn moving<F: Future>(
    call: F,
    progress: &AtomicU64,
    total: u64,
    stall: Duration,
) -> Result<F::Output, Broken> {
    let mut call = std::pin::pin!(call);
    loop {
        let before = progress.load(Ordering::Relaxed);
        let patience = match total >= LARGE && before >= total {
            true => stall * TIMES_LONGER,
            false => stall,
        };
        match tokio::time::timeout(patience, &mut call).await {
            Ok(output) => return Ok(output),
            Err(_) if progress.load(Ordering::Relaxed) > before => {}
            Err(_) => return Err(Broken("nothing moved for too long".to_owned())),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
