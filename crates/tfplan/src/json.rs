//! A plan as `terraform show -json` writes it: the raw document and a typed view of what it does.
//!
//! Everything typed is checked once, when the plan is parsed; after that the view borrows from the document and cannot
//! fail. The document holds secrets in clear: show nothing of it to anybody before [`redact`](crate::redact).

mod change;
mod error;
mod exact;
mod judged;
mod unusable;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

pub(crate) use exact::{rounded_as_text, would_be_rounded};

pub use change::{Importing, OutputChange, ResourceChange};
pub use error::Error;
pub use unusable::Unusable;

/// A plan's JSON, checked.
#[derive(Clone)]
pub struct PlanJson {
    document: Value,
    /// The same with numbers as text where a double would round them; only then.
    exact: Option<Value>,
}

impl PlanJson {
    /// Parses the output of `terraform show -json` or `tofu show -json` of a saved plan.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.starts_with(b"PK") {
            return Err(Error::SavedPlan);
        }
        if bytes.trim_ascii().is_empty() {
            return Err(Error::Empty);
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let document = serde_json::from_slice(bytes).map_err(Error::NotJson)?;
        let mut plan = Self::from_value(document)?;
        if let Some(bytes) = exact::with_numbers_as_text(bytes) {
            plan.exact = Some(serde_json::from_slice(&bytes).map_err(Error::NotJson)?);
        }
        Ok(plan)
    }

    /// Checks a document that was parsed already. Its numbers are taken as they are.
    pub fn from_value(document: Value) -> Result<Self, Error> {
        check_kind(&document)?;
        for name in [
            "resource_changes",
            "resource_drift",
            "deferred_changes",
            "checks",
        ] {
            if !matches!(
                document.get(name),
                None | Some(Value::Null | Value::Array(_))
            ) {
                return Err(Error::wrong_type(name, "a list"));
            }
        }
        for name in [
            "output_changes",
            "variables",
            "planned_values",
            "configuration",
            "prior_state",
        ] {
            if !matches!(
                document.get(name),
                None | Some(Value::Null | Value::Object(_))
            ) {
                return Err(Error::wrong_type(name, "an object"));
            }
        }
        for name in ["errored", "applyable", "complete"] {
            if !matches!(
                document.get(name),
                None | Some(Value::Null | Value::Bool(_))
            ) {
                return Err(Error::wrong_type(name, "true or false"));
            }
        }
        for section in ["resource_changes", "resource_drift"] {
            for (index, change) in items(&document, section).iter().enumerate() {
                ResourceChange::read(change, &format!("{section}[{index}]"))?;
            }
        }
        for (name, change) in members(&document, "output_changes") {
            OutputChange::read(name, change)?;
        }
        unusable::check(&document)?;
        if !document
            .get("resource_changes")
            .is_some_and(Value::is_array)
            && plans_resources(&document)
        {
            return Err(Error::ChangesMissing);
        }
        Ok(Self {
            document,
            exact: None,
        })
    }

    /// A document that was put together, and the same with numbers as text where a double would round them.
    pub(crate) fn from_parts(document: Value, exact: Option<Value>) -> Result<Self, Error> {
        let plan = Self::from_value(document)?;
        Ok(Self { exact, ..plan })
    }

    /// The plan in the form that is judged, which is the same whoever read the file.
    ///
    /// Versions of schemas and the state before the plan are left out, and so is what the sensitivity masks say about the
    /// kind of a value that is not known yet.
    #[must_use]
    pub fn judged(mut self) -> Self {
        judged::normalise(&mut self.document);
        self.exact.as_mut().map(judged::normalise);
        self
    }

    /// The document, secrets and all.
    pub fn raw(&self) -> &Value {
        &self.document
    }

    /// The document for digests: no number in it is rounded.
    pub(crate) fn exact(&self) -> &Value {
        self.exact.as_ref().unwrap_or(&self.document)
    }

    /// The version of the program that made the plan; empty where the plan does not say.
    pub fn tool_version(&self) -> &str {
        self.text("terraform_version")
    }

    /// When the plan was made, as the program wrote it; empty where the plan does not say.
    pub fn timestamp(&self) -> &str {
        self.text("timestamp")
    }

    /// What happens to each resource, those that stay included, in Terraform's order.
    pub fn resource_changes(&self) -> impl Iterator<Item = ResourceChange<'_>> {
        changes(&self.document, "resource_changes")
    }

    /// What changed outside Terraform since the last apply.
    pub fn resource_drift(&self) -> impl Iterator<Item = ResourceChange<'_>> {
        changes(&self.document, "resource_drift")
    }

    /// What happens to each output of the root module.
    pub fn output_changes(&self) -> impl Iterator<Item = OutputChange<'_>> {
        outputs(&self.document)
    }

    /// The configuration as Terraform understood it.
    pub fn configuration(&self) -> Option<&Value> {
        self.document.get("configuration")
    }

    /// The root module's variables.
    pub fn variables(&self) -> Option<&Value> {
        self.document.get("variables")
    }

    /// Whether planning failed half-way, when the plan says.
    pub fn errored(&self) -> Option<bool> {
        self.document.get("errored")?.as_bool()
    }

    /// Whether applying it would do anything, when the plan says.
    pub fn applyable(&self) -> Option<bool> {
        self.document.get("applyable")?.as_bool()
    }

    /// Whether applying it reaches the wanted state, when the plan says.
    pub fn complete(&self) -> Option<bool> {
        self.document.get("complete")?.as_bool()
    }

    /// Every reason not to apply it. Messages of checks may quote secrets: ask the redacted plan.
    pub fn unusable(&self) -> Vec<Unusable> {
        unusable::reasons(self)
    }

    fn text(&self, name: &str) -> &str {
        self.document
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

pub(crate) fn changes<'a>(
    document: &'a Value,
    section: &'a str,
) -> impl Iterator<Item = ResourceChange<'a>> {
    // Each was read once by `from_value`, so none is lost here.
    items(document, section)
        .iter()
        .filter_map(move |change| ResourceChange::read(change, section).ok())
}

pub(crate) fn outputs(document: &Value) -> impl Iterator<Item = OutputChange<'_>> {
    // The same holds for outputs.
    members(document, "output_changes")
        .filter_map(|(name, change)| OutputChange::read(name, change).ok())
}

pub(crate) fn items<'a>(document: &'a Value, section: &str) -> &'a [Value] {
    document
        .get(section)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(crate) fn members<'a>(
    document: &'a Value,
    section: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document
        .get(section)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// The members of a section, sorted, to be changed.
pub(crate) fn members_mut<'a>(
    part: &'a mut Value,
    section: &str,
) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    let members = part
        .get_mut(section)
        .and_then(Value::as_object_mut)
        .into_iter();
    members.flat_map(|members| members.iter_mut().collect::<BTreeMap<_, _>>())
}

fn check_kind(document: &Value) -> Result<(), Error> {
    let object = document.as_object().ok_or(Error::NotAnObject)?;
    let has = |name| object.contains_key(name);
    if has("lineage") && has("serial") {
        return Err(Error::StateFile);
    }
    let Some(version) = object.get("format_version") else {
        return Err(Error::NotAPlan);
    };
    let version = version
        .as_str()
        .ok_or_else(|| Error::wrong_type("format_version", "text"))?;
    if version.split('.').next() != Some("1") {
        return Err(Error::UnknownVersion(version.to_owned()));
    }
    if !has("resource_changes") && !has("planned_values") {
        let error = if has("values") || object.len() <= 2 {
            Error::StateJson
        } else {
            Error::ChangesMissing
        };
        return Err(error);
    }
    Ok(())
}

/// Whether resources are planned: then a plan without `resource_changes` was cut. A refresh-only plan has none of both.
fn plans_resources(document: &Value) -> bool {
    let module = document
        .pointer("/planned_values/root_module")
        .and_then(Value::as_object);
    module.is_some_and(|module| !module.is_empty())
}

// Not derived: the document holds secrets.
impl fmt::Debug for PlanJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses: Vec<&str> = self
            .resource_changes()
            .map(|change| change.address)
            .collect();
        formatter
            .debug_struct("PlanJson")
            .field("resource_changes", &addresses)
            .finish_non_exhaustive()
    }
}
