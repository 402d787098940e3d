//! What serves: the endpoint, where its requests are captured, and the baselines of the packages behind its variants.

use aws_config::SdkConfig;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::config::http::HttpResponse;
use aws_sdk_sagemaker::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sagemaker::types::{ContainerDefinition, EndpointStatus};
use jiff::Timestamp;
use trigger::trouble;

use crate::Error;

/// SageMaker
#[derive(Debug)]
pub(crate) struct SageMaker {
    client: Client,
}

/// An endpoint that serves
#[derive(Debug)]
pub(crate) struct Serving {
    /// Since when it serves what it serves
    pub(crate) since: Timestamp,
    /// `s3://` address below which requests are captured, if they are
    pub(crate) capture: Option<String>,
    pub(crate) variants: Vec<Variant>,
}

/// A variant, and what it was approved on
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) package: Option<String>,
    /// `s3://` address of the baseline's `statistics.json`
    pub(crate) statistics: Option<String>,
}

impl SageMaker {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            client: Client::new(config),
        }
    }

    /// What `endpoint` serves; the reason when it does not, or is about to serve something else
    pub(crate) async fn serving(&self, endpoint: &str) -> Result<Result<Serving, String>, Error> {
        let call = self.client.describe_endpoint().endpoint_name(endpoint);
        let found = match call.send().await {
            Ok(found) => found,
            Err(error) if says(&error, "Could not find endpoint") => {
                return Ok(Err("there is no such endpoint".to_owned()));
            }
            Err(error) => return Err(failed("DescribeEndpoint", endpoint, &error)),
        };
        match found.endpoint_status() {
            Some(EndpointStatus::InService) => {}
            status => {
                let status = status.map_or("unknown", |status| status.as_str());
                return Ok(Err(format!("it is {status}")));
            }
        }
        let name = found.endpoint_config_name().unwrap_or_default();
        let call = self.client.describe_endpoint_config();
        let config = call.endpoint_config_name(name).send().await;
        let config = config.map_err(|error| failed("DescribeEndpointConfig", name, &error))?;
        let mut variants = Vec::new();
        for variant in config.production_variants() {
            let name = variant.variant_name().unwrap_or_default().to_owned();
            let package = match variant.model_name() {
                Some(model) => self.package(model).await?,
                None => None,
            };
            let statistics = match &package {
                Some(package) => self.statistics(package).await?,
                None => None,
            };
            variants.push(Variant {
                name,
                package,
                statistics,
            });
        }
        let capture = config.data_capture_config();
        let capture = capture.filter(|capture| capture.enable_capture() == Some(true));
        let capture = capture.and_then(|capture| capture.destination_s3_uri());
        Ok(Ok(Serving {
            since: moment(found.last_modified_time()),
            capture: capture.map(|uri| uri.trim_end_matches('/').to_owned()),
            variants,
        }))
    }

    async fn package(&self, model: &str) -> Result<Option<String>, Error> {
        let call = self.client.describe_model().model_name(model);
        let found = call.send().await;
        let found = found.map_err(|error| failed("DescribeModel", model, &error))?;
        let container = found.primary_container();
        let container = container.or_else(|| found.containers().first());
        let package = container.and_then(ContainerDefinition::model_package_name);
        Ok(package.map(str::to_owned))
    }

    async fn statistics(&self, package: &str) -> Result<Option<String>, Error> {
        let call = self.client.describe_model_package();
        let found = call.model_package_name(package).send().await;
        let found = found.map_err(|error| failed("DescribeModelPackage", package, &error))?;
        let baseline = found
            .drift_check_baselines()
            .and_then(|all| all.model_data_quality())
            .and_then(|quality| quality.statistics());
        Ok(baseline.and_then(|source| source.s3_uri().map(str::to_owned)))
    }
}

fn moment(time: Option<&aws_sdk_sagemaker::primitives::DateTime>) -> Timestamp {
    let nanoseconds = time.map_or(0, |time| time.as_nanos());
    Timestamp::from_nanosecond(nanoseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn says<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, words: &str) -> bool {
    error.message().is_some_and(|said| said.contains(words))
}

fn failed<E>(operation: &'static str, name: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    Error::SageMaker {
        operation,
        name: name.to_owned(),
        trouble: trouble(error, &[]),
    }
}
