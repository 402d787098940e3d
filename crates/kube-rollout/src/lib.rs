//! Rolls out an application on Kubernetes: applies, watches, says why it failed, and comes back.
//!
//! The middle is pure: [`stage`] says how far one object is, [`Tracker`] judges a rollout over time from a [`World`] that watches fill,
//! and a [`Failure`] is its answer: a class, a sentence, and what proves it. [`roll_out`] is the way around it: the dry run, the lock, the apply, the
//! watches, and the way back to what was proven; a [`Canary`] is tried on some of the requests first. [`manifest`], [`pin`] and [`set`] make the objects. No content of an image is known here, no
//! `towpath.yaml`, and nothing is printed.

mod access;
mod act;
mod canary;
mod cluster;
mod diff;
mod failure;
mod images;
mod lock;
pub mod manifest;
mod object;
mod ownership;
mod plan;
mod pod;
mod preflight;
mod pull;
mod release;
mod rollout;
mod serving;
mod status;
mod token;
mod tracker;
mod values;
mod watch;
mod workload;
mod world;
mod yaml;

pub use access::{AccessError, by_eks, by_kubeconfig, explain};
pub use canary::{Canary, CanaryError, Check};
pub use cluster::{Cluster, ClusterError, Resource};
pub use diff::Change as MemberChange;
pub use failure::{Budgets, Class, Failure, Judgement, Sign};
pub use images::{ImageError, ImageRef, Pin, images, pin, short};
pub use lock::Run;
pub use object::ObjectRef;
pub use plan::Effect;
pub use preflight::{ImageProof, Proof, architectures};
pub use release::{Memory, Release, UnderWay};
pub use rollout::{Ending, Moment, Report, Request, RolloutError, ago, roll_out};
pub use serving::Serving;
pub use status::{Stage, stage};
pub use token::{TokenError, token};
pub use tracker::{Applied, Look, State, Tracker};
pub use values::{Setting, SettingError, set, stamp};
pub use world::{Change, Event, World};
