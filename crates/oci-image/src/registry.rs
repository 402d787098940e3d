//! One registry, by the protocol of the distribution specification (`/v2/`), and what ECR and others make of it.
//!
//! Small requests are made again, with growing waits, when the connection or the server fails; credentials are renewed
//! when they are refused in the middle. What comes back is read up to a limit, and a document or blob is believed when
//! its digest is right. Uploads are in [`upload`](self::upload), because making one again means a new session.

mod exchange;
mod read;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::{Authority, Scheme};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::auth::Authorizer;
use crate::connect::Connector;
use crate::payload::Payload;
use crate::{Credentials, RegistryError, Traffic};

pub(crate) use upload::Opened;

/// How long to go on.
#[derive(Clone, Debug)]
pub struct Patience {
    /// How often a request is made at most.
    pub attempts: u32,
    /// The wait before the second time; it doubles from there, and half of it is left to chance.
    pub first_wait: Duration,
    /// No wait is longer, also when the registry asks for it.
    pub longest_wait: Duration,
    /// A connection on which nothing moves for so long is given up.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 6,
            first_wait: Duration::from_millis(300),
            longest_wait: Duration::from_secs(30),
            stall: Duration::from_secs(60),
        }
    }
}

/// A client of one registry; clones share connections, credentials and counters.
#[derive(Clone)]
pub struct Registry(Arc<Inner>);

struct Inner {
    scheme: Scheme,
    authority: Authority,
    http: Client<HttpsConnector<Connector>, Payload>,
    authorizer: Authorizer,
    patience: Patience,
    traffic: Arc<Traffic>,
}

impl Registry {
    /// The registry at `endpoint`: `https://<host>`, or a host alone, which means TLS unless it is this machine.
    /// It has to be called inside of a tokio runtime.
    ///
    /// # Errors
    /// No address, or a machine without readable certificates.
    pub fn new(endpoint: &str, credentials: Credentials) -> Result<Self, RegistryError> {
        Self::patient(endpoint, credentials, Patience::default())
    }

    /// The same, with another patience.
    ///
    /// # Errors
    /// The same.
    pub fn patient(
        endpoint: &str,
        credentials: Credentials,
        patience: Patience,
    ) -> Result<Self, RegistryError> {
        let address = || RegistryError::Address {
            endpoint: endpoint.chars().take(200).collect(),
        };
        let whole = match endpoint {
            // where Docker's own images are is not what they are called
            "docker.io" => "https://registry-1.docker.io".to_owned(),
            whole if whole.contains("://") => whole.to_owned(),
            host if is_this_machine(host) => format!("http://{host}"),
            host => format!("https://{host}"),
        };
        let uri: Uri = whole.trim_end_matches('/').parse().map_err(|_| address())?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(address());
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) || uri.path().len() > 1 {
            return Err(address());
        }
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(Duration::from_secs(10)));
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(RegistryError::Certificates)?
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector::new(tcp));
        let http = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(20))
            .build(connector);
        Ok(Self(Arc::new(Inner {
            scheme: scheme.clone(),
            authority: authority.clone(),
            http,
            authorizer: Authorizer::new(credentials),
            patience,
            traffic: Arc::default(),
        })))
    }

    /// The host and port.
    pub fn host(&self) -> &str {
        self.0.authority.as_str()
    }

    /// What it has cost so far.
    pub fn traffic(&self) -> &Traffic {
        &self.0.traffic
    }

    /// Whether `other` is the same registry, so that it can mount our blobs.
    pub fn is(&self, other: &Self) -> bool {
        self.0.authority == other.0.authority
    }
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["localhost", "127.0.0.1", "[::1]"].contains(&name)
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "Registry({}://{})",
            self.0.scheme, self.0.authority
        )
    }
}
