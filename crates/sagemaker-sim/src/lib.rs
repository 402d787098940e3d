//! SageMaker's control plane and CloudWatch's alarms as a local server: what the gate, `terraform-apply` and the AWS provider ask of them.
//!
//! For SageMaker it speaks awsJson1.1 (`POST /`, `X-Amz-Target: SageMaker.<Operation>`): model package groups, model packages, models,
//! endpoint configurations, endpoints and tags, refused and answered with AWS's own errors and messages as far as they are public.
//! For Glue it does the same (`X-Amz-Target: AWSGlue.<Operation>`): jobs, triggers, workflows and their runs. Jobs run as local
//! processes, which reach S3 at `Config::aws_url` and everything here at this server.
//! Inputs are checked against AWS's published shapes (`shapes/`), so what
//! AWS would reject is rejected here. All state is in memory and ends with the server.
//!
//! CloudWatch's alarms are here because a rollout is watched by them, and because the stand-in for everything else leaves most of
//! an alarm out of the XML in which the AWS provider reads it: every plan would change every alarm. For them it speaks the Query
//! protocol (`Content-Type: application/x-www-form-urlencoded`); all of CloudWatch but metric alarms and their tags is refused.
//!
//! What it does not do: it checks no signature and evaluates no IAM policy (denials are asked for, see `faults.rs`),
//! it serves no inference and evaluates no metric (`SetAlarmState` makes an alarm fire), and a cross-account ARN is readable as if a resource policy allowed it. It knows nothing of the rest of Towpath.
//!
//! Start at [`Simulator::start`] from synchronous code, or [`serve`] inside a runtime.
//!
//! Beside SageMaker's operations there are:
//! - `GET /_sim/health`: 200 as soon as it answers;
//! - `POST /_sim/faults` and `DELETE /_sim/faults`: make operations fail on demand;
//! - `GET /_sim/logs/<id>`: what a process wrote, by the id of its job run;
//! - `POST /_sim/clock` with `{"advance_seconds": 60}`: let time pass.

mod alarms;
mod aws;
mod clock;
mod deployment;
mod endpoint_configs;
mod endpoints;
mod faults;
mod glue;
mod groups;
mod listing;
mod models;
mod operations;
mod packages;
mod pipelines;
mod process;
mod query;
mod server;
mod shapes;
mod simulator;
mod site;
mod tags;
mod wire;
mod world;

pub use clock::Clock;
pub use server::{Config, serve};
pub use simulator::Simulator;
