//! The connection: what goes wrong on demand, who may ask, and the record of it all.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;

use crate::faults::{self, Does};
use crate::state::{Recorded, State};
use crate::{api, v2};

pub(crate) type Shared = Arc<Mutex<State>>;
pub(crate) type Reply = Response<BoxBody<Bytes, io::Error>>;

pub(crate) fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a server in a thread of its own; gives its address.
pub(crate) fn start(port: u16, state: Shared) -> io::Result<String> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    lock(&state).url.clone_from(&url);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let serve = service_fn(move |request| serve(Arc::clone(&state), request));
                    // a connection that breaks is what some faults are for
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), serve)
                        .await
                        .ok();
                });
            }
            #[expect(unreachable_code, reason = "gives the block its type")]
            Ok::<(), io::Error>(())
        })
    });
    Ok(url)
}

/// The connection breaks here.
#[derive(Debug)]
pub(crate) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("broken on demand")
    }
}

impl std::error::Error for Broken {}

/// A request with what should become of it.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) head: hyper::http::request::Parts,
    pub(crate) body: Incoming,
    /// The connection breaks when so many bytes of the body came.
    pub(crate) breaks_at: Option<u64>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The next piece of the body.
    pub(crate) async fn piece(&mut self, so_far: u64) -> Result<Option<Bytes>, Broken> {
        loop {
            let Some(frame) = self.body.frame().await else {
                return Ok(None);
            };
            let Ok(bytes) = frame.map_err(|_| Broken)?.into_data() else {
                continue;
            };
            let end = so_far + bytes.len() as u64;
            if self.breaks_at.is_some_and(|breaks| end >= breaks) {
                return Err(Broken);
            }
            return Ok(Some(bytes));
        }
    }

    pub(crate) async fn whole(&mut self) -> Result<Bytes, Broken> {
        let mut whole = Vec::new();
        while let Some(piece) = self.piece(whole.len() as u64).await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }
}

async fn serve(state: Shared, request: Request<Incoming>) -> Result<Reply, Broken> {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target");
    let operation = target
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.rsplit_once('.'))
        .map(|(_, operation)| operation.to_owned());
    let query = head.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let (method, path) = match &operation {
        Some(operation) => ("API".to_owned(), operation.clone()),
        None => (head.method.to_string(), head.uri.path().to_owned()),
    };
    let (number, does) = {
        let mut state = lock(&state);
        state.requests.push(Recorded {
            method: method.clone(),
            path: path.clone(),
            status: 0,
            bytes: 0,
        });
        let does = faults::due(&mut state.faults, &method, &path);
        (state.requests.len() - 1, does)
    };
    let mut asked = Asked {
        method,
        path,
        query,
        head,
        body,
        breaks_at: None,
    };
    match does {
        Some(Does::Answer(status, code, words)) => {
            asked.whole().await?;
            return done(&state, number, refuse(status, code, words));
        }
        Some(Does::Throttle(seconds)) => {
            asked.whole().await?;
            let mut reply = refuse(429, "TOOMANYREQUESTS", "Rate exceeded");
            header(&mut reply, "retry-after", &seconds.to_string());
            return done(&state, number, reply);
        }
        Some(Does::Reset(0)) => return Err(Broken),
        Some(Does::Reset(bytes)) => asked.breaks_at = Some(bytes),
        Some(Does::Hang) => hang(&state).await,
        Some(Does::ExpireSession) => lock(&state).uploads.clear(),
        Some(Does::ExpireCredentials) => lock(&state).password += 1,
        _ => {}
    }
    let received = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let reply = match operation {
        Some(operation) => api::answer(&state, &operation, &mut asked).await?,
        None => v2::answer(&state, &mut asked, &received).await?,
    };
    if let Some(recorded) = lock(&state).requests.get_mut(number) {
        recorded.bytes = received.load(std::sync::atomic::Ordering::Relaxed);
    }
    match does {
        Some(Does::LoseAnswer) => Err(Broken),
        Some(Does::HangAfter) => hang(&state).await,
        does => done(&state, number, spoil(reply, does)),
    }
}

async fn hang(state: &Shared) -> ! {
    lock(state).hanging = true;
    std::future::pending().await
}

fn done(state: &Shared, number: usize, reply: Reply) -> Result<Reply, Broken> {
    // the record may have been taken meanwhile
    if let Some(recorded) = lock(state).requests.get_mut(number) {
        recorded.status = reply.status().as_u16();
    }
    Ok(reply)
}

/// An answer that lies.
fn spoil(mut reply: Reply, does: Option<Does>) -> Reply {
    let other = "sha256:".to_owned() + &"0".repeat(64);
    match does {
        Some(Does::WrongDigest) => header(&mut reply, "docker-content-digest", &other),
        Some(Does::WrongLength) => header(&mut reply, "content-length", "7"),
        Some(Does::NoLocation) => {
            reply.headers_mut().remove("location");
        }
        Some(Does::OddLocation) => header(&mut reply, "location", "ftp://elsewhere.example/x"),
        Some(Does::WrongBody) => {
            let length = reply.body().size_hint().exact().unwrap_or(10);
            let zeros = vec![b'0'; usize::try_from(length).unwrap_or(10)];
            *reply.body_mut() = full(zeros);
        }
        Some(Does::Endless) => {
            reply.headers_mut().remove("content-length");
            *reply.body_mut() = BoxBody::new(Zeros);
        }
        _ => {}
    }
    reply
}

/// A body without an end.
struct Zeros;

impl Body for Zeros {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b' '; 65536])))))
    }
}

pub(crate) fn full(bytes: impl Into<Bytes>) -> BoxBody<Bytes, io::Error> {
    let never = |never: Infallible| match never {};
    BoxBody::new(Full::new(bytes.into()).map_err(never))
}

pub(crate) fn reply(status: u16, bytes: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(full(bytes));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    reply
}

pub(crate) fn header(reply: &mut Reply, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        reply.headers_mut().insert(name, value);
    }
}

/// An error as `/v2/` writes it.
pub(crate) fn refuse(status: u16, code: &str, words: &str) -> Reply {
    let body = json!({"errors": [{"code": code, "message": words}]});
    let mut reply = reply(status, body.to_string());
    header(&mut reply, "content-type", "application/json");
    reply
}
