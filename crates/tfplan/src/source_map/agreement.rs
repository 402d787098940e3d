//! How well what is written agrees with a planned value.
//!
//! Terraform sorts sets, so an index in a plan does not say which of several blocks it was; the constants in them usually
//! do. Each constant that equals its planned value counts for a block, each other one against it. Providers rewrite some
//! values, so a difference is a hint, no proof.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::Body;
use serde_json::Value;

/// For a body and the object that it makes.
pub(super) fn of_body(body: &Body, value: &Value) -> i32 {
    let attributes = body.attributes();
    let known = attributes
        .filter_map(|attribute| Some((&attribute.value, value.get(attribute.key.as_str())?)));
    known
        .map(|(written, value)| of_expression(written, value))
        .sum()
}

/// For an expression and its value; 0 when it is no constant, or the value is not known.
pub(super) fn of_expression(written: &Expression, value: &Value) -> i32 {
    match (written, value) {
        (_, Value::Null) => 0,
        (Expression::Parenthesis(inner), value) => of_expression(inner.inner(), value),
        (Expression::Object(object), Value::Object(values)) => {
            let known = object
                .iter()
                .filter_map(|(name, member)| Some((member.expr(), values.get(key(name)?)?)));
            known
                .map(|(written, value)| of_expression(written, value))
                .sum()
        }
        (Expression::Array(array), Value::Array(values)) => {
            let Some(mut written) = array.iter().map(constant).collect::<Option<Vec<_>>>() else {
                return 0;
            };
            let mut values: Vec<_> = values.iter().map(text).collect();
            written.sort();
            values.sort();
            vote(written == values)
        }
        (written, value) => constant(written).map_or(0, |written| vote(written == text(value))),
    }
}

/// A key of an object, when it is a constant.
pub(super) fn key(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(ident) => Some(ident.as_str()),
        ObjectKey::Expression(expression) => expression.as_str(),
    }
}

fn vote(agrees: bool) -> i32 {
    if agrees { 1 } else { -1 }
}

fn constant(written: &Expression) -> Option<String> {
    match written {
        Expression::Bool(value) => Some(value.value().to_string()),
        Expression::Number(value) => Some(number(&value.value().to_string())),
        Expression::String(value) => Some(number(value.as_str())),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => number(text),
        other => number(&other.to_string()),
    }
}

/// Equal numbers as equal texts: `"443"`, `443` and `443.0` make the same attribute.
fn number(text: &str) -> String {
    text.parse::<f64>()
        .map_or_else(|_| text.to_owned(), |number| number.to_string())
}
