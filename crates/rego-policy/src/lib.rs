//! Rego policies with Conftest's conventions, failing closed.
//!
//! This crate knows Rego (v0 and v1), how Conftest names, counts and reports rules, and the defects of the engine it
//! runs on. It does not know Terraform, networks, or where a repository keeps things: the caller hands over [`Sources`]
//! (read from a folder or from a git tree) and values to judge.
//!
//! Start at [`PolicySet::load`], then [`PolicySet::evaluate`]. Loading passes every file through the guard layer
//! (`guard`), which rewrites what the engine would get wrong and refuses what it would answer with silence; positions
//! in errors always point into the file as it was written. [`documents`] turns files into inputs, [`formats`] prints
//! results the way Conftest users know them.

mod annotations;
mod builtins;
mod data;
pub mod documents;
mod engine;
mod error;
mod evaluate;
mod exceptions;
pub mod formats;
mod guard;
mod namespaces;
mod outcome;
mod policy_set;
mod position;
mod rules;
mod sources;
mod syntax;
mod verify;

pub use annotations::{Annotations, RelatedResource};
pub use error::{EvalError, LoadError, PolicyProblem, Problem, RuleError, RuleErrorKind};
pub use evaluate::Input;
pub use namespaces::Namespaces;
pub use outcome::{CheckResult, Loc, Outcome};
pub use policy_set::{ENGINE, Options, PolicySet, RegoVersion};
pub use position::Position;
pub use rules::{RuleInfo, RuleKind};
pub use sources::{DataFile, PolicyFile, Sources, read_folder};
pub use verify::{TestOutcome, TestResult, VerifyError, VerifyReport};
