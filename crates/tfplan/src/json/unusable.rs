//! Reasons not to apply a plan that lie in the plan itself.
//!
//! They are data, not errors: a report shows all of them. Older versions leave some flags out; what is absent is no
//! reason, and whether such a version is accepted is decided elsewhere.

use std::fmt;

use serde_json::Value;

use super::{Error, PlanJson, items};

/// One reason not to apply a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Planning failed half-way.
    Errored,
    /// Applying it would not reach the wanted state.
    Incomplete,
    /// Some changes wait for a later plan.
    Deferred(usize),
    /// A check fails.
    Check {
        /// Its address.
        address: String,
        /// `fail` or `error`.
        status: String,
        /// What it says.
        messages: Vec<String>,
    },
    /// There is nothing to apply. It matters only to who wants to apply.
    NotApplyable,
}

impl fmt::Display for Unusable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errored => formatter.write_str("planning failed half-way"),
            Self::Incomplete => {
                formatter.write_str("the plan is incomplete: another plan must follow")
            }
            Self::Deferred(1) => formatter.write_str("1 change is deferred to a later plan"),
            Self::Deferred(count) => {
                write!(formatter, "{count} changes are deferred to a later plan")
            }
            Self::Check {
                address,
                status,
                messages,
            } => {
                let verb = if status == "error" {
                    "could not be evaluated"
                } else {
                    "fails"
                };
                write!(formatter, "`{address}` {verb}")?;
                if !messages.is_empty() {
                    write!(formatter, ": {}", messages.join("; "))?;
                }
                Ok(())
            }
            Self::NotApplyable => formatter.write_str("there is nothing to apply"),
        }
    }
}

/// A check without a known status could hide a failure.
pub(super) fn check(document: &Value) -> Result<(), Error> {
    for (index, check) in items(document, "checks").iter().enumerate() {
        if !matches!(
            check.get("status").and_then(Value::as_str),
            Some("pass" | "fail" | "error" | "unknown")
        ) {
            return Err(Error::wrong_type(
                format!("checks[{index}].status"),
                "`pass`, `fail`, `error` or `unknown`",
            ));
        }
    }
    Ok(())
}

pub(super) fn reasons(plan: &PlanJson) -> Vec<Unusable> {
    let mut reasons = Vec::new();
    if plan.errored() == Some(true) {
        reasons.push(Unusable::Errored);
    }
    if plan.complete() == Some(false) {
        reasons.push(Unusable::Incomplete);
    }
    let deferred = items(plan.raw(), "deferred_changes").len();
    if deferred > 0 {
        reasons.push(Unusable::Deferred(deferred));
    }
    for check in items(plan.raw(), "checks") {
        let status = check
            .get("status")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if matches!(status, "fail" | "error") {
            let address = check
                .pointer("/address/to_display")
                .and_then(Value::as_str)
                .unwrap_or("a check");
            let problems = items(check, "instances")
                .iter()
                .flat_map(|instance| items(instance, "problems"));
            let messages = problems
                .filter_map(|problem| problem.get("message")?.as_str().map(str::to_owned))
                .collect();
            reasons.push(Unusable::Check {
                address: address.to_owned(),
                status: status.to_owned(),
                messages,
            });
        }
    }
    if plan.applyable() == Some(false) {
        reasons.push(Unusable::NotApplyable);
    }
    reasons
}
