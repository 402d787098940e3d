//! The connection: who may ask, what goes wrong on demand, and lists in pages with their `Link` header.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as Received, State as Shared};
use axum::http::Response;
use serde_json::{Value, json};

use crate::State;
use crate::repository::REPOSITORY;
use crate::routes::{self, Answer, Request};

/// No request here is larger.
const LARGEST: usize = 1 << 20;

/// Starts a server on a free port, in a thread of its own; gives its address.
pub(crate) fn start(state: Arc<Mutex<State>>) -> std::io::Result<String> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let router = Router::new()
        .fallback(serve)
        .with_state((url.clone(), state));
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            axum::serve(listener, router).await
        })
    });
    Ok(url)
}

async fn serve(
    Shared((url, state)): Shared<(String, Arc<Mutex<State>>)>,
    received: Received,
) -> Response<Body> {
    let (head, body) = received.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let whole = percent_decoded(head.uri.path());
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let authorised = head.headers.get("authorization");
    let authorised = authorised.and_then(|value| value.to_str().ok());
    let authorised = authorised.unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(path) = whole.strip_prefix(&format!("/repos/{REPOSITORY}")) else {
        return sent(404, &[], &json!({"message": "Not Found"}));
    };
    let request = Request {
        method: head.method.as_str(),
        path,
        query: form_urlencoded::parse(query).into_owned().collect(),
        login: routes::login(authorised),
        body,
    };
    state
        .requests
        .push(format!("{} {}", request.method, request.path));
    if authorised.is_empty() {
        return sent(401, &[], &json!({"message": "Bad credentials"}));
    }
    if let Some(answer) = failed(&mut state, &request) {
        return answer;
    }
    match routes::answer(&mut state.repository, &request) {
        Answer::One(status, value) => sent(status, &[], &value),
        Answer::List(all) => page(&url, &request, &all),
    }
}

/// The answer that a test asked for instead.
fn failed(state: &mut State, request: &Request<'_>) -> Option<Response<Body>> {
    let fault = state.faults.iter_mut().find(|fault| {
        fault.times > 0 && fault.method == request.method && request.path.ends_with(fault.path)
    })?;
    fault.times -= 1;
    let headers: Vec<(&str, &str)> = fault
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Some(sent(
        fault.status,
        &headers,
        &json!({"message": fault.message}),
    ))
}

fn page(url: &str, request: &Request<'_>, all: &[Value]) -> Response<Body> {
    let number = |name: &str, otherwise: usize| {
        let asked = request.asked(name).and_then(|text| text.parse().ok());
        asked.unwrap_or(otherwise).max(1)
    };
    let size = number("per_page", 30).min(100);
    let page = number("page", 1);
    let shown: Vec<&Value> = all.iter().skip((page - 1) * size).take(size).collect();
    let next = format!(
        "<{url}/repos/{REPOSITORY}{}?per_page={size}&page={}>; rel=\"next\"",
        request.path,
        page + 1
    );
    let links: &[(&str, &str)] = match all.len() > page * size {
        true => &[("link", &next)],
        false => &[],
    };
    sent(200, links, &json!(shown))
}

fn sent(status: u16, headers: &[(&str, &str)], value: &Value) -> Response<Body> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json; charset=utf-8");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response
        .body(Body::from(value.to_string()))
        .unwrap_or_default()
}

fn percent_decoded(path: &str) -> String {
    // a plus is a plus in a path, and a blank only in a query
    let path = path.replace('+', "%2B");
    let decoded = form_urlencoded::parse(path.as_bytes()).next();
    decoded
        .map(|(path, _)| path.into_owned())
        .unwrap_or_default()
}
