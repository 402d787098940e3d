//! The one idea of Towpath: evidence is judged by rules, and the verdict says why.
//!
//! An action looks at the world and writes what it saw as [`Statement`]s: about a plan ([`PlanFacts`]), about what
//! policies found in it ([`PolicyFacts`]), about the models that it would put into service ([`ApprovalFacts`]).
//! [`judge`] turns them and the [`Rules`] into a [`Verdict`]. It is a pure function, so whoever holds the same
//! evidence comes to the same verdict, today or in a year.
//!
//! This crate reads no clock, no environment, no file and no network, and knows no file format but its own JSON.
//! Start at [`judge`].

mod digest;
mod facts;
mod finding;
mod judge;
mod rollout;
mod rules;
mod statement;
mod verdict;
mod waiver;

pub use digest::{NotADigest, PlanDigest, Sha256};
pub use facts::{
    ApplyRecord, ApprovalFacts, Canary, ImageRecord, ModelPackage, PlanFacts, PlannedChange,
    PolicyFacts, ResourceResult, ResourceState, Standing, StateRef, Unresolved,
};
pub use finding::{Finding, Level, Location};
pub use judge::{Case, Exhibit, judge};
pub use rollout::{
    RolledImage, RolloutEnding, RolloutFailure, RolloutMoment, RolloutRecord, Served,
};
pub use rules::{AllowedDestroy, Requirement, Rules};
pub use statement::{Kind, NotAStatement, Predicate, Statement, Subject};
pub use verdict::{Decision, Judged, Reason, Verdict};
pub use waiver::{Excuse, Waived, Waiver, excused, waive};

/// The schemas of everything that is written to an evidence folder, by file name without its ending.
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    vec![
        (
            "terraform-plan.v1",
            schemars::schema_for!(Statement<PlanFacts>),
        ),
        (
            "policy-check.v1",
            schemars::schema_for!(Statement<PolicyFacts>),
        ),
        (
            "model-approval.v1",
            schemars::schema_for!(Statement<ApprovalFacts>),
        ),
        ("verdict.v1", schemars::schema_for!(Statement<Verdict>)),
        (
            "terraform-apply.v1",
            schemars::schema_for!(Statement<ApplyRecord>),
        ),
        (
            "image-push.v1",
            schemars::schema_for!(Statement<ImageRecord>),
        ),
        (
            "eks-rollout.v1",
            schemars::schema_for!(Statement<RolloutRecord>),
        ),
    ]
}
