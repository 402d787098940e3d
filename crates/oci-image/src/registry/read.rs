//! What is asked without changing anything: is it there, which digest, and the bytes.

use std::io::Write;

use bytes::Bytes;
use hyper::Method;
use hyper::StatusCode;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};

use super::Registry;
use super::exchange::{Answer, Broken};
use crate::payload::{Check, Fault};
use crate::{
    Descriptor, Digest, Document, ImageError, Index, LARGEST_MANIFEST, MediaKind, Platform,
    RegistryError, RepositoryName, Traffic, media,
};

/// The header that says which document came.
const CONTENT_DIGEST: &str = "docker-content-digest";

impl Registry {
    /// The digest that a tag leads to; `None` when there is no such tag. One request.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn look(
        &self,
        repository: &RepositoryName,
        object: &str,
    ) -> Result<Option<Digest>, RegistryError> {
        let mut ask = self.ask(Method::HEAD, repository, &format!("manifests/{object}"));
        ask.headers = vec![(ACCEPT, accept())];
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(answer.refusal(self, &ask).await),
        }
        match answer.header(CONTENT_DIGEST).map(str::parse) {
            Some(Ok(digest)) => Ok(Some(digest)),
            // it may leave that out; then the bytes say it
            _ => {
                let document = self.document(repository, object).await?;
                Ok(document.map(|document| document.digest))
            }
        }
    }

    /// The manifest or index that a tag or digest leads to; `None` when there is none.
    ///
    /// # Errors
    /// No answer, a refusal, or a document that is not what was asked for.
    pub async fn document(
        &self,
        repository: &RepositoryName,
        object: &str,
    ) -> Result<Option<Document>, RegistryError> {
        let mut ask = self.ask(Method::GET, repository, &format!("manifests/{object}"));
        ask.headers = vec![(ACCEPT, accept())];
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            _ => return Err(answer.refusal(self, &ask).await),
        }
        let said: Option<Digest> = answer
            .header(CONTENT_DIGEST)
            .and_then(|text| text.parse().ok());
        let media_type = answer
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .map(|text| text.split(';').next().unwrap_or_default().trim().to_owned());
        let bytes = self.read(answer, LARGEST_MANIFEST, &ask.what).await?;
        let known = media_type.filter(|kind| MediaKind::of(kind).is_some());
        // a registry that does not know better calls it JSON, and then the document says what it is
        let media_type = known.unwrap_or_else(|| {
            let said: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            said["mediaType"].as_str().unwrap_or_default().to_owned()
        });
        let document = Document::new(&media_type, bytes);
        let asked: Option<Digest> = object.parse().ok();
        for expected in asked.into_iter().chain(said) {
            if expected != document.digest {
                return Err(RegistryError::Lied {
                    what: ask.what,
                    found: document.digest.to_string(),
                    expected: expected.to_string(),
                });
            }
        }
        Ok(Some(document))
    }

    /// Whether the repository has the blob.
    ///
    /// # Errors
    /// No answer, a refusal, or a blob of another size.
    pub async fn has_blob(
        &self,
        repository: &RepositoryName,
        blob: &Descriptor,
    ) -> Result<bool, RegistryError> {
        let ask = self.ask(Method::HEAD, repository, &format!("blobs/{}", blob.digest));
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::NOT_FOUND => return Ok(false),
            StatusCode::OK => {}
            // it may lead to where the blob is kept, and then it is there
            status if status.is_redirection() => return Ok(true),
            _ => return Err(answer.refusal(self, &ask).await),
        }
        let size = answer
            .header("content-length")
            .and_then(|text| text.parse::<u64>().ok());
        match size {
            Some(size) if size != blob.size => Err(RegistryError::Lied {
                what: ask.what,
                found: format!("{size} bytes"),
                expected: format!("{} bytes", blob.size),
            }),
            _ => Ok(true),
        }
    }

    /// Writes the blob to `into`, held against its size and digest. It is not tried again when it breaks off, because
    /// what was written would have to be taken back.
    ///
    /// # Errors
    /// No answer, a refusal, or other bytes than asked for.
    pub async fn fetch(
        &self,
        repository: &RepositoryName,
        blob: &Descriptor,
        into: &mut (impl Write + Send),
    ) -> Result<(), RegistryError> {
        let answer = self.open(repository, blob).await?;
        let what = format!("GET {}/{repository}/blobs/{}", self.host(), blob.digest);
        let mut body = answer.body;
        let fault = Fault::default();
        let mut check = Check::new(blob, fault);
        let lied = |error: std::io::Error| RegistryError::Lied {
            what: what.clone(),
            found: error.to_string(),
            expected: blob.digest.to_string(),
        };
        let broken = |Broken(detail)| RegistryError::Unreachable {
            what: what.clone(),
            detail,
        };
        while let Some(piece) = self.frame(&mut body).await.map_err(broken)? {
            check.take(&piece).map_err(lied)?;
            into.write_all(&piece).map_err(|source| {
                RegistryError::Image(ImageError::Write {
                    path: blob.digest.to_string().into(),
                    source,
                })
            })?;
        }
        check.end().map_err(lied)
    }

    /// The bytes of a small blob, a configuration for example.
    ///
    /// # Errors
    /// Like [`Self::fetch`], or one that is larger than a manifest may be.
    pub async fn small_blob(
        &self,
        repository: &RepositoryName,
        blob: &Descriptor,
    ) -> Result<Bytes, RegistryError> {
        if blob.size > LARGEST_MANIFEST {
            return Err(RegistryError::TooLarge {
                what: format!("GET {}/{repository}/blobs/{}", self.host(), blob.digest),
                limit: LARGEST_MANIFEST,
            });
        }
        let mut bytes = Vec::new();
        self.fetch(repository, blob, &mut bytes).await?;
        Ok(bytes.into())
    }

    /// For which platforms an image is: what its index says, or its configuration. `None` when there is no such image.
    ///
    /// # Errors
    /// No answer, a refusal, or a document that is none.
    pub async fn platforms(
        &self,
        repository: &RepositoryName,
        object: &str,
    ) -> Result<Option<Vec<Platform>>, RegistryError> {
        let Some(document) = self.document(repository, object).await? else {
            return Ok(None);
        };
        if MediaKind::of(&document.media_type) == Some(MediaKind::Index) {
            let manifests = document.index()?.manifests.into_iter();
            // what a builder says of its build is for no platform
            let runs = manifests.filter_map(|manifest| manifest.platform);
            return Ok(Some(
                runs.filter(|platform| platform.os != "unknown").collect(),
            ));
        }
        let manifest = document.manifest()?;
        let config = self.small_blob(repository, &manifest.config).await?;
        let platform: Platform =
            serde_json::from_slice(&config).map_err(|source| ImageError::NotADocument {
                digest: manifest.config.digest,
                source,
            })?;
        Ok(Some(vec![platform]))
    }

    /// Begins to read a blob.
    pub(crate) async fn open(
        &self,
        repository: &RepositoryName,
        blob: &Descriptor,
    ) -> Result<Answer, RegistryError> {
        let ask = self.ask(Method::GET, repository, &format!("blobs/{}", blob.digest));
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::OK => Ok(answer),
            _ => Err(answer.refusal(self, &ask).await),
        }
    }

    /// What refers to the image `digest` (signatures, SBOMs, provenance), by the referrers interface; empty where the
    /// registry has none.
    ///
    /// # Errors
    /// No answer, or a refusal.
    pub async fn referrers(
        &self,
        repository: &RepositoryName,
        digest: Digest,
    ) -> Result<Vec<Descriptor>, RegistryError> {
        let mut ask = self.ask(Method::GET, repository, &format!("referrers/{digest}"));
        ask.headers = vec![(ACCEPT, HeaderValue::from_static(media::INDEX))];
        let answer = self.exchange(&ask).await?;
        match answer.status {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(Vec::new()),
            _ => return Err(answer.refusal(self, &ask).await),
        }
        let bytes = self.read(answer, LARGEST_MANIFEST, &ask.what).await?;
        let index: Index = serde_json::from_slice(&bytes)
            .map_err(|error| self.lied(&ask, &format!("no index: {error}")))?;
        Ok(index.manifests)
    }

    pub(crate) fn count_retry(&self) {
        Traffic::add(&self.0.traffic.retries, 1);
    }
}

fn accept() -> HeaderValue {
    let types = [
        media::INDEX,
        media::MANIFEST,
        media::DOCKER_INDEX,
        media::DOCKER_MANIFEST,
    ];
    HeaderValue::from_str(&types.join(", "))
        .unwrap_or_else(|error| unreachable!("media types are plain: {error}"))
}
