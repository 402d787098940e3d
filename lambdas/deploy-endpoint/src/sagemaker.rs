//! The calls to SageMaker. What is there already is no error; what somebody else does at the same moment is not either.

use aws_config::SdkConfig;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::config::http::HttpResponse;
use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sagemaker::types::{
    Alarm, AutoRollbackConfig, BlueGreenUpdatePolicy, CapacitySize, CapacitySizeType,
    CaptureContentTypeHeader, CaptureMode, CaptureOption, ContainerDefinition, DataCaptureConfig,
    DeploymentConfig, ProductionVariant, ProductionVariantInstanceType, Tag, TrafficRoutingConfig,
    TrafficRoutingConfigType,
};
use trigger::trouble;

use crate::Error;
use crate::endpoint::Seen;
use crate::release::{Deployment, Release};

/// One variant, always called the same: SageMaker moves traffic between variants of one name
const VARIANT: &str = "primary";
const EXISTS: &str = "already existing";
const IN_PROGRESS: &str = "in-progress";

/// SageMaker, and what every release of this endpoint shares
#[derive(Debug)]
pub(crate) struct SageMaker {
    client: Client,
    settings: Settings,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) role: String,
    pub(crate) key: String,
    pub(crate) capture_uri: String,
}

impl SageMaker {
    pub(crate) fn new(config: &SdkConfig, settings: Settings) -> Self {
        Self {
            client: Client::new(config),
            settings,
        }
    }

    /// Makes the model unless it is there
    pub(crate) async fn model(&self, release: &Release) -> Result<(), Error> {
        let name = release.model.as_str();
        let container = ContainerDefinition::builder().model_package_name(&release.package);
        let tag = Tag::builder()
            .key("towpath:model-package")
            .value(&release.package);
        let call = self.client.create_model().model_name(name);
        let call = call.execution_role_arn(&self.settings.role);
        let call = call.primary_container(container.build());
        let call = call.enable_network_isolation(true);
        let call = call.tags(tag.build());
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if says(&error, EXISTS) => self.is_of(release).await,
            Err(error) => Err(failed("CreateModel", name, &error)),
        }
    }

    async fn is_of(&self, release: &Release) -> Result<(), Error> {
        let name = release.model.as_str();
        let answer = self.client.describe_model().model_name(name).send().await;
        let model = answer.map_err(|error| failed("DescribeModel", name, &error))?;
        let container = model.primary_container();
        let found = container.and_then(ContainerDefinition::model_package_name);
        match found {
            Some(package) if package == release.package => Ok(()),
            found => Err(Error::Taken {
                model: name.to_owned(),
                found: found.unwrap_or("no package").to_owned(),
            }),
        }
    }

    /// Makes the endpoint configuration unless it is there: its name says all that is in it
    pub(crate) async fn configuration(
        &self,
        release: &Release,
        deployment: &Deployment,
    ) -> Result<(), Error> {
        let name = release.configuration.as_str();
        let instance = ProductionVariantInstanceType::from(deployment.instance_type.as_str());
        let variant = ProductionVariant::builder()
            .variant_name(VARIANT)
            .model_name(&release.model)
            .instance_type(instance)
            .initial_instance_count(deployment.instance_count)
            .initial_variant_weight(1.0)
            .build();
        // without a type named here, SageMaker writes the payload in Base64
        let types = CaptureContentTypeHeader::builder()
            .csv_content_types("text/csv")
            .json_content_types("application/json")
            .build();
        let option = |mode| CaptureOption::builder().capture_mode(mode).build();
        let capture = DataCaptureConfig::builder()
            .enable_capture(true)
            .initial_sampling_percentage(100)
            .destination_s3_uri(&self.settings.capture_uri)
            .kms_key_id(&self.settings.key)
            .capture_options(option(CaptureMode::Input))
            .capture_options(option(CaptureMode::Output))
            .capture_content_type_header(types)
            .build();
        let call = self.client.create_endpoint_config();
        let call = call
            .endpoint_config_name(name)
            .kms_key_id(&self.settings.key);
        let call = call
            .production_variants(variant)
            .data_capture_config(capture);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if says(&error, EXISTS) => Ok(()),
            Err(error) => Err(failed("CreateEndpointConfig", name, &error)),
        }
    }

    /// What is to be known of the endpoint; none if there is none
    pub(crate) async fn endpoint(&self, name: &str) -> Result<Option<Seen>, Error> {
        let call = self.client.describe_endpoint().endpoint_name(name);
        match call.send().await {
            Ok(found) => Ok(Some(Seen {
                status: found
                    .endpoint_status()
                    .map_or("unknown", |status| status.as_str())
                    .to_owned(),
                configuration: found.endpoint_config_name.clone().unwrap_or_default(),
                pending: found
                    .pending_deployment_summary()
                    .and_then(|pending| pending.endpoint_config_name())
                    .map(str::to_owned),
            })),
            Err(error) if says(&error, "Could not find endpoint") => Ok(None),
            Err(error) => Err(failed("DescribeEndpoint", name, &error)),
        }
    }

    /// Creates the endpoint; whether it was us
    pub(crate) async fn create(
        &self,
        name: &str,
        release: &Release,
        deployment: &Deployment,
    ) -> Result<bool, Error> {
        let call = self.client.create_endpoint().endpoint_name(name);
        let call = call.endpoint_config_name(&release.configuration);
        match call.deployment_config(policy(deployment)).send().await {
            Ok(_) => Ok(true),
            Err(error) if says(&error, EXISTS) => Ok(false),
            Err(error) => Err(failed("CreateEndpoint", name, &error)),
        }
    }

    /// Changes the endpoint, always with the policy; whether SageMaker began
    pub(crate) async fn update(
        &self,
        name: &str,
        release: &Release,
        deployment: &Deployment,
    ) -> Result<bool, Error> {
        let call = self.client.update_endpoint().endpoint_name(name);
        let call = call.endpoint_config_name(&release.configuration);
        match call.deployment_config(policy(deployment)).send().await {
            Ok(_) => Ok(true),
            Err(error) if says(&error, IN_PROGRESS) => Ok(false),
            Err(error) => Err(failed("UpdateEndpoint", name, &error)),
        }
    }
}

/// How a change goes: a canary where there are instances for one
fn policy(deployment: &Deployment) -> DeploymentConfig {
    let routing = TrafficRoutingConfig::builder().wait_interval_in_seconds(deployment.bake_seconds);
    let routing = match deployment.instance_count {
        ..2 => routing.r#type(TrafficRoutingConfigType::AllAtOnce),
        2.. => routing
            .r#type(TrafficRoutingConfigType::Canary)
            .canary_size(
                CapacitySize::builder()
                    .r#type(CapacitySizeType::CapacityPercent)
                    .value(deployment.canary_percent)
                    .build(),
            ),
    };
    let blue_green = BlueGreenUpdatePolicy::builder()
        .traffic_routing_configuration(routing.build())
        .termination_wait_in_seconds(deployment.termination_wait_seconds)
        .maximum_execution_timeout_in_seconds(deployment.timeout_seconds)
        .build();
    let alarms = deployment
        .alarm_names
        .iter()
        .map(|name| Alarm::builder().alarm_name(name).build())
        .collect();
    let rollback = (!deployment.alarm_names.is_empty()).then(|| {
        AutoRollbackConfig::builder()
            .set_alarms(Some(alarms))
            .build()
    });
    DeploymentConfig::builder()
        .blue_green_update_policy(blue_green)
        .set_auto_rollback_configuration(rollback)
        .build()
}

/// SageMaker has one name for nearly all of its refusals; the difference is in its words
fn says<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, words: &str) -> bool {
    error
        .message()
        .is_some_and(|message| message.contains(words))
}

fn failed<E>(operation: &'static str, name: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    Error::SageMaker {
        operation,
        name: name.to_owned(),
        trouble: trouble(error, &["ResourceLimitExceeded"]),
    }
}
