//! Local stand-ins for the cloud: the tools they need, their processes and ports, readiness, and teardown.
//!
//! [`Sandbox::start`] runs ministack (S3, IAM, KMS, ECR, ... in a Python process) and the simulator of SageMaker and CloudWatch's alarms (in this process) on free loopback
//! ports, and gives the standard variables that lead any AWS client there ([`Environment`]). Nothing is left behind when the value is dropped,
//! nor when its process is killed. [`detached`] keeps a sandbox alive behind a command line.
//!
//! [`kubernetes`] is a control plane of its own, with kwok in the place of the kubelets.
//!
//! Tools are described once, in `tools/tools.lock.json` and `tools/requirements.lock`: found, or installed into the user's cache
//! folder and checked against committed hashes ([`tools`]).
//!
//! It creates nothing inside the stand-ins and does not know what is run against them: no action has a sandbox code path. Unix only.

pub mod detached;
mod environment;
mod health;
pub mod kubernetes;
mod machine;
mod ministack;
mod mirror;
mod process;
mod running;
mod state;
pub mod tools;

pub use environment::Environment;
pub use machine::Machine;
pub use running::{Options, Sandbox, StartError, terraform_variables};
pub use state::State;
