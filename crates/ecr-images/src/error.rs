//! Why ECR did not do what was asked.

use aws_sdk_ecr::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use miette::Diagnostic;

/// Why there is no answer.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum EcrError {
    /// There is no such repository.
    #[error("ECR: {detail}")]
    #[diagnostic(help("create it with Terraform (`aws_ecr_repository`), or mend its name"))]
    NoRepository {
        /// What ECR said.
        detail: String,
    },
    /// IAM does not let us.
    #[error("IAM denies `ecr:{action}`")]
    #[diagnostic(help("add this statement to the role that pushes:\n{statement}"))]
    Denied {
        /// The action.
        action: &'static str,
        /// The IAM statement that is missing.
        statement: String,
    },
    /// Anything else.
    #[error("ECR did not answer `{action}`: {detail}")]
    Failed {
        /// The action.
        action: &'static str,
        /// What went wrong.
        detail: String,
    },
}

pub(crate) fn code<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> Option<&str> {
    error.as_service_error()?.code()
}

pub(crate) fn classify<E, R>(action: &'static str, error: &SdkError<E, R>) -> EcrError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, R>: std::error::Error,
    R: std::fmt::Debug,
{
    let said = error.as_service_error().and_then(|error| error.message());
    let said = said.unwrap_or_default();
    match code(error) {
        Some("RepositoryNotFoundException") => EcrError::NoRepository {
            detail: said.to_owned(),
        },
        Some("AccessDeniedException" | "AccessDenied") => {
            // ECR's words name the resource; this action is for the whole account
            let named = said.split("on resource: ").nth(1);
            let resource = named.and_then(|rest| rest.split_whitespace().next());
            let resource = match action {
                "GetAuthorizationToken" => "*",
                _ => resource.unwrap_or("*"),
            };
            EcrError::Denied {
                action,
                statement: format!(
                    "{{\"Effect\": \"Allow\", \"Action\": \"ecr:{action}\", \"Resource\": \"{resource}\"}}"
                ),
            }
        }
        Some(code) => EcrError::Failed {
            action,
            detail: format!("{said} ({code})"),
        },
        None => EcrError::Failed {
            action,
            detail: DisplayErrorContext(error).to_string(),
        },
    }
}
