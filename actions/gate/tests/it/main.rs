//! The action from the outside: its program over evidence folders, and once as GitHub would run it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod desk;
mod github;
mod monotone;
mod refusals;
mod verdicts;
