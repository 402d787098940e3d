//! What changes a registry: blobs by upload or mount, and manifests.
//!
//! A blob goes out whole in one request (POST, then PUT), which is the fastest way and the one on which every registry
//! agrees. An upload that broke is never taken up again, because ECR answers that with 416: the next attempt opens a new
//! session. Where a registry does not take the bytes with the PUT, they go by PATCH, and 201, 202 and 204 all mean yes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, StatusCode, Uri};

use super::Registry;
use super::exchange::{Answer, Ask, Broken, challenge, comes_again, location, retry_after};
use crate::payload::{Payload, taken};
use crate::{Blob, BlobPlace, Digest, Document, ImageError, RegistryError, RepositoryName, Tag};

/// What opening an upload came to.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The repository has the blob now: it was mounted.
    Mounted,
    /// Send it here.
    Session(Uri),
}

/// Which request carries the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Put,
    Patch,
}

/// How one attempt at an upload ended without success.
enum Ended {
    /// With an error that stays.
    For(Box<RegistryError>),
    /// Another session may do better, after a wait.
    Again(String, Option<Duration>),
    /// Our credentials ran out.
    Refused,
    /// This registry wants the other way.
    OtherWay(String),
}

impl Registry {
    /// Opens an upload; with `from`, asks for the blob to be mounted from that repository instead.
    pub(crate) async fn open_upload(
        &self,
        repository: &RepositoryName,
        mount: Option<(Digest, &RepositoryName)>,
    ) -> Result<Opened, RegistryError> {
        let path = match mount {
            Some((digest, from)) => {
                let mut query = form_urlencoded::Serializer::new(String::new());
                query.append_pair("mount", &digest.to_string());
                query.append_pair("from", from.as_str());
                format!("blobs/uploads/?{}", query.finish())
            }
            None => "blobs/uploads/".to_owned(),
        };
        let ask = self.ask(Method::POST, repository, &path);
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::CREATED if mount.is_some() => Ok(Opened::Mounted),
            StatusCode::ACCEPTED | StatusCode::CREATED => {
                let next = self.next(&answer, &ask.uri);
                next.map(Opened::Session)
                    .ok_or_else(|| self.lied(&ask, "no usable `Location`"))
            }
            _ => Err(answer.refusal(self, &ask).await),
        }
    }

    /// Sends a blob; `session` is one that is open already. Gives how many bytes that took, those in vain included.
    pub(crate) async fn upload(
        &self,
        repository: &RepositoryName,
        blob: &Blob,
        mut session: Option<Uri>,
    ) -> Result<(), RegistryError> {
        let mut way = Way::Put;
        let mut attempt = 0;
        let mut refusals = 0;
        loop {
            let open = match session.take() {
                Some(session) => session,
                None => match self.open_upload(repository, None).await? {
                    Opened::Session(session) => session,
                    Opened::Mounted => return Ok(()),
                },
            };
            let (detail, wait) = match self.send(repository, blob, open, way).await {
                Ok(()) => return Ok(()),
                Err(Ended::For(error)) => return Err(*error),
                Err(Ended::OtherWay(_)) if way == Way::Put => {
                    way = Way::Patch;
                    continue;
                }
                Err(Ended::OtherWay(detail)) => {
                    return Err(self.upload_failed(repository, blob, detail));
                }
                Err(Ended::Refused) => {
                    refusals += 1;
                    ("our credentials ran out again and again".to_owned(), None)
                }
                Err(Ended::Again(detail, wait)) => (detail, wait),
            };
            attempt += 1;
            if attempt >= self.0.patience.attempts || refusals > 3 {
                return Err(self.upload_failed(repository, blob, detail));
            }
            self.count_retry();
            self.wait(attempt, wait).await;
            // the answer may be all that was lost
            if self.has_blob(repository, &blob.descriptor).await? {
                return Ok(());
            }
        }
    }

    fn upload_failed(
        &self,
        repository: &RepositoryName,
        blob: &Blob,
        detail: String,
    ) -> RegistryError {
        RegistryError::Unreachable {
            what: format!(
                "the upload of {} to {}/{repository}",
                blob.descriptor.digest.short(),
                self.host()
            ),
            detail,
        }
    }

    /// One attempt, in one session.
    async fn send(
        &self,
        repository: &RepositoryName,
        blob: &Blob,
        session: Uri,
        way: Way,
    ) -> Result<(), Ended> {
        let stays = |error| Ended::For(Box::new(error));
        let traffic = Arc::clone(&self.0.traffic);
        let (body, fault) = match &blob.place {
            BlobPlace::Remote {
                registry,
                repository,
            } => {
                let answer = registry.open(repository, &blob.descriptor).await;
                let answer = answer.map_err(stays)?;
                Payload::from_answer(&blob.descriptor, answer.body, traffic)
            }
            BlobPlace::Memory(_) | BlobPlace::File { .. } => {
                let reader = blob.open().map_err(|error| stays(error.into()))?;
                Payload::from_reader(&blob.descriptor, reader, traffic)
            }
        };
        let octets = (
            CONTENT_TYPE,
            HeaderValue::from_static("application/octet-stream"),
        );
        let mut ask = self.ask(Method::PUT, repository, "blobs/uploads");
        ask.headers = vec![octets];
        let digest = blob.descriptor.digest;
        let answer = match way {
            Way::Put => self.part(&ask, &closing(&session, digest), body).await,
            Way::Patch => {
                ask.method = Method::PATCH;
                match self.part(&ask, &session, body).await {
                    Ok(answer) if matches!(answer.status.as_u16(), 201 | 202 | 204) => {
                        let next = self.next(&answer, &session).unwrap_or(session);
                        ask.method = Method::PUT;
                        ask.headers.clear();
                        self.part(&ask, &closing(&next, digest), Payload::empty())
                            .await
                    }
                    other => other,
                }
            }
        };
        if let Some(fault) = taken(&fault) {
            // what another registry sent may be right the next time; what lies here stays as it is
            return Err(match (&blob.place, fault) {
                (BlobPlace::Remote { .. }, fault) => Ended::Again(fault.to_string(), None),
                (_, fault @ (ImageError::Corrupt { .. } | ImageError::Size { .. })) => {
                    stays(fault.into())
                }
                (_, fault) => Ended::Again(fault.to_string(), None),
            });
        }
        self.judge(answer?, &ask, way, digest).await
    }

    /// One request of an upload, without trying again.
    async fn part(&self, ask: &Ask, uri: &Uri, body: Payload) -> Result<Answer, Ended> {
        let used = self.credentials(uri, ask).await;
        let used = used.map_err(|error| Ended::For(Box::new(error)))?;
        let answer = self.once(ask, uri, used.clone(), body).await;
        let answer = answer.map_err(|Broken(detail)| Ended::Again(detail, None))?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let challenge = challenge(&answer.headers);
        let detail = answer.error().await;
        match self.authorize(ask, used.as_ref(), challenge).await {
            Ok(true) => Err(Ended::Refused),
            Ok(false) => Err(Ended::For(Box::new(self.unauthorized(ask, detail)))),
            Err(error) => Err(Ended::For(Box::new(error))),
        }
    }

    async fn judge(
        &self,
        answer: Answer,
        ask: &Ask,
        way: Way,
        digest: Digest,
    ) -> Result<(), Ended> {
        let status = answer.status;
        if status.is_success() {
            let said = answer.header("docker-content-digest");
            return match said.and_then(|text| text.parse::<Digest>().ok()) {
                Some(said) if said != digest => Err(Ended::For(Box::new(RegistryError::Lied {
                    what: ask.what.clone(),
                    found: said.to_string(),
                    expected: digest.to_string(),
                }))),
                _ => Ok(()),
            };
        }
        let wait = retry_after(&answer.headers);
        let missing = status == StatusCode::NOT_FOUND;
        if comes_again(status) || status == StatusCode::RANGE_NOT_SATISFIABLE || missing {
            let detail = answer.error().await;
            return Err(Ended::Again(format!("{status}: {detail}"), wait));
        }
        if way == Way::Put && matches!(status.as_u16(), 400 | 405 | 411 | 413 | 415 | 501) {
            let detail = answer.error().await;
            // on its way, not here: here the digest was right
            return Err(if detail.contains("DIGEST_INVALID") {
                Ended::Again(format!("{status}: {detail}"), wait)
            } else {
                Ended::OtherWay(format!("{status}: {detail}"))
            });
        }
        Err(Ended::For(Box::new(answer.refusal(self, ask).await)))
    }

    /// Where an upload goes on. A registry behind a proxy may name the wrong scheme of its own host.
    fn next(&self, answer: &Answer, from: &Uri) -> Option<Uri> {
        let next = location(&answer.headers, from)?;
        if next.authority() == Some(&self.0.authority) {
            let mut parts = next.into_parts();
            parts.scheme = Some(self.0.scheme.clone());
            return Uri::from_parts(parts).ok();
        }
        self.may_follow(&next).then_some(next)
    }

    /// Puts a manifest or index under a tag, or under its own digest. Of the answer only the status counts: ECR's
    /// `Location` leads nowhere.
    ///
    /// # Errors
    /// No answer, a refusal, or a tag that cannot be moved.
    pub async fn put_document(
        &self,
        repository: &RepositoryName,
        tag: Option<&Tag>,
        document: &Document,
    ) -> Result<(), RegistryError> {
        let object = tag.map_or_else(|| document.digest.to_string(), Tag::to_string);
        let mut ask = self.ask(Method::PUT, repository, &format!("manifests/{object}"));
        let media_type = HeaderValue::from_str(&document.media_type)
            .map_err(|_| self.lied(&ask, "a media type that is none"))?;
        ask.headers = vec![(CONTENT_TYPE, media_type)];
        ask.body = Bytes::clone(&document.bytes);
        let answer = self.exchange(&ask).await?;
        if answer.status.is_success() {
            let said = answer.header("docker-content-digest");
            return match said.and_then(|text| text.parse::<Digest>().ok()) {
                Some(said) if said != document.digest => Err(RegistryError::Lied {
                    what: ask.what,
                    found: said.to_string(),
                    expected: document.digest.to_string(),
                }),
                _ => Ok(()),
            };
        }
        let refusal = answer.refusal(self, &ask).await;
        let (Some(tag), RegistryError::Refused { detail, .. }) = (tag, &refusal) else {
            return Err(refusal);
        };
        let immutable = ["immutable", "TAG_INVALID", "already exists"];
        if !immutable.iter().any(|word| detail.contains(word)) {
            return Err(refusal);
        }
        let existing = self.look(repository, tag.as_str()).await?;
        if existing == Some(document.digest) {
            // somebody else put the same there, or our first try arrived after all
            return Ok(());
        }
        Err(RegistryError::TagTaken {
            tag: tag.clone(),
            existing,
            detail: detail.clone(),
        })
    }
}

/// A session's address, with the digest that ends it.
fn closing(session: &Uri, digest: Digest) -> Uri {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("digest", &digest.to_string());
    let joint = if session.query().is_some() { '&' } else { '?' };
    let whole = format!("{session}{joint}{}", query.finish());
    whole.parse().unwrap_or_else(|_| session.clone())
}
