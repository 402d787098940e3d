//! S3 as the functions use it: exactly one version is read, as a stream, and what is written is written once.
//!
//! A condition on a write (`If-None-Match: *`, `If-Match`) makes one of several writers win. The SDK repeats a write whose answer was lost, and then
//! meets its own object: so a writer that seems to have lost looks whether what is there is what it wrote.

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::builders::GetObjectFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;

use crate::answer::{Trouble, trouble};
use crate::object::Object;

/// The buckets that one account's credentials open
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
}

/// A call to S3 that did not work
#[derive(Debug, thiserror::Error)]
#[error("failed to {what} `s3://{bucket}/{key}`")]
pub struct StoreError {
    what: &'static str,
    bucket: String,
    key: String,
    /// Why
    #[source]
    pub trouble: Trouble,
}

/// What became of a write under a condition
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is there; its ETag is the condition of the next write
    Done {
        /// With quotes
        etag: String,
    },
    /// Somebody else's object is there, or none any more
    Lost,
}

/// An object that is being read
#[derive(Debug)]
pub struct Reading {
    /// Its length in bytes, before the first of them is read
    pub size: u64,
    /// Its version, where the bucket keeps them
    pub version_id: Option<String>,
    /// With quotes
    pub etag: String,
    body: ByteStream,
    place: (String, String),
}

impl Store {
    /// The store that `config` leads to
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// Opens the very version of an event: by its version, otherwise by its ETag; none when it is not there any more
    ///
    /// # Errors
    /// S3 did not answer, or refused.
    pub async fn open(&self, object: &Object) -> Result<Option<Reading>, StoreError> {
        let call = self.client.get_object();
        let call = match &object.version_id {
            Some(version) => call.version_id(version),
            None => call.if_match(format!("\"{}\"", object.etag)),
        };
        reading(call, &object.bucket, &object.key).await
    }

    /// Opens what is the current version now, if there is one
    ///
    /// # Errors
    /// S3 did not answer, or refused.
    pub async fn open_current(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<Reading>, StoreError> {
        reading(self.client.get_object(), bucket, key).await
    }

    /// The keys that begin so, in their order
    ///
    /// # Errors
    /// S3 did not answer, or refused.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
        let call = self.client.list_objects_v2().bucket(bucket).prefix(prefix);
        let mut objects = call.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = objects.next().await {
            let page = page.map_err(|error| failed("list", bucket, prefix, &error))?;
            keys.extend(
                page.contents
                    .into_iter()
                    .flatten()
                    .filter_map(|object| object.key),
            );
        }
        Ok(keys)
    }

    /// Writes an object unless there is one
    ///
    /// # Errors
    /// S3 did not answer, or refused for another reason.
    pub async fn create(&self, bucket: &str, key: &str, text: &str) -> Result<Written, StoreError> {
        self.write(bucket, key, text, None).await
    }

    /// Writes an object in place of the one with this ETag
    ///
    /// # Errors
    /// S3 did not answer, or refused for another reason.
    pub async fn replace(
        &self,
        bucket: &str,
        key: &str,
        etag: &str,
        text: &str,
    ) -> Result<Written, StoreError> {
        self.write(bucket, key, text, Some(etag)).await
    }

    async fn write(
        &self,
        bucket: &str,
        key: &str,
        text: &str,
        replaces: Option<&str>,
    ) -> Result<Written, StoreError> {
        let call = self.put_json(bucket, key, text);
        let call = match replaces {
            Some(etag) => call.if_match(etag),
            None => call.if_none_match("*"),
        };
        match call.send().await {
            Ok(done) => Ok(Written::Done {
                etag: done.e_tag.unwrap_or_default(),
            }),
            Err(error) => match error.code().unwrap_or_default() {
                // of two writers at the same time: one of them is told so, and both have an answer now
                "PreconditionFailed" | "NoSuchKey" | "ConditionalRequestConflict" => {
                    self.is_mine(bucket, key, text).await
                }
                _ => Err(failed("write", bucket, key, &error)),
            },
        }
    }

    async fn is_mine(&self, bucket: &str, key: &str, text: &str) -> Result<Written, StoreError> {
        match self.open_current(bucket, key).await? {
            Some(found) if found.size == text.len() as u64 => {
                let etag = found.etag.clone();
                let there = found.to_end().await?;
                match there == text.as_bytes() {
                    true => Ok(Written::Done { etag }),
                    false => Ok(Written::Lost),
                }
            }
            Some(_) | None => Ok(Written::Lost),
        }
    }

    /// Writes an object whatever is there
    ///
    /// # Errors
    /// S3 did not answer, or refused.
    pub async fn put(&self, bucket: &str, key: &str, text: &str) -> Result<(), StoreError> {
        let call = self.put_json(bucket, key, text);
        let answer = call.send().await;
        answer.map_err(|error| failed("write", bucket, key, &error))?;
        Ok(())
    }

    fn put_json(&self, bucket: &str, key: &str, text: &str) -> PutObjectFluentBuilder {
        self.client
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type("application/json")
            .body(ByteStream::from(text.as_bytes().to_vec()))
    }

    /// Copies one version of an object to another key of its bucket
    ///
    /// # Errors
    /// S3 did not answer, or refused.
    pub async fn copy(&self, object: &Object, to: &str) -> Result<Copied, StoreError> {
        let mut source = format!("{}/{}", object.bucket, encoded(&object.key));
        if let Some(version) = &object.version_id {
            source.push_str("?versionId=");
            source.push_str(&encoded(version));
        }
        let call = self.client.copy_object().bucket(&object.bucket).key(to);
        let call = call.copy_source(source);
        let call = call.copy_source_if_match(format!("\"{}\"", object.etag));
        match call.send().await {
            Ok(_) => Ok(Copied::Done),
            Err(error) if is_gone(&error) => Ok(Copied::Gone),
            Err(error) => Err(failed("copy", &object.bucket, &object.key, &error)),
        }
    }
}

async fn reading(
    call: GetObjectFluentBuilder,
    bucket: &str,
    key: &str,
) -> Result<Option<Reading>, StoreError> {
    match call.bucket(bucket).key(key).send().await {
        Ok(found) => Ok(Some(Reading {
            size: found.content_length.unwrap_or(0).unsigned_abs(),
            version_id: found.version_id.filter(|version| !version.is_empty()),
            etag: found.e_tag.unwrap_or_default(),
            body: found.body,
            place: (bucket.to_owned(), key.to_owned()),
        })),
        Err(error) if is_gone(&error) => Ok(None),
        Err(error) => Err(failed("read", bucket, key, &error)),
    }
}

/// What became of a copy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It is there
    Done,
    /// The original is not, or not with this content, any more
    Gone,
}

impl Reading {
    /// The next piece; none at the end
    ///
    /// # Errors
    /// The connection broke, or what came is not what was stored.
    pub async fn piece(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, StoreError> {
        let piece = self.body.try_next().await;
        piece.map_err(|error| StoreError {
            what: "read",
            bucket: self.place.0.clone(),
            key: self.place.1.clone(),
            trouble: Trouble::Unknown(error.to_string()),
        })
    }

    /// All of it, for what is known to be small
    ///
    /// # Errors
    /// As [`Reading::piece`].
    pub async fn to_end(mut self) -> Result<Vec<u8>, StoreError> {
        let mut all = Vec::new();
        while let Some(piece) = self.piece().await? {
            all.extend_from_slice(piece.as_ref());
        }
        Ok(all)
    }
}

fn is_gone<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> bool {
    let Some(answer) = error.raw_response() else {
        return false;
    };
    let code = error.code().unwrap_or_default();
    match answer.status().as_u16() {
        404 => code != "NoSuchBucket",
        // 405: that version is a deletion
        405 | 412 => true,
        _ => false,
    }
}

fn failed<E>(
    what: &'static str,
    bucket: &str,
    key: &str,
    error: &SdkError<E, HttpResponse>,
) -> StoreError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    StoreError {
        what,
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        trouble: trouble(error, &[]),
    }
}

/// A key as `x-amz-copy-source` wants it
fn encoded(key: &str) -> String {
    let mut encoded = String::with_capacity(key.len());
    for byte in key.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_encoded_but_for_its_slashes() {
        assert_eq!(
            encoded("incoming/a+b c?&.csv"),
            "incoming/a%2Bb%20c%3F%26.csv"
        );
        assert_eq!(encoded("\u{e9}"), "%C3%A9");
    }
}
