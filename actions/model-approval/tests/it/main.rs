//! The action from the outside: its program over real plans and a simulated registry, and once as GitHub would run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod desk;
mod followed;
mod github;
mod plans;
mod pull_request;
mod refusals;
mod registry;
mod standings;
