//! The smallest S3, Lambda and EventBridge that the simulator needs: objects in memory, listings, a function that answers with its
//! input, and events that are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;
type Events = Arc<Mutex<Vec<Value>>>;

/// Runs until the test program ends
pub(crate) struct Store {
    pub(crate) url: String,
    objects: Objects,
    events: Events,
}

impl Store {
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (objects, events) = (Objects::default(), Events::default());
        let kept = Arc::clone(&events);
        let router = Router::new()
            .route(
                "/",
                post(move |body: Bytes| async move { put_events(&kept, &body) }),
            )
            .route("/2015-03-31/functions/{name}/invocations", post(invoke))
            .route("/{bucket}", get(list))
            .route("/{bucket}/{*key}", get(read).put(write))
            .with_state(Arc::clone(&objects));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await.unwrap();
            });
        });
        Self {
            url,
            objects,
            events,
        }
    }

    /// The object at `bucket/key`
    pub(crate) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.objects.lock().unwrap().get(key).cloned()
    }

    pub(crate) fn put(&self, key: &str, content: impl Into<Vec<u8>>) {
        let mut objects = self.objects.lock().unwrap();
        objects.insert(key.to_owned(), content.into());
    }

    /// The names of the objects that begin so
    pub(crate) fn keys(&self, start: &str) -> Vec<String> {
        let objects = self.objects.lock().unwrap();
        let keys = objects.keys().filter(|key| key.starts_with(start));
        keys.cloned().collect()
    }

    /// The details of all events of a kind, in the order in which they came
    pub(crate) fn events(&self, kind: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        let found = events.iter().filter(|event| event["DetailType"] == kind);
        found
            .map(|event| serde_json::from_str(event["Detail"].as_str().unwrap()).unwrap())
            .collect()
    }
}

fn put_events(kept: &Events, body: &[u8]) -> String {
    let request: Value = serde_json::from_slice(body).unwrap();
    let entries = request["Entries"].as_array().unwrap();
    for entry in entries {
        assert_eq!(entry["Source"], "aws.sagemaker");
    }
    kept.lock().unwrap().extend_from_slice(entries);
    r#"{"FailedEntryCount": 0}"#.to_owned()
}

async fn invoke(Path(name): Path<String>, body: Bytes) -> Response {
    if name.ends_with("failing") {
        let failed = [("x-amz-function-error", "Unhandled")];
        return (failed, r#"{"errorMessage":"no such endpoint"}"#).into_response();
    }
    body.into_response()
}

async fn list(
    State(objects): State<Objects>,
    Path(bucket): Path<String>,
    RawQuery(query): RawQuery,
) -> String {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let prefix = pairs.find(|(name, _)| name == "prefix");
    let start = format!("{bucket}/{}", prefix.map_or("".into(), |(_, value)| value));
    let objects = objects.lock().unwrap();
    let keys = objects.keys().filter(|key| key.starts_with(&start));
    let keys: String = keys
        .map(|key| {
            format!(
                "<Contents><Key>{}</Key></Contents>",
                &key[bucket.len() + 1..]
            )
        })
        .collect();
    format!("<ListBucketResult>{keys}</ListBucketResult>")
}

async fn read(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
) -> Response {
    match objects.lock().unwrap().get(&format!("{bucket}/{key}")) {
        Some(content) => {
            let etag = format!("\"{:032x}\"", content.len());
            ([(header::ETAG, etag)], content.clone()).into_response()
        }
        None => (
            StatusCode::NOT_FOUND,
            "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>",
        )
            .into_response(),
    }
}

async fn write(
    State(objects): State<Objects>,
    Path((bucket, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert!(headers.contains_key(header::AUTHORIZATION));
    let mut objects = objects.lock().unwrap();
    objects.insert(format!("{bucket}/{key}"), body.to_vec());
    StatusCode::OK
}
