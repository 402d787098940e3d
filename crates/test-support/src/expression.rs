//! The expressions of an `action.yml`: `${{ }}` in values, and conditions.
//!
//! A small part of the language, evaluated as GitHub does (loose comparison, `&&` and `||` yield operands), and strict
//! where GitHub yields nothing: a context, an input, a step or a property that cannot exist is an error. Values that
//! may be absent by nature are not: variables, outputs of a step, and what an event holds.

mod tokens;

use serde_json::{Map, Value};

use tokens::{Token, tokens};

/// An expression that cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// It is not written in the language, or in more of it than is known here.
    #[error("failed to read the expression `{expression}` at `{at}`")]
    Syntax {
        /// The whole expression.
        expression: String,
        /// Where reading stopped; nothing at its end.
        at: String,
    },
    /// `${{` without its `}}`.
    #[error("no `}}}}` ends the expression in `{0}`")]
    Unfinished(String),
    /// A name that nothing has.
    #[error("nothing is called `{0}` here")]
    Unknown(String),
    /// A function outside the known part of the language.
    #[error("the function `{0}` is not supported")]
    Function(String),
    /// An object where a text is needed.
    #[error("`{0}` is an object, not a text")]
    Object(String),
}

/// What expressions see.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// `github`, `inputs`, `env`, `runner` and `steps`.
    pub(crate) values: Map<String, Value>,
    /// Whether a step before this one failed.
    pub(crate) failed: bool,
}

impl Context {
    /// `text` with each `${{ }}` replaced by its value.
    pub(crate) fn fill(&self, text: &str) -> Result<String, ExpressionError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${{") {
            let end = end_of_expression(after)
                .ok_or_else(|| ExpressionError::Unfinished(text.to_owned()))?;
            filled.push_str(before);
            filled.push_str(&as_text(&self.evaluate(&after[..end])?, &after[..end])?);
            rest = &after[end + "}}".len()..];
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Whether a step with this condition runs. A condition that asks for no status asks for success.
    pub(crate) fn allows(&self, condition: &str) -> Result<bool, ExpressionError> {
        let condition = condition.trim();
        let bare = condition
            .strip_prefix("${{")
            .and_then(|rest| rest.strip_suffix("}}"))
            .unwrap_or(condition);
        let asks = tokens(bare)?.windows(2).any(|pair| match pair {
            [Token::Name(name), Token::Sign("(")] => is_status(name),
            _ => false,
        });
        Ok((asks || !self.failed) && is_true(&self.evaluate(bare)?))
    }

    fn evaluate(&self, expression: &str) -> Result<Value, ExpressionError> {
        let mut parser = Parser {
            context: self,
            expression,
            tokens: tokens(expression)?,
            at: 0,
        };
        let value = parser.either()?;
        match parser.peek() {
            None => Ok(value),
            Some(_) => Err(parser.stopped()),
        }
    }

    fn call(&self, function: &str) -> Result<Value, ExpressionError> {
        match function {
            "always" => Ok(true.into()),
            "success" => Ok((!self.failed).into()),
            "failure" => Ok(self.failed.into()),
            "cancelled" => Ok(false.into()),
            other => Err(ExpressionError::Function(other.to_owned())),
        }
    }
}

fn is_status(function: &str) -> bool {
    matches!(function, "always" | "success" | "failure" | "cancelled")
}

/// Where the `}}` is that no quotes hold.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, character)| {
        quoted ^= character == '\'';
        (!quoted && text[at..].starts_with("}}")).then_some(at)
    })
}

/// Reads and evaluates in one go: expressions have no effects, so nothing need be put off.
struct Parser<'a> {
    context: &'a Context,
    expression: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &'static str) -> Result<(), ExpressionError> {
        if self.take(sign) {
            Ok(())
        } else {
            Err(self.stopped())
        }
    }

    fn stopped(&self) -> ExpressionError {
        let at = self.peek().map(ToString::to_string).unwrap_or_default();
        ExpressionError::Syntax {
            expression: self.expression.trim().to_owned(),
            at,
        }
    }

    fn either(&mut self) -> Result<Value, ExpressionError> {
        let mut value = self.both()?;
        while self.take("||") {
            let other = self.both()?;
            value = if is_true(&value) { value } else { other };
        }
        Ok(value)
    }

    fn both(&mut self) -> Result<Value, ExpressionError> {
        let mut value = self.comparison()?;
        while self.take("&&") {
            let other = self.comparison()?;
            value = if is_true(&value) { other } else { value };
        }
        Ok(value)
    }

    fn comparison(&mut self) -> Result<Value, ExpressionError> {
        let mut value = self.negation()?;
        loop {
            let same = match () {
                () if self.take("==") => true,
                () if self.take("!=") => false,
                () => return Ok(value),
            };
            value = (equal(&value, &self.negation()?) == same).into();
        }
    }

    fn negation(&mut self) -> Result<Value, ExpressionError> {
        match self.take("!") {
            true => Ok((!is_true(&self.negation()?)).into()),
            false => self.operand(),
        }
    }

    fn operand(&mut self) -> Result<Value, ExpressionError> {
        if self.take("(") {
            let value = self.either()?;
            self.expect(")")?;
            return Ok(value);
        }
        let token = self.peek().cloned().ok_or_else(|| self.stopped())?;
        match token {
            Token::Value(value) => {
                self.at += 1;
                Ok(value)
            }
            Token::Name(name) => {
                self.at += 1;
                if self.take("(") {
                    let value = self.context.call(&name)?;
                    self.expect(")")?;
                    return Ok(value);
                }
                self.property(name)
            }
            Token::Sign(_) => Err(self.stopped()),
        }
    }

    fn property(&mut self, root: String) -> Result<Value, ExpressionError> {
        let values = &self.context.values;
        let mut value = values
            .get(&root)
            .cloned()
            .ok_or_else(|| ExpressionError::Unknown(root.clone()))?;
        let mut path = vec![root];
        loop {
            let key = match () {
                () if self.take(".") => match self.peek().cloned() {
                    Some(Token::Name(key)) => {
                        self.at += 1;
                        key
                    }
                    _ => return Err(self.stopped()),
                },
                () if self.take("[") => {
                    let key = as_text(&self.either()?, self.expression)?;
                    self.expect("]")?;
                    key
                }
                () => return Ok(value),
            };
            value = match value.get(&key) {
                Some(value) => value.clone(),
                None if may_lack(&path) => Value::Null,
                None => {
                    return Err(ExpressionError::Unknown(format!(
                        "{}.{key}",
                        path.join(".")
                    )));
                }
            };
            path.push(key);
        }
    }
}

/// Whether a property of `path` may be missing without anybody having misspelt it.
fn may_lack(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(
        path[..],
        ["env", ..] | ["github", "event", ..] | ["steps", _, "outputs", ..]
    )
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(value) => value.as_f64().is_some_and(|value| value != 0.0),
        Value::String(value) => !value.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.to_lowercase() == right.to_lowercase(),
        (Value::Null, Value::Null) => true,
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => false,
        // not a number is equal to nothing, itself included
        _ => as_number(left) == as_number(right),
    }
}

fn as_number(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(value) => value.as_f64().unwrap_or(f64::NAN),
        Value::String(value) if value.trim().is_empty() => 0.0,
        Value::String(value) => value.trim().parse().unwrap_or(f64::NAN),
        Value::Array(_) | Value::Object(_) => f64::NAN,
    }
}

fn as_text(value: &Value, expression: &str) -> Result<String, ExpressionError> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::String(value) => Ok(value.clone()),
        Value::Array(_) | Value::Object(_) => {
            Err(ExpressionError::Object(expression.trim().to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
