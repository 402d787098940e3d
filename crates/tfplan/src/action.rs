//! What a plan does to one object, and why, in Terraform's words and in ours.
//!
//! Terraform writes an action as a list of verbs; here each legal list is one variant, so that no reader has to know
//! that `["create", "delete"]` destroys. Forgetting counts as destroying: afterwards nobody manages the object.

use serde_json::Value;

/// What happens to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read during apply.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed, then made anew.
    ReplaceDeleteFirst,
    /// It is made anew, then the old one is destroyed.
    ReplaceCreateFirst,
    /// It stays as it is, and is managed no longer.
    Forget,
    /// It is made anew, and the old one is managed no longer.
    CreateThenForget,
}

impl Action {
    /// Reads Terraform's list of verbs.
    pub fn from_verbs(verbs: &Value) -> Option<Self> {
        let verbs: Vec<&str> = verbs
            .as_array()?
            .iter()
            .map(Value::as_str)
            .collect::<Option<_>>()?;
        Some(match verbs.as_slice() {
            ["no-op"] => Self::NoOp,
            ["create"] => Self::Create,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] => Self::ReplaceDeleteFirst,
            ["create", "delete"] => Self::ReplaceCreateFirst,
            ["forget"] => Self::Forget,
            ["create", "forget"] => Self::CreateThenForget,
            _ => return None,
        })
    }

    /// One word for it, as evidence has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoOp => "no-op",
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::ReplaceDeleteFirst | Self::ReplaceCreateFirst => "replace",
            Self::Forget => "forget",
            Self::CreateThenForget => "create-then-forget",
        }
    }

    /// Whether an object that exists now would be gone, or no longer managed.
    pub fn destroys(self) -> bool {
        match self {
            Self::Delete | Self::Forget | Self::CreateThenForget => true,
            Self::ReplaceDeleteFirst | Self::ReplaceCreateFirst => true,
            Self::NoOp | Self::Create | Self::Read | Self::Update => false,
        }
    }
}

/// Terraform's reason for an action, in words; a reason that is not known is shown as it is.
pub fn reason_in_words(reason: &str) -> &str {
    match reason {
        "replace_because_tainted" => "it is tainted",
        "replace_because_cannot_update" => "it cannot be updated in place",
        "replace_by_request" => "its replacement was requested",
        "replace_by_triggers" => "`replace_triggered_by` asks for it",
        "delete_because_no_resource_config" => "its block is gone",
        "delete_because_wrong_repetition" => "`count` or `for_each` was added or removed",
        "delete_because_count_index" => "its index is beyond `count`",
        "delete_because_each_key" => "its key is no longer in `for_each`",
        "delete_because_no_module" => "its module is gone",
        "delete_because_no_move_target" => "the target of its `moved` block does not exist",
        "read_because_config_unknown" => "its configuration is known only during apply",
        "read_because_dependency_pending" => "something that it depends on changes",
        "read_because_check_nested" => "a check reads it",
        other => other,
    }
}
