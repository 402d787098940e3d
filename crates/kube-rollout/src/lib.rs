//! Rolls out an application on Kubernetes: applies, watches, says why it failed, and comes back.
//!
//! The middle is pure: [`stage`] says how far one object is, [`Tracker`] judges a rollout over time from a [`World`] that watches fill,
//! and a [`Failure`] is its answer: a class, a sentence, and what proves it. No content of an image is known here, no
//! `towpath.yaml`, and nothing is printed.

mod failure;
mod object;
mod pod;
mod pull;
mod status;
mod tracker;
mod workload;
mod world;

pub use failure::{Budgets, Class, Failure, Judgement, Sign};
pub use object::ObjectRef;
pub use status::{Stage, stage};
pub use tracker::{Applied, Look, State, Tracker};
pub use world::{Change, Event, World};
