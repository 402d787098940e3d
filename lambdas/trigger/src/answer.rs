//! What it means that a call to AWS did not work: whether it was certainly not carried out, and whether trying again can help.
//!
//! The difference between "refused for now" and "unknown" decides about exactly-once: a call that timed out may have been carried out, so
//! before it is made again somebody has to look.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

/// Why a call to AWS did not work
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Certainly not carried out; it may be later
    #[error("refused for now: {0}")]
    Busy(String),
    /// Nobody knows whether it was carried out
    #[error("no clear answer: {0}")]
    Unknown(String),
    /// Certainly not carried out, and it will not be
    #[error("{message} ({code})")]
    Refused {
        /// AWS's name for the error
        code: String,
        /// AWS's words
        message: String,
    },
}

/// Names that every service uses for "too many requests"
const THROTTLED: [&str; 7] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "ConcurrentModificationException",
];

/// Judges an error; `busy` are the service's own names for "not now"
pub fn trouble<E>(error: &SdkError<E, HttpResponse>, busy: &[&str]) -> Trouble
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let code = error.code().unwrap_or_default();
    let message = error.message().unwrap_or_default();
    let said = || match code {
        "" => DisplayErrorContext(error).to_string(),
        _ => format!("{message} ({code})"),
    };
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            match code {
                _ if THROTTLED.contains(&code) || busy.contains(&code) => Trouble::Busy(said()),
                _ if status == 429 => Trouble::Busy(said()),
                _ if status >= 500 => Trouble::Unknown(said()),
                _ => Trouble::Refused {
                    code: code.to_owned(),
                    message: message.to_owned(),
                },
            }
        }
        SdkError::ConstructionFailure(_) => Trouble::Refused {
            code: "ConstructionFailure".into(),
            message: said(),
        },
        _ => Trouble::Unknown(said()),
    }
}
