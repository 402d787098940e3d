//! Puts a version of a model package into service: the last step of the pipeline, in the environment that trains.
//!
//! A model and an endpoint configuration are made for the release, then the endpoint is created or changed to it. With every change the
//! deployment policy is sent again, because SageMaker forgets it otherwise: canary, baking time, and the alarms that make it go back.
//!
//! It begins a change and does not wait for its end: that takes longer than a function may run, and `InService` is not yet success.
//! Done twice it is done once: the names follow from the release ([`release`]), and what to do follows from what is there ([`endpoint`]).

pub mod endpoint;
pub mod release;
mod sagemaker;

use std::time::Duration;

use aws_config::SdkConfig;
use serde::Deserialize;
use serde_json::{Value, json};
use trigger::{Answer, Function, Invocation, OutOfTime, Trouble, Unfit, Variables, WrongVariable};

use crate::endpoint::Step;
use crate::release::{Capture, Deployment, Release, ReleaseError};
use crate::sagemaker::SageMaker;

/// What is left of the time for answering
const RESERVE: Duration = Duration::from_secs(1);

/// The function
#[derive(Debug)]
pub struct DeployEndpoint {
    sagemaker: SageMaker,
    endpoint: String,
    capture: Capture,
    deployment: Deployment,
}

/// Why a release was not put into service
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not what the pipeline sends
    #[error("the input has no `model_package_arn`")]
    Input(#[source] serde_json::Error),
    /// Not a release of this endpoint
    #[error("failed to name the release")]
    Release(#[from] ReleaseError),
    /// SageMaker failed, or refused
    #[error("`{operation}` of `{name}` failed")]
    SageMaker {
        /// What was asked
        operation: &'static str,
        /// Of what
        name: String,
        /// Why
        #[source]
        trouble: Trouble,
    },
    /// The name is used for something else
    #[error("there is a model `{model}`, and it is of `{found}`")]
    Taken {
        /// Its name
        model: String,
        /// Its package
        found: String,
    },
    /// It does not come out of this by itself
    #[error("`{endpoint}` is {status}: delete it, or bring it back into service, and deploy again")]
    Stuck {
        /// Its name
        endpoint: String,
        /// What SageMaker says of it
        status: String,
    },
    /// Another change has not ended yet
    #[error("`{endpoint}` is {status}")]
    InProgress {
        /// Its name
        endpoint: String,
        /// What SageMaker says of it
        status: String,
        /// Why we do not wait
        #[source]
        source: OutOfTime,
    },
}

#[derive(Deserialize)]
struct Input {
    model_package_arn: String,
}

impl Function for DeployEndpoint {
    const NAME: &'static str = "deploy-endpoint";
    type Error = Error;

    fn new(variables: &Variables, config: &SdkConfig) -> Result<Self, Unfit> {
        let capture_uri = variables.required("CAPTURE_URI")?;
        let capture = Capture::below(&capture_uri)
            .ok_or_else(|| WrongVariable::new("CAPTURE_URI", "is no `s3://` address"))?;
        Ok(Self {
            endpoint: variables.required("ENDPOINT_NAME")?,
            deployment: variables.json("DEPLOYMENT")?,
            capture,
            sagemaker: SageMaker::new(
                config,
                sagemaker::Settings {
                    role: variables.required("EXECUTION_ROLE_ARN")?,
                    key: variables.required("KMS_KEY_ARN")?,
                    capture_uri,
                },
            ),
        })
    }

    async fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, Error> {
        let input: Input = serde_json::from_value(event).map_err(Error::Input)?;
        let package = input.model_package_arn;
        let release = Release::of(&package, &self.endpoint, &self.deployment, &self.capture)?;
        self.sagemaker.model(&release).await?;
        self.sagemaker
            .configuration(&release, &self.deployment)
            .await?;
        let mut patience = invocation.patience(RESERVE);
        loop {
            let seen = self.sagemaker.endpoint(&self.endpoint).await?;
            let status = seen.as_ref().map_or("absent", |seen| seen.status.as_str());
            let begun = match endpoint::next(seen.as_ref(), &release.configuration) {
                Step::Nothing | Step::UnderWay => return Ok(self.answer(&release, status, &[])),
                Step::Create => {
                    let call = self
                        .sagemaker
                        .create(&self.endpoint, &release, &self.deployment);
                    call.await?.then_some("Creating")
                }
                Step::Update => {
                    let call = self
                        .sagemaker
                        .update(&self.endpoint, &release, &self.deployment);
                    call.await?.then_some("Updating")
                }
                Step::Wait => None,
                Step::Stuck => {
                    return Err(Error::Stuck {
                        endpoint: self.endpoint.clone(),
                        status: status.to_owned(),
                    });
                }
            };
            if let Some(begun) = begun {
                return Ok(self.answer(&release, begun, &[("DeploymentsBegun", 1)]));
            }
            tracing::info!(
                endpoint = self.endpoint,
                status,
                "another change is under way"
            );
            patience.pause().await.map_err(|source| Error::InProgress {
                endpoint: self.endpoint.clone(),
                status: status.to_owned(),
                source,
            })?;
        }
    }
}

impl DeployEndpoint {
    fn answer(&self, release: &Release, status: &str, counts: &[trigger::Count]) -> Answer {
        Answer {
            value: json!({
                "endpoint_name": self.endpoint,
                "endpoint_config_name": release.configuration,
                "status": status,
            }),
            counts: counts.to_vec(),
        }
    }
}
