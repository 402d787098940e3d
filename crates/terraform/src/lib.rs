//! Running Terraform or OpenTofu.
//!
//! Knows how to find the tool, how to run one of its commands so that it can be neither surprised by the environment nor
//! orphaned by an interrupt, and how to read what it says: events while it runs, typed errors with advice when it
//! fails, and for an apply what happened to each planned change.
//!
//! Knows nothing of policies, of what a plan contains (that is `tfplan`), or of how anything is shown: the caller
//! receives [`Event`]s and values. Synchronous throughout.
//!
//! Start at [`Tool::find`], then [`Root`].

mod tool;

mod apply;
mod plan;
mod root;

mod diagnostics;
mod errors;
mod events;
mod lock;

mod command;
mod environment;
mod execute;
mod interrupt;

pub use apply::{ApplyOptions, ApplyRun, ChangeResult, Outcome, StateFate};
pub use diagnostics::{Diagnostic, Position, Range, Severity, Snippet};
pub use errors::{Class, Error, Report};
pub use events::{Change, Event, Summary};
pub use lock::Lock;
pub use plan::{PlanMode, PlanOptions, PlanRun};
pub use root::{InitOptions, Mask, MissingWorkspace, Observer, Root};
pub use tool::{FindError, Kind, Tool, ToolRequest};
