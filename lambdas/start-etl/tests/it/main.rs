//! The function against S3 as ministack has it, and a Glue that starts a run for every request that it hears.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bad_files;
mod crashes;
mod events;
mod files;
mod simulator;
mod support;
