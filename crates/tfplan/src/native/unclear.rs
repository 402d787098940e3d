//! Why a file alone does not say what Terraform would print.
//!
//! None of these says that the plan is bad: Terraform, which knows the providers' schemas, may well have the answer.

use miette::Diagnostic;

/// Why Terraform has to be asked for a plan's JSON.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Unclear {
    /// A version whose files were never compared with what it prints.
    #[error("plans of version {0} are not read without Terraform, only those of Terraform 1.11")]
    Version(String),
    /// A state that does not mark what the provider calls secret.
    #[error("the state was last written by version {0}, which did not mark all that is secret")]
    OlderState(String),
    /// Not the program that the version belongs to.
    #[error("the plan was not made by HashiCorp's Terraform, or is not complete")]
    OtherMaker,
    /// A part that is not as it should be.
    #[error("{0} cannot be read")]
    Damaged(&'static str),
    /// Something that versions known here do not write.
    #[error("{what} has a field {field} that is not known")]
    UnknownField {
        /// The message.
        what: &'static str,
        /// The field's number.
        field: u64,
    },
    /// A number that stands for something not known.
    #[error("{what} is {number}, which is not known")]
    UnknownChoice {
        /// What is chosen.
        what: &'static str,
        /// The choice.
        number: u64,
    },
    /// A value in an encoding that Terraform does not use.
    #[error("a value of `{0}` is written in an unknown way")]
    Value(String),
    /// A text that may as well be a number, which only the provider knows.
    #[error(
        "`{address}` has `{text}` in `{path}`, and only the provider knows whether that is a number"
    )]
    NumberOrText {
        /// The resource.
        address: String,
        /// The attribute.
        path: String,
        /// What it holds.
        text: String,
    },
    /// Changes that wait for a later plan.
    #[error("the plan holds deferred changes")]
    Deferred,
    /// An address that does not parse.
    #[error("`{0}` is not an address as Terraform writes it")]
    Address(String),
    /// A check of a kind that is not known.
    #[error("the check `{0}` is of an unknown kind")]
    Check(String),
    /// What was put together is no plan.
    #[error("the changes do not make a plan")]
    NotAPlan(#[source] crate::PlanJsonError),
}
