//! `object.subset`, which in the engine panics on an empty array (D7; regorus, src/builtins/objects.rs).

use super::{Answer, Builtin, kind};
use regorus::Value;

pub(super) fn builtins() -> Vec<Builtin> {
    vec![Builtin::new("object.subset", 2, |params| {
        let [whole, part] = params else {
            return Err("expects two arguments".to_owned());
        };
        subset(whole, part)
    })]
}

fn subset(whole: &Value, part: &Value) -> Answer {
    contains(whole, part)
        .map(Value::from)
        .ok_or_else(|| format!("cannot compare {} with {}", kind(whole), kind(part)))
}

/// Whether `whole` contains `part`; nothing when the two cannot be compared.
fn contains(whole: &Value, part: &Value) -> Option<bool> {
    Some(match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part.iter().all(|(key, wanted)| {
            whole
                .get(key)
                .is_some_and(|found| contains(found, wanted).unwrap_or(found == wanted))
        }),
        (Value::Set(whole), Value::Set(part)) => part.is_subset(whole),
        (Value::Array(whole), Value::Set(part)) => part.iter().all(|item| whole.contains(item)),
        (Value::Array(whole), Value::Array(part)) => {
            part.is_empty()
                || whole
                    .as_slice()
                    .windows(part.len())
                    .any(|window| window == part.as_slice())
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(whole: &str, part: &str) -> Option<bool> {
        let parse = |text| Value::from_json_str(text).unwrap();
        contains(&parse(whole), &parse(part))
    }

    #[test]
    fn objects_and_arrays_are_compared_as_opa_does() {
        assert_eq!(check("[1, 2]", "[]"), Some(true));
        assert_eq!(check("[1, 2, 3]", "[2, 3]"), Some(true));
        assert_eq!(check("[1, 2, 3]", "[1, 3]"), Some(false));
        assert_eq!(
            check(r#"{"a": {"b": 1, "c": 2}}"#, r#"{"a": {"b": 1}}"#),
            Some(true)
        );
        assert_eq!(check(r#"{"a": 1}"#, r#"{"b": 1}"#), Some(false));
        assert_eq!(check("1", "[]"), None);
    }
}
