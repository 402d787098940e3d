//! The services with their operations, and the way of a call through them: find, check, fault, run.

use std::sync::LazyLock;

use crate::shapes::{self, Model};
use crate::wire::Failure;
use crate::world::{Answer, Call, World};
use crate::{alarms, endpoint_configs, endpoints, groups, models, packages, tags};

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
        ("DeleteEndpoint", endpoints::delete),
        ("AddTags", tags::add),
        ("ListTags", tags::list),
        ("DeleteTags", tags::remove),
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
        ("ListTagsForResource", alarms::list_tags),
        ("TagResource", alarms::tag),
        ("UntagResource", alarms::untag),
    ],
};

impl Service {
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
    endpoints::settle(world, call.now);
    handler(world, call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operation_has_a_shape() {
        for service in [SAGEMAKER, CLOUDWATCH] {
            for (name, _) in service.operations {
                assert!(service.model.check(name, &json!({})).is_some(), "{name}");
            }
        }
    }
}
