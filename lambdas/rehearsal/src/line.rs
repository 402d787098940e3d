//! The line between a function and AWS: every call is written down, and it can be cut at any of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Notify;

/// When the line goes dead, at the n-th call from 1
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// AWS does not hear that call
    Before(usize),
    /// AWS hears it, and nobody hears AWS
    After(usize),
}

/// The line. A clone is the same line.
#[derive(Debug, Clone)]
pub struct Line {
    inner: SharedHttpClient,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Calls>,
    dead: Notify,
}

#[derive(Debug, Default)]
struct Calls {
    seen: Vec<String>,
    cut: Option<Cut>,
    /// Beginnings of `X-Amz-Target`, and where such calls go
    routes: Vec<(&'static str, String)>,
}

impl Line {
    /// A line in good order; calls whose `X-Amz-Target` begins with a name in `routes` go there
    pub fn new(routes: &[(&'static str, String)]) -> Self {
        let shared = Shared::default();
        lock(&shared.calls).routes = routes.to_vec();
        Self {
            inner: aws_smithy_http_client::Builder::new().build_http(),
            shared: Arc::new(shared),
        }
    }

    /// The same line, to be cut
    #[must_use]
    pub fn cut(self, cut: Cut) -> Self {
        lock(&self.shared.calls).cut = Some(cut);
        self
    }

    /// What was called so far, cut or not
    pub fn calls(&self) -> Vec<String> {
        lock(&self.shared.calls).seen.clone()
    }

    /// Until the line is dead
    pub async fn is_dead(&self) {
        self.shared.dead.notified().await;
    }
}

impl Shared {
    async fn dies(&self) {
        self.dead.notify_one();
        std::future::pending().await
    }
}

fn lock(calls: &Mutex<Calls>) -> MutexGuard<'_, Calls> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpClient for Line {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            inner: self.inner.http_connector(settings, components),
            shared: Arc::clone(&self.shared),
        })
    }
}

#[derive(Debug)]
struct Connector {
    inner: SharedHttpConnector,
    shared: Arc<Shared>,
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (cut, number) = {
            let mut calls = lock(&self.shared.calls);
            let route = calls
                .routes
                .iter()
                .find(|(name, _)| target.starts_with(name));
            if let Some((_, url)) = route.cloned() {
                request.set_uri(url).ok();
            }
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let target = target.rsplit('.').next().unwrap_or_default();
            let path = request.uri().splitn(4, '/').nth(3).unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            let seen = match target {
                "" => format!("{} {path}", request.method()),
                operation => operation.to_owned(),
            };
            calls.seen.push(seen);
            (calls.cut, calls.seen.len())
        };
        let shared = Arc::clone(&self.shared);
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            if cut == Some(Cut::Before(number)) {
                shared.dies().await;
            }
            let answer = inner.call(request).await;
            if cut == Some(Cut::After(number)) {
                shared.dies().await;
            }
            answer
        })
    }
}
