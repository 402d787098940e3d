//! The server: one address for both services' operations, three for whoever runs the simulator.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::endpoints;
use crate::operations::{self, CLOUDWATCH, Handler, SAGEMAKER, Service};
use crate::query;
use crate::runtime::{self, Request};
use crate::site::Site;
use crate::wire::{self, Caller, Failure};
use crate::world::{Answer, Call, World};

/// How a simulator behaves
#[derive(Debug, Clone)]
pub struct Config {
    /// Account of every caller whose access key is not itself twelve digits
    pub account: String,
    /// How long endpoints take to come up, change and go
    pub transition: Duration,
    /// The time; keep a clone to move it
    pub clock: Clock,
    /// Seconds that a deployment policy or an alarm's period names, in one second of the clock: 100 lets 300 seconds of baking pass in 3. Without
    /// an end (the default) a rollout takes no longer than `transition`.
    pub speed: f64,
    /// Where S3, Lambda and EventBridge are, if that is known already; see [`crate::Simulator::connect`]
    pub aws_url: Option<String>,
    /// Whether endpoints load their models from there, and fail without them as in AWS. Otherwise they come up without, and answer nothing.
    pub loads_models: bool,
    /// The Python interpreter of jobs and steps; `python3` from `path` if there is none
    pub python: Option<PathBuf>,
    /// `PATH` of the processes: they are given nothing else of the machine's environment
    pub path: String,
    /// Where processes have their files; without it a temporary folder, which ends with the simulator
    pub folder: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            account: "000000000000".into(),
            transition: Duration::from_millis(200),
            clock: Clock::machine(),
            speed: f64::INFINITY,
            aws_url: None,
            loads_models: true,
            python: None,
            path: "/usr/local/bin:/usr/bin:/bin".into(),
            folder: None,
        }
    }
}

/// More than any operation takes, so that too much is answered in AWS's words
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// How often endpoints are settled without being asked, so that events and captures are not late
const PULSE: Duration = Duration::from_millis(50);

struct Server {
    site: Arc<Site>,
    forms: AtomicU64,
}

/// Answers on `listener` until the future is dropped
pub async fn serve(listener: TcpListener, config: Config) -> io::Result<()> {
    let url = format!("http://{}", listener.local_addr()?);
    serve_site(listener, Site::new(config, url)).await
}

/// Ends the processes, however the server ends
struct AtTheEnd(Arc<Site>);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.end();
    }
}

pub(crate) async fn serve_site(listener: TcpListener, site: Arc<Site>) -> io::Result<()> {
    let _end = AtTheEnd(Arc::clone(&site));
    let server = Arc::new(Server {
        site: Arc::clone(&site),
        forms: AtomicU64::default(),
    });
    let router = Router::new()
        .route("/", post(call))
        .route(
            "/_sim/health",
            get(|| async { json_answer(StatusCode::OK, &json!({"status": "ok"})) }),
        )
        .route("/_sim/faults", post(add_fault).delete(clear_faults))
        .route("/endpoints/{name}/invocations", post(invoke))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .route("/_sim/clock", post(advance))
        .route("/_sim/logs/{id}", get(logs))
        .with_state(server);
    tokio::select! {
        ended = axum::serve(listener, router) => ended,
        never = pulse(site) => never,
    }
}

async fn pulse(site: Arc<Site>) -> io::Result<()> {
    loop {
        tokio::time::sleep(PULSE).await;
        site.change(|world, now| {
            if world.connected {
                endpoints::settle(world, now, site.pace());
            }
        });
    }
}

impl Server {
    fn world(&self) -> MutexGuard<'_, World> {
        self.site.world()
    }

    fn json(&self, headers: &HeaderMap, body: &[u8]) -> Answer {
        // before the caller: another service's client is to hear that it is not answered, not that it signs wrongly
        let (service, operation) = wire::target(headers)?;
        let caller = self.caller(headers, service)?;
        let handler = service.find(operation)?;
        let input = wire::body(body)?;
        self.run(service, operation, handler, caller, &input)
    }

    fn form(&self, headers: &HeaderMap, body: &[u8]) -> Response {
        let number = self.forms.fetch_add(1, Ordering::Relaxed);
        let request = format!("00000000-0000-4000-8000-{number:012x}");
        let (operation, answer) = match query::parse(body) {
            Ok((operation, form)) => {
                let answer = self.caller(headers, &CLOUDWATCH).and_then(|caller| {
                    let handler = CLOUDWATCH.find(&operation)?;
                    let input = CLOUDWATCH.model.typed(&operation, &form);
                    let input = input.unwrap_or_default();
                    self.run(&CLOUDWATCH, &operation, handler, caller, &input)
                });
                (operation, answer)
            }
            Err(failure) => (String::new(), Err(failure)),
        };
        query::respond(&operation, &answer, &request)
    }

    fn caller(&self, headers: &HeaderMap, service: &Service) -> Result<Caller, Failure> {
        Caller::parse(headers, service.signing_name, &self.site.config.account)
    }

    fn run(
        &self,
        service: &Service,
        operation: &str,
        handler: Handler,
        caller: Caller,
        input: &Value,
    ) -> Answer {
        let input = service
            .model
            .check(operation, input)
            .unwrap_or_else(|| Err(Failure::new("InternalFailure", "no shape")))?;
        self.site.change(|world, now| {
            let call = Call {
                operation,
                input,
                caller,
                now,
                pace: self.site.pace(),
            };
            operations::run(handler, world, &call)
        })
    }
}

async fn call(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    if query::is_form(&headers) {
        server.form(&headers, &body)
    } else {
        respond(server.json(&headers, &body))
    }
}

/// SageMaker Runtime's one operation, in the REST form that its clients speak
async fn invoke(
    State(server): State<Arc<Server>>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let caller = match server.caller(&headers, &SAGEMAKER) {
        Ok(caller) => caller,
        Err(failure) => return refuse(&failure, json!({})),
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let request = Request {
        endpoint: &endpoint,
        variant: header("x-amzn-sagemaker-target-variant"),
        inference_id: header("x-amzn-sagemaker-inference-id"),
        content_type: header("content-type").unwrap_or("application/octet-stream"),
        accept: header("accept").unwrap_or_default(),
        body: &body,
        caller: &caller,
    };
    let pace = server.site.pace();
    let answer = server.site.change(|world, now| {
        endpoints::settle(world, now, pace);
        runtime::invoke(world, &request, now, pace)
    });
    let wait = match &answer {
        Ok(reply) => reply.wait,
        Err(refusal) => refusal.wait,
    };
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match answer {
        Ok(reply) => {
            let mut response = reply.body.into_response();
            let set = response.headers_mut();
            set.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static(reply.content_type),
            );
            if let Ok(variant) = HeaderValue::from_str(&reply.variant) {
                set.insert("x-amzn-invoked-production-variant", variant);
            }
            response
        }
        Err(refusal) => refuse(&refusal.failure, refusal.members),
    }
}

/// An error as the runtime says it: its members beside the message
fn refuse(failure: &Failure, mut members: Value) -> Response {
    members["Message"] = failure.message.as_str().into();
    let mut response = json_answer(failure.status, &members);
    let set = response.headers_mut();
    set.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    set.insert("x-amzn-errortype", HeaderValue::from_static(failure.code));
    response
}

async fn add_fault(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    respond(parse(&body).and_then(|fault| {
        server.world().faults.add(fault)?;
        Ok(json!({}))
    }))
}

async fn clear_faults(State(server): State<Arc<Server>>) -> Response {
    server.world().faults.clear();
    respond(Ok(json!({})))
}

/// What a process wrote, by the id of its run or the name of its job: standard output, then standard error
async fn logs(State(server): State<Arc<Server>>, Path(id): Path<String>) -> Response {
    let Some(folder) = server.world().logs.get(&id).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
    let both = [read("stdout"), read("stderr")].concat();
    String::from_utf8_lossy(&both).into_owned().into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: f64,
}

async fn advance(State(server): State<Arc<Server>>, body: Bytes) -> Response {
    respond(parse(&body).and_then(|step: Advance| {
        let duration = Duration::try_from_secs_f64(step.advance_seconds)
            .map_err(|error| Failure::validation(error.to_string()))?;
        server.site.config.clock.advance(duration);
        Ok(json!({ "now": server.site.config.clock.now().as_secs_f64() }))
    }))
}

fn parse<T: for<'a> Deserialize<'a>>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Failure::validation(error.to_string()))
}

fn respond(answer: Answer) -> Response {
    match answer {
        Ok(value) => json_answer(StatusCode::OK, &value),
        Err(failure) => {
            let mut response = json_answer(failure.status, &failure.body());
            response
                .headers_mut()
                .insert("x-amzn-errortype", HeaderValue::from_static(failure.code));
            response
        }
    }
}

fn json_answer(status: StatusCode, value: &Value) -> Response {
    let body = match value {
        Value::Null => String::new(),
        value => value.to_string(),
    };
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.1")];
    (status, kind, body).into_response()
}
