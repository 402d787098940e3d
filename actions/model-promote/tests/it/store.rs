//! What lies in S3, and an endpoint that answers rows: one small server for both, because they share no address.
//!
//! `GET /<bucket>/<key>` gives an object or S3's own 404. `POST /endpoints/<name>/invocations` answers each row with
//! its first column times a factor, so that a test decides whether the golden predictions hold.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};

#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    objects: Arc<Mutex<BTreeMap<String, String>>>,
    factor: Arc<Mutex<f64>>,
    url: String,
}

impl Store {
    /// One on a free port, which ends with the tests.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let store = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            ..Self::default()
        };
        store.answer_times(1.0);
        let router = Router::new()
            .route("/endpoints/{name}/invocations", post(invoke))
            .route("/{*address}", get(object))
            .with_state(store.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                axum::serve(listener, router).await
            })
        });
        store
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Puts an object to `<bucket>/<key>`.
    pub(crate) fn put(&self, address: &str, text: String) {
        self.objects
            .lock()
            .unwrap()
            .insert(address.to_owned(), text);
    }

    /// Takes an object away.
    pub(crate) fn remove(&self, address: &str) {
        self.objects.lock().unwrap().remove(address);
    }

    /// From now on the endpoint answers rows with their first column times this.
    pub(crate) fn answer_times(&self, factor: f64) {
        *self.factor.lock().unwrap() = factor;
    }
}

async fn object(State(store): State<Store>, Path(address): Path<String>) -> (StatusCode, String) {
    match store.objects.lock().unwrap().get(&address) {
        Some(text) => (StatusCode::OK, text.clone()),
        None => (
            StatusCode::NOT_FOUND,
            "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>".to_owned(),
        ),
    }
}

async fn invoke(State(store): State<Store>, body: String) -> String {
    let factor = *store.factor.lock().unwrap();
    let answers = body.lines().map(|row| {
        let first = row.split(',').next().unwrap();
        (first.parse::<f64>().unwrap() * factor).to_string()
    });
    answers.collect::<Vec<_>>().join("\n")
}
