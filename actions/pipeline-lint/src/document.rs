//! JSON with places: what `serde_json` reads, and the lines that it stands on.
//!
//! A definition is first read strictly, with a bound on its depth; only then is it read again for its places.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Range;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// A part of a text, in lines and columns that count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) value: Json,
}

/// What a node holds.
#[derive(Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// One member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) value: Node,
}

/// Reads `text`.
pub(crate) fn parse(text: &str) -> Result<Node, serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text)?;
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &strict)
        .map_err(|error| serde::de::Error::custom(error.to_string()))?;
    let value = parsed
        .value
        .ok_or_else(|| serde::de::Error::custom("the file is empty"))?;
    let lines = Lines::of(text);
    Ok(lines.node(&value))
}

struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self { text, starts }
    }

    fn place(&self, offset: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let column = self.text[start..offset].chars().count() + 1;
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }

    fn span(&self, range: &Range) -> Span {
        let (line, column) = self.place(range.start);
        let (end_line, end_column) = self.place(range.end);
        Span {
            line,
            column,
            end_line,
            end_column,
        }
    }

    fn node(&self, value: &Value<'_>) -> Node {
        let (range, json) = match value {
            Value::StringLit(text) => (&text.range, Json::Text(text.value.to_string())),
            // every number that `serde_json` takes is one for `f64` as well
            Value::NumberLit(number) => {
                let number_value = number.value.parse().unwrap_or(f64::NAN);
                (&number.range, Json::Number(number_value))
            }
            Value::BooleanLit(truth) => (&truth.range, Json::Bool(truth.value)),
            Value::NullKeyword(null) => (&null.range, Json::Null),
            Value::Array(list) => {
                let nodes = list.elements.iter().map(|each| self.node(each));
                (&list.range, Json::List(nodes.collect()))
            }
            Value::Object(object) => {
                let members = object.properties.iter().map(|property| Member {
                    name: property.name.as_str().to_owned(),
                    span: self.span(&property.range),
                    value: self.node(&property.value),
                });
                (&object.range, Json::Object(members.collect()))
            }
        };
        Node {
            span: self.span(range),
            value: json,
        }
    }
}

impl Node {
    /// The member `name` of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members()
            .iter()
            .find(|member| member.name == name)
            .map(|member| &member.value)
    }

    /// The node at the end of `path`.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.get(name))
    }

    pub(crate) fn members(&self) -> &[Member] {
        match &self.value {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    pub(crate) fn list(&self) -> &[Self] {
        match &self.value {
            Json::List(nodes) => nodes,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self.value {
            Json::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The text of member `name`.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Self::text)
    }

    /// What kind of value it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// The node and everything below it, from the outside inwards.
    pub(crate) fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Self)) {
        visit(self);
        match &self.value {
            Json::List(nodes) => nodes.iter().for_each(|node| node.walk(visit)),
            Json::Object(members) => members.iter().for_each(|member| member.value.walk(visit)),
            _ => {}
        }
    }

    /// Whether it is computed when the pipeline runs: a reference, or a function over some.
    pub(crate) fn is_computed(&self) -> bool {
        match self.members() {
            [member] => member.name == "Get" || member.name.starts_with("Std:"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let node = parse("{\n  \"é\": {\"Get\": 1},\n  \"b\": [true, null]\n}").unwrap();
        let first = &node.members()[0];
        assert_eq!((first.span.line, first.span.column), (2, 3));
        assert_eq!((first.value.span.line, first.value.span.column), (2, 8));
        assert!(first.value.is_computed());
        assert_eq!(node.at(&["é", "Get"]).and_then(Node::number), Some(1.0));
        assert_eq!(node.get("b").unwrap().list().len(), 2);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "{",
            "{a: 1}",
            "[1,]",
            "// no\n{}",
            "{'a': 1}",
            "[NaN]",
            &deep,
        ] {
            assert!(parse(text).is_err(), "{text:.20}");
        }
    }
}
