//! Functions that Rego v0 policies still call: `any`, `all`, `re_match`, `set_diff` and `cast_*`.
//!
//! OPA removed them from Rego v1, and so they exist for v0 only.

use super::regex::Patterns;
use super::{Answer, Builtin, kind, text};
use regorus::Value;

pub(super) fn builtins() -> Vec<Builtin> {
    let patterns = Patterns::default();
    vec![
        Builtin::new("any", 1, |params| {
            items(&params[0]).map(|items| items.contains(&&Value::Bool(true)).into())
        }),
        Builtin::new("all", 1, |params| {
            items(&params[0])
                .map(|items| items.iter().all(|item| **item == Value::Bool(true)).into())
        }),
        Builtin::new("re_match", 2, move |params| {
            let regex = patterns.compile(text(&params[0])?)?;
            Ok(regex.is_match(text(&params[1])?).into())
        }),
        Builtin::new("set_diff", 2, |params| match (&params[0], &params[1]) {
            (Value::Set(a), Value::Set(b)) => Ok(a.difference(b).into_value()),
            (a, b) => Err(format!("expects two sets, got {} and {}", kind(a), kind(b))),
        }),
        cast("cast_array", |value| match value {
            Value::Array(_) => Some(value.clone()),
            Value::Set(set) => Some(set.iter_sorted().cloned().collect::<Vec<_>>().into()),
            _ => None,
        }),
        cast("cast_set", |value| match value {
            Value::Set(_) => Some(value.clone()),
            Value::Array(array) => {
                let mut set = Value::new_set();
                let inner = set.as_set_mut().ok()?;
                array.iter().for_each(|item| {
                    inner.insert(item.clone());
                });
                Some(set)
            }
            _ => None,
        }),
        cast("cast_string", |v| {
            matches!(v, Value::String(_)).then(|| v.clone())
        }),
        cast("cast_boolean", |v| {
            matches!(v, Value::Bool(_)).then(|| v.clone())
        }),
        cast("cast_null", |v| matches!(v, Value::Null).then(|| v.clone())),
        cast("cast_object", |v| {
            matches!(v, Value::Object(_)).then(|| v.clone())
        }),
    ]
}

fn items(value: &Value) -> Result<Vec<&Value>, String> {
    match value {
        Value::Array(array) => Ok(array.iter().collect()),
        Value::Set(set) => Ok(set.iter().collect()),
        other => Err(format!("expects an array or a set, got {}", kind(other))),
    }
}

fn cast(
    name: &'static str,
    convert: impl Fn(&Value) -> Option<Value> + Send + Sync + 'static,
) -> Builtin {
    Builtin::new(name, 1, move |params| -> Answer {
        convert(&params[0]).ok_or_else(|| format!("cannot cast {}", kind(&params[0])))
    })
}
