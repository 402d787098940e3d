//! The connection: who may ask, what goes wrong on demand, and lists in pages with their `Link` header.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as Received, State as Shared};
use axum::http::Response;
use serde_json::{Value, json};

use crate::interrupt::When;
use crate::repository::REPOSITORY;
use crate::routes::{self, Answer, Request};
use crate::{State, releases};

/// No request here is larger.
const LARGEST: usize = 64 << 20;

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
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let whole = percent_decoded(head.uri.path());
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let authorised = head.headers.get("authorization");
    let authorised = authorised.and_then(|value| value.to_str().ok());
    let authorised = authorised.unwrap_or_default();
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = whole.strip_prefix("/storage/") {
        return stored(&state, id, authorised);
    }
    let ours = format!("/repos/{REPOSITORY}");
    let uploaded = whole.strip_prefix("/uploads");
    let uploaded = uploaded.and_then(|path| path.strip_prefix(&ours));
    let uploaded = uploaded.map(|path| format!("/uploads{path}"));
    let Some(path) = uploaded.as_deref().or_else(|| whole.strip_prefix(&ours)) else {
        return sent(404, &[], &json!({"message": "Not Found"}));
    };
    let request = Request {
        method: head.method.as_str(),
        path,
        query: form_urlencoded::parse(query).into_owned().collect(),
        login: routes::login(authorised),
        body: json,
        bytes: body.to_vec(),
        url: &url,
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
    let stops = stops(&mut state);
    if stops.is_some_and(|when| when != When::After) {
        if stops == Some(When::Halfway) {
            halfway(&mut state, &request);
        }
        return stopped(&mut state);
    }
    let answer = routes::answer(&mut state.repository, &request);
    if stops.is_some() {
        return stopped(&mut state);
    }
    match answer {
        Answer::One(status, value) => sent(status, &[], &value),
        Answer::List(all) => page(&url, &request, &all),
        Answer::Nothing => Response::builder()
            .status(204)
            .body(Body::empty())
            .unwrap_or_default(),
        Answer::Elsewhere(url) => sent(302, &[("location", &url)], &Value::Null),
    }
}

/// Whether this request is the one that stops somebody.
fn stops(state: &mut State) -> Option<When> {
    let interrupt = state.interrupt.as_mut()?;
    if interrupt.left > 0 {
        interrupt.left -= 1;
        return None;
    }
    Some(interrupt.when)
}

fn stopped(state: &mut State) -> Response<Body> {
    if let Some(mut interrupt) = state.interrupt.take() {
        (interrupt.then)();
    }
    sent(502, &[], &json!({"message": "Bad Gateway"}))
}

/// Half of a file, where one was sent.
fn halfway(state: &mut State, request: &Request<'_>) {
    let parts: Vec<&str> = request
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let (["uploads", "releases", id, "assets"], Some(name)) =
        (parts.as_slice(), request.asked("name"))
    else {
        return;
    };
    let half = &request.bytes[..request.bytes.len() / 2];
    releases::upload(&mut state.repository, id, name, half, false);
}

/// A file, as the storage behind GitHub gives it: to anybody who was sent there, and to nobody who brings a token of GitHub's.
fn stored(state: &State, id: &str, authorised: &str) -> Response<Body> {
    match state.repository.releases.stored(id) {
        _ if !authorised.is_empty() => sent(
            400,
            &[],
            &json!({"message": "Only one auth mechanism allowed"}),
        ),
        Some(bytes) => Response::new(Body::from(bytes.to_vec())),
        None => sent(404, &[], &json!({"message": "Not Found"})),
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
