//! Only the judged plan is applied: tried with the real Terraform, the real programs and a registry on loopback.
//!
//! [`project`] is a small project, [`judged`] what it is before an apply, [`registry`] the model that it pins. What is
//! done to the plan and its evidence is in [`tamper`], to waivers in [`waived`], how the world moves on after the verdict in
//! [`moved_on`], what goes wrong by itself in [`failure`], and what GitHub sees in [`as_github`]. Resources are
//! `terraform_data`, so nothing is downloaded.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod as_github;
mod failure;
mod judged;
mod moved_on;
mod project;
mod registry;
mod tamper;
mod waived;
