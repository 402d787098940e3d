//! `GET /health` and `GET /model`: what SageMaker knows of the endpoint and of what serves on it.
//!
//! Those calls are few a second for a whole account, so answers are kept: a minute for the model, a few seconds for the health.
//! Their client is made when it is first asked for; most processes only predict.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aws_config::SdkConfig;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::error::{DisplayErrorContext, SdkError};
use aws_sdk_sagemaker::operation::describe_endpoint::DescribeEndpointOutput;
use aws_sdk_sagemaker::operation::describe_model_package::DescribeModelPackageOutput;
use aws_sdk_sagemaker::primitives::{DateTime, DateTimeFormat};
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::endpoint::in_time;
use crate::evaluation::{self, Evaluations};
use crate::http::Response;
use crate::problem::Problem;

const MODEL_KEPT: Duration = Duration::from_secs(60);
const HEALTH_KEPT: Duration = Duration::from_secs(3);

/// What is known of the endpoint
#[derive(Debug)]
pub(crate) struct Record {
    endpoint: String,
    config: SdkConfig,
    client: OnceLock<Client>,
    model: Mutex<Option<(Instant, Value)>>,
    status: Mutex<Option<(Instant, String)>>,
}

impl Record {
    pub(crate) fn new(endpoint: &str, config: &SdkConfig) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            config: config.clone(),
            client: OnceLock::new(),
            model: Mutex::default(),
            status: Mutex::default(),
        }
    }

    /// Whether there is something that could predict
    pub(crate) async fn health(&self, deadline: Instant) -> Response {
        let asked = Instant::now();
        let (status, trouble) = match in_time(deadline, self.status()).await {
            Some(Ok(status)) => (status, None),
            Some(Err(error)) => ("Unknown".to_owned(), Some(error)),
            None => ("Unknown".to_owned(), Some("no answer in time".to_owned())),
        };
        // while it is updated the old fleet serves
        let serves = ["InService", "Updating", "SystemUpdating", "RollingBack"];
        let (code, word) = match serves.contains(&status.as_str()) {
            true => (200, "ok"),
            false => (503, "unavailable"),
        };
        let document = json!({
            "status": word,
            "endpoint": self.endpoint,
            "endpoint_status": status,
            "time_ms": (asked.elapsed().as_secs_f64() * 1e4).round() / 10.0,
        });
        let mut response = Response::json(code, "application/json", &document);
        if code == 503 {
            response = response.with("retry-after", "10");
        }
        response.measures.trouble = trouble;
        response
    }

    /// Which package serves, and how good it was found to be
    pub(crate) async fn model(&self, evaluations: &Evaluations, deadline: Instant) -> Response {
        let trouble = match in_time(deadline, self.description()).await {
            Some(Ok(document)) => return evaluated(document, evaluations, deadline).await,
            Some(Err(error)) => error,
            None => "no answer in time".to_owned(),
        };
        let mut response = Problem::Away { seconds: 10 }.response();
        response.measures.trouble = Some(trouble);
        response
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| Client::new(&self.config))
    }

    async fn status(&self) -> Result<String, String> {
        let mut kept = self.status.lock().await;
        if let Some((since, status)) = kept.as_ref()
            && since.elapsed() < HEALTH_KEPT
        {
            return Ok(status.clone());
        }
        let endpoint = self.endpoint().await?;
        let status = endpoint.endpoint_status();
        let status = status
            .map_or("Unknown", |status| status.as_str())
            .to_owned();
        *kept = Some((Instant::now(), status.clone()));
        Ok(status)
    }

    async fn endpoint(&self) -> Result<DescribeEndpointOutput, String> {
        let call = self
            .client()
            .describe_endpoint()
            .endpoint_name(&self.endpoint);
        call.send().await.map_err(said)
    }

    /// All of `GET /model` but the evaluation, as a document
    pub(crate) async fn description(&self) -> Result<Value, String> {
        let mut kept = self.model.lock().await;
        if let Some((since, document)) = kept.as_ref()
            && since.elapsed() < MODEL_KEPT
        {
            return Ok(document.clone());
        }
        let document = self.describe().await?;
        *kept = Some((Instant::now(), document.clone()));
        Ok(document)
    }

    async fn describe(&self) -> Result<Value, String> {
        let endpoint = self.endpoint().await?;
        let config_name = endpoint.endpoint_config_name().unwrap_or_default();
        let config = self.client().describe_endpoint_config();
        let config = config
            .endpoint_config_name(config_name)
            .send()
            .await
            .map_err(said)?;
        let mut variants = Vec::new();
        let mut main: Option<(f32, DescribeModelPackageOutput)> = None;
        for variant in config.production_variants() {
            let model = variant.model_name().unwrap_or_default();
            let package = self.package_of(model).await?;
            let name = variant.variant_name().unwrap_or_default();
            let served = endpoint.production_variants().iter();
            let served = served
                .into_iter()
                .find(|served| served.variant_name() == Some(name));
            let weight = served
                .and_then(|served| served.current_weight())
                .unwrap_or_default();
            variants.push(json!({
                "name": name,
                "weight": weight,
                "instances": served.and_then(|served| served.current_instance_count()),
                "model": model,
                "model_package_arn": package.as_ref().and_then(|package| package.model_package_arn()),
            }));
            if let Some(package) = package
                && main.as_ref().is_none_or(|(most, _)| weight > *most)
            {
                main = Some((weight, package));
            }
        }
        let package = main.map(|(_, package)| package);
        let package = package.as_ref();
        let (metrics, lineage) = metadata(package);
        Ok(json!({
            "endpoint": self.endpoint,
            "endpoint_status": endpoint.endpoint_status().map(|status| status.as_str()),
            "endpoint_config": config_name,
            "deployed_at": endpoint.last_modified_time().and_then(time),
            "variants": variants,
            "model_package_arn": package.and_then(|package| package.model_package_arn()),
            "version": package.and_then(|package| package.model_package_version()),
            "approval_status": package
                .and_then(|package| package.model_approval_status())
                .map(|status| status.as_str()),
            "approval_description": package.and_then(|package| package.approval_description()),
            "registered_at": package.and_then(|package| package.creation_time()).and_then(time),
            "metrics": metrics,
            "lineage": lineage,
        }))
    }

    /// The package that a model is made of; a model may also be made of files alone
    async fn package_of(&self, model: &str) -> Result<Option<DescribeModelPackageOutput>, String> {
        let model = self.client().describe_model().model_name(model);
        let model = model.send().await.map_err(said)?;
        let mut containers = model
            .primary_container()
            .into_iter()
            .chain(model.containers());
        let Some(arn) = containers.find_map(|container| container.model_package_name()) else {
            return Ok(None);
        };
        let package = self
            .client()
            .describe_model_package()
            .model_package_name(arn);
        package.send().await.map(Some).map_err(said)
    }
}

/// With its evaluation, if that can be had
async fn evaluated(mut document: Value, evaluations: &Evaluations, deadline: Instant) -> Response {
    let detail = match evaluation::address(&document) {
        Some(address) => in_time(deadline, evaluations.detail(address))
            .await
            .unwrap_or_else(|| Err("no evaluation in time".to_owned())),
        None => Ok(Value::Null),
    };
    let (detail, trouble) = match detail {
        Ok(detail) => (detail, None),
        Err(error) => (Value::Null, Some(error)),
    };
    document["evaluation"] = detail;
    let mut response = Response::ok(&document);
    response.measures.trouble = trouble;
    response
}

/// What was written down at registration: numbers are how good it is, the rest is what it is made of
fn metadata(
    package: Option<&DescribeModelPackageOutput>,
) -> (Map<String, Value>, Map<String, Value>) {
    let properties = package.and_then(|package| package.customer_metadata_properties());
    let (mut metrics, mut lineage) = (Map::new(), Map::new());
    for (name, text) in properties.into_iter().flatten() {
        let measured = name.contains("rmse") || name.contains("mae") || name.contains("r2");
        match data_contract::number(text).filter(|_| measured) {
            Some(number) => metrics.insert(name.clone(), number.into()),
            None => lineage.insert(name.clone(), text.as_str().into()),
        };
    }
    (metrics, lineage)
}

fn time(time: &DateTime) -> Option<String> {
    time.fmt(DateTimeFormat::DateTime).ok()
}

fn said<E, R>(error: SdkError<E, R>) -> String
where
    SdkError<E, R>: std::error::Error,
{
    DisplayErrorContext(error).to_string()
}
