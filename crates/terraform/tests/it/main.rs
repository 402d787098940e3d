//! The crate against the real Terraform, which must be on the path (or named in `TOWPATH_TERRAFORM`).
//!
//! Configurations use `terraform_data` alone, so no provider is downloaded.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod apply;
mod failures;
mod fixture;
mod interrupt;
mod locked;
mod plan;
mod tool;
