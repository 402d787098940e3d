//! Heads that may be undefined, or are evaluated too early, bound in the body (D12).
//!
//! When the last element that a rule looks at makes its head undefined, the engine forgets what the elements before gave:
//! `deny contains r.msg if some r in [{"msg": "a"}, {}]` denies nothing. Where an index of the head needs nothing of the
//! body, a group without members appears, and an `else` after an undefined head is not tried. A variable that the body
//! defines has none of these, so every other term of a head becomes one: `deny contains v if { ..; v := r.msg }`.

use super::{Guarded, names};
use crate::error::{PolicyProblem, Problem};
use crate::position::Edits;
use crate::syntax;
use regorus::unstable::{Expr, ExprRef, Query, Rule, RuleBody, RuleHead, TokenKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const VARIABLE: &str = "head_term_";

/// Rewrites a file's heads; it is parsed again when there was something to rewrite.
pub(super) fn bind(file: &mut Guarded, v1: bool) -> Result<(), Box<PolicyProblem>> {
    let mut binder = Binder::new(file);
    for rule in &file.module.policy {
        binder.rule(rule);
    }
    let edits = binder.edits;
    if edits.is_empty() {
        return Ok(());
    }
    let text = edits.apply(&file.split_text);
    let module = syntax::parse(&file.path, &text, v1).map_err(|error| {
        let at = edits.to_before(syntax::token_at(&text, error.line, error.column).start);
        let at = file.original(at).min(file.text.len());
        let message = format!("failed to read the head of a rule: {}", error.message);
        PolicyProblem::new(Problem::Syntax, &file.path, &file.text, at..at, message)
            .help("bind the term in the body: `value := ..`")
    })?;
    file.module = module;
    file.split_text = text;
    file.splits.push(edits);
    Ok(())
}

struct Binder<'a> {
    text: &'a str,
    keywords: bool,
    tokens: Vec<Token>,
    variable: String,
    count: usize,
    edits: Edits,
}

/// A token with its quotes. The engine's spans of terms are not to be relied on: an object's starts at its last key.
struct Token {
    is_string: bool,
    range: Range<usize>,
}

/// A variable, and the term of a head that it stands for.
type Binding = (String, Range<usize>);

impl<'a> Binder<'a> {
    fn new(file: &'a Guarded) -> Self {
        let text = file.split_text.as_str();
        let mut variable = VARIABLE.to_owned();
        while text.contains(&variable) {
            variable.push('_');
        }
        let tokens = syntax::tokens(text).into_iter().map(|(kind, span)| {
            let is_string = matches!(kind, TokenKind::String | TokenKind::RawString);
            let quote = usize::from(is_string);
            let range = span.start as usize - quote..span.end as usize + quote;
            Token { is_string, range }
        });
        Self {
            text,
            keywords: file.keywords,
            tokens: tokens.collect(),
            variable,
            count: 0,
            edits: Edits::default(),
        }
    }

    fn rule(&mut self, rule: &Rule) {
        let Rule::Spec { span, head, bodies } = rule else {
            return;
        };
        let locals = locals(head, bodies);
        let (indexes, value) = terms(head, bodies);
        let end = bodies.first().map_or(span.end, |body| body.span.start) as usize;
        let mut places = self.places(span.start as usize..end);
        if let (RuleHead::Set { key: Some(_), .. }, None) = (head, &places.value) {
            places.value = places.indexes.pop(); // the old form: `deny[msg] { .. }`
        }
        let keyed: Vec<Binding> = indexes
            .iter()
            .zip(places.indexes)
            .filter(|(index, _)| {
                !(is_literal(index) || indexes.len() == 1 && is_local(index, &locals))
            })
            .map(|(_, place)| self.bound(place))
            .collect();
        let valued = value
            .filter(|value| !is_defined(value, &locals))
            .and(places.value)
            .map(|place| self.bound(place));
        let both: Vec<Binding> = keyed.iter().cloned().chain(valued).collect();
        let Some((first, others)) = bodies.split_first() else {
            self.give_body(span.end as usize, &both);
            return;
        };
        self.extend(&first.query, &both);
        for body in others {
            let start = body.query.span.start as usize;
            let own = match &body.assign {
                Some(assign) if !is_defined(&assign.value, &names::declared(&body.query)) => {
                    let end = if body.query.stmts.is_empty() {
                        body.span.end as usize
                    } else {
                        start
                    };
                    self.places(body.span.start as usize..end).value
                }
                _ => None,
            };
            // Where a key is, the engine takes the value of the head for a body that says none.
            let bindings: Vec<Binding> = if body.assign.is_none() && !indexes.is_empty() {
                both.clone()
            } else {
                let own = own.map(|place| self.bound(place));
                keyed.iter().cloned().chain(own).collect()
            };
            if body.query.stmts.is_empty() {
                self.give_body(body.span.end as usize, &bindings);
            } else {
                self.extend(&body.query, &bindings);
            }
        }
    }

    /// Where the indexes and the element or value of a head are.
    fn places(&self, head: Range<usize>) -> Places {
        let mut places = Places::default();
        let mut depth = 0_usize;
        let mut opened = 0;
        let tokens = self.within(head);
        for (at, token) in tokens.iter().enumerate() {
            match &self.text[token.range.clone()] {
                _ if token.is_string => {}
                "(" | "[" | "{" | "set(" => {
                    if depth == 0 {
                        opened = at;
                    }
                    depth += 1;
                }
                close @ (")" | "]" | "}") => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && close == "]" {
                        places.indexes.extend(around(&tokens[opened + 1..at]));
                    }
                }
                ":=" | "=" | "contains" if depth == 0 && at > 0 => {
                    let term = &tokens[at + 1..];
                    let term = match term.split_last() {
                        Some((last, rest)) if &self.text[last.range.clone()] == "if" => rest,
                        _ => term,
                    };
                    places.value = around(term);
                    break;
                }
                _ => {}
            }
        }
        places
    }

    fn within(&self, range: Range<usize>) -> &[Token] {
        let first = self.tokens.partition_point(|t| t.range.end <= range.start);
        let last = self.tokens.partition_point(|t| t.range.start < range.end);
        &self.tokens[first..last.max(first)]
    }

    /// Puts a variable in the place of a term.
    fn bound(&mut self, place: Range<usize>) -> Binding {
        self.count += 1;
        let name = format!("{}{}", self.variable, self.count);
        self.edits.replace(place.clone(), name.as_str());
        (name, place)
    }

    /// Gives a head that ends here a body.
    fn give_body(&mut self, end: usize, bindings: &[Binding]) {
        let open = if self.keywords { " if { " } else { " { " };
        self.insert(self.end(end), open, bindings, " }");
    }

    /// Adds bindings at the end of a body, where everything they need is known.
    fn extend(&mut self, query: &Query, bindings: &[Binding]) {
        if bindings.is_empty() {
            return;
        }
        let range = syntax::range(&query.span);
        let first = query.stmts.first().map(|stmt| stmt.span.start as usize);
        if first > Some(range.start) {
            self.insert(range.end - 1, "; ", bindings, " ");
        } else {
            let start = self.within(range.clone()).first().map(|t| t.range.start);
            let start = start.unwrap_or(range.start);
            self.edits.replace(start..start, "{ ");
            self.insert(self.end(range.end), "; ", bindings, " }");
        }
    }

    /// Where the last token before a place ends.
    fn end(&self, place: usize) -> usize {
        let last = self.within(0..place).last();
        last.map_or(place, |token| token.range.end)
    }

    fn insert(&mut self, at: usize, open: &str, bindings: &[Binding], close: &str) {
        if bindings.is_empty() {
            return;
        }
        let mut statements = String::new();
        let mut origins = BTreeMap::new();
        for (name, place) in bindings {
            let separator = if statements.is_empty() { open } else { "; " };
            statements.push_str(&format!("{separator}{name} := ("));
            origins.insert(statements.len(), place.start);
            statements.push_str(&self.text[place.clone()]);
            statements.push(')');
        }
        statements.push_str(close);
        self.edits.insert_moved(at, statements, origins);
    }
}

/// What places a head has for terms.
#[derive(Default)]
struct Places {
    indexes: Vec<Range<usize>>,
    value: Option<Range<usize>>,
}

fn around(tokens: &[Token]) -> Option<Range<usize>> {
    Some(tokens.first()?.range.start..tokens.last()?.range.end)
}

/// The indexes of a head, and its element or value.
fn terms<'a>(head: &'a RuleHead, bodies: &[RuleBody]) -> (Vec<&'a ExprRef>, Option<&'a ExprRef>) {
    match head {
        RuleHead::Set { refr, key, .. } => (syntax::head_indexes(refr), key.as_ref()),
        RuleHead::Compr { refr, assign, .. } => (
            syntax::head_indexes(refr),
            assign.as_ref().map(|assign| &assign.value),
        ),
        // A function gives one value: an undefined one matters only to what follows it.
        RuleHead::Func { assign, .. } if bodies.len() > 1 => {
            (Vec::new(), assign.as_ref().map(|assign| &assign.value))
        }
        RuleHead::Func { .. } => (Vec::new(), None),
    }
}

fn locals(head: &RuleHead, bodies: &[RuleBody]) -> BTreeSet<String> {
    let body = bodies.first().map(|body| names::declared(&body.query));
    let arguments = match head {
        RuleHead::Func { args, .. } => args.as_slice(),
        _ => &[],
    };
    let arguments = arguments.iter().flat_map(|arg| names::pattern_names(arg));
    body.into_iter().flatten().chain(arguments).collect()
}

/// Whether an index is the same whatever the body says.
pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. }
    )
}

fn is_local(expr: &Expr, locals: &BTreeSet<String>) -> bool {
    matches!(expr, Expr::Var { span, .. } if locals.contains(span.text()))
}

/// Whether a term has a value whenever the body holds.
fn is_defined(expr: &Expr, locals: &BTreeSet<String>) -> bool {
    match expr {
        Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => true,
        Expr::Array { items, .. } | Expr::Set { items, .. } => {
            items.iter().all(|item| is_defined(item, locals))
        }
        Expr::Object { fields, .. } => fields
            .iter()
            .all(|(_, key, value)| is_defined(key, locals) && is_defined(value, locals)),
        _ => is_literal(expr) || is_local(expr, locals),
    }
}
