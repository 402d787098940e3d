//! Failures on demand, of the operations of all services and of what endpoints serve, set by `POST /_sim/faults` and cleared by `DELETE /_sim/faults`.
//!
//! ```json
//! {"operation": "DescribeModelPackage", "error": "AccessDeniedException", "times": 1}
//! ```
//! `error` is `AccessDeniedException`, with IAM's wording for the caller, action and resource of that very call;
//! `ThrottlingException`; `ConcurrentRunsExceededException` for `StartJobRun` and `StartWorkflowRun`; `FailedRun` for `StartJobRun`: the
//! run starts, and fails; or, for `UpdateEndpoint`, `SilentRollback`: the update is accepted, and the endpoint is later `InService`
//! with its former configuration and no failure reason, as AWS leaves it after an automatic rollback. Without `times` a fault stays until cleared.
//!
//! More of `UpdateEndpoint`: `ExplainedRollback` (with a reason) and `UpdateRollbackFailed`, all three only of one `endpoint_config` if it is named. Of `InvokeEndpoint`: `ModelError` (`status`, default
//! 500), `SlowModel` (`seconds`), `WrongPredictions` (`factor`), each only for one `endpoint_config` if it is named. Of `PutEvents`:
//! `DuplicateEvent` and `LateEvent` (`seconds` of the machine's clock).

use std::time::Duration;

use serde::Deserialize;

use crate::operations::{CLOUDWATCH, GLUE, SAGEMAKER};
use crate::wire::Failure;
use crate::world::Call;

/// Operations that are not the control plane's
const ELSEWHERE: [&str; 2] = ["InvokeEndpoint", "PutEvents"];

/// One wish for a failure
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    operation: String,
    error: Kind,
    times: Option<u32>,
    /// Only where this endpoint configuration serves
    endpoint_config: Option<String>,
    status: Option<u16>,
    seconds: Option<f64>,
    factor: Option<f32>,
}

/// How an update comes to nothing
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rollback {
    Silent,
    Explained,
    /// Not even the former fleet is whole
    Stuck,
}

/// How an invocation is refused before it reaches a model
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strike {
    Denied,
    Throttled,
}

/// How a model serves
#[derive(Debug, Clone, Copy)]
pub(crate) struct Misbehaviour {
    pub(crate) factor: f32,
    pub(crate) slow: Duration,
    /// The status that its container answers
    pub(crate) error: Option<u16>,
}

/// How an event arrives
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    pub(crate) times: u32,
    pub(crate) late: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
enum Kind {
    AccessDeniedException,
    ThrottlingException,
    ConcurrentRunsExceededException,
    FailedRun,
    SilentRollback,
    ExplainedRollback,
    UpdateRollbackFailed,
    ModelError,
    SlowModel,
    WrongPredictions,
    DuplicateEvent,
    LateEvent,
}

/// The failures still to happen
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one, unless it could never happen
    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), Failure> {
        // the jobs of a pipeline's steps are no operations of their own here
        let job = ["CreateProcessingJob", "CreateTrainingJob"].contains(&fault.operation.as_str());
        if !(ELSEWHERE.contains(&fault.operation.as_str()) || job && fault.error == Kind::FailedRun)
        {
            SAGEMAKER
                .find(&fault.operation)
                .or_else(|unknown| GLUE.find(&fault.operation).map_err(|_| unknown))
                .or_else(|unknown| CLOUDWATCH.find(&fault.operation).map_err(|_| unknown))?;
        }
        let of: &[&str] = match fault.error {
            Kind::SilentRollback | Kind::ExplainedRollback | Kind::UpdateRollbackFailed => {
                &["UpdateEndpoint"]
            }
            Kind::ModelError | Kind::SlowModel | Kind::WrongPredictions => &["InvokeEndpoint"],
            Kind::DuplicateEvent | Kind::LateEvent => &["PutEvents"],
            Kind::FailedRun => &["StartJobRun", "CreateProcessingJob", "CreateTrainingJob"],
            Kind::ConcurrentRunsExceededException => &["StartJobRun", "StartWorkflowRun"],
            Kind::AccessDeniedException | Kind::ThrottlingException => &[],
        };
        if !of.is_empty() && !of.contains(&fault.operation.as_str()) {
            return Err(Failure::validation(format!(
                "{:?} is a fault of {}",
                fault.error,
                of.join(" and ")
            )));
        }
        self.0.push(fault);
        Ok(())
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Fails the call if that was asked for
    pub(crate) fn strike(&mut self, call: &Call) -> Result<(), Failure> {
        let struck = self.take(call.operation, |fault| {
            matches!(
                fault.error,
                Kind::AccessDeniedException
                    | Kind::ThrottlingException
                    | Kind::ConcurrentRunsExceededException
            )
        });
        match struck.map(|fault| fault.error) {
            Some(Kind::AccessDeniedException) => Err(denied(call)),
            Some(Kind::ThrottlingException) => {
                Err(Failure::new("ThrottlingException", "Rate exceeded"))
            }
            Some(Kind::ConcurrentRunsExceededException) => Err(Failure::new(
                "ConcurrentRunsExceededException",
                format!(
                    "Concurrent runs exceeded for {}{}",
                    call.text("JobName"),
                    call.text("Name")
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Whether and how this update is to be rolled back
    pub(crate) fn rolls_back(&mut self, call: &Call) -> Option<Rollback> {
        let config = call.text("EndpointConfigName");
        let fault = self.take(call.operation, |fault| {
            rollback(fault.error).is_some() && fault.is_of(config)
        })?;
        rollback(fault.error)
    }

    /// Whether an invocation is refused
    pub(crate) fn refuses_invocation(&mut self) -> Option<Strike> {
        let strike = |kind| match kind {
            Kind::AccessDeniedException => Some(Strike::Denied),
            Kind::ThrottlingException => Some(Strike::Throttled),
            _ => None,
        };
        let fault = self.take("InvokeEndpoint", |fault| strike(fault.error).is_some())?;
        strike(fault.error)
    }

    /// How the model of a configuration serves this request
    pub(crate) fn misbehaviour(&mut self, config: &str) -> Misbehaviour {
        let mut take = |kind| {
            self.take("InvokeEndpoint", |fault| {
                fault.error == kind && fault.is_of(config)
            })
        };
        Misbehaviour {
            factor: take(Kind::WrongPredictions).map_or(1.0, |fault| fault.factor.unwrap_or(2.0)),
            slow: take(Kind::SlowModel).map_or(Duration::ZERO, |fault| fault.lasts()),
            error: take(Kind::ModelError).map(|fault| fault.status.unwrap_or(500)),
        }
    }

    /// How often and how late the next event arrives
    pub(crate) fn delivery(&mut self) -> Delivery {
        let twice = self.take("PutEvents", |fault| fault.error == Kind::DuplicateEvent);
        let late = self.take("PutEvents", |fault| fault.error == Kind::LateEvent);
        Delivery {
            times: if twice.is_some() { 2 } else { 1 },
            late: late.map_or(Duration::ZERO, |fault| fault.lasts()),
        }
    }

    /// Whether what this operation starts is to fail
    pub(crate) fn fails_run(&mut self, operation: &str) -> bool {
        self.take(operation, |fault| fault.error == Kind::FailedRun)
            .is_some()
    }

    fn take(&mut self, operation: &str, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let index = self
            .0
            .iter()
            .position(|fault| fault.operation == operation && wanted(fault))?;
        let fault = &mut self.0[index];
        let taken = fault.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(taken)
    }
}

impl Fault {
    /// Whether it concerns an endpoint configuration
    fn is_of(&self, config: &str) -> bool {
        let only = self.endpoint_config.as_deref();
        only.is_none_or(|name| name == config)
    }

    fn lasts(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds.unwrap_or(1.0)).unwrap_or_default()
    }
}

fn rollback(kind: Kind) -> Option<Rollback> {
    match kind {
        Kind::SilentRollback => Some(Rollback::Silent),
        Kind::ExplainedRollback => Some(Rollback::Explained),
        Kind::UpdateRollbackFailed => Some(Rollback::Stuck),
        _ => None,
    }
}

fn denied(call: &Call) -> Failure {
    let service = if GLUE.find(call.operation).is_ok() {
        "glue"
    } else {
        "sagemaker"
    };
    let action = format!("{service}:{}", call.operation);
    Failure::new(
        "AccessDeniedException",
        format!(
            "User: {} is not authorized to perform: {action} on resource: {} because no identity-based policy allows the {action} action",
            call.caller.identity(),
            resource(call),
        ),
    )
}

/// The ARN that IAM would check; `*` for operations that have no resource
fn resource(call: &Call) -> String {
    if call.operation.starts_with("List") && call.operation != "ListTags" {
        return "*".into();
    }
    if GLUE.find(call.operation).is_ok() {
        let kind = match call.operation {
            operation if operation.contains("Workflow") => "workflow",
            operation if operation.contains("Trigger") => "trigger",
            _ => "job",
        };
        let name = [call.text("JobName"), call.text("Name")].concat();
        return call.caller.glue(kind, &name);
    }
    let named = [
        ("ResourceArn", ""),
        ("ModelPackageArn", "model-package"),
        ("ModelPackageName", "model-package"),
        ("ModelPackageGroupName", "model-package-group"),
        ("ModelName", "model"),
        ("EndpointName", "endpoint"),
        ("EndpointConfigName", "endpoint-config"),
        ("PipelineExecutionArn", "pipeline"),
        ("PipelineName", "pipeline"),
    ];
    named
        .iter()
        .find(|(member, _)| call.input.contains_key(*member))
        .map_or_else(
            || "*".into(),
            |(member, kind)| call.caller.resolve(kind, call.text(member)),
        )
}
