//! Boundaries of the house: what a crate must not know, and how every file begins.
//!
//! The source of the rules is the room table of the design ("does not know"). `dependencies` holds what is linked,
//! `sources` what is written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod dependencies;
mod graph;
mod sources;
