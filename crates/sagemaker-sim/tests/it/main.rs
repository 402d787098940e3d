//! The simulator over real HTTP: what a client of SageMaker and of CloudWatch's alarms would send, and what it would get.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod alarms;
mod client;
mod endpoints;
mod faults;
mod glue;
mod pipelines;
mod registry;
mod rollouts;
mod serving;
mod store;
mod wire;
