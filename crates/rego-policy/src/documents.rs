//! Files as inputs: JSON, YAML and HCL, in the shapes Conftest gives to policies.
//!
//! YAML with several documents becomes a list, and each is judged by itself. HCL (`.tf`, `.hcl`, `.tfvars`) takes the
//! shape of hcl2json: a block is a list of objects below its type and labels, an expression is its text in `${..}`.
//! With `--combine` all files are one input, a list of `{path, contents}`.

use camino::{Utf8Path, Utf8PathBuf};
use hcl::expr::{Expression, ObjectKey, TemplateExpr};
use hcl::structure::{Block, Body, Structure};
use miette::Diagnostic;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

/// The file name of combined inputs.
pub const COMBINED: &str = "Combined";

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parser {
    /// One JSON value.
    Json,
    /// YAML documents.
    Yaml,
    /// HCL 2, such as Terraform's.
    Hcl,
}

/// Why a file is no input.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum DocumentError {
    /// No such parser.
    #[error("unknown parser `{name}`")]
    #[diagnostic(help("choose one of `json`, `yaml`, `hcl2`"))]
    UnknownParser {
        /// As it was asked for.
        name: String,
    },
    /// An extension that names no parser.
    #[error("no parser for `{path}`")]
    #[diagnostic(help("name one of `json`, `yaml`, `hcl2` with `--parser`"))]
    NoParser {
        /// The file.
        path: Utf8PathBuf,
    },
    /// The operating system would not let us.
    #[error("failed to read `{path}`")]
    Read {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not what its parser expects.
    #[error("failed to parse `{name}` as {parser}")]
    Parse {
        /// The file.
        name: String,
        /// The language.
        parser: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Parser {
    /// By Conftest's name.
    pub fn named(name: &str) -> Result<Self, DocumentError> {
        match name {
            "json" => Ok(Self::Json),
            "yaml" | "yml" => Ok(Self::Yaml),
            "hcl2" | "hcl" => Ok(Self::Hcl),
            _ => Err(DocumentError::UnknownParser {
                name: name.to_owned(),
            }),
        }
    }

    /// By extension; standard input (`-`) is YAML, which includes JSON.
    pub fn of(path: &Utf8Path) -> Result<Self, DocumentError> {
        match path.extension() {
            _ if path == "-" => Ok(Self::Yaml),
            Some("json") => Ok(Self::Json),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("tf" | "hcl" | "tfvars") => Ok(Self::Hcl),
            _ => Err(DocumentError::NoParser {
                path: path.to_owned(),
            }),
        }
    }

    fn language(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Hcl => "HCL",
        }
    }
}

/// Reads a file with the given parser, or the one of its extension.
pub fn read(path: &Utf8Path, parser: Option<Parser>) -> Result<Value, DocumentError> {
    let parser = match parser {
        Some(parser) => parser,
        None => Parser::of(path)?,
    };
    let text = std::fs::read_to_string(path).map_err(|source| DocumentError::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(parser, path.as_str(), &text)
}

/// Parses text; `name` is for errors.
pub fn parse(parser: Parser, name: &str, text: &str) -> Result<Value, DocumentError> {
    let parsed = match parser {
        Parser::Json => serde_json::from_str(text).map_err(Into::into),
        Parser::Yaml => yaml(text),
        Parser::Hcl => hcl::parse(text)
            .map(|body| body_value(&body))
            .map_err(Into::into),
    };
    parsed.map_err(|source| DocumentError::Parse {
        name: name.to_owned(),
        parser: parser.language(),
        source,
    })
}

/// The input of `--combine`: a list of `{path, contents}`, sorted by path.
pub fn combine(mut files: Vec<(String, Value)>) -> Value {
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    files
        .into_iter()
        .map(|(path, contents)| serde_json::json!({"path": path, "contents": contents}))
        .collect()
}

fn yaml(text: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let mut value = serde_yaml::Value::deserialize(document)?;
        value.apply_merge()?;
        documents.push(serde_json::to_value(value)?);
    }
    if documents.len() > 1 {
        // A file that ends in `---` has an empty last document, which is none.
        documents.retain(|document| !document.is_null());
    }
    Ok(match documents.len() {
        0 => Value::Null,
        1 => documents.swap_remove(0),
        _ => Value::Array(documents),
    })
}

fn body_value(body: &Body) -> Value {
    let mut fields = Map::new();
    for structure in body.iter() {
        match structure {
            Structure::Attribute(attribute) => {
                fields.insert(attribute.key.to_string(), expression(&attribute.expr));
            }
            Structure::Block(block) => add_block(&mut fields, block),
        }
    }
    Value::Object(fields)
}

fn add_block(fields: &mut Map<String, Value>, block: &Block) {
    let mut names = vec![block.identifier.to_string()];
    names.extend(block.labels.iter().map(|label| label.as_str().to_owned()));
    let Some(last) = names.pop() else { return };
    let mut level = fields;
    for name in names {
        let next = level
            .entry(name)
            .or_insert_with(|| Value::Object(Map::new()));
        match next {
            Value::Object(inner) => level = inner,
            _ => return,
        }
    }
    let list = level
        .entry(last)
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(bodies) = list {
        bodies.push(body_value(&block.body));
    }
}

fn expression(expr: &Expression) -> Value {
    match expr {
        Expression::Null => Value::Null,
        Expression::Bool(value) => Value::from(*value),
        Expression::Number(number) => {
            serde_json::to_value(number).unwrap_or_else(|_| Value::from(number.to_string()))
        }
        Expression::String(text) => Value::from(text.as_str()),
        Expression::Array(items) => items.iter().map(expression).collect(),
        Expression::Object(fields) => fields
            .iter()
            .map(|(key, value)| (object_key(key), expression(value)))
            .collect::<Map<_, _>>()
            .into(),
        Expression::TemplateExpr(template) => match template.as_ref() {
            TemplateExpr::QuotedString(text) => Value::from(text.as_str()),
            TemplateExpr::Heredoc(heredoc) => Value::from(heredoc.template.as_str()),
        },
        Expression::Parenthesis(inner) => match inner.as_ref() {
            literal @ (Expression::Bool(_) | Expression::Number(_) | Expression::String(_)) => {
                expression(literal)
            }
            other => interpolated(other),
        },
        other => interpolated(other),
    }
}

fn object_key(key: &ObjectKey) -> String {
    match key {
        ObjectKey::Identifier(name) => name.to_string(),
        ObjectKey::Expression(expr) => match expression(expr) {
            Value::String(text) => text,
            other => other.to_string(),
        },
        other => other.to_string(),
    }
}

fn interpolated(expr: &Expression) -> Value {
    let text = hcl::format::to_string(expr).unwrap_or_else(|_| expr.to_string());
    Value::from(format!("${{{}}}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hcl_has_the_shape_of_hcl2json() {
        let text = r#"
            locals { n = 1 }
            resource "aws_s3_bucket" "a" {
              bucket = "x-${var.env}"
              acl    = var.acl
              tags   = { Name = "a", on = true }
            }
            resource "aws_s3_bucket" "b" {
              count = 2
            }
        "#;
        let value = parse(Parser::Hcl, "main.tf", text).unwrap();
        assert_eq!(
            value,
            json!({
                "locals": [{"n": 1}],
                "resource": {"aws_s3_bucket": {
                    "a": [{"bucket": "x-${var.env}", "acl": "${var.acl}", "tags": {"Name": "a", "on": true}}],
                    "b": [{"count": 2}],
                }},
            })
        );
    }

    #[test]
    fn yaml_with_several_documents_is_a_list() {
        assert_eq!(
            parse(Parser::Yaml, "-", "a: 1\n---\na: 2\n---\n").unwrap(),
            json!([{"a": 1}, {"a": 2}])
        );
        assert_eq!(
            parse(Parser::Yaml, "-", "{\"a\": [1]}").unwrap(),
            json!({"a": [1]})
        );
        let merged = "base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n";
        assert_eq!(
            parse(Parser::Yaml, "-", merged).unwrap()["use"],
            json!({"x": 1, "y": 2})
        );
    }

    #[test]
    fn what_cannot_be_parsed_is_named() {
        let error = parse(Parser::Json, "plan.json", "{").unwrap_err();
        assert_eq!(error.to_string(), "failed to parse `plan.json` as JSON");
        assert!(Parser::of(Utf8Path::new("x.toml")).is_err());
        assert!(Parser::named("cue").is_err());
    }

    #[test]
    fn combined_files_are_sorted_by_path() {
        let combined = combine(vec![("b".to_owned(), json!(1)), ("a".to_owned(), json!(2))]);
        assert_eq!(
            combined,
            json!([{"path": "a", "contents": 2}, {"path": "b", "contents": 1}])
        );
    }
}
