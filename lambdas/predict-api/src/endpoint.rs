//! The SageMaker endpoint: features in, one number a row out, or why not.

use std::future::Future;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::config::Builder;
use aws_sdk_sagemakerruntime::config::timeout::TimeoutConfig;
use aws_sdk_sagemakerruntime::error::{DisplayErrorContext, ProvideErrorMetadata as _, SdkError};
use aws_sdk_sagemakerruntime::operation::invoke_endpoint::InvokeEndpointError;
use aws_sdk_sagemakerruntime::primitives::Blob;

use crate::problem::Problem;

/// What is left for answering when the endpoint has not
const RESERVE: Duration = Duration::from_millis(300);
/// A caller waits no longer for a prediction, however long the function may run
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(1);

/// An endpoint that is asked for predictions
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) name: String,
    client: Client,
}

/// What it said
#[derive(Debug)]
pub(crate) struct Predicted {
    /// In the model's unit, one for each line
    pub(crate) values: Vec<f64>,
    pub(crate) variant: Option<String>,
}

/// Why it did not say anything: for the caller, and for the log
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) problem: Problem,
    pub(crate) detail: String,
}

impl Endpoint {
    pub(crate) fn new(name: &str, config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).build();
        // once more is enough: a caller waits
        let retries = RetryConfig::standard()
            .with_max_attempts(2)
            .with_initial_backoff(Duration::from_millis(50));
        let config = Builder::from(config)
            .timeout_config(timeouts)
            .retry_config(retries);
        Self {
            name: name.to_owned(),
            client: Client::from_conf(config.build()),
        }
    }

    /// Predictions for these lines of CSV
    pub(crate) async fn predict(
        &self,
        lines: &[String],
        deadline: Instant,
    ) -> Result<Predicted, Trouble> {
        let call = self
            .client
            .invoke_endpoint()
            .endpoint_name(&self.name)
            .content_type("text/csv")
            .accept("text/csv")
            .body(Blob::new(lines.join("\n")));
        let answer = in_time(deadline, call.send())
            .await
            .ok_or_else(|| Trouble {
                problem: Problem::TimedOut,
                detail: "no answer in time".to_owned(),
            })?;
        let answer = answer.map_err(|error| Trouble {
            problem: problem(&error),
            detail: DisplayErrorContext(&error).to_string(),
        })?;
        let body = answer.body.map(Blob::into_inner).unwrap_or_default();
        let values = numbers(&body, lines.len()).map_err(|detail| Trouble {
            problem: Problem::ModelFailed,
            detail,
        })?;
        Ok(Predicted {
            values,
            variant: answer.invoked_production_variant,
        })
    }
}

/// What comes of a call that leaves enough time to say so; nothing if it does not end then
pub(crate) async fn in_time<T>(deadline: Instant, call: impl Future<Output = T>) -> Option<T> {
    let left = deadline.saturating_duration_since(Instant::now());
    let wait = left.saturating_sub(RESERVE).min(PATIENCE);
    tokio::time::timeout(wait, call).await.ok()
}

fn problem<R>(error: &SdkError<InvokeEndpointError, R>) -> Problem {
    match error {
        SdkError::TimeoutError(_) => Problem::TimedOut,
        // not there, or not any more: DNS, a refused connection, one that ends early
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Problem::Away { seconds: 5 },
        SdkError::DispatchFailure(failure) if failure.is_io() => Problem::Away { seconds: 5 },
        SdkError::ServiceError(said) => match said.err() {
            InvokeEndpointError::ModelError(_) => Problem::ModelFailed,
            InvokeEndpointError::ModelNotReadyException(_) => Problem::Away { seconds: 10 },
            InvokeEndpointError::ValidationError(_) => match said.err().message() {
                Some(message) if message.contains("not found") => Problem::Away { seconds: 30 },
                _ => Problem::Internal,
            },
            other => match other.code().unwrap_or_default() {
                "AccessDeniedException" | "UnrecognizedClientException" => Problem::Internal,
                _ => Problem::Away { seconds: 5 },
            },
        },
        SdkError::ResponseError(_) => Problem::Away { seconds: 5 },
        _ => Problem::Internal,
    }
}

/// One finite number in each of so many lines
fn numbers(body: &[u8], count: usize) -> Result<Vec<f64>, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the answer is not UTF-8".to_owned())?;
    let numbers: Vec<f64> = text
        .lines()
        .map(|line| data_contract::number(line.trim()))
        .collect::<Option<_>>()
        .ok_or("a line of the answer is not a number")?;
    match numbers.len() {
        found if found == count => Ok(numbers),
        found => Err(format!("{found} lines were answered to {count}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_finite_number_in_each_line() {
        assert_eq!(numbers(b"4.526\n1e-1\r\n", 2), Ok(vec![4.526, 0.1]));
        for wrong in [
            "4.526\n", "1\n2\n3", "1\n\n2", "1,2", "nan\n1", "inf\n1", "[1,2]", "",
        ] {
            assert!(numbers(wrong.as_bytes(), 2).is_err(), "{wrong:?}");
        }
        assert!(numbers(b"\xff\n1", 2).is_err());
    }
}
