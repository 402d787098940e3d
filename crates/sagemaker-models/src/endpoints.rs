//! Endpoints: what they are asked to serve with, and what they serve with.
//!
//! `InService` alone says nothing: after an automatic rollback an endpoint is `InService` with its former configuration.

use aws_sdk_sagemaker::operation::describe_endpoint::DescribeEndpointOutput;
use aws_sdk_sagemaker::types::{CapacitySizeType, DeploymentConfig, TrafficRoutingConfigType};

use crate::{Registry, RegistryError, classify};

/// An endpoint at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointRecord {
    /// `InService`, `Updating`, and so on, in SageMaker's words.
    pub status: String,
    /// The configuration that serves; that of the creation, while nothing serves yet.
    pub config: String,
    /// The configuration that it is being updated to.
    pub pending: Option<String>,
    /// Why it failed, where SageMaker says so.
    pub failure: Option<String>,
    /// What serves.
    pub variants: Vec<ServingVariant>,
    /// How the last update was made, when it was told how.
    pub policy: Option<DeploymentPolicy>,
}

/// A variant that serves.
#[derive(Clone, Debug, PartialEq)]
pub struct ServingVariant {
    /// Its name.
    pub name: String,
    /// How many instances it has.
    pub instances: Option<i32>,
    /// Its share of the traffic, against the other variants' weights.
    pub weight: Option<f32>,
}

/// A variant as a configuration asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfiguredVariant {
    /// Its name.
    pub name: String,
    /// The model that it serves.
    pub model: Option<String>,
    /// The type of its instances.
    pub instance_type: Option<String>,
}

/// How an update is made, and what ends it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentPolicy {
    /// The canary, when there is one.
    pub canary: Option<Canary>,
    /// How long the old instances stay, in seconds.
    pub termination_wait_seconds: Option<i32>,
    /// When the update is given up, in seconds.
    pub timeout_seconds: Option<i32>,
    /// The alarms that roll it back.
    pub alarms: Vec<String>,
}

/// The instances that try a new model first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// Their share in percent; `None` when they are counted instead.
    pub percent: Option<i32>,
    /// How long the alarms watch them, in seconds.
    pub bake_seconds: Option<i32>,
}

impl Registry<'_> {
    /// The endpoint called `name`.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn endpoint(&self, name: &str) -> Result<EndpointRecord, RegistryError> {
        let call = self.client.describe_endpoint().endpoint_name(name).send();
        let answer = self.environment.block_on(call);
        let output = answer.map_err(|error| classify("DescribeEndpoint", name, &error))?;
        Ok(EndpointRecord::from(output))
    }

    /// The variants of an endpoint configuration, those that only shadow last.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn endpoint_config(&self, name: &str) -> Result<Vec<ConfiguredVariant>, RegistryError> {
        let call = self
            .client
            .describe_endpoint_config()
            .endpoint_config_name(name)
            .send();
        let answer = self.environment.block_on(call);
        let output = answer.map_err(|error| classify("DescribeEndpointConfig", name, &error))?;
        let variants = output
            .production_variants()
            .iter()
            .chain(output.shadow_production_variants());
        Ok(variants
            .map(|variant| ConfiguredVariant {
                name: variant.variant_name().unwrap_or_default().to_owned(),
                model: variant.model_name().map(str::to_owned),
                instance_type: variant.instance_type().map(|kind| kind.as_str().to_owned()),
            })
            .collect())
    }
}

impl From<DescribeEndpointOutput> for EndpointRecord {
    fn from(output: DescribeEndpointOutput) -> Self {
        let status = output.endpoint_status.as_ref();
        Self {
            status: status.map_or("", |status| status.as_str()).to_owned(),
            variants: output
                .production_variants()
                .iter()
                .map(|variant| ServingVariant {
                    name: variant.variant_name().unwrap_or_default().to_owned(),
                    instances: variant.current_instance_count(),
                    weight: variant.current_weight(),
                })
                .collect(),
            pending: output
                .pending_deployment_summary
                .and_then(|pending| pending.endpoint_config_name),
            config: output.endpoint_config_name.unwrap_or_default(),
            failure: output.failure_reason,
            policy: output.last_deployment_config.map(DeploymentPolicy::from),
        }
    }
}

impl From<DeploymentConfig> for DeploymentPolicy {
    fn from(config: DeploymentConfig) -> Self {
        let alarms = config
            .auto_rollback_configuration
            .and_then(|rollback| rollback.alarms)
            .unwrap_or_default();
        let alarms = alarms
            .into_iter()
            .filter_map(|alarm| alarm.alarm_name)
            .collect();
        let Some(policy) = config.blue_green_update_policy else {
            return Self {
                alarms,
                ..Self::default()
            };
        };
        let canary = policy.traffic_routing_configuration.and_then(|routing| {
            let size = routing.canary_size?;
            (routing.r#type == Some(TrafficRoutingConfigType::Canary)).then_some(Canary {
                percent: size
                    .value
                    .filter(|_| size.r#type == Some(CapacitySizeType::CapacityPercent)),
                bake_seconds: routing.wait_interval_in_seconds,
            })
        });
        Self {
            canary,
            termination_wait_seconds: policy.termination_wait_in_seconds,
            timeout_seconds: policy.maximum_execution_timeout_in_seconds,
            alarms,
        }
    }
}
