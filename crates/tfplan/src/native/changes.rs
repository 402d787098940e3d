//! Changes of resources and outputs, in the words of `terraform show -json`.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json, json};

use super::message::{ChangeMessage, OutputMessage, Path, PathStep, Values, choice};
use super::scalar::{Numbers, may_be_number};
use super::value::Value;
use super::{Unclear, known};
use crate::{Address, Key};

/// One change of a resource.
pub(super) struct Change<'a> {
    pub(super) text: &'a str,
    pub(super) address: Address,
    pub(super) deposed: &'a str,
    action: Action,
    /// What names the object, without the change itself.
    pub(super) named: Map<String, Json>,
    reason: Option<&'static str>,
    change: Json,
}

/// One change of an output.
pub(super) struct Output<'a> {
    pub(super) name: &'a str,
    pub(super) change: Json,
    /// What it will be in the planned values; none when it is deleted.
    pub(super) planned: Option<Json>,
}

/// What happens, with the place of the values before and after.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Action {
    verbs: &'static [&'static str],
    before: Option<usize>,
    after: Option<usize>,
}

const NO_OP: Action = Action::new(&["no-op"], Some(0), Some(0));
const DELETE: Action = Action::new(&["delete"], Some(0), None);

impl Action {
    const fn new(
        verbs: &'static [&'static str],
        before: Option<usize>,
        after: Option<usize>,
    ) -> Self {
        Self {
            verbs,
            before,
            after,
        }
    }

    fn read(number: u64) -> Result<Self, Unclear> {
        let both = |verbs| Self::new(verbs, Some(0), Some(1));
        Ok(match number {
            0 => NO_OP,
            1 => Self::new(&["create"], None, Some(0)),
            2 => both(&["read"]),
            3 => both(&["update"]),
            5 => DELETE,
            6 => both(&["delete", "create"]),
            7 => both(&["create", "delete"]),
            8 => Self::new(&["forget"], Some(0), None),
            9 => both(&["create", "forget"]),
            _ => return Err(choice("an action", number)),
        })
    }

    fn values<'a>(self, values: &Values<'a>, of: &str) -> Result<(Value<'a>, Value<'a>), Unclear> {
        let at = |place: Option<usize>| match place {
            None => Ok(Value::Null),
            Some(place) => values
                .values
                .get(place)
                .and_then(|bytes| Value::decode(bytes))
                .ok_or_else(|| Unclear::Value(of.to_owned())),
        };
        Ok((at(self.before)?, at(self.after)?))
    }
}

impl<'a> Change<'a> {
    /// Reads all of one section, in the file's order.
    pub(super) fn read_all(
        messages: &[ChangeMessage<'a>],
        numbers: &Numbers,
    ) -> Result<Vec<Self>, Unclear> {
        messages
            .iter()
            .map(|message| Self::read(message, numbers))
            .collect()
    }

    fn read(message: &ChangeMessage<'a>, numbers: &Numbers) -> Result<Self, Unclear> {
        let text = message.address;
        let odd = || Unclear::Address(text.to_owned());
        let address = Address::parse(text).ok_or_else(odd)?;
        let provider = provider_name(message.provider).ok_or_else(odd)?;
        let action = Action::read(message.change.action)?;
        let (before, after) = action.values(&message.change, text)?;
        for value in [&before, &after] {
            assure_texts(value, text, provider, &mut Vec::new())?;
        }
        let mut named = Map::new();
        let mut set = |name: &str, value: Json| named.insert(name.to_owned(), value);
        set("address", text.into());
        set("mode", if address.data { "data" } else { "managed" }.into());
        set("type", address.kind.as_str().into());
        set("name", address.name.as_str().into());
        if let Some(key) = &address.key {
            set("index", key_json(key));
        }
        set("provider_name", provider.into());
        if !message.deposed.is_empty() {
            set("deposed", message.deposed.into());
        }
        if !address.modules.is_empty() {
            set(
                "module_address",
                module_address(text, &address).ok_or_else(odd)?.into(),
            );
        }
        if !message.previous_address.is_empty() && message.previous_address != text {
            set("previous_address", message.previous_address.into());
        }
        let odd_value = || Unclear::Value(text.to_owned());
        let mut change = change(action, &before, &after, numbers).ok_or_else(odd_value)?;
        change["before_sensitive"] = mask(&before, &message.change.before_sensitive, text)?;
        change["after_sensitive"] = mask(&after, &message.change.after_sensitive, text)?;
        change["after_unknown"] = if after.is_known() {
            json!({})
        } else {
            unknown(&after)
        };
        if !message.required_replace.is_empty() {
            let paths = message.required_replace.iter();
            let paths: Result<Vec<Json>, Unclear> =
                paths.map(|path| path_json(path, numbers, text)).collect();
            change["replace_paths"] = paths?.into();
        }
        if let Some(importing) = &message.change.importing {
            change["importing"] = match (importing.unknown, importing.id) {
                (true, _) => json!({"unknown": true}),
                (false, "") => json!({}),
                (false, id) => json!({"id": id}),
            };
        }
        if !message.change.generated_config.is_empty() {
            change["generated_config"] = message.change.generated_config.into();
        }
        Ok(Self {
            text,
            address,
            deposed: message.deposed,
            action,
            named,
            reason: reason(message.reason)?,
            change,
        })
    }

    pub(super) fn is_no_op(&self) -> bool {
        self.action == NO_OP
    }

    pub(super) fn deletes(&self) -> bool {
        self.action == DELETE
    }

    /// The values after it, those that are known.
    pub(super) fn after(&self) -> &Json {
        self.change.get("after").unwrap_or(&Json::Null)
    }

    /// Which of them are secret.
    pub(super) fn after_sensitive(&self) -> &Json {
        &self.change["after_sensitive"]
    }

    fn into_json(self) -> Json {
        let mut object = self.named;
        if let Some(reason) = self.reason {
            object.insert("action_reason".to_owned(), reason.into());
        }
        object.insert("change".to_owned(), self.change);
        Json::Object(object)
    }
}

/// Changes as they are shown: by module, kind and name, without the clean-up of data sources.
pub(super) fn in_order(mut changes: Vec<Change<'_>>) -> Vec<Json> {
    changes.retain(|change| !(change.address.data && change.deletes()));
    changes.sort_by(|one, other| {
        order(&one.address, &other.address).then_with(|| one.deposed.cmp(other.deposed))
    });
    changes.into_iter().map(Change::into_json).collect()
}

/// Reads the outputs' changes.
pub(super) fn outputs<'a>(
    messages: &[OutputMessage<'a>],
    numbers: &Numbers,
) -> Result<Vec<Output<'a>>, Unclear> {
    let mut outputs = Vec::new();
    for message in messages {
        let of = format!("output.{}", message.name);
        let action = Action::read(message.change.action)?;
        let (before, after) = action.values(&message.change, &of)?;
        let odd = || Unclear::Value(of.clone());
        let mut change = change(action, &before, &after, numbers).ok_or_else(odd)?;
        change["after_unknown"] = if after.is_known() {
            false.into()
        } else {
            unknown(&after)
        };
        change["before_sensitive"] = message.sensitive.into();
        change["after_sensitive"] = message.sensitive.into();
        let planned = if action == DELETE {
            None
        } else {
            let mut planned = json!({"sensitive": message.sensitive});
            if after.is_known() {
                planned["value"] = json(&after, numbers).ok_or_else(odd)?;
                planned["type"] = match &after {
                    Value::Typed(ty, _) => ty.clone(),
                    _ => "dynamic".into(),
                };
            }
            Some(planned)
        };
        outputs.push(Output {
            name: message.name,
            change,
            planned,
        });
    }
    Ok(outputs)
}

/// The variables that were set.
pub(super) fn variables(
    variables: &[(&str, &[u8])],
    numbers: &Numbers,
) -> Result<Map<String, Json>, Unclear> {
    let read = |(name, bytes): &(&str, &[u8])| {
        let value = Value::decode(bytes).and_then(|value| json(&value, numbers));
        let value = value.ok_or_else(|| Unclear::Value(format!("var.{name}")))?;
        Ok(((*name).to_owned(), json!({"value": value})))
    };
    variables.iter().map(read).collect()
}

/// What was changed outside of Terraform and matters to this plan.
pub(super) fn relevant(
    attributes: &[(&str, Path<'_>)],
    numbers: &Numbers,
) -> Result<Vec<Json>, Unclear> {
    let read = |(resource, path): &(&str, Path<'_>)| {
        let attribute = path_json(path, numbers, resource)?;
        Ok(json!({"resource": resource, "attribute": attribute}))
    };
    attributes.iter().map(read).collect()
}

fn change(
    action: Action,
    before: &Value<'_>,
    after: &Value<'_>,
    numbers: &Numbers,
) -> Option<Json> {
    let mut change = json!({"actions": action.verbs, "before": json(before, numbers)?});
    if !matches!(after.bare(), Value::Unknown) {
        change["after"] = json(after, numbers)?;
    }
    Some(change)
}

/// The value without what is not known: left out of objects, null in lists.
fn json(value: &Value<'_>, numbers: &Numbers) -> Option<Json> {
    Some(match value {
        Value::Null | Value::Unknown => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Number(literal) => numbers.number(literal)?,
        Value::Text(text) => (*text).into(),
        Value::Typed(_, value) => json(value, numbers)?,
        Value::List(items) => {
            let items = items.iter().map(|item| json(item, numbers));
            Json::Array(items.collect::<Option<_>>()?)
        }
        Value::Map(members) => {
            let known = members
                .iter()
                .filter(|(_, member)| !matches!(member.bare(), Value::Unknown));
            let known =
                known.map(|(name, member)| Some(((*name).to_owned(), json(member, numbers)?)));
            Json::Object(known.collect::<Option<_>>()?)
        }
    })
}

/// True where a value is not known.
fn unknown(value: &Value<'_>) -> Json {
    match value {
        Value::Unknown => true.into(),
        Value::Typed(_, value) => unknown(value),
        Value::List(items) => items.iter().map(unknown).collect(),
        Value::Map(members) => {
            let masks = members.iter().map(|(name, member)| (name, unknown(member)));
            let masks = masks.filter(|(_, mask)| *mask != Json::Bool(false));
            masks
                .map(|(name, mask)| ((*name).to_owned(), mask))
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => false.into(),
    }
}

/// One step of a mark.
#[derive(Clone, PartialEq)]
enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// True where a value is marked. Of what is not known yet, the file does not say whether it is a list or an object.
fn mask(value: &Value<'_>, marks: &[Path<'_>], of: &str) -> Result<Json, Unclear> {
    let odd = || Unclear::Value(of.to_owned());
    let marks = marks.iter().map(|path| steps(path).ok_or_else(odd));
    let marks: Vec<Vec<Step<'_>>> = marks.collect::<Result<_, _>>()?;
    let marks: Vec<&[Step<'_>]> = marks.iter().map(Vec::as_slice).collect();
    Ok(masked(value, &marks))
}

fn steps<'a>(path: &Path<'a>) -> Option<Vec<Step<'a>>> {
    let step = |step: &PathStep<'a>| match step {
        PathStep::Attribute(name) => Some(Step::Name(name)),
        PathStep::Element(key) => match Value::decode(key)? {
            Value::Text(name) => Some(Step::Name(name)),
            Value::Number(index) => Some(Step::Index(index.parse().ok()?)),
            // an element of a set: then the set is marked as a whole, and no such path is written
            _ => None,
        },
    };
    path.iter().map(step).collect()
}

fn masked(value: &Value<'_>, marks: &[&[Step<'_>]]) -> Json {
    if marks.iter().any(|mark| mark.is_empty()) {
        return true.into();
    }
    let below = |step: Step<'_>| -> Vec<&[Step<'_>]> {
        let here = marks.iter().filter_map(|mark| mark.split_first());
        here.filter(|(first, _)| **first == step)
            .map(|(_, rest)| rest)
            .collect()
    };
    match value.bare() {
        Value::List(items) => {
            let items = items.iter().enumerate();
            items
                .map(|(index, item)| masked(item, &below(Step::Index(index))))
                .collect()
        }
        Value::Map(members) => {
            let masks = members
                .iter()
                .map(|(name, member)| (name, masked(member, &below(Step::Name(name)))));
            let masks = masks.filter(|(_, mask)| *mask != Json::Bool(false));
            masks
                .map(|(name, mask)| ((*name).to_owned(), mask))
                .collect()
        }
        _ => false.into(),
    }
}

/// A path as a list of names and indices.
fn path_json(path: &Path<'_>, numbers: &Numbers, of: &str) -> Result<Json, Unclear> {
    let step = |step: &PathStep<'_>| match step {
        PathStep::Attribute(name) => Some((*name).into()),
        PathStep::Element(key) => json(&Value::decode(key)?, numbers),
    };
    let steps: Option<Vec<Json>> = path.iter().map(step).collect();
    Ok(steps.ok_or_else(|| Unclear::Value(of.to_owned()))?.into())
}

/// Refuses a text that may be a number, where the provider's schema is not known.
fn assure_texts<'v>(
    value: &'v Value<'_>,
    address: &str,
    provider: &str,
    path: &mut Vec<&'v str>,
) -> Result<(), Unclear> {
    match value {
        Value::Text(text) if may_be_number(text) && !known::is_text(provider, path) => {
            Err(Unclear::NumberOrText {
                address: address.to_owned(),
                path: path.join("."),
                text: (*text).to_owned(),
            })
        }
        Value::List(items) => items
            .iter()
            .try_for_each(|item| assure_texts(item, address, provider, path)),
        Value::Map(members) => members.iter().try_for_each(|(name, member)| {
            path.push(name);
            let assured = assure_texts(member, address, provider, path);
            path.pop();
            assured
        }),
        // what brings its type is no question
        _ => Ok(()),
    }
}

fn reason(number: u64) -> Result<Option<&'static str>, Unclear> {
    Ok(Some(match number {
        0 => return Ok(None),
        1 => "replace_because_tainted",
        2 => "replace_by_request",
        3 => "replace_because_cannot_update",
        4 => "delete_because_no_resource_config",
        5 => "delete_because_wrong_repetition",
        6 => "delete_because_count_index",
        7 => "delete_because_each_key",
        8 => "delete_because_no_module",
        9 => "replace_by_triggers",
        10 => "read_because_config_unknown",
        11 => "read_because_dependency_pending",
        12 => "delete_because_no_move_target",
        13 => "read_because_check_nested",
        _ => return Err(choice("the reason of an action", number)),
    }))
}

/// `provider["registry.terraform.io/hashicorp/aws"].west` without what only this configuration knows.
fn provider_name(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("provider[\"")?;
    let (name, _) = rest.split_once("\"]")?;
    Some(name)
}

/// The part of an address before the resource.
pub(super) fn module_address<'a>(text: &'a str, address: &Address) -> Option<&'a str> {
    let data = if address.data { "data." } else { "" };
    let block = format!(".{data}{}.{}", address.kind, address.name);
    let mut places = text.match_indices(&block);
    let (at, _) = places.find(|(at, _)| {
        let rest = &text[at + block.len()..];
        let is_key = crate::parse_path(rest)
            .is_some_and(|steps| matches!(steps.as_slice(), [crate::Step::Key(_)]));
        rest.is_empty() || is_key
    })?;
    Some(&text[..at])
}

pub(super) fn key_json(key: &Key) -> Json {
    match key {
        Key::Index(index) => (*index).into(),
        Key::Text(text) => text.as_str().into(),
    }
}

/// Modules near the root first, then data sources, then by type, name and key.
fn order(one: &Address, other: &Address) -> Ordering {
    let by_depth = one.modules.len().cmp(&other.modules.len());
    let calls = one.modules.iter().zip(&other.modules);
    let by_module = calls
        .map(|(one, other)| {
            one.name
                .cmp(&other.name)
                .then_with(|| key_order(&one.key, &other.key))
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal);
    by_depth
        .then(by_module)
        .then_with(|| other.data.cmp(&one.data))
        .then_with(|| one.kind.cmp(&other.kind))
        .then_with(|| one.name.cmp(&other.name))
        .then_with(|| key_order(&one.key, &other.key))
}

fn key_order(one: &Option<Key>, other: &Option<Key>) -> Ordering {
    let rank = |key: &Option<Key>| match key {
        None => (0, 0, String::new()),
        Some(Key::Index(index)) => (1, *index, String::new()),
        Some(Key::Text(text)) => (2, 0, text.clone()),
    };
    rank(one).cmp(&rank(other))
}
