//! SageMaker Runtime: `InvokeEndpoint`.
//!
//! A request goes to the old or the new fleet by the rollout's share, then to a variant by its weight. It is measured as SageMaker does
//! (`Invocations`, `Invocation4XXErrors`, `Invocation5XXErrors`, `ModelLatency` of `AWS/SageMaker`), and captured. An alarm that the
//! measurement sets off is seen at once. Faults of `InvokeEndpoint` let a model be slow, wrong or broken, also only that of
//! one endpoint configuration.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::capture::{self, Exchange};
use crate::endpoints;
use crate::faults::{Misbehaviour, Strike};
use crate::rollout::Pace;
use crate::serving;
use crate::wire::{Caller, Failure};
use crate::world::{World, string};

/// What a request may have at most
const LARGEST: usize = 6 * 1024 * 1024;

pub(crate) struct Request<'a> {
    pub(crate) endpoint: &'a str,
    pub(crate) variant: Option<&'a str>,
    pub(crate) inference_id: Option<&'a str>,
    pub(crate) content_type: &'a str,
    pub(crate) accept: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) caller: &'a Caller,
}

pub(crate) struct Reply {
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
    pub(crate) variant: String,
    /// How much longer the model was asked to take
    pub(crate) wait: Duration,
}

/// An error and its members beside the message
pub(crate) struct Refusal {
    pub(crate) failure: Failure,
    pub(crate) members: Value,
    pub(crate) wait: Duration,
}

impl From<Failure> for Box<Refusal> {
    fn from(failure: Failure) -> Self {
        Self::new(Refusal {
            failure,
            members: json!({}),
            wait: Duration::ZERO,
        })
    }
}

pub(crate) fn invoke(
    world: &mut World,
    request: &Request,
    now: Duration,
    pace: Pace,
) -> Result<Reply, Box<Refusal>> {
    let caller = request.caller;
    if let Some(strike) = world.faults.refuses_invocation() {
        return Err(match strike {
            Strike::Denied => Failure::new(
                "AccessDeniedException",
                format!("User: {} is not authorized to perform: sagemaker:InvokeEndpoint on resource: {} because no identity-based policy allows the sagemaker:InvokeEndpoint action", caller.identity(), caller.arn("endpoint", request.endpoint)),
            ),
            Strike::Throttled => Failure::new("ThrottlingException", "Rate exceeded"),
        }
        .into());
    }
    if request.body.len() > LARGEST {
        return Err(Failure::new(
            "ValidationError",
            format!("1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to {LARGEST}"),
        )
        .into());
    }
    let arn = caller.arn("endpoint", request.endpoint);
    let absent = || {
        Failure::new(
            "ValidationError",
            format!(
                "Endpoint {} of account {} not found.",
                request.endpoint, caller.account
            ),
        )
    };
    let endpoint = world.endpoints.get_mut(&arn).ok_or_else(absent)?;
    let fleet = endpoint
        .fleet_for(now, &mut world.random)
        .ok_or_else(absent)?;
    let variant = match request.variant {
        None => fleet.pick(&mut world.random),
        Some(name) => fleet
            .variants
            .iter()
            .find(|variant| variant["VariantName"] == name),
    };
    let Some(variant) = variant.map(|variant| string(variant, "VariantName")) else {
        return Err(Failure::new(
            "ValidationError",
            format!(
                "Variant {} not found for endpoint {}.",
                request.variant.unwrap_or_default(),
                request.endpoint
            ),
        )
        .into());
    };
    let Some(Ok(model)) = fleet.models.get(&variant).and_then(|slot| slot.get()) else {
        let said = "the simulator has no model to ask: it was not told where S3 is, or the model names no data";
        return Err(model_error(request, &variant, 500, said, Duration::ZERO));
    };

    let Misbehaviour {
        factor,
        slow,
        error,
    } = world.faults.misbehaviour(&fleet.config);
    let started = Instant::now();
    let kind = request
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let result = match error {
        Some(status) => Err((status, "Internal Server Error".to_owned())),
        None => serving::predict(model, kind, request.body),
    };
    let latency = slow + started.elapsed();
    let answer = result.map(|mut predictions| {
        predictions
            .iter_mut()
            .for_each(|prediction| *prediction *= factor);
        serving::answer(&predictions, request.accept)
    });

    let about = BTreeMap::from([
        ("EndpointName".to_owned(), request.endpoint.to_owned()),
        ("VariantName".to_owned(), variant.clone()),
    ]);
    let is = |class: u16| f64::from(matches!(&answer, Err((status, _)) if status / 100 == class));
    for (name, value) in [
        ("Invocations", 1.0),
        ("Invocation4XXErrors", is(4)),
        ("Invocation5XXErrors", is(5)),
        ("ModelLatency", latency.as_micros() as f64),
    ] {
        let metric = ("AWS/SageMaker", name);
        world
            .metrics
            .record(&caller.account, metric, about.clone(), now, value);
    }
    if let (Ok((kind, text)), Some(config)) = (&answer, &fleet.capture) {
        let exchange = Exchange {
            input: (request.content_type, request.body),
            output: (*kind, text),
            inference_id: request.inference_id,
        };
        let config = config.clone();
        capture::keep(
            &mut endpoint.captured,
            &config,
            &variant,
            &exchange,
            now,
            &mut world.random,
        );
    }
    if endpoint.is_watched() {
        endpoints::settle(world, now, pace);
    }
    match answer {
        Ok((content_type, body)) => Ok(Reply {
            content_type,
            body,
            variant,
            wait: slow,
        }),
        Err((status, message)) => Err(model_error(request, &variant, status, &message, slow)),
    }
}

/// What the container refused, as SageMaker passes it on
fn model_error(
    request: &Request,
    variant: &str,
    status: u16,
    said: &str,
    wait: Duration,
) -> Box<Refusal> {
    let (caller, endpoint) = (request.caller, request.endpoint);
    let (side, code) = match status {
        400..500 => ("client", "CLIENT_ERROR_FROM_MODEL"),
        _ => ("server", "INTERNAL_FAILURE_FROM_MODEL"),
    };
    let logs = format!("/aws/sagemaker/Endpoints/{endpoint}");
    let message = format!(
        "Received {side} error ({status}) from primary with message \"{said}\". See the log group {logs} in account {} for more information.",
        caller.account
    );
    Box::new(Refusal {
        failure: Failure::from_model(message),
        members: json!({
            "ErrorCode": code,
            "OriginalStatusCode": status,
            "OriginalMessage": said,
            "LogStreamArn": format!("arn:aws:logs:{}:{}:log-group:{logs}:log-stream:{variant}/i-0123456789abcdef0", caller.region, caller.account),
        }),
        wait,
    })
}
