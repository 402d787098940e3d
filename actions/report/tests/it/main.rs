//! The action from the outside: evidence in, and what a GitHub was told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod desk;
mod limits;
mod told;
