//! Gives the text of a form the types that the shapes name.
//!
//! AWS's Query protocol flattens an input: `Dimensions.member.1.Name=EndpointName`. What comes out here is the JSON that the same input
//! would be in awsJson, so that one check serves both. Text that is not of its type stays text, for the check to refuse.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

use super::{Model, Type};
use crate::wire::Object;

/// A form's names, split at their dots
#[derive(Debug, Default)]
pub(crate) struct Form {
    text: String,
    parts: BTreeMap<String, Form>,
}

impl Form {
    /// Puts a value where its name says
    pub(crate) fn insert(&mut self, name: &str, value: &str) {
        let place = name.split('.').fold(self, |form, part| {
            form.parts.entry(part.to_owned()).or_default()
        });
        value.clone_into(&mut place.text);
    }

    /// The elements of a list in the order of their numbers; an empty list is a name without a value
    fn elements(&self) -> impl Iterator<Item = &Form> {
        let numbered = self.parts.get("member").into_iter().flat_map(|list| {
            let numbers = list.parts.iter();
            numbers.filter_map(|(number, form)| Some((number.parse::<u32>().ok()?, form)))
        });
        let sorted: BTreeMap<u32, &Form> = numbered.collect();
        sorted.into_values()
    }
}

impl Model {
    /// The input of `operation`; nothing if there is no such operation
    pub(crate) fn typed(&self, operation: &str, form: &Form) -> Option<Value> {
        Some(self.value(self.inputs.get(operation)?, form))
    }

    fn value(&self, name: &str, form: &Form) -> Value {
        let shape = &self.shapes[name];
        let text = form.text.as_str();
        let typed = match shape.r#type {
            Type::Structure => {
                let given = shape.members.iter().filter_map(|(member, shape)| {
                    let form = form.parts.get(member)?;
                    Some((member.clone(), self.value(shape, form)))
                });
                Some(Value::Object(given.collect::<Object>()))
            }
            Type::List => {
                let member = shape.member.as_deref().unwrap_or_default();
                let elements = form.elements().map(|form| self.value(member, form));
                Some(Value::Array(elements.collect()))
            }
            Type::Integer => text.parse::<i64>().ok().map(Value::from),
            Type::Float => {
                let number = text.parse().ok().and_then(Number::from_f64);
                number.map(Value::Number)
            }
            Type::Boolean => text.parse::<bool>().ok().map(Value::from),
            // none of the operations that are asked for in forms takes a map or a time
            Type::String | Type::Map | Type::Timestamp => None,
        };
        typed.unwrap_or_else(|| Value::from(text))
    }
}
