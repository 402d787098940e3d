//! SageMaker, Glue's jobs and CloudWatch's alarms as a local server: what the reference system, the gate, `terraform-apply` and the AWS
//! provider ask of them.
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
//! Endpoints serve (`POST /endpoints/<name>/invocations`, as SageMaker Runtime) what `xgboost-json` can score: the `model.json` in the
//! `model.tar.gz` that a model or its package names, fetched from S3 at `Config::aws_url`. They change as their deployment policy says, turn back
//! when an alarm fires while they bake, capture what they are asked, and tell EventBridge.
//!
//! # Simpler than AWS
//! - No signature is checked and no IAM policy evaluated (denials are asked for, see `faults.rs`); a cross-account ARN is readable as if
//!   a resource policy allowed it.
//! - Of a model's archive only the booster is used. `inference.py` is not run, so the rules for a request are those of XGBoost's
//!   container, whatever the script makes of it: CSV without a header and without a newline at either end.
//! - A shadow variant is shown, and gets no requests. There are no multi-model endpoints, inference components or serverless limits.
//! - A model that cannot be loaded lets an update end as soon as that is known: `InService` with the former configuration and a
//!   `FailureReason`. AWS tries longer.
//! - Where two fleets serve, each request is given to one by chance, from a fixed seed. Rolling updates share requests by batches.
//! - Alarms: a period ends now, not at a full minute; what `SetAlarmState` said is overridden as soon as the metric has data; an alarm on an
//!   expression or a band, and one without data, stays in the state that it was given; none runs actions. A measured alarm is
//!   evaluated when something is measured or asked, and while a rollout is watched.
//! - Alarms that a deployment names need not exist, and `MaximumExecutionTimeoutInSeconds` never strikes.
//! - When the clock is moved over several stages of a rollout at once, EventBridge hears of the last one only.
//! - Captures are written after 60 seconds or 1000 records, and those of the last minute end with the simulator.
//!
//! It knows nothing of the rest of Towpath.
//!
//! Start at [`Simulator::start`] from synchronous code, or [`serve`] inside a runtime.
//!
//! Beside SageMaker's operations there are:
//! - `GET /_sim/health`: 200 as soon as it answers;
//! - `POST /_sim/faults` and `DELETE /_sim/faults`: make operations fail, models err and events come twice on demand (`faults.rs`);
//! - `GET /_sim/logs/<id>`: what a process wrote, by the id of its job run;
//! - `POST /_sim/clock` with `{"advance_seconds": 60}`: let time pass.

mod alarms;
mod aws;
mod capture;
mod clock;
mod deployment;
mod endpoint_configs;
mod endpoints;
mod events;
mod faults;
mod fleet;
mod glue;
mod groups;
mod listing;
mod metrics;
mod models;
mod operations;
mod packages;
mod pipelines;
mod process;
mod query;
mod random;
mod rollout;
mod runtime;
mod server;
mod serving;
mod shapes;
mod simulator;
mod site;
mod tags;
mod wire;
mod world;

pub use clock::Clock;
pub use server::{Config, serve};
pub use simulator::Simulator;
