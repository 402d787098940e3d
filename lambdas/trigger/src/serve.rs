//! A function in Lambda's runtime: its variables read once, its clients made once, then one event after the other.
//!
//! Whatever is wrong with the surroundings is said before the first event is taken, so that a deployment fails and not a Tuesday night.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument as _;

use crate::invocation::Invocation;
use crate::telemetry::{Count, log_to_stdout, measure};

/// Why a function cannot work in these surroundings
pub type Unfit = Box<dyn Error + Send + Sync>;

/// One of the functions
pub trait Function: Sized + Send + Sync + 'static {
    /// Its name, as its folder is called
    const NAME: &'static str;

    /// Why an event could not be dealt with now
    type Error: Error + Send + Sync + 'static;

    /// Makes it from what surrounds it
    ///
    /// # Errors
    /// A variable is missing or wrong, or what is part of the program.
    fn new(variables: &Variables, config: &SdkConfig) -> Result<Self, Unfit>;

    /// Deals with an event. Whether it is the first time or another one, alone or beside others.
    fn handle(
        &self,
        event: Value,
        invocation: &Invocation,
    ) -> impl Future<Output = Result<Answer, Self::Error>> + Send;
}

/// How an event was dealt with
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the caller is told
    pub value: Value,
    /// What is to be counted
    pub counts: Vec<Count>,
}

/// The environment variables of the process
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

/// A variable that a function cannot work without
#[derive(Debug, thiserror::Error)]
#[error("the variable `{name}` {wrong}")]
pub struct WrongVariable {
    name: &'static str,
    wrong: String,
}

impl WrongVariable {
    /// A variable, and what is wrong with it
    pub fn new(name: &'static str, wrong: impl Into<String>) -> Self {
        Self {
            name,
            wrong: wrong.into(),
        }
    }
}

impl Variables {
    /// These, for tests
    pub fn new<const N: usize>(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into())
    }

    fn of_this_process() -> Self {
        let all = env::vars_os();
        Self(
            all.filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            })
            .collect(),
        )
    }

    /// A variable that must be set
    ///
    /// # Errors
    /// It is not, or is empty.
    pub fn required(&self, name: &'static str) -> Result<String, WrongVariable> {
        match self.0.get(name) {
            Some(value) if !value.is_empty() => Ok(value.clone()),
            _ => Err(WrongVariable::new(name, "is not set")),
        }
    }

    /// A variable that holds JSON
    ///
    /// # Errors
    /// It is not set, or does not hold what it should.
    pub fn json<T: serde::de::DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<T, WrongVariable> {
        let text = self.required(name)?;
        serde_json::from_str(&text).map_err(|error| {
            WrongVariable::new(name, format!("does not hold what it should: {error}"))
        })
    }
}

/// Serves events until Lambda ends the process: the whole `main` of a function
pub fn serve<F: Function>() -> ExitCode {
    log_to_stdout();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(run::<F>()),
        Err(error) => Err(error.into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(error.as_ref()), "failed to start");
            ExitCode::FAILURE
        }
    }
}

async fn run<F: Function>() -> Result<(), lambda_runtime::Error> {
    let variables = Variables::of_this_process();
    // connecting is quick or does not happen; how long an answer may take depends on the call
    let patience = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .read_timeout(Duration::from_secs(30))
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest());
    let config = loader.timeout_config(patience).load().await;
    let function = Arc::new(F::new(&variables, &config)?);
    let name = variables
        .required("AWS_LAMBDA_FUNCTION_NAME")
        .unwrap_or_else(|_| F::NAME.to_owned());
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let (function, name) = (Arc::clone(&function), name.clone());
        async move {
            let invocation = Invocation {
                request_id: event.context.request_id.clone(),
                deadline: UNIX_EPOCH + Duration::from_millis(event.context.deadline),
            };
            let span = tracing::info_span!("invocation", request_id = invocation.request_id);
            let answer = function.handle(event.payload, &invocation);
            match answer.instrument(span.clone()).await {
                Ok(answer) => {
                    span.in_scope(|| tracing::info!(answer = %answer.value, "done"));
                    measure(&name, &answer.counts);
                    Ok(answer.value)
                }
                Err(error) => {
                    let message = chain(&error);
                    span.in_scope(|| tracing::error!(error = message, "failed"));
                    measure(&name, &[("AttemptsFailed", 1)]);
                    Err(Diagnostic {
                        error_type: F::NAME.into(),
                        error_message: message,
                    })
                }
            }
        }
    }))
    .await
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
