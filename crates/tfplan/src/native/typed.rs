//! Types in the form that cty writes as JSON: `"string"`, `["list","number"]`, `["object",{"a":"bool"}]`.
//!
//! They stand beside values whose schema leaves the type open, and are the only place where a plan says that a text is a number.

use serde_json::Value as Json;

use super::value::Value;

/// Whether this is a type.
pub(super) fn is_type(ty: &Json) -> bool {
    match ty {
        Json::String(name) => matches!(name.as_str(), "string" | "number" | "bool" | "dynamic"),
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), inner] => match (kind.as_str(), inner) {
                ("list" | "set" | "map", inner) => is_type(inner),
                ("tuple", Json::Array(items)) => items.iter().all(is_type),
                ("object", Json::Object(members)) => members.values().all(is_type),
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

/// The value with its numbers as numbers; none when it is not of the type.
pub(super) fn apply<'a>(ty: &Json, value: Value<'a>) -> Option<Value<'a>> {
    if matches!(value, Value::Null | Value::Unknown) {
        return Some(value);
    }
    let (kind, inner) = match ty {
        Json::String(name) => (name.as_str(), &Json::Null),
        Json::Array(parts) => (parts.first()?.as_str()?, parts.get(1)?),
        _ => return None,
    };
    Some(match (kind, value) {
        ("string", Value::Text(text)) => Value::Text(text),
        ("bool", Value::Bool(value)) => Value::Bool(value),
        ("number", Value::Number(number)) => Value::Number(number),
        ("number", Value::Text(text)) => {
            let number = text.parse::<serde_json::Number>().ok();
            number.map(|_| Value::Number(text.to_owned()))?
        }
        // what brings its own type once more
        ("dynamic", Value::Typed(ty, value)) => Value::Typed(ty, value),
        ("list" | "set", Value::List(items)) => {
            let items = items.into_iter().map(|item| apply(inner, item));
            Value::List(items.collect::<Option<_>>()?)
        }
        ("tuple", Value::List(items)) => {
            let types = inner
                .as_array()
                .filter(|types| types.len() == items.len())?;
            let items = items
                .into_iter()
                .zip(types)
                .map(|(item, ty)| apply(ty, item));
            Value::List(items.collect::<Option<_>>()?)
        }
        ("map", Value::Map(members)) => {
            let members = members
                .into_iter()
                .map(|(name, member)| Some((name, apply(inner, member)?)));
            Value::Map(members.collect::<Option<_>>()?)
        }
        ("object", Value::Map(members)) => {
            let types = inner
                .as_object()
                .filter(|types| types.len() == members.len())?;
            let members = members
                .into_iter()
                .map(|(name, member)| Some((name, apply(types.get(name)?, member)?)));
            Value::Map(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
