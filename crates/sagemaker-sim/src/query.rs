//! AWS's Query protocol on the wire: a form comes in, XML goes out.
//!
//! CloudWatch speaks it to the AWS provider (`Action=DescribeAlarms&AlarmNames.member.1=...`). Within the simulator an input is the same
//! JSON as SageMaker's, and so is an answer; only this file knows that they travel otherwise, and that Query has its own names for the
//! errors that all services share. CloudWatch's other protocols (awsJson, CBOR) are not spoken.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::shapes::Form;
use crate::wire::Failure;
use crate::world::Answer;

const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";
const VERSION: &str = "2010-08-01";

/// Whether the request is a form
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The action that a form asks for, and its parameters
pub(crate) fn parse(body: &[u8]) -> Result<(String, Form), Failure> {
    let mut form = Form::default();
    let (mut action, mut version) = (None, None);
    for (name, value) in form_urlencoded::parse(body) {
        if !value.chars().all(is_xml) {
            return Err(Failure::new(
                "SerializationException",
                format!("The value of '{name}' has a character that XML cannot hold"),
            ));
        }
        match name.as_ref() {
            "Action" => action = Some(value.into_owned()),
            "Version" => version = Some(value.into_owned()),
            _ => form.insert(&name, &value),
        }
    }
    let action = action.ok_or_else(|| {
        Failure::new(
            "MissingAction",
            "The request must contain the parameter Action.",
        )
    })?;
    if version.as_deref() != Some(VERSION) {
        return Err(Failure::new(
            "InvalidAction",
            format!(
                "Could not find operation {action} for version {}",
                version.as_deref().unwrap_or("NO_VERSION_SPECIFIED")
            ),
        ));
    }
    Ok((action, form))
}

/// An answer as XML; `request` is the request's id
pub(crate) fn respond(action: &str, answer: &Answer, request: &str) -> Response {
    let (status, body) = match answer {
        Ok(value) => (StatusCode::OK, success(action, value, request)),
        Err(failure) => (failure.status, error(failure, request)),
    };
    let mut response = (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response();
    if let Ok(request) = HeaderValue::from_str(request) {
        response.headers_mut().insert("x-amzn-requestid", request);
    }
    response
}

/// `Null` is an operation without a result
fn success(action: &str, value: &Value, request: &str) -> String {
    let mut inner = String::new();
    if !value.is_null() {
        write(&mut inner, &format!("{action}Result"), value);
    }
    format!(
        r#"<{action}Response xmlns="{NAMESPACE}">{inner}<ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></{action}Response>"#
    )
}

fn error(failure: &Failure, request: &str) -> String {
    let fault = match failure.status.is_client_error() {
        true => "Sender",
        false => "Receiver",
    };
    format!(
        r#"<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"#,
        code(failure.code),
        escape(&failure.message),
    )
}

/// Query's name for an error that awsJson calls otherwise
fn code(code: &str) -> &str {
    match code {
        "ValidationException" => "ValidationError",
        "SerializationException" => "MalformedInput",
        "UnknownOperationException" => "InvalidAction",
        "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
        "IncompleteSignatureException" => "IncompleteSignature",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        its_own => its_own,
    }
}

fn write(xml: &mut String, name: &str, value: &Value) {
    xml.push_str(&format!("<{name}>"));
    match value {
        Value::Object(members) => {
            for (member, value) in members {
                write(xml, member, value);
            }
        }
        Value::Array(items) => {
            for item in items {
                write(xml, "member", item);
            }
        }
        Value::String(text) => xml.push_str(&escape(text)),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => xml.push_str(&value.to_string()),
    }
    xml.push_str(&format!("</{name}>"));
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // a parser would read a bare one as a line feed
            '\r' => escaped.push_str("&#xD;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// What XML 1.0 can hold, escaped or not
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
