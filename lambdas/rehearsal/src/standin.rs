//! A server for operations that the sandbox does not answer: each test says in a closure what it answers.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::{Value, json};

/// An answer, or the name of AWS's error and its status
pub type Said = Result<Value, (u16, &'static str)>;

type Answers = Arc<Mutex<dyn FnMut(&str, Value) -> Said + Send>>;

/// Answers `X-Amz-Target` operations of AWS's JSON protocol until the program ends
#[derive(Debug, Clone)]
pub struct Standin {
    url: String,
}

impl Standin {
    /// Starts one; `answers` is given the operation and its input
    pub async fn start(answers: impl FnMut(&str, Value) -> Said + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a listener has an address");
        let answers: Answers = Arc::new(Mutex::new(answers));
        let router = Router::new().route("/", post(call)).with_state(answers);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url: format!("http://{address}/"),
        }
    }

    /// Where it answers
    pub fn url(&self) -> String {
        self.url.clone()
    }
}

async fn call(State(answers): State<Answers>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    let input = serde_json::from_slice(&body).unwrap_or_default();
    let said = {
        let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers(operation.unwrap_or_default(), input)
    };
    let (status, body) = match said {
        Ok(answer) => (StatusCode::OK, answer),
        Err((status, name)) => (
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            json!({"__type": name, "message": "as the test wishes"}),
        ),
    };
    let json = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, json, body.to_string()).into_response()
}
