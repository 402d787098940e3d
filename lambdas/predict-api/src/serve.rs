//! The API in Lambda's runtime: surroundings read once, then one request after the other.

use std::env;
use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_config::BehaviorVersion;
use lambda_runtime::{LambdaEvent, service_fn};

use crate::api::{Api, Unfit};
use crate::gateway::{Answer, Event};
use crate::telemetry::{Meter, embedded};

/// Serves until Lambda ends the process: the whole `main` of the function
pub fn serve() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let chain = chain(error.as_ref());
            let line =
                serde_json::json!({"level": "ERROR", "message": "failed to start", "error": chain});
            write(&line);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), lambda_runtime::Error> {
    let endpoint = variable("ENDPOINT_NAME")?;
    let meter = Arc::new(Meter::of(&endpoint));
    let config = aws_config::defaults(BehaviorVersion::latest()).load().await;
    let api = Arc::new(Api::new(&endpoint, &config)?);
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| {
        let (api, meter) = (Arc::clone(&api), Arc::clone(&meter));
        async move {
            let started = Instant::now();
            let (event, context) = event.into_parts();
            let deadline = UNIX_EPOCH + Duration::from_millis(context.deadline);
            let left = deadline
                .duration_since(SystemTime::now())
                .unwrap_or_default();
            let request = event.into_request(started + left);
            let response = api.answer(&request).await;
            let about = (request.path.as_str(), context.request_id.as_str());
            let took = started.elapsed();
            write(&embedded(
                &meter,
                about,
                response.status,
                took,
                &response.measures,
            ));
            Ok::<_, lambda_runtime::Error>(Answer::from(response))
        }
    }))
    .await
}

fn variable(name: &'static str) -> Result<String, Unfit> {
    let value = env::var_os(name).and_then(|value| value.into_string().ok());
    value
        .filter(|value| !value.is_empty())
        .ok_or(Unfit::Variable(name))
}

/// An error with its causes, in one line
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

fn write(line: &serde_json::Value) {
    // nobody is left to be told that standard output is closed
    writeln!(io::stdout().lock(), "{line}").ok();
}
