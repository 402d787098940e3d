//! Objects in Amazon S3 by their address, `s3://<bucket>/<key>`: read a small one whole, or ask whether it is there.
//!
//! It writes nothing. The bucket always goes into the path: AWS takes that, and for a local stand-in it is the only way,
//! because no name server knows `<bucket>.127.0.0.1`.

use aws_env::AwsEnv;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use miette::Diagnostic;

/// What is read whole must be small.
const LARGEST: i64 = 16 * 1024 * 1024;

/// The objects that one environment leads to.
#[derive(Debug)]
pub struct Objects<'a> {
    environment: &'a AwsEnv,
    client: Client,
}

/// Why there is no object.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ObjectError {
    /// Not `s3://<bucket>/<key>`.
    #[error("`{address}` is not the address of an object in S3")]
    #[diagnostic(help("it looks like `s3://<bucket>/<key>`"))]
    NotAnAddress {
        /// What was given.
        address: String,
    },
    /// There is none.
    #[error("there is no object `{address}`")]
    NotFound {
        /// Its address.
        address: String,
    },
    /// We may not read it. S3 also answers so for what is not there, to whoever may not list the bucket.
    #[error("reading `{address}` is denied")]
    #[diagnostic(help("add this statement to the role that asks:\n{statement}"))]
    Denied {
        /// Its address.
        address: String,
        /// The IAM statement that is missing.
        statement: String,
    },
    /// Larger than anything that should be read whole.
    #[error("`{address}` has {bytes} bytes, more than are read")]
    TooLarge {
        /// Its address.
        address: String,
        /// Its size.
        bytes: i64,
    },
    /// Anything else.
    #[error("reading `{address}` failed: {detail}")]
    Failed {
        /// Its address.
        address: String,
        /// What went wrong.
        detail: String,
    },
}

impl<'a> Objects<'a> {
    /// The objects that `environment` leads to.
    pub fn new(environment: &'a AwsEnv) -> Self {
        let config = aws_sdk_s3::config::Builder::from(environment.config()).force_path_style(true);
        Self {
            environment,
            client: Client::from_conf(config.build()),
        }
    }

    /// The bytes of the object.
    ///
    /// # Errors
    /// No such object, denied, too large, or no answer.
    pub fn read(&self, address: &str) -> Result<Vec<u8>, ObjectError> {
        let (bucket, key) = parse(address)?;
        let call = async {
            let call = self.client.get_object().bucket(bucket).key(key).send();
            let output = call.await.map_err(|error| classify(address, &error))?;
            if let Some(bytes) = output.content_length().filter(|bytes| *bytes > LARGEST) {
                let address = address.to_owned();
                return Err(ObjectError::TooLarge { address, bytes });
            }
            let body = output.body.collect().await;
            body.map(|body| body.to_vec())
                .map_err(|error| ObjectError::Failed {
                    address: address.to_owned(),
                    detail: error.to_string(),
                })
        };
        self.environment.block_on(call)
    }

    /// Asks for the object without reading it.
    ///
    /// # Errors
    /// No such object, denied, or no answer.
    pub fn check(&self, address: &str) -> Result<(), ObjectError> {
        let (bucket, key) = parse(address)?;
        let call = self.client.head_object().bucket(bucket).key(key).send();
        let answer = self.environment.block_on(call);
        answer.map_err(|error| classify(address, &error))?;
        Ok(())
    }
}

fn parse(address: &str) -> Result<(&str, &str), ObjectError> {
    let parts = address
        .strip_prefix("s3://")
        .and_then(|rest| rest.split_once('/'));
    match parts {
        Some((bucket, key)) if !bucket.is_empty() && !key.is_empty() => Ok((bucket, key)),
        _ => Err(ObjectError::NotAnAddress {
            address: address.to_owned(),
        }),
    }
}

fn classify<E, R>(address: &str, error: &SdkError<E, R>) -> ObjectError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, R>: std::error::Error,
    R: std::fmt::Debug,
{
    let address = address.to_owned();
    match error.code() {
        Some("NoSuchKey" | "NoSuchBucket" | "NotFound") => ObjectError::NotFound { address },
        Some("AccessDenied" | "Forbidden") => {
            let path = address.trim_start_matches("s3://");
            let statement = format!(
                "{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::{path}\"}}"
            );
            ObjectError::Denied { address, statement }
        }
        Some(code) => ObjectError::Failed {
            detail: format!("{} ({code})", error.message().unwrap_or_default()),
            address,
        },
        None => ObjectError::Failed {
            detail: DisplayErrorContext(error).to_string(),
            address,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bucket_and_a_key() {
        assert_eq!(parse("s3://b/k/l.json").unwrap(), ("b", "k/l.json"));
        for address in ["b/k", "s3://b", "s3://b/", "s3:///k", "https://b/k"] {
            assert!(parse(address).is_err(), "{address}");
        }
    }
}
