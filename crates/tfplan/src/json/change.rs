//! One change of one resource or output, borrowed from the document.

use std::fmt;

use serde_json::Value;

use super::Error;
use crate::Action;

static NULL: Value = Value::Null;

/// What happens to one resource instance.
#[derive(Clone, Copy)]
pub struct ResourceChange<'a> {
    /// Its full address.
    pub address: &'a str,
    /// Its address before this plan, when it moves.
    pub previous_address: Option<&'a str>,
    /// The address of its module; none for the root module.
    pub module_address: Option<&'a str>,
    /// `managed` or `data`.
    pub mode: &'a str,
    /// Its type, for example `aws_s3_bucket`.
    pub kind: &'a str,
    /// Its name in the configuration.
    pub name: &'a str,
    /// Its `count` index or `for_each` key.
    pub index: Option<&'a Value>,
    /// The provider's source address.
    pub provider_name: &'a str,
    /// Set for an old object that awaits its destruction: the key of that object.
    pub deposed: Option<&'a str>,
    /// Why, in Terraform's word.
    pub action_reason: Option<&'a str>,
    /// What happens.
    pub action: Action,
    /// The values before; null when it is created.
    pub before: &'a Value,
    /// The values after, without those that are not known yet; null when it is destroyed.
    pub after: &'a Value,
    /// True in the places of `after` that are not known yet.
    pub after_unknown: &'a Value,
    /// True in the places of `before` that are secret.
    pub before_sensitive: &'a Value,
    /// True in the places of `after` that are secret.
    pub after_sensitive: &'a Value,
    /// The paths that force a replacement.
    pub replace_paths: &'a [Value],
    /// Set when it is imported.
    pub importing: Option<Importing<'a>>,
}

/// How an existing object is found, to be imported.
#[derive(Clone, Copy, Debug)]
pub struct Importing<'a> {
    /// Its identity; none when it is known only during apply, or given by attributes.
    pub id: Option<&'a str>,
    /// All that the plan says about it.
    pub raw: &'a Value,
}

/// What happens to one output of the root module.
#[derive(Clone, Copy)]
pub struct OutputChange<'a> {
    /// Its name.
    pub name: &'a str,
    /// What happens.
    pub action: Action,
    /// The value before.
    pub before: &'a Value,
    /// The value after.
    pub after: &'a Value,
    /// True in the places of `after` that are not known yet.
    pub after_unknown: &'a Value,
    /// True in the places of `after` that are secret.
    pub after_sensitive: &'a Value,
}

impl<'a> ResourceChange<'a> {
    pub(super) fn read(value: &'a Value, at: &str) -> Result<Self, Error> {
        let required = |name: &str| {
            let text = value
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty());
            text.ok_or_else(|| Error::wrong_type(format!("{at}.{name}"), "text"))
        };
        let optional = |name: &str| match value.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(Error::wrong_type(format!("{at}.{name}"), "text")),
        };
        let address = required("address")?;
        let change = value.get("change").filter(|change| change.is_object());
        let change =
            change.ok_or_else(|| Error::wrong_type(format!("{at}.change"), "an object"))?;
        let replace_paths = match change.get("replace_paths") {
            None | Some(Value::Null) => &[],
            Some(Value::Array(paths)) => paths.as_slice(),
            Some(_) => {
                return Err(Error::wrong_type(
                    format!("{at}.change.replace_paths"),
                    "a list",
                ));
            }
        };
        let importing = change
            .get("importing")
            .filter(|importing| !importing.is_null());
        Ok(Self {
            address,
            previous_address: optional("previous_address")?,
            module_address: optional("module_address")?,
            mode: required("mode")?,
            kind: required("type")?,
            name: required("name")?,
            index: value.get("index").filter(|index| !index.is_null()),
            provider_name: optional("provider_name")?.unwrap_or_default(),
            deposed: optional("deposed")?,
            action_reason: optional("action_reason")?,
            action: action(change, address)?,
            before: change.get("before").unwrap_or(&NULL),
            after: change.get("after").unwrap_or(&NULL),
            after_unknown: change.get("after_unknown").unwrap_or(&NULL),
            before_sensitive: change.get("before_sensitive").unwrap_or(&NULL),
            after_sensitive: change.get("after_sensitive").unwrap_or(&NULL),
            replace_paths,
            importing: importing.map(|raw| Importing {
                id: raw.get("id").and_then(Value::as_str),
                raw,
            }),
        })
    }
}

impl<'a> OutputChange<'a> {
    pub(super) fn read(name: &'a str, change: &'a Value) -> Result<Self, Error> {
        Ok(Self {
            name,
            action: action(change, name)?,
            before: change.get("before").unwrap_or(&NULL),
            after: change.get("after").unwrap_or(&NULL),
            after_unknown: change.get("after_unknown").unwrap_or(&NULL),
            after_sensitive: change.get("after_sensitive").unwrap_or(&NULL),
        })
    }
}

fn action(change: &Value, address: &str) -> Result<Action, Error> {
    let verbs = change.get("actions").unwrap_or(&NULL);
    Action::from_verbs(verbs).ok_or_else(|| Error::UnknownAction {
        address: address.to_owned(),
        verbs: verbs.to_string(),
    })
}

// Not derived: the values hold secrets.
impl fmt::Debug for ResourceChange<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("ResourceChange");
        debug
            .field("address", &self.address)
            .field("deposed", &self.deposed)
            .field("action", &self.action);
        debug.finish_non_exhaustive()
    }
}

impl fmt::Debug for OutputChange<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("OutputChange");
        debug
            .field("name", &self.name)
            .field("action", &self.action)
            .finish_non_exhaustive()
    }
}
