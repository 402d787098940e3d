//! The model behind a REST API: rows in, dollars out, and for every other request what is wrong with it.
//!
//! [`Api::answer`] takes a [`Request`] to a [`Response`] and is all that matters; [`serve`] puts it into Lambda's runtime behind
//! an API Gateway HTTP API (payload 2.0), `examples/local.rs` behind a server on loopback. What a row may hold, what is filled
//! in and what the model is given is the data contract's to say, and so is most of the OpenAPI document.
//!
//! It does not know who asks (the gateway does), and has no way to a stand-in but the AWS SDKs' standard variables.

mod api;
mod body;
mod endpoint;
mod evaluation;
mod gateway;
mod http;
mod json;
mod model;
mod openapi;
mod predict;
mod problem;
mod serve;
mod telemetry;

pub use api::{Api, Unfit};
pub use http::{Request, Response};
pub use openapi::document as openapi;
pub use serve::serve;
pub use telemetry::{Measures, Meter, embedded};
