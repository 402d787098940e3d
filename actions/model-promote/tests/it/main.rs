//! The action from the outside: its program over the simulator's registry and endpoints.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod back;
mod desk;
mod propose;
mod pull;
mod record;
mod store;
mod verify;
