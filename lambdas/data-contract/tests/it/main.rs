//! The contract against what others say about the same rows, and against files of every kind.

#![expect(
    clippy::unwrap_used,
    reason = "these are tests, also outside of the functions that are marked so"
)]

mod agreement;
mod files;
mod properties;
mod table;
