//! The action from the outside: its program over ECR's stand-in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bounded;
mod builders;
mod built;
mod desk;
mod explained;
mod github;
mod killed;
mod packages;
mod pushed;
mod scanned;
