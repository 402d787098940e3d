//! The project at hand: what an action works on, resolved from `towpath.yaml` and its inputs.
//!
//! [`Scope`] is the environment with its root module, its evidence and the place of its plan. [`Terraform`] runs the
//! tool there and tells the host how it goes. [`Plan`] is a saved plan with everything that is derived from it,
//! and [`publish`] shows a report wherever somebody reads it. The actions share this room so that they cannot disagree about which plan, which root or which rules are meant.

mod error;
mod plan;
mod progress;
mod publish;
mod scope;
mod terraform;

pub use error::ProjectError;
pub use plan::Plan;
pub use publish::{announce, publish};
pub use scope::{Scope, ScopeArgs};
pub use terraform::{Terraform, TerraformArgs};
