//! The services with their operations, and the way of a call through them: find, check, fault, run.

use std::sync::LazyLock;

use crate::shapes::{self, Model};
use crate::wire::Failure;
use crate::world::{Answer, Call, World};
use crate::{alarms, endpoint_configs, endpoints, glue, groups, models, packages, pipelines, tags};

pub(crate) type Handler = fn(&mut World, &Call) -> Answer;

/// One of AWS's services, as far as it is simulated
pub(crate) struct Service {
    name: &'static str,
    /// Its name in a signature's scope
    pub(crate) signing_name: &'static str,
    pub(crate) model: &'static LazyLock<Model>,
    operations: &'static [(&'static str, Handler)],
}

pub(crate) const SAGEMAKER: Service = Service {
    name: "SageMaker",
    signing_name: "sagemaker",
    model: &shapes::SAGEMAKER,
    operations: &[
        ("CreateModelPackageGroup", groups::create),
        ("DescribeModelPackageGroup", groups::describe),
        ("DeleteModelPackageGroup", groups::delete),
        ("ListModelPackageGroups", groups::list),
        ("CreateModelPackage", packages::create),
        ("DescribeModelPackage", packages::describe),
        ("UpdateModelPackage", packages::update),
        ("DeleteModelPackage", packages::delete),
        ("ListModelPackages", packages::list),
        ("CreateModel", models::create),
        ("DescribeModel", models::describe),
        ("DeleteModel", models::delete),
        ("CreateEndpointConfig", endpoint_configs::create),
        ("DescribeEndpointConfig", endpoint_configs::describe),
        ("DeleteEndpointConfig", endpoint_configs::delete),
        ("CreateEndpoint", endpoints::create),
        ("DescribeEndpoint", endpoints::describe),
        ("UpdateEndpoint", endpoints::update),
        (
            "UpdateEndpointWeightsAndCapacities",
            endpoints::update_weights,
        ),
        ("DeleteEndpoint", endpoints::delete),
        ("CreatePipeline", pipelines::create),
        ("DescribePipeline", pipelines::describe),
        ("UpdatePipeline", pipelines::update),
        ("DeletePipeline", pipelines::delete),
        ("ListPipelines", pipelines::list),
        ("StartPipelineExecution", pipelines::executions::start),
        ("DescribePipelineExecution", pipelines::executions::describe),
        ("ListPipelineExecutions", pipelines::executions::list),
        ("ListPipelineExecutionSteps", pipelines::executions::steps),
        (
            "ListPipelineParametersForExecution",
            pipelines::executions::parameters,
        ),
        (
            "DescribePipelineDefinitionForExecution",
            pipelines::executions::definition,
        ),
        ("StopPipelineExecution", pipelines::executions::stop),
        (
            "DescribeProcessingJob",
            pipelines::jobs::describe_processing,
        ),
        ("DescribeTrainingJob", pipelines::jobs::describe_training),
        ("AddTags", tags::add),
        ("ListTags", tags::list),
        ("DeleteTags", tags::remove),
    ],
};

pub(crate) const GLUE: Service = Service {
    name: "Glue",
    signing_name: "glue",
    model: &shapes::GLUE,
    operations: &[
        ("CreateJob", glue::jobs::create),
        ("GetJob", glue::jobs::get),
        ("GetJobs", glue::jobs::get_all),
        ("UpdateJob", glue::jobs::update),
        ("DeleteJob", glue::jobs::delete),
        ("StartJobRun", glue::runs::start_run),
        ("GetJobRun", glue::runs::get),
        ("GetJobRuns", glue::runs::get_all),
        ("BatchStopJobRun", glue::runs::batch_stop),
        ("CreateTrigger", glue::triggers::create),
        ("GetTrigger", glue::triggers::get),
        ("UpdateTrigger", glue::triggers::update),
        ("DeleteTrigger", glue::triggers::delete),
        ("StartTrigger", glue::triggers::start),
        ("StopTrigger", glue::triggers::stop),
        ("CreateWorkflow", glue::workflows::create),
        ("GetWorkflow", glue::workflows::get),
        ("UpdateWorkflow", glue::workflows::update),
        ("DeleteWorkflow", glue::workflows::delete),
        ("StartWorkflowRun", glue::workflow_runs::start),
        ("GetWorkflowRun", glue::workflow_runs::get),
        ("GetWorkflowRuns", glue::workflow_runs::get_all),
        ("StopWorkflowRun", glue::workflow_runs::stop),
        ("GetWorkflowRunProperties", glue::workflow_runs::properties),
        (
            "PutWorkflowRunProperties",
            glue::workflow_runs::put_properties,
        ),
        ("CreateSecurityConfiguration", glue::security::create),
        ("GetSecurityConfiguration", glue::security::get),
        ("DeleteSecurityConfiguration", glue::security::delete),
        ("GetTags", glue::get_tags),
        ("TagResource", glue::tag_resource),
        ("UntagResource", glue::untag_resource),
    ],
};

pub(crate) const CLOUDWATCH: Service = Service {
    name: "CloudWatch",
    signing_name: "monitoring",
    model: &shapes::CLOUDWATCH,
    operations: &[
        ("PutMetricAlarm", alarms::put),
        ("DescribeAlarms", alarms::describe),
        ("DeleteAlarms", alarms::delete),
        ("SetAlarmState", alarms::set_state),
        ("PutMetricData", alarms::put_metric_data),
        ("ListTagsForResource", alarms::list_tags),
        ("TagResource", alarms::tag),
        ("UntagResource", alarms::untag),
    ],
};

impl Service {
    /// The service of the first part of `X-Amz-Target`
    pub(crate) fn of_target(target: &str) -> Option<&'static Self> {
        match target {
            "SageMaker" => Some(&SAGEMAKER),
            "AWSGlue" => Some(&GLUE),
            _ => None,
        }
    }

    /// The handler of an operation
    pub(crate) fn find(&self, operation: &str) -> Result<Handler, Failure> {
        self.operations
            .iter()
            .find(|(name, _)| *name == operation)
            .map(|(_, handler)| *handler)
            .ok_or_else(|| {
                Failure::new(
                    "UnknownOperationException",
                    format!(
                        "The simulator does not know the operation {}.{operation}.",
                        self.name
                    ),
                )
            })
    }
}

/// Runs a call whose input has been checked
pub(crate) fn run(handler: Handler, world: &mut World, call: &Call) -> Answer {
    world.faults.strike(call)?;
    endpoints::settle(world, call.now, call.pace);
    let answer = handler(world, call);
    // what an operation sets off is not left to the next one: an alarm may strike while a fleet bakes, and be over by then
    endpoints::settle(world, call.now, call.pace);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operation_has_a_shape() {
        for service in [SAGEMAKER, GLUE, CLOUDWATCH] {
            for (name, _) in service.operations {
                assert!(service.model.check(name, &json!({})).is_some(), "{name}");
            }
        }
    }
}
