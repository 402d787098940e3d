//! awsJson1.1 on the wire: who calls, which operation, and how a failure is said.
//!
//! The caller is read from the credential scope of the `Authorization` header; the signature itself is not checked. An access key
//! of twelve digits names the account (as in the S3 stand-in), so that cross-account situations can be built; any other key acts in the
//! configured account.

use crate::operations::Service;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

/// A JSON object of a request, a resource or an answer
pub(crate) type Object = Map<String, Value>;

/// An error as AWS words it
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            message: message.into(),
        }
    }

    /// SageMaker's answer to nearly everything, also to what does not exist
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// What does not exist, where a service has a status for it
    pub(crate) fn missing(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::new(code, message)
        }
    }

    /// What a model's container answered instead of predictions
    pub(crate) fn from_model(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FAILED_DEPENDENCY,
            ..Self::new("ModelError", message)
        }
    }

    fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new(code, message)
        }
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "__type": self.code, "message": self.message })
    }
}

/// Who calls, from where
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) region: String,
    access_key: String,
}

impl Caller {
    /// Reads who calls `service`
    pub(crate) fn parse(
        headers: &HeaderMap,
        service: &str,
        default_account: &str,
    ) -> Result<Self, Failure> {
        let authorization = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| {
                Failure::forbidden(
                    "MissingAuthenticationTokenException",
                    "Missing Authentication Token",
                )
            })?;
        let scope = authorization
            .split_once("Credential=")
            .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or(rest))
            .unwrap_or_default();
        let [access_key, _date, region, scoped, "aws4_request"] =
            scope.split('/').collect::<Vec<_>>()[..]
        else {
            return Err(Failure::forbidden(
                "IncompleteSignatureException",
                "Authorization header requires 'Credential' parameter with a scope of date, region and service.",
            ));
        };
        if scoped != service {
            return Err(Failure::forbidden(
                "InvalidSignatureException",
                format!("Credential should be scoped to correct service: '{service}'."),
            ));
        }
        let names_account =
            access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
        Ok(Self {
            account: if names_account {
                access_key
            } else {
                default_account
            }
            .to_owned(),
            region: region.to_owned(),
            access_key: access_key.to_owned(),
        })
    }

    /// The ARN of a SageMaker resource of the caller's account and region
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        format!(
            "arn:{}:sagemaker:{}:{}:{kind}/{name}",
            self.partition(),
            self.region,
            self.account
        )
    }

    /// The ARN of a resource of Glue of the caller's account and region
    pub(crate) fn glue(&self, kind: &str, name: &str) -> String {
        format!(
            "arn:{}:glue:{}:{}:{kind}/{name}",
            self.partition(),
            self.region,
            self.account
        )
    }

    /// The ARN of an alarm of the caller's account and region
    pub(crate) fn alarm(&self, name: &str) -> String {
        format!(
            "arn:{}:cloudwatch:{}:{}:alarm:{name}",
            self.partition(),
            self.region,
            self.account
        )
    }

    /// The ARN of a SageMaker resource that is given by its ARN or its name
    pub(crate) fn resolve(&self, kind: &str, arn_or_name: &str) -> String {
        if arn_or_name.starts_with("arn:") {
            arn_or_name.to_owned()
        } else {
            self.arn(kind, arn_or_name)
        }
    }

    /// The caller as STS and IAM's denials name it; the session is called after the access key
    pub(crate) fn identity(&self) -> String {
        format!(
            "arn:{}:sts::{}:assumed-role/sandbox/{}",
            self.partition(),
            self.account,
            self.access_key
        )
    }

    /// `CreatedBy` and `LastModifiedBy`
    pub(crate) fn user_context(&self) -> Value {
        json!({ "IamIdentity": {
            "Arn": self.identity(),
            "PrincipalId": format!("AROASANDBOX:{}", self.access_key),
        }})
    }

    fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            _ if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }
}

/// The service and the operation named by `X-Amz-Target`
pub(crate) fn target(headers: &HeaderMap) -> Result<(&Service, &str), Failure> {
    headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .and_then(|target| target.split_once('.'))
        .and_then(|(target, operation)| Some((Service::of_target(target)?, operation)))
        .ok_or_else(|| {
            Failure::new(
                "UnknownOperationException",
                "The request names no operation of SageMaker or Glue in X-Amz-Target. CloudWatch is answered in its Query protocol only.",
            )
        })
}

/// The request's body; an empty one is an empty object
pub(crate) fn body(bytes: &[u8]) -> Result<Value, Failure> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes)
        .map_err(|error| Failure::new("SerializationException", error.to_string()))
}
