//! Failures of SageMaker's and Glue's operations on demand, set by `POST /_sim/faults` and cleared by `DELETE /_sim/faults`.
//!
//! ```json
//! {"operation": "DescribeModelPackage", "error": "AccessDeniedException", "times": 1}
//! ```
//! `error` is `AccessDeniedException`, with IAM's wording for the caller, action and resource of that very call;
//! `ThrottlingException`; `ConcurrentRunsExceededException` for `StartJobRun` and `StartWorkflowRun`; `FailedRun` for `StartJobRun`: the
//! run starts, and fails; or, for `UpdateEndpoint`, `SilentRollback`: the update is accepted, and the endpoint is later `InService`
//! with its former configuration and no failure reason, as AWS leaves it after an automatic rollback. Without `times` a fault stays until cleared.

use serde::Deserialize;

use crate::operations::{GLUE, SAGEMAKER};
use crate::wire::Failure;
use crate::world::Call;

/// One wish for a failure
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    operation: String,
    error: Kind,
    times: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
enum Kind {
    AccessDeniedException,
    ThrottlingException,
    ConcurrentRunsExceededException,
    FailedRun,
    SilentRollback,
}

/// The failures still to happen
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// Adds one, unless it could never happen
    pub(crate) fn add(&mut self, fault: Fault) -> Result<(), Failure> {
        // the jobs of a pipeline's steps are no operations of their own here
        let job = ["CreateProcessingJob", "CreateTrainingJob"].contains(&fault.operation.as_str());
        if !(job && fault.error == Kind::FailedRun) {
            SAGEMAKER
                .find(&fault.operation)
                .or_else(|unknown| GLUE.find(&fault.operation).map_err(|_| unknown))?;
        }
        let of: &[&str] = match fault.error {
            Kind::SilentRollback => &["UpdateEndpoint"],
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
        match self.take(call.operation, |kind| {
            !matches!(kind, Kind::SilentRollback | Kind::FailedRun)
        }) {
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
            Some(Kind::SilentRollback | Kind::FailedRun) | None => Ok(()),
        }
    }

    /// Whether this update is to be rolled back without a word
    pub(crate) fn rolls_back(&mut self, call: &Call) -> bool {
        self.take(call.operation, |kind| kind == Kind::SilentRollback)
            .is_some()
    }

    /// Whether what this operation starts is to fail
    pub(crate) fn fails_run(&mut self, operation: &str) -> bool {
        self.take(operation, |kind| kind == Kind::FailedRun)
            .is_some()
    }

    fn take(&mut self, operation: &str, wanted: impl Fn(Kind) -> bool) -> Option<Kind> {
        let index = self
            .0
            .iter()
            .position(|fault| fault.operation == operation && wanted(fault.error))?;
        let fault = &mut self.0[index];
        let kind = fault.error;
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(kind)
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
