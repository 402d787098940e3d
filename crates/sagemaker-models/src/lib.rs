//! Model packages, models, endpoint configurations and endpoints, as Amazon SageMaker knows them.
//!
//! It reads all of them and writes one thing: the decision about a package ([`Registry::decide`]). The only crate that names the SageMaker SDK, because nothing else here takes as long to compile; what leaves it
//! are plain values. It does not know the gate: whether a package may serve is decided elsewhere.

mod denied;
mod endpoints;
mod packages;
mod records;

pub use denied::missing_statement;
pub use endpoints::{Canary, ConfiguredVariant, DeploymentPolicy, EndpointRecord, ServingVariant};
pub use packages::{Decision, Summary};
pub use records::{ApprovalStatus, Container, ModelRecord, PackageRecord, PackageStatus};

use aws_env::AwsEnv;
use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use miette::Diagnostic;

/// The Model Registry of one account and region.
#[derive(Debug)]
pub struct Registry<'a> {
    environment: &'a AwsEnv,
    client: Client,
}

/// Why SageMaker did not answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum RegistryError {
    /// We may not ask.
    #[error("`{operation}` on `{resource}` is denied")]
    #[diagnostic(help("add this statement to the role that asks:\n{statement}"))]
    Denied {
        /// The API's operation.
        operation: &'static str,
        /// The ARN or name that was asked for.
        resource: String,
        /// The IAM statement that is missing.
        statement: String,
        /// What AWS said.
        detail: String,
    },
    /// There is no such thing.
    #[error("SageMaker has no `{resource}` ({detail})")]
    NotFound {
        /// The ARN or name that was asked for.
        resource: String,
        /// What AWS said.
        detail: String,
    },
    /// Anything else: no connection, no credentials, a fault of the service.
    #[error("`{operation}` on `{resource}` failed: {detail}")]
    Failed {
        /// The API's operation.
        operation: &'static str,
        /// The ARN or name that was asked for.
        resource: String,
        /// What went wrong.
        detail: String,
    },
}

impl<'a> Registry<'a> {
    /// The registry that `environment` leads to.
    pub fn new(environment: &'a AwsEnv) -> Self {
        Self {
            environment,
            client: Client::new(environment.config()),
        }
    }

    /// The model package with this versioned ARN, also of another account that shares it.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn package(&self, arn: &str) -> Result<PackageRecord, RegistryError> {
        let call = self
            .client
            .describe_model_package()
            .model_package_name(arn)
            .send();
        let answer = self.environment.block_on(call);
        let output = answer.map_err(|error| classify("DescribeModelPackage", arn, &error))?;
        Ok(PackageRecord::from(output))
    }

    /// What the model called `name` is made of.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn model(&self, name: &str) -> Result<ModelRecord, RegistryError> {
        let call = self.client.describe_model().model_name(name).send();
        let answer = self.environment.block_on(call);
        let output = answer.map_err(|error| classify("DescribeModel", name, &error))?;
        Ok(ModelRecord::from(output))
    }

    /// The names of the models behind every variant of an endpoint configuration.
    ///
    /// # Errors
    /// Denied, unknown, or no answer.
    pub fn endpoint_config_models(&self, name: &str) -> Result<Vec<String>, RegistryError> {
        let variants = self.endpoint_config(name)?;
        Ok(variants
            .into_iter()
            .filter_map(|variant| variant.model)
            .collect())
    }
}

fn classify<E, R>(operation: &'static str, resource: &str, error: &SdkError<E, R>) -> RegistryError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug,
    SdkError<E, R>: std::error::Error,
{
    let resource = resource.to_owned();
    let message = error.message().unwrap_or_default().to_owned();
    match error.code().unwrap_or_default() {
        "AccessDeniedException" | "AccessDenied" => RegistryError::Denied {
            statement: missing_statement(operation, &resource, &message),
            operation,
            resource,
            detail: message,
        },
        "ResourceNotFound" | "ResourceNotFoundException" => RegistryError::NotFound {
            resource,
            detail: message,
        },
        // SageMaker answers some unknown names with a validation error
        "ValidationException"
            if message.contains("does not exist") || message.contains("Could not find") =>
        {
            RegistryError::NotFound {
                resource,
                detail: message,
            }
        }
        "" => RegistryError::Failed {
            operation,
            resource,
            detail: DisplayErrorContext(error).to_string(),
        },
        code => RegistryError::Failed {
            operation,
            resource,
            detail: format!("{message} ({code})"),
        },
    }
}
