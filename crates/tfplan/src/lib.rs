//! Terraform plans as values: what a plan does, in which words, and where in the source it comes from.
//!
//! Bytes come in, values go out; nothing here runs a program, opens a file or a connection. Both Terraform and OpenTofu
//! write what is read here. Start with [`PlanJson::parse`], the output of `terraform show -json`; [`SavedPlan::read`] takes
//! the file itself apart. From a plan follow its [`summary`], its [`plan_digest`], and [`redact`], which must come
//! before anything else sees the values. [`SourceMap`] leads from an address back to the line that a person wrote.

mod action;
mod address;
mod canonical;
mod digest;
mod json;
mod native;
mod protobuf;
mod redact;
mod saved;
mod source_map;
mod summary;
mod variables;

pub use action::{Action, reason_in_words};
pub use address::{Address, Call, Key, Step, parse_path};
pub use digest::plan_digest;
pub use json::{
    Error as PlanJsonError, Importing, OutputChange, PlanJson, ResourceChange, Unusable,
};
pub use native::Unclear;
pub use redact::{Redacted, Secrets, Swept, redact};
pub use saved::{Backend, Error as SavedPlanError, LockFile, ModuleSource, SavedPlan};
pub use source_map::{Located, Precision, SourceMap, Unparsed};
pub use summary::{Counts, Item, Module, Summary, summary};
pub use variables::sensitive_variables;
