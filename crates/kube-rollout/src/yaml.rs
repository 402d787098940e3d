//! YAML of strangers, read into JSON with bounds.
//!
//! An anchor that is used inside of another anchor grows a few lines into gigabytes, a key that stands twice hides one of its values, and a
//! tag may mean anything: the first is bounded by counting what comes out, not what goes in; the others are errors.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many values one file may hold once its aliases are followed.
const MOST_VALUES: u32 = 400_000;
/// How long all its texts together may be.
const MOST_TEXT: usize = 16 * 1024 * 1024;

/// The documents of a file; an empty document is `null`.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, serde_yaml::Error> {
    let bounds = Bounds {
        values: Cell::new(MOST_VALUES),
        text: Cell::new(MOST_TEXT),
    };
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Seed(&bounds).deserialize(document))
        .collect()
}

struct Bounds {
    values: Cell<u32>,
    text: Cell<usize>,
}

#[derive(Clone, Copy)]
struct Seed<'b>(&'b Bounds);

impl Seed<'_> {
    fn spend<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        let (values, text) = (
            self.0.values.get().checked_sub(1),
            self.0.text.get().checked_sub(bytes),
        );
        match (values, text) {
            (Some(values), Some(text)) => {
                self.0.values.set(values);
                self.0.text.set(text);
                Ok(())
            }
            _ => Err(E::custom("it holds too much once its aliases are followed")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value without a tag")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.spend(0).map(|()| value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.spend(0)?;
        let number = serde_json::Number::from_f64(value)
            .ok_or_else(|| E::custom("a number that JSON does not have"))?;
        Ok(number.into())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.spend(value.len()).map(|()| value.into())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.spend(0).map(|()| Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut object = Map::new();
        while let Some(key) = map.next_key_seed(self)? {
            let key = match key {
                Value::String(key) => key,
                Value::Number(number) => number.to_string(),
                Value::Bool(value) => value.to_string(),
                _ => return Err(A::Error::custom("a key that is no text")),
            };
            let value = map.next_value_seed(self)?;
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use serde_json::json;

    use super::*;

    #[test]
    fn ordinary_files() {
        let read = documents("a: &x {b: [1, true, null, 1.5, yes]}\nc: *x\n---\n---\n8080: text\n")
            .unwrap();
        let b = json!({"b": [1, true, null, 1.5, "yes"]});
        assert_eq!(
            read,
            [
                json!({"a": b, "c": b}),
                Value::Null,
                json!({"8080": "text"})
            ]
        );
    }

    #[test]
    fn a_bomb_goes_off_early_and_small() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..30 {
            let before = level - 1;
            let aliases = vec![format!("*a{before}"); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        let started = Instant::now();
        let error = documents(&bomb).unwrap_err().to_string();
        assert!(
            error.contains("too much") || error.contains("limit"),
            "{error}"
        );
        assert!(started.elapsed() < Duration::from_secs(5));
        let wide = format!(
            "a: &a \"{}\"\nb: [{}]\n",
            "x".repeat(100_000),
            vec!["*a"; 1_000].join(", ")
        );
        assert!(
            documents(&wide)
                .unwrap_err()
                .to_string()
                .contains("too much")
        );
        let deep = "[".repeat(100_000);
        assert!(documents(&deep).is_err());
    }

    #[test]
    fn what_hides_or_pretends_is_refused() {
        assert!(
            documents("a: 1\nb: 2\na: 3\n")
                .unwrap_err()
                .to_string()
                .contains("`a` stands twice")
        );
        assert!(documents("a: {b: 1, b: 1}\n").is_err());
        assert!(documents("a: !thing ls\n").is_err());
        assert!(documents("a: .nan\n").is_err());
        assert!(documents("? [a]\n: b\n").is_err());
    }
}
