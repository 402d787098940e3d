//! The engine's syntax tree, walked.
//!
//! The tree comes from the engine's own parser (an `unstable` module, which the exact version pin makes safe to use), so
//! the guard layer never disagrees with the engine about what a policy says. This file parses, finds tokens by line and
//! column, and knows the shape of the tree once, for everyone: every expression below a rule, and how paths read.

use regorus::Source;
use regorus::unstable::{
    Expr, ExprRef, Lexer, Literal, Module, Parser, Query, Rule, RuleHead, Span, TokenKind,
};
use std::num::{NonZeroU32, NonZeroUsize};
use std::ops::Range;

/// Lines may be longer than the engine's default of 1,024 columns: long messages and generated tables are legal Rego.
pub(crate) const MAX_COLUMN: NonZeroU32 = NonZeroU32::new(1 << 20).expect("not zero");
/// Limits of a merged package, which holds many files.
pub(crate) const MAX_BYTES: NonZeroUsize = NonZeroUsize::new(1 << 28).expect("not zero");
/// See [`MAX_BYTES`].
pub(crate) const MAX_LINES: NonZeroUsize = NonZeroUsize::new(1 << 24).expect("not zero");

/// An error of the engine's parser: its words, and the line and column it names.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) message: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Parses one file.
pub(crate) fn parse(path: &str, text: &str, v1: bool) -> Result<Module, SyntaxError> {
    let source = source(path, text).map_err(|e| syntax_error(&e))?;
    let mut parser = Parser::new(&source).map_err(|e| syntax_error(&e.to_string()))?;
    parser.set_max_col(MAX_COLUMN);
    let parsed = if v1 {
        parser.enable_rego_v1().and_then(|()| parser.parse())
    } else {
        parser.parse()
    };
    parsed.map_err(|e| syntax_error(&e.to_string()))
}

fn source(path: &str, text: &str) -> Result<Source, String> {
    Source::from_contents_with_limits(path.to_owned(), text.to_owned(), MAX_BYTES, MAX_LINES)
        .map_err(|e| e.to_string())
}

/// Reads the engine's error text: `\n--> file:line:column\n(frame)\nerror: message`.
pub(crate) fn syntax_error(text: &str) -> SyntaxError {
    let place = text.lines().find_map(|line| {
        let (rest, column) = line.strip_prefix("--> ")?.rsplit_once(':')?;
        let (_, line) = rest.rsplit_once(':')?;
        Some((line.parse().ok()?, column.parse().ok()?))
    });
    let message = text
        .find("\nerror: ")
        .map_or(text, |at| &text[at + "\nerror: ".len()..])
        .trim();
    let (line, column) = place.unwrap_or((1, 1));
    SyntaxError {
        message: message.to_owned(),
        line,
        column,
    }
}

/// The bytes of the token that the engine calls line and column; the rest of the line when there is none.
pub(crate) fn token_at(text: &str, line: u32, column: u32) -> Range<usize> {
    let start = crate::position::line_start(text, line as usize);
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let fallback = (start + (column as usize).saturating_sub(1)).min(end)..end;
    tokens(text)
        .into_iter()
        .find(|(_, span)| span.line == line && span.col >= column)
        .map_or(fallback, |(_, span)| span.start as usize..span.end as usize)
}

/// All tokens up to the end or the first error.
pub(crate) fn tokens(text: &str) -> Vec<(TokenKind, Span)> {
    let Ok(source) = source("", text) else {
        return Vec::new();
    };
    let mut lexer = Lexer::new(&source);
    lexer.set_max_col(MAX_COLUMN);
    let mut tokens = Vec::new();
    while let Ok(token) = lexer.next_token() {
        if token.0 == TokenKind::Eof {
            break;
        }
        tokens.push((token.0, token.1));
    }
    tokens
}

/// Byte range of a span.
pub(crate) fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The components of a reference made of names and string literals only, such as `data.a["b-c"]`.
pub(crate) fn static_path(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Var { span, .. } => Some(vec![span.text().to_owned()]),
        Expr::RefDot { refr, field, .. } => {
            let mut path = static_path(refr)?;
            path.push(field.0.text().to_owned());
            Some(path)
        }
        Expr::RefBrack { refr, index, .. } => {
            let mut path = static_path(refr)?;
            path.push(string(index)?);
            Some(path)
        }
        _ => None,
    }
}

/// The longest such prefix of any reference.
pub(crate) fn static_prefix(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => {
            static_path(expr).unwrap_or_else(|| static_prefix(refr))
        }
        _ => static_path(expr).unwrap_or_default(),
    }
}

fn string(expr: &Expr) -> Option<String> {
    match expr {
        Expr::String { value, .. } | Expr::RawString { value, .. } => {
            value.as_string().ok().map(|s| s.to_string())
        }
        _ => None,
    }
}

/// A path as Rego writes it: `a.b["c-d"]`.
pub(crate) fn format_path(components: &[String]) -> String {
    let mut path = String::new();
    for component in components {
        let mut chars = component.chars();
        let plain = chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if path.is_empty() {
            path.push_str(component);
        } else if plain {
            path.push('.');
            path.push_str(component);
        } else {
            path.push_str(&format!(
                "[{}]",
                serde_json::Value::from(component.as_str())
            ));
        }
    }
    path
}

/// The reference a rule defines.
pub(crate) fn rule_ref(rule: &Rule) -> &ExprRef {
    match rule {
        Rule::Default { refr, .. } => refr,
        Rule::Spec { head, .. } => match head {
            RuleHead::Compr { refr, .. }
            | RuleHead::Set { refr, .. }
            | RuleHead::Func { refr, .. } => refr,
        },
    }
}

/// The first name of the reference a rule defines.
pub(crate) fn rule_name(rule: &Rule) -> String {
    static_prefix(rule_ref(rule))
        .into_iter()
        .next()
        .unwrap_or_default()
}

/// The direct children of an expression, with the query of a comprehension last.
pub(crate) fn children(expr: &Expr) -> (Vec<&ExprRef>, Option<&Query>) {
    match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. }
        | Expr::Var { .. } => (Vec::new(), None),
        Expr::Array { items, .. } | Expr::Set { items, .. } => (items.iter().collect(), None),
        Expr::Object { fields, .. } => (fields.iter().flat_map(|(_, k, v)| [k, v]).collect(), None),
        Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
            (vec![term], Some(query))
        }
        Expr::ObjectCompr {
            key, value, query, ..
        } => (vec![key, value], Some(query)),
        Expr::Call { fcn, params, .. } => (std::iter::once(fcn).chain(params).collect(), None),
        Expr::UnaryExpr { expr, .. } => (vec![expr], None),
        Expr::RefDot { refr, .. } => (vec![refr], None),
        Expr::RefBrack { refr, index, .. } => (vec![refr, index], None),
        Expr::BinExpr { lhs, rhs, .. }
        | Expr::BoolExpr { lhs, rhs, .. }
        | Expr::ArithExpr { lhs, rhs, .. }
        | Expr::AssignExpr { lhs, rhs, .. } => (vec![lhs, rhs], None),
        Expr::Membership {
            key,
            value,
            collection,
            ..
        } => (key.iter().chain([value, collection]).collect(), None),
    }
}

/// The direct expressions of a literal, with the query of `every` last.
pub(crate) fn literal_children(literal: &Literal) -> (Vec<&ExprRef>, Option<&Query>) {
    match literal {
        Literal::SomeVars { .. } => (Vec::new(), None),
        Literal::SomeIn {
            key,
            value,
            collection,
            ..
        } => (key.iter().chain([value, collection]).collect(), None),
        Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => (vec![expr], None),
        Literal::Every { domain, query, .. } => (vec![domain], Some(query)),
    }
}

/// Calls `visit` with every expression below a rule, its head included, parents first.
pub(crate) fn each_expr<'a>(rule: &'a Rule, visit: &mut dyn FnMut(&'a Expr)) {
    match rule {
        Rule::Default { args, value, .. } => {
            args.iter().for_each(|arg| expr_tree(arg, visit));
            expr_tree(value, visit);
        }
        Rule::Spec { head, bodies, .. } => {
            match head {
                RuleHead::Compr { refr, assign, .. } => {
                    head_indexes(refr)
                        .into_iter()
                        .for_each(|index| expr_tree(index, visit));
                    assign.iter().for_each(|a| expr_tree(&a.value, visit));
                }
                RuleHead::Set { refr, key, .. } => {
                    head_indexes(refr)
                        .into_iter()
                        .for_each(|index| expr_tree(index, visit));
                    key.iter().for_each(|key| expr_tree(key, visit));
                }
                RuleHead::Func { args, assign, .. } => {
                    args.iter().for_each(|arg| expr_tree(arg, visit));
                    assign.iter().for_each(|a| expr_tree(&a.value, visit));
                }
            }
            for body in bodies {
                body.assign.iter().for_each(|a| expr_tree(&a.value, visit));
                query_tree(&body.query, visit);
            }
        }
    }
}

/// The bracketed parts of a rule's reference; its first name is a definition and not a use.
pub(crate) fn head_indexes(refr: &Expr) -> Vec<&ExprRef> {
    match refr {
        Expr::RefBrack { refr, index, .. } => {
            let mut indexes = head_indexes(refr);
            indexes.push(index);
            indexes
        }
        Expr::RefDot { refr, .. } => head_indexes(refr),
        _ => Vec::new(),
    }
}

fn expr_tree<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    visit(expr);
    let (below, query) = children(expr);
    below.into_iter().for_each(|e| expr_tree(e, visit));
    query.into_iter().for_each(|q| query_tree(q, visit));
}

fn query_tree<'a>(query: &'a Query, visit: &mut dyn FnMut(&'a Expr)) {
    for stmt in &query.stmts {
        let (below, nested) = literal_children(&stmt.literal);
        below.into_iter().for_each(|e| expr_tree(e, visit));
        nested.into_iter().for_each(|q| query_tree(q, visit));
        for with in &stmt.with_mods {
            expr_tree(&with.refr, visit);
            expr_tree(&with.r#as, visit);
        }
    }
}

/// Whether a rule changes the input or data for a part of itself.
pub(crate) fn uses_with(rule: &Rule) -> bool {
    let mut found = match rule {
        Rule::Spec { bodies, .. } => bodies.iter().any(|body| query_uses_with(&body.query)),
        Rule::Default { .. } => false,
    };
    each_expr(rule, &mut |expr| {
        found |= children(expr).1.is_some_and(query_uses_with);
    });
    found
}

/// Comprehensions are left to `each_expr`.
fn query_uses_with(query: &Query) -> bool {
    query.stmts.iter().any(|stmt| {
        let nested = literal_children(&stmt.literal).1;
        !stmt.with_mods.is_empty() || nested.is_some_and(query_uses_with)
    })
}
