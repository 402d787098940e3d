//! The action from the outside: its program over policies, documents and plans, and once as GitHub would run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod conventions;
mod desk;
mod formats;
mod github;
mod languages;
mod plan;
mod policies;
mod pull_request;
mod refusals;
mod secrets;
mod verify;
mod waivers;
