//! Chained bodies, taken apart (D2).
//!
//! `deny contains x if { .. } { .. }` is legal Rego: one rule per body. The engine rejects it for partial sets with
//! "else cannot be used with set rules" (regorus, src/parser.rs, `parse_rule`), and for functions it takes only the
//! first body that is evaluated. At a body that the engine's parser complains of, a marker rule is inserted; once the
//! file parses, each marker and each further body gets the head it continues.

use super::Guarded;
use crate::annotations;
use crate::error::{PolicyProblem, Problem};
use crate::position::Edits;
use crate::sources::PolicyFile;
use crate::syntax::{self, SyntaxError};
use regorus::unstable::{Module, Rule, Span, TokenKind};
use std::ops::Range;
use std::sync::Arc;

const COMPLAINT: &str = "else cannot be used with set rules";
const MARKER: &str = "chained_body_of_the_rule_above";
const KEYWORDS: [&str; 2] = ["rego.v1", "future.keywords"];

/// Parses a file, splitting chained bodies on the way.
pub(super) fn split(file: &PolicyFile, v1: bool) -> Result<Guarded, Box<PolicyProblem>> {
    let (path, text) = (file.path.as_str(), file.text.as_str());
    let original: Arc<str> = text.into();
    let mut splits: Vec<Edits> = Vec::new();
    let mut current = text.to_owned();
    let module = loop {
        match syntax::parse(path, &current, v1) {
            Ok(module) => break module,
            Err(error) => {
                let at = syntax::token_at(&current, error.line, error.column);
                if !error.message.contains(COMPLAINT) || current.get(at.clone()) != Some("{") {
                    return Err(Box::new(unparsable(path, &original, &splits, at, &error)));
                }
                let keyword = if_before(&current, at.start);
                let mut edits = Edits::default();
                edits.replace(at, format!("{MARKER} {keyword}{{"));
                current = edits.apply(&current);
                splits.push(edits);
            }
        }
    };
    let heads = restore_heads(&module, &current);
    let (module, current) = if heads.is_empty() {
        (module, current)
    } else {
        let text = heads.apply(&current);
        let parsed = syntax::parse(path, &text, v1).map_err(|error| {
            let at = heads.to_before(syntax::token_at(&text, error.line, error.column).start);
            unparsable(path, &original, &splits, at..at + 1, &error)
        })?;
        splits.push(heads);
        (parsed, text)
    };
    let package = syntax::static_path(&module.package.refr).unwrap_or_default();
    let keywords = v1
        || module.imports.iter().any(|import| {
            KEYWORDS
                .iter()
                .any(|prefix| import.refr.span().text().starts_with(prefix))
        });
    Ok(Guarded {
        path: path.to_owned(),
        blocks: annotations::of_file(path, &original)?,
        text: original,
        package,
        is_test: file.is_test(),
        keywords,
        module,
        splits,
        names: Edits::default(),
        split_text: current,
    })
}

fn unparsable(
    path: &str,
    original: &Arc<str>,
    splits: &[Edits],
    at: Range<usize>,
    error: &SyntaxError,
) -> PolicyProblem {
    let back = |offset| {
        splits
            .iter()
            .rev()
            .fold(offset, |offset, edits| edits.to_before(offset))
    };
    let start = back(at.start).min(original.len());
    let end = back(at.end).clamp(start, original.len());
    let message = error.message.lines().next().unwrap_or("not Rego");
    let problem = PolicyProblem::new(
        Problem::Syntax,
        path,
        original,
        start..end,
        format!("failed to parse `{path}`: {message}"),
    )
    .label(message.to_owned());
    if message.contains("`if` keyword is required") || message.contains("`contains` keyword") {
        problem.help(
            "write `deny contains msg if { .. }`, or select Rego v0 for policies of the old form",
        )
    } else {
        problem
    }
}

/// `if ` when the body before this brace was introduced by `if`, so that the split rule has the same form.
fn if_before(text: &str, brace: usize) -> &'static str {
    let tokens = syntax::tokens(text);
    let Some(at) = tokens
        .iter()
        .position(|(_, span)| span.start as usize == brace)
    else {
        return "";
    };
    let mut depth = 0_usize;
    for (index, (kind, span)) in tokens[..at].iter().enumerate().rev() {
        match span.text() {
            _ if *kind != TokenKind::Symbol => {}
            "}" => depth += 1,
            "{" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let before = index.checked_sub(1).map(|i| tokens[i].1.text());
                    return if before == Some("if") { "if " } else { "" };
                }
            }
            _ => {}
        }
    }
    ""
}

/// Gives each further body, and each marker, the head of the rule it continues.
fn restore_heads(module: &Module, text: &str) -> Edits {
    let mut edits = Edits::default();
    let mut last: Option<Range<usize>> = None; // the head that a marker continues
    for rule in &module.policy {
        let Rule::Spec { span, bodies, .. } = rule.as_ref() else {
            continue;
        };
        let start = span.start as usize;
        let is_marker = text[start..].starts_with(MARKER);
        if !is_marker {
            last = bodies
                .first()
                .map(|body| start..body_start(text, &body.span));
        }
        let Some(head) = &last else { continue };
        if is_marker {
            edits.replace(start..start + MARKER.len(), one_line(text, head));
        }
        for body in bodies.iter().skip(1).filter(|body| !body.is_else) {
            let at = body.span.start as usize;
            let keyword = if_before(text, at);
            edits.replace(at..at + 1, format!("{} {keyword}{{", one_line(text, head)));
        }
    }
    edits
}

/// Where a rule's head ends: before the `if` or the brace of its first body.
fn body_start(text: &str, body: &Span) -> usize {
    let start = body.start as usize;
    text[..start].trim_end().len()
}

/// The tokens of a range on one line, so that inserting them moves no line; comments do not come along.
fn one_line(text: &str, range: &Range<usize>) -> String {
    let mut line = String::new();
    let mut at = range.start;
    for (_, span) in syntax::tokens(text) {
        let token = syntax::range(&span);
        if token.start < range.start || token.end > range.end {
            continue;
        }
        // A string's span leaves out its quotes; they are in the gap, with blanks, comments and line breaks.
        let gap = &text[at..token.start];
        line.push_str(&gap_without_breaks(gap));
        line.push_str(&text[token.clone()]);
        at = token.end;
    }
    line.push_str(&gap_without_breaks(&text[at..range.end]));
    line
}

fn gap_without_breaks(gap: &str) -> String {
    gap.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ")
}
