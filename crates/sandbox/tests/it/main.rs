//! Real stand-ins, real processes: they start, answer, and are gone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod death;
mod detached;
mod kubernetes;
mod lifetime;
mod support;
mod tools;
