//! The object of an S3 event as EventBridge delivers it, and the identity that all deliveries of one event share.
//!
//! In such an event the key is written as it is: unlike in S3's own notifications it is not URL-encoded, so decoding it would turn a
//! plus sign into a space and read another object. `version-id` is there only when the bucket keeps versions; without it the ETag says
//! which content was meant, and `sequencer` tells two writes of the same content apart.

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One version of one object
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Name of its bucket
    pub bucket: String,
    /// Its key, not encoded
    pub key: String,
    /// Its version, where the bucket keeps them
    pub version_id: Option<String>,
    /// What it holds, without quotes
    pub etag: String,
    /// When it was written, among the writes of this key
    pub sequencer: String,
    /// Its length in bytes, as the event says
    pub size: u64,
}

/// Why a document is not such an event
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// Another shape
    #[error("the event is not one of S3 by EventBridge")]
    Shape(#[source] serde_json::Error),
    /// Another event
    #[error(
        "the event is `{detail_type}` of `{source_name}`, and not `Object Created` of `aws.s3`"
    )]
    Other {
        /// Its source
        source_name: String,
        /// Its kind
        detail_type: String,
    },
}

#[derive(Deserialize)]
struct Event {
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Detail,
}

#[derive(Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Created,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Created {
    key: String,
    #[serde(default)]
    size: u64,
    #[serde(rename = "version-id")]
    version_id: Option<String>,
    etag: String,
    sequencer: String,
}

impl Object {
    /// The object that an event speaks of
    ///
    /// # Errors
    /// Another event, or none at all.
    pub fn of(event: Value) -> Result<Self, EventError> {
        let event: Event = serde_json::from_value(event).map_err(EventError::Shape)?;
        if (event.source.as_str(), event.detail_type.as_str()) != ("aws.s3", "Object Created") {
            return Err(EventError::Other {
                source_name: event.source,
                detail_type: event.detail_type,
            });
        }
        let Detail { bucket, object } = event.detail;
        Ok(Self {
            bucket: bucket.name,
            key: object.key,
            version_id: object.version_id.filter(|version| !version.is_empty()),
            etag: object.etag.trim_matches('"').to_owned(),
            sequencer: object.sequencer,
            size: object.size,
        })
    }

    /// The same for every delivery of one write, and for no other write: the SHA-256, in hexadecimal, of a JSON list of bucket, key and
    /// version, or of bucket, key, ETag and sequencer. A list, because a key may hold whatever would separate the parts.
    pub fn id(&self) -> String {
        let (bucket, key) = (self.bucket.as_str(), self.key.as_str());
        let parts = match &self.version_id {
            Some(version) => vec![bucket, key, version],
            None => vec![bucket, key, &self.etag, &self.sequencer],
        };
        hex(&Sha256::digest(Value::from(parts).to_string()))
    }

    /// `s3://<bucket>/<key>`
    pub fn uri(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// What follows the last slash of the key; empty for what a console shows as a folder
    pub fn file_name(&self) -> &str {
        self.key
            .rsplit_once('/')
            .map_or(self.key.as_str(), |(_, name)| name)
    }
}

/// Lower-case hexadecimal
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(object: Value) -> Value {
        json!({
            "version": "0", "source": "aws.s3", "detail-type": "Object Created",
            "detail": {"version": "0", "bucket": {"name": "raw"}, "object": object, "reason": "PutObject"},
        })
    }

    fn object(changes: Value) -> Object {
        let mut object = json!({
            "key": "incoming/a.csv", "size": 3, "etag": "e", "version-id": "v", "sequencer": "00A",
        });
        for (member, value) in changes.as_object().unwrap() {
            object[member] = value.clone();
        }
        Object::of(event(object)).unwrap()
    }

    #[test]
    fn a_key_is_taken_as_it_is_written() {
        let key = "incoming/a+b%20c d/\u{e9}\n.csv";
        let object = object(json!({ "key": key }));
        assert_eq!(object.key, key);
        assert_eq!(object.file_name(), "\u{e9}\n.csv");
        assert_eq!(object.uri(), format!("s3://raw/{key}"));
    }

    #[test]
    fn deliveries_of_one_write_share_an_identity() {
        let first = object(json!({}));
        assert_eq!(
            first.id(),
            object(json!({"sequencer": "00B", "size": 4})).id()
        );
        assert_eq!(
            first.id(),
            hex(&Sha256::digest(r#"["raw","incoming/a.csv","v"]"#))
        );
    }

    #[test]
    fn writes_of_the_same_content_are_told_apart() {
        let ids = [
            object(json!({})).id(),
            object(json!({"version-id": "w"})).id(),
            object(json!({"version-id": null})).id(),
            object(json!({"version-id": ""})).id(),
            object(json!({"version-id": null, "sequencer": "00B"})).id(),
            object(json!({"version-id": null, "etag": "f"})).id(),
            object(json!({"key": "incoming/b.csv"})).id(),
        ];
        assert_eq!(ids[2], ids[3]);
        for (index, id) in ids.iter().enumerate() {
            let same = ids.iter().filter(|other| *other == id).count();
            let expected = if matches!(index, 2 | 3) { 2 } else { 1 };
            assert_eq!(same, expected, "{index}");
        }
    }

    #[test]
    fn no_separator_can_be_forged() {
        let split = object(json!({"key": "a", "version-id": "b\",\"c"}));
        let other = object(json!({"key": "a\",\"b", "version-id": "c"}));
        assert_ne!(split.id(), other.id());
    }

    #[test]
    fn other_events_are_refused() {
        let mut deleted = event(json!({"key": "a", "etag": "e", "sequencer": "0"}));
        deleted["detail-type"] = "Object Deleted".into();
        let error = Object::of(deleted).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the event is `Object Deleted` of `aws.s3`, and not `Object Created` of `aws.s3`"
        );
        let notification = json!({"Records": [{"s3": {"object": {"key": "a"}}}]});
        assert!(matches!(
            Object::of(notification),
            Err(EventError::Shape(_))
        ));
    }
}
