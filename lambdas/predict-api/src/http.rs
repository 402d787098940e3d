//! A request and a response, whatever carries them.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::telemetry::Measures;

/// What is asked
#[derive(Debug, Clone)]
pub struct Request {
    /// As in HTTP
    pub method: String,
    /// Without a query
    pub path: String,
    /// The header `Content-Type`
    pub content_type: Option<String>,
    /// The header `Content-Encoding`
    pub content_encoding: Option<String>,
    /// As it was sent; of a carrier's encoding nothing is left, or it was none
    pub body: Result<Vec<u8>, UnreadableBody>,
    /// When an answer is no use any more
    pub deadline: Instant,
}

/// The carrier said that a body is in base64, and it is not
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnreadableBody;

/// What is answered
#[derive(Debug, Clone)]
pub struct Response {
    /// As in HTTP
    pub status: u16,
    /// Names in small letters
    pub headers: Vec<(&'static str, String)>,
    /// JSON
    pub body: String,
    /// What there is to count
    pub measures: Measures,
}

impl Request {
    /// A request that has `time`
    pub fn new(method: &str, path: &str, body: impl Into<Vec<u8>>, time: Duration) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            content_type: Some("application/json".to_owned()),
            content_encoding: None,
            body: Ok(body.into()),
            deadline: Instant::now() + time,
        }
    }
}

impl Response {
    pub(crate) fn json(status: u16, content_type: &str, value: &Value) -> Self {
        Self::text(status, content_type, value.to_string())
    }

    /// A document that is text already, with what keeps a browser from taking it for anything else
    pub(crate) fn text(status: u16, content_type: &str, body: String) -> Self {
        let headers = [
            ("content-type", content_type),
            ("cache-control", "no-store"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
        ];
        Self {
            status,
            headers: headers.map(|(name, value)| (name, value.to_owned())).into(),
            body,
            measures: Measures::default(),
        }
    }

    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(200, "application/json", value)
    }

    /// With a header put in, or instead of the one of that name
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }
}
