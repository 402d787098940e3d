//! Why a document is not a plan that can be judged.

use miette::Diagnostic;

/// Why a document was not read as plan JSON.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// No bytes at all.
    #[error("the plan JSON is empty")]
    #[diagnostic(help(
        "run `terraform show -json plan.tfplan > plan.json`, and see whether it failed"
    ))]
    Empty,
    /// The zip that `terraform plan -out` writes.
    #[error("expected a JSON plan, found a saved plan file")]
    #[diagnostic(help("run `terraform show -json plan.tfplan > plan.json`"))]
    SavedPlan,
    /// It does not parse.
    #[error("the plan is not valid JSON")]
    #[diagnostic(help(
        "run `terraform show -json plan.tfplan > plan.json` without anything else printing into it"
    ))]
    NotJson(#[source] serde_json::Error),
    /// A list, a text, a number.
    #[error("the plan is not a JSON object")]
    #[diagnostic(help("give the output of `terraform show -json plan.tfplan` as it is"))]
    NotAnObject,
    /// Some other document.
    #[error("the document is not a terraform plan: it has no `format_version`")]
    #[diagnostic(help("give the output of `terraform show -json plan.tfplan` as it is"))]
    NotAPlan,
    /// The state as Terraform stores it.
    #[error("expected a plan, found a state file")]
    #[diagnostic(help(
        "run `terraform plan -out=plan.tfplan`, then `terraform show -json plan.tfplan`"
    ))]
    StateFile,
    /// The state as `show -json` writes it.
    #[error("expected a plan, found the JSON of a state")]
    #[diagnostic(help("name the plan file: `terraform show -json plan.tfplan`"))]
    StateJson,
    /// Another major version.
    #[error("the plan's format version is `{0}`, and only 1.x is known")]
    #[diagnostic(help("use terraform 1.1 or later, or OpenTofu"))]
    UnknownVersion(String),
    /// A plan without its changes.
    #[error("the plan has no `resource_changes`")]
    #[diagnostic(help(
        "give the output of `terraform show -json plan.tfplan` complete, without filtering it"
    ))]
    ChangesMissing,
    /// A part that is something else than Terraform writes.
    #[error("`{at}` in the plan is not {expected}")]
    #[diagnostic(help("give the output of `terraform show -json plan.tfplan` as it is"))]
    WrongType {
        /// Where.
        at: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A combination of verbs that no version of Terraform wrote when this was made.
    #[error("`{address}` has unknown actions `{verbs}`")]
    #[diagnostic(help(
        "update Towpath, or make the plan with a version of terraform that it knows"
    ))]
    UnknownAction {
        /// The resource or output.
        address: String,
        /// The verbs as JSON.
        verbs: String,
    },
}

impl Error {
    pub(super) fn wrong_type(at: impl Into<String>, expected: &'static str) -> Self {
        Self::WrongType {
            at: at.into(),
            expected,
        }
    }
}
