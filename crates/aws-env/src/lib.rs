//! Which AWS we are in: region, credentials, endpoint overrides, and who we are there.
//!
//! Everything comes from the standard variables and files, so a local stand-in needs no code path of its own:
//! `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` point anywhere. Services are not known here but STS, which
//! answers who is asking. Calls block; the crate owns the one runtime that they run on.

use std::future::Future;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata};
use miette::Diagnostic;

/// A resolved AWS environment.
pub struct AwsEnv {
    config: SdkConfig,
    runtime: tokio::runtime::Runtime,
    region: String,
}

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account's twelve digits.
    pub account: String,
    /// The principal's ARN.
    pub arn: String,
}

/// Why AWS cannot be reached as anybody.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum AwsError {
    /// No region anywhere.
    #[error("no AWS region is set")]
    #[diagnostic(help("set `AWS_REGION`, or `aws.region` in `towpath.yaml`"))]
    NoRegion,
    /// STS does not know us.
    #[error("AWS does not accept our credentials: {detail}")]
    #[diagnostic(help(
        "in a workflow run `aws-actions/configure-aws-credentials` with a role first; locally sign in, or set `AWS_PROFILE`"
    ))]
    NoCredentials {
        /// What AWS, or the credential chain, said.
        detail: String,
    },
    /// Another account than the one that the configuration names.
    #[error(
        "these credentials belong to account {found}, and `towpath.yaml` allows only {expected}"
    )]
    #[diagnostic(help("use the credentials of account {expected}, or mend `aws.account`"))]
    OtherAccount {
        /// The account of the credentials.
        found: String,
        /// The account that was configured.
        expected: String,
    },
    /// The runtime could not be started.
    #[error("failed to start the runtime for calls to AWS")]
    Runtime(#[source] std::io::Error),
}

impl AwsEnv {
    /// Resolves the environment; `region` wins over the standard variables.
    ///
    /// # Errors
    /// No region.
    pub fn load(region: Option<&str>) -> Result<Self, AwsError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(AwsError::Runtime)?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        let config = runtime.block_on(loader.load());
        let region = config.region().ok_or(AwsError::NoRegion)?.to_string();
        Ok(Self {
            config,
            runtime,
            region,
        })
    }

    /// What service clients are made from.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// Runs one call to its end.
    pub fn block_on<F: Future>(&self, call: F) -> F::Output {
        self.runtime.block_on(call)
    }

    /// Asks STS who we are; refuses another account than `expected`.
    ///
    /// # Errors
    /// No credentials that AWS accepts, or those of another account.
    pub fn caller(&self, expected: Option<&str>) -> Result<Caller, AwsError> {
        let client = aws_sdk_sts::Client::new(&self.config);
        let answer = self.block_on(client.get_caller_identity().send());
        let identity = answer.map_err(|error| {
            let detail = match (error.code(), error.message()) {
                (Some(code), Some(message)) => format!("{message} ({code})"),
                _ => DisplayErrorContext(&error).to_string(),
            };
            AwsError::NoCredentials { detail }
        })?;
        let account = identity.account.unwrap_or_default();
        match expected {
            Some(expected) if expected != account => Err(AwsError::OtherAccount {
                found: account,
                expected: expected.to_owned(),
            }),
            _ => Ok(Caller {
                account,
                arn: identity.arn.unwrap_or_default(),
            }),
        }
    }
}

impl std::fmt::Debug for AwsEnv {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AwsEnv")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}
