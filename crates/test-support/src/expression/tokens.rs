//! An expression as words and signs.

use std::fmt;

use serde_json::Value;

use super::ExpressionError;

/// The signs of the language, longer ones first.
const SIGNS: [&str; 10] = ["||", "&&", "==", "!=", "!", "(", ")", "[", "]", "."];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A literal.
    Value(Value),
    /// A context, a property or a function.
    Name(String),
    Sign(&'static str),
}

impl fmt::Display for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(formatter),
            Self::Name(name) => formatter.write_str(name),
            Self::Sign(sign) => formatter.write_str(sign),
        }
    }
}

pub(super) fn tokens(expression: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while !rest.is_empty() {
        let Some((token, length)) = first(rest) else {
            return Err(ExpressionError::Syntax {
                expression: expression.trim().to_owned(),
                at: rest.to_owned(),
            });
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// The first token of `text`, which begins with no space, and its length.
fn first(text: &str) -> Option<(Token, usize)> {
    if text.starts_with('\'') {
        return quoted(text);
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| text.starts_with(sign)) {
        return Some((Token::Sign(sign), sign.len()));
    }
    let is_part =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let word = &text[..text
        .find(|character| !is_part(character))
        .unwrap_or(text.len())];
    match word {
        "" => None,
        "null" => Some((Token::Value(Value::Null), word.len())),
        "true" | "false" => Some((Token::Value((word == "true").into()), word.len())),
        _ if word.starts_with(|character: char| character.is_ascii_digit() || character == '-') => {
            number(text)
        }
        _ => Some((Token::Name(word.to_owned()), word.len())),
    }
}

/// `'it''s'`
fn quoted(text: &str) -> Option<(Token, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            value.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            value.push('\'');
        } else {
            return Some((Token::Value(value.into()), at + 1));
        }
    }
    None
}

fn number(text: &str) -> Option<(Token, usize)> {
    let is_part = |character: char| character.is_ascii_digit() || matches!(character, '-' | '.');
    let digits = &text[..text
        .find(|character| !is_part(character))
        .unwrap_or(text.len())];
    let value = digits
        .parse::<i64>()
        .map(Value::from)
        .or_else(|_| digits.parse::<f64>().map(Value::from));
    Some((Token::Value(value.ok()?), digits.len()))
}
