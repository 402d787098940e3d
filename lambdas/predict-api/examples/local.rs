//! The API without Lambda, on loopback: for the pages, for load, for trying it by hand.
//!
//!     ENDPOINT_NAME=towpath-prod-housing cargo run -p predict-api --example local -- --port 8080
//!
//! Where SageMaker is, the standard variables say (`AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME`). Port 0 takes a free one; the address
//! is the first line on standard output.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_config::BehaviorVersion;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use predict_api::{Api, Request};
use tokio::net::TcpListener;

/// As much as API Gateway lets through
const MOST_BYTES: usize = 10 << 20;
/// As long as API Gateway waits
const TIME: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = port()?;
    let endpoint = env::var_os("ENDPOINT_NAME").and_then(|name| name.into_string().ok());
    let endpoint = endpoint.ok_or("set ENDPOINT_NAME")?;
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let api = Arc::new(Api::new(&endpoint, &config)?);
    let app = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(api);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    Ok(axum::serve(listener, app).await?)
}

fn port() -> Result<u16, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Ok(8080),
        ["--port", port] => Ok(port.parse()?),
        _ => Err("usage: local [--port <port>]".into()),
    }
}

async fn answer(
    State(api): State<Arc<Api>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let request = Request {
        method: method.to_string(),
        path: uri.path().to_owned(),
        content_type: text(header::CONTENT_TYPE),
        content_encoding: text(header::CONTENT_ENCODING),
        body: Ok(body.into()),
        deadline: Instant::now() + TIME,
    };
    let response = api.answer(&request).await;
    let status = axum::http::StatusCode::from_u16(response.status).unwrap_or_default();
    let mut answer = (status, response.body).into_response();
    for (name, value) in response.headers {
        if let Ok(value) = value.parse() {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
