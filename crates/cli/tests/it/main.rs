//! The command line and the actions from the outside: what they say of themselves, and what they do.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod action_files;
mod help;
#[path = "../../../../actions/terraform-plan/tests/it/needle.rs"]
mod needle;
mod sandbox;
mod secret;
