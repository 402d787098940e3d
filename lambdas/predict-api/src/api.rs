//! Paths and methods, and what they share: the contract, the endpoint and its record.

use std::sync::OnceLock;

use aws_config::SdkConfig;
use data_contract::{Contract, ContractError};

use crate::endpoint::Endpoint;
use crate::evaluation::Evaluations;
use crate::http::{Request, Response};
use crate::model::Record;
use crate::problem::Problem;
use crate::{openapi, predict};

/// The model's API, for as many requests as there are
#[derive(Debug)]
pub struct Api {
    contract: Contract,
    endpoint: Endpoint,
    record: Record,
    evaluations: Evaluations,
    openapi: OnceLock<serde_json::Value>,
}

/// Why there is no API
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// The program was built with a contract that it does not understand
    #[error("the contract cannot be served")]
    Contract(#[from] ContractError),
    /// A variable is missing
    #[error("the variable `{0}` is not set")]
    Variable(&'static str),
}

impl Api {
    /// In front of the endpoint of this name
    ///
    /// # Errors
    /// The contract that was built in cannot be served.
    pub fn new(endpoint_name: &str, config: &SdkConfig) -> Result<Self, Unfit> {
        Ok(Self {
            contract: Contract::housing()?,
            endpoint: Endpoint::new(endpoint_name, config),
            record: Record::new(endpoint_name, config),
            evaluations: Evaluations::new(config),
            openapi: OnceLock::new(),
        })
    }

    /// Answers a request, whatever it is
    pub async fn answer(&self, request: &Request) -> Response {
        let answered = match (request.path.as_str(), request.method.as_str()) {
            ("/predict", "POST") => predict::answer(&self.contract, &self.endpoint, request).await,
            ("/predict", _) => Err(Problem::WrongMethod("POST")),
            ("/health", "GET") => return self.record.health(request.deadline).await,
            ("/model", "GET") => {
                let (record, evaluations) = (&self.record, &self.evaluations);
                return record.model(evaluations, request.deadline).await;
            }
            ("/districts", "GET") => {
                let (record, evaluations) = (&self.record, &self.evaluations);
                return evaluations.districts(record, request.deadline).await;
            }
            ("/openapi.json", "GET") => {
                let document = self
                    .openapi
                    .get_or_init(|| openapi::document(&self.contract));
                // it changes with the program only
                let response = Response::ok(document);
                return response.with("cache-control", "public, max-age=300");
            }
            ("/health" | "/model" | "/districts" | "/openapi.json", _) => {
                Err(Problem::WrongMethod("GET"))
            }
            _ => Err(Problem::NoSuchPath),
        };
        answered.unwrap_or_else(|problem| problem.response())
    }
}
