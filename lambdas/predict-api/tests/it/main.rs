//! The API at its boundary: requests in, documents out, and a real HTTP server in SageMaker's place.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod agreement;
mod cold_start;
mod evaluation;
mod hostile;
mod model;
mod openapi;
mod predict;
mod problems;
mod stand_in;
