//! The SageMaker pipeline, started with a token: asking again is asking for the same execution.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::types::Parameter;
use trigger::{Patience, Trouble, trouble};

use crate::Error;

/// SageMaker's names for "not now"
const BUSY: [&str; 2] = ["ConflictException", "ResourceLimitExceeded"];

/// One pipeline
#[derive(Debug)]
pub(crate) struct Pipeline {
    client: Client,
    name: String,
}

impl Pipeline {
    pub(crate) fn new(config: &SdkConfig, name: String) -> Self {
        Self {
            client: Client::new(config),
            name,
        }
    }

    /// The ARN of the execution that belongs to `token`; waits while SageMaker is busy
    pub(crate) async fn start(
        &self,
        token: &str,
        parameters: &BTreeMap<&str, String>,
        patience: &mut Patience,
    ) -> Result<String, Error> {
        let parameters: Vec<Parameter> = parameters
            .iter()
            .map(|(name, value)| Parameter::builder().name(*name).value(value).build())
            .collect();
        loop {
            let call = self.client.start_pipeline_execution();
            let call = call.pipeline_name(&self.name).client_request_token(token);
            let call = call.set_pipeline_parameters(Some(parameters.clone()));
            let trouble = match call.send().await {
                Ok(started) => return Ok(started.pipeline_execution_arn.unwrap_or_default()),
                Err(error) => trouble(&error, &BUSY),
            };
            if let Trouble::Refused { .. } = trouble {
                let pipeline = self.name.clone();
                return Err(Error::Refused { pipeline, trouble });
            }
            tracing::warn!(pipeline = self.name, %trouble, "waiting for SageMaker");
            if let Err(source) = patience.pause().await {
                let pipeline = self.name.clone();
                return Err(Error::Busy {
                    pipeline,
                    trouble,
                    source,
                });
            }
        }
    }
}
