//! The scorer against XGBoost's own predictions, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod predictions;
mod refusals;
