//! A saved plan as `terraform show -json` would write it, without asking Terraform.
//!
//! `terraform show` starts every provider only to learn its schema, which takes seconds and hundreds of megabytes. The file
//! holds nearly all that is in the JSON: values are msgpack, which says by itself what is a text, a list or not known yet.
//! What it does not hold is the schema, so whatever depends on that is decided here only when there is one answer, and is
//! [`Unclear`] otherwise. Nothing is guessed: who gets `Unclear` asks Terraform. Three things differ from what Terraform
//! prints, and [`PlanJson::judged`](crate::PlanJson::judged) makes both the same: no schema versions, no prior state, and no
//! empty sensitivity masks at places that are not known yet.

mod changes;
mod checks;
mod known;
mod message;
mod planned;
mod scalar;
mod typed;
mod unclear;
mod value;

use serde_json::{Map, Value};

use crate::{PlanJson, SavedPlan, protobuf};

use changes::Change;
use message::PlanMessage;
use scalar::Numbers;
pub use unclear::Unclear;

impl SavedPlan {
    /// The plan's JSON without `configuration` and `prior_state`, and without the defaults of unset variables.
    ///
    /// # Errors
    /// [`Unclear`]: the file alone does not say what Terraform would print.
    pub fn changes_json(&self) -> Result<PlanJson, Unclear> {
        self.assured_version()?;
        let message = PlanMessage::read(self.changes_bytes())?;
        message.assured_maker()?;
        let numbers = Numbers::default();
        let document = put_together(self, &message, &numbers)?;
        let exact = if numbers.any_rounded() {
            Some(put_together(self, &message, &Numbers::as_text())?)
        } else {
            None
        };
        PlanJson::from_parts(document, exact).map_err(Unclear::NotAPlan)
    }

    /// Only versions whose files were compared with what they print.
    fn assured_version(&self) -> Result<(), Unclear> {
        let known = |version: &str| version.starts_with("1.11.");
        if !known(&self.tool_version) {
            return Err(Unclear::Version(self.tool_version.clone()));
        }
        // States of older versions do not say which attributes the provider calls secret.
        match &self.previous_tool {
            Some(previous) if !known(previous) => Err(Unclear::OlderState(previous.clone())),
            _ => Ok(()),
        }
    }
}

fn put_together(
    plan: &SavedPlan,
    message: &PlanMessage<'_>,
    numbers: &Numbers,
) -> Result<Value, Unclear> {
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| document.insert(name.to_owned(), value);
    set("format_version", "1.2".into());
    set("terraform_version", plan.tool_version.as_str().into());
    let variables = changes::variables(&message.variables, numbers)?;
    if !variables.is_empty() {
        set("variables", variables.into());
    }
    let resources = Change::read_all(&message.resource_changes, numbers)?;
    let drift = Change::read_all(&message.resource_drift, numbers)?;
    let outputs = changes::outputs(&message.output_changes, numbers)?;
    set("planned_values", planned::values(&resources, &outputs));
    // What merely moved is told by the changes already, except where there are none.
    let drifted = drift
        .into_iter()
        .filter(|change| message.is_refresh_only() || !change.is_no_op());
    let drift = changes::in_order(drifted.collect());
    if !drift.is_empty() {
        set("resource_drift", drift.into());
    }
    let resources = changes::in_order(resources);
    if !resources.is_empty() {
        set("resource_changes", resources.into());
    }
    if !outputs.is_empty() {
        let changes = outputs
            .into_iter()
            .map(|output| (output.name.to_owned(), output.change));
        set("output_changes", Value::Object(changes.collect()));
    }
    let relevant = changes::relevant(&message.relevant_attributes, numbers)?;
    if !relevant.is_empty() {
        set("relevant_attributes", relevant.into());
    }
    let checks = checks::read(&message.check_results)?;
    if !checks.is_empty() {
        set("checks", checks.into());
    }
    set("timestamp", plan.timestamp.as_str().into());
    set("applyable", message.applyable.into());
    set("complete", message.complete.into());
    set("errored", message.errored.into());
    Ok(Value::Object(document))
}

/// A field that stands for itself in messages about what is unclear.
fn damaged(what: &'static str) -> Unclear {
    Unclear::Damaged(what)
}

/// The fields of a message, each with its number.
fn fields<'a>(
    message: &'a [u8],
    what: &'static str,
) -> impl Iterator<Item = Result<(u64, protobuf::Wire<'a>), Unclear>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = protobuf::field(&mut rest);
        if next.is_none() {
            rest = &[];
        }
        Some(next.ok_or_else(|| damaged(what)))
    })
}
