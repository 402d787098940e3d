//! The real program, from its start to its first answer: Lambda's Runtime API on loopback, an event of API Gateway, a stand-in
//! for the endpoint. How long that takes depends on how it is built; with the profile `lambda`:
//!
//!     cargo build --profile lambda -p predict-api
//!     TOWPATH_PREDICT_API=target/lambda/predict-api cargo test -p predict-api cold_start -- --nocapture

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};

use crate::stand_in::{ENDPOINT, Mood, StandIn, instance};

/// Lambda's side: one event, then silence
struct Lambda {
    event: Mutex<Option<String>>,
    answers: mpsc::UnboundedSender<(String, Value)>,
}

async fn next(State(lambda): State<&'static Lambda>) -> Response {
    let Some(event) = lambda.event.lock().await.take() else {
        return std::future::pending().await;
    };
    let deadline = SystemTime::now() + Duration::from_secs(10);
    let deadline = deadline
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis()
        .to_string();
    let headers = [
        (
            "lambda-runtime-aws-request-id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("lambda-runtime-deadline-ms", &deadline),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:predict-api",
        ),
    ];
    (headers, event).into_response()
}

async fn answered(
    State(lambda): State<&'static Lambda>,
    Path((_, what)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    lambda
        .answers
        .send((what, serde_json::from_str(&body).unwrap()))
        .unwrap();
    StatusCode::ACCEPTED
}

struct Function(Child);

impl Drop for Function {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn start(runtime: SocketAddr, sagemaker: SocketAddr) -> Function {
    let program = std::env::var_os("TOWPATH_PREDICT_API");
    let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_predict-api").into());
    let child = Command::new(program)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime.to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "towpath-test-predict-api")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "g")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "s")
        .env("AWS_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env(
            "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
            format!("http://{sagemaker}"),
        )
        .env("ENDPOINT_NAME", ENDPOINT)
        .stdout(Stdio::null())
        .spawn();
    Function(child.unwrap())
}

/// From the start of the process to its first answer
async fn cold_start() -> Duration {
    let standin = StandIn::new(Mood::Scores).await;
    let event = json!({
        "version": "2.0", "routeKey": "POST /predict", "rawPath": "/predict", "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api"},
        "requestContext": {
            "accountId": "000000000000", "apiId": "a", "domainName": "api", "stage": "$default",
            "http": {"method": "POST", "path": "/predict", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"},
        },
        "body": instance().to_string(), "isBase64Encoded": false,
    });
    let (answers, mut answered_with) = mpsc::unbounded_channel();
    let lambda: &'static Lambda = Box::leak(Box::new(Lambda {
        event: Mutex::new(Some(event.to_string())),
        answers,
    }));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let runtime = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{what}", post(answered))
        .with_state(lambda);
    tokio::spawn(async move { axum::serve(listener, app).await });
    let started = Instant::now();
    let _function = start(runtime, standin.address);
    let (what, answer) = answered_with.recv().await.unwrap();
    let took = started.elapsed();
    assert_eq!(
        (what.as_str(), &answer["statusCode"]),
        ("response", &200.into()),
        "{answer}"
    );
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["predictions"][0]["median_house_value"], 375_000.0);
    assert_eq!(body["model"]["variant"], "champion");
    took
}

#[tokio::test]
async fn a_process_answers_soon_after_its_start() {
    let mut times = Vec::new();
    for _ in 0..11 {
        times.push(cold_start().await);
    }
    times.sort();
    println!(
        "cold start: median {:.1?}, worst {:.1?}",
        times[5], times[10]
    );
    // what is aimed at is 100 ms; a machine that does other things at the same time takes longer
    assert!(times[0] < Duration::from_secs(2), "{times:?}");
}

#[test]
fn without_its_variable_it_says_so_and_ends() {
    let output = Command::new(env!("CARGO_BIN_EXE_predict-api"))
        .env_clear()
        .output()
        .unwrap();
    assert!(!output.status.success());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["error"], "the variable `ENDPOINT_NAME` is not set");
}
