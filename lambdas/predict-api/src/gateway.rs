//! API Gateway's HTTP API as it calls a function: payload format 2.0.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::collections::BTreeMap;
use std::time::Instant;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::http::{Request, Response, UnreadableBody};

/// What comes from the gateway
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    raw_path: String,
    /// Names in small letters
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Debug, Deserialize)]
struct Context {
    http: Http,
    #[serde(default)]
    stage: String,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

/// What goes to the gateway
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    status_code: u16,
    headers: BTreeMap<&'static str, String>,
    body: String,
    is_base64_encoded: bool,
}

impl Event {
    pub(crate) fn into_request(mut self, deadline: Instant) -> Request {
        // a stage that is not the default one is part of the path
        let stage = format!("/{}", self.request_context.stage);
        let path = match self.raw_path.strip_prefix(&stage) {
            Some(path) if path.starts_with('/') => path.to_owned(),
            _ => self.raw_path,
        };
        let body = self.body.unwrap_or_default();
        Request {
            method: self.request_context.http.method,
            path,
            content_type: self.headers.remove("content-type"),
            content_encoding: self.headers.remove("content-encoding"),
            body: match self.is_base64_encoded {
                true => BASE64_STANDARD.decode(body).map_err(|_| UnreadableBody),
                false => Ok(body.into_bytes()),
            },
            deadline,
        }
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        Self {
            status_code: response.status,
            headers: response.headers.into_iter().collect(),
            body: response.body,
            is_base64_encoded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(event: serde_json::Value) -> Request {
        let event: Event = serde_json::from_value(event).unwrap();
        event.into_request(Instant::now())
    }

    #[test]
    fn a_body_in_base64_is_the_body() {
        let event = |body: &str| {
            serde_json::json!({
                "version": "2.0", "rawPath": "/predict", "isBase64Encoded": true, "body": body,
                "headers": {"content-type": "application/json"},
                "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
            })
        };
        assert_eq!(request(event("e30=")).body, Ok(b"{}".to_vec()));
        assert_eq!(
            request(event("e30=")).content_type.as_deref(),
            Some("application/json")
        );
        assert_eq!(request(event("?")).body, Err(UnreadableBody));
    }

    #[test]
    fn a_stage_is_no_part_of_the_path() {
        let path = |path: &str, stage: &str| {
            request(serde_json::json!({
                "rawPath": path, "requestContext": {"http": {"method": "GET"}, "stage": stage},
            }))
            .path
        };
        assert_eq!(path("/v1/model", "v1"), "/model");
        assert_eq!(path("/model", "$default"), "/model");
        assert_eq!(path("/model", "mod"), "/model");
    }
}
