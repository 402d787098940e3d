//! Asking an endpoint for predictions, as its users do: rows of CSV in, one number a row out.
//!
//! Apart from `sagemaker-models`, because it is another service with another SDK: who asks an endpoint need not be
//! allowed to look at it.

use aws_env::AwsEnv;
use aws_sdk_sagemakerruntime::Client;
use aws_sdk_sagemakerruntime::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_sagemakerruntime::primitives::Blob;
use miette::Diagnostic;

/// The endpoints that one environment leads to.
#[derive(Debug)]
pub struct Endpoints<'a> {
    environment: &'a AwsEnv,
    client: Client,
}

/// Why there are no predictions.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum InvokeError {
    /// We may not ask.
    #[error("`InvokeEndpoint` on `{endpoint}` is denied")]
    #[diagnostic(help(
        "add this statement to the role that asks:\n{{\"Effect\": \"Allow\", \"Action\": \"sagemaker:InvokeEndpoint\", \"Resource\": \"*/{endpoint}\"}}"
    ))]
    Denied {
        /// The endpoint's name.
        endpoint: String,
    },
    /// The service, or the model in it, failed.
    #[error("`InvokeEndpoint` on `{endpoint}` failed: {detail}")]
    Failed {
        /// The endpoint's name.
        endpoint: String,
        /// What went wrong.
        detail: String,
    },
    /// The answer is not one number a row.
    #[error("`{endpoint}` answered {rows} rows with {answer}")]
    NotPredictions {
        /// The endpoint's name.
        endpoint: String,
        /// How many rows were sent.
        rows: usize,
        /// What came back, shortened.
        answer: String,
    },
}

impl<'a> Endpoints<'a> {
    /// The endpoints that `environment` leads to.
    pub fn new(environment: &'a AwsEnv) -> Self {
        Self {
            environment,
            client: Client::new(environment.config()),
        }
    }

    /// What the endpoint called `endpoint` predicts for `rows` of CSV, in their order.
    ///
    /// # Errors
    /// Denied, no answer, or one that is not a number for each row.
    pub fn predict(&self, endpoint: &str, rows: &[String]) -> Result<Vec<f64>, InvokeError> {
        let call = self
            .client
            .invoke_endpoint()
            .endpoint_name(endpoint)
            .content_type("text/csv")
            .accept("text/csv")
            .body(Blob::new(rows.join("\n")))
            .send();
        let answer = self.environment.block_on(call);
        let output = answer.map_err(|error| match (error.code(), error.message()) {
            (Some("AccessDeniedException" | "AccessDenied"), _) => InvokeError::Denied {
                endpoint: endpoint.to_owned(),
            },
            (Some(code), message) => InvokeError::Failed {
                endpoint: endpoint.to_owned(),
                detail: format!("{} ({code})", message.unwrap_or_default()),
            },
            (None, _) => InvokeError::Failed {
                endpoint: endpoint.to_owned(),
                detail: DisplayErrorContext(&error).to_string(),
            },
        })?;
        let body = output.body.map(Blob::into_inner).unwrap_or_default();
        let text = String::from_utf8_lossy(&body);
        numbers(&text, rows.len()).ok_or_else(|| InvokeError::NotPredictions {
            endpoint: endpoint.to_owned(),
            rows: rows.len(),
            answer: format!("`{}`", text.chars().take(80).collect::<String>()),
        })
    }
}

/// One finite number a row; containers part them by line feeds or by commas.
fn numbers(text: &str, rows: usize) -> Option<Vec<f64>> {
    let numbers = text.split(['\n', ',']).map(str::trim);
    let numbers = numbers.filter(|number| !number.is_empty());
    let numbers: Vec<f64> = numbers
        .map(|number| number.parse().ok().filter(|value: &f64| value.is_finite()))
        .collect::<Option<_>>()?;
    (numbers.len() == rows).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_number_for_each_row() {
        assert_eq!(numbers("1.5\n2\n", 2), Some(vec![1.5, 2.0]));
        assert_eq!(numbers("1.5,2", 2), Some(vec![1.5, 2.0]));
        for wrong in ["1.5", "1.5\n2\n3", "1.5\nNaN", "1.5\nno", ""] {
            assert_eq!(numbers(wrong, 2), None, "{wrong}");
        }
    }
}
