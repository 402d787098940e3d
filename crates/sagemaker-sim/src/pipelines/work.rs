//! The work of one step, outside of the lock: a job's process, a package to register, a function to call.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::definition::{Definition, Kind, Step};
use super::{container, jobs, progress, training};
use crate::aws::{S3Uri, Trouble};
use crate::operations::{self, SAGEMAKER};
use crate::packages;
use crate::site::Site;
use crate::wire::Caller;
use crate::world::{Call, string};

/// One attempt at a step
#[derive(Debug)]
pub(super) struct Work {
    /// ARN and id of the execution
    pub(super) execution: String,
    pub(super) id: String,
    pub(super) definition: Arc<Definition>,
    pub(super) step: usize,
    /// The step's arguments, with nothing left to be looked up
    pub(super) request: Value,
    pub(super) function: Value,
    pub(super) caller: Caller,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) attempt: u64,
}

/// How a step ended
#[derive(Debug)]
pub(super) enum Outcome {
    Done {
        properties: Value,
        files: BTreeMap<String, Value>,
        metadata: Value,
    },
    /// `exception` as retry policies name it
    Failed {
        reason: String,
        exception: Option<&'static str>,
    },
    Stopped,
}

impl Outcome {
    pub(super) fn done(properties: Value, metadata: Value) -> Self {
        Self::Done {
            properties,
            files: BTreeMap::new(),
            metadata,
        }
    }

    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self::Failed {
            reason: reason.into(),
            exception: None,
        }
    }
}

impl Work {
    pub(super) fn declared(&self) -> &Step {
        &self.definition.steps[self.step]
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

pub(super) fn run(site: &Arc<Site>, work: Work) {
    let operation = match work.declared().kind {
        Kind::Processing => "CreateProcessingJob",
        Kind::Training => "CreateTrainingJob",
        _ => "",
    };
    let fails = !operation.is_empty() && site.change(|world, _| world.faults.fails_run(operation));
    let outcome = match work.declared().kind {
        _ if fails => Ok(Outcome::Failed {
            reason: "InternalServerError: We encountered an internal error. Please try again."
                .into(),
            exception: Some("SageMaker.JOB_INTERNAL_ERROR"),
        }),
        Kind::Processing => container::process(site, &work),
        Kind::Training => training::train(site, &work),
        Kind::RegisterModel => register(site, &work),
        Kind::Lambda => invoke(site, &work),
        Kind::Condition | Kind::Fail => Ok(Outcome::failed("this step needs no work")),
    };
    let mut outcome = outcome.unwrap_or_else(|trouble| Outcome::failed(trouble.to_string()));
    if work.stopped() {
        outcome = Outcome::Stopped;
    }
    site.change(|world, now| {
        jobs::end(world, now, &work, &mut outcome);
        progress::finish(world, now, work, outcome);
    });
}

/// Registers the model, with what S3 says about its data
fn register(site: &Arc<Site>, work: &Work) -> Result<Outcome, Trouble> {
    let mut request = work.request.clone();
    let aws = site.aws(&work.caller)?;
    let containers = request["InferenceSpecification"]["Containers"].as_array_mut();
    for container in containers.into_iter().flatten() {
        let data = string(container, "ModelDataUrl");
        if !data.is_empty() {
            container["ModelDataETag"] = aws.etag(&S3Uri::parse(&data)?)?.into();
        }
    }
    let operation = "CreateModelPackage";
    let input = SAGEMAKER.model.check(operation, &request);
    let created = match input {
        Some(Ok(input)) => site.change(|world, now| {
            let call = Call {
                operation,
                input,
                caller: work.caller.clone(),
                now,
                pace: site.pace(),
            };
            let created = operations::run(packages::create, world, &call)?;
            let arn = string(&created, "ModelPackageArn");
            Ok((packages::shown(world, &arn), arn))
        }),
        Some(Err(failure)) => Err(failure),
        None => return Err(Trouble::new("no shape")),
    };
    Ok(match created {
        Ok((properties, arn)) => {
            Outcome::done(properties, json!({ "RegisterModel": { "Arn": arn } }))
        }
        Err(failure) => Outcome::Failed {
            reason: format!("ClientError: {}: {}", failure.code, failure.message),
            exception: (failure.code == "ThrottlingException").then_some("Step.THROTTLING"),
        },
    })
}

fn invoke(site: &Arc<Site>, work: &Work) -> Result<Outcome, Trouble> {
    let arn = super::values::text(&work.function);
    let answer = match site.aws(&work.caller)?.invoke(&arn, &work.request) {
        Ok(answer) => answer,
        Err(trouble) => {
            return Ok(Outcome::failed(format!(
                "ClientError: Lambda function {arn} failed: {trouble}"
            )));
        }
    };
    let declared = work
        .declared()
        .get("OutputParameters")
        .and_then(Value::as_array);
    let (mut outputs, mut shown) = (json!({}), Vec::new());
    for output in declared.into_iter().flatten() {
        let name = string(output, "OutputName");
        let Some(value) = answer.get(&name) else {
            return Ok(Outcome::failed(format!(
                "ClientError: the answer of {arn} has no output '{name}'"
            )));
        };
        shown.push(json!({ "Name": name, "Value": super::values::text(value) }));
        outputs[name] = value.clone();
    }
    Ok(Outcome::done(
        json!({ "OutputParameters": outputs }),
        json!({ "Lambda": { "Arn": arn, "OutputParameters": shown } }),
    ))
}
