//! The action from the outside: its program run on real repositories with the real Terraform, and once as GitHub would.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fixture;
mod github;
mod interrupt;
mod needle;
mod plan;
mod refusals;
mod secrets;
mod summary;
