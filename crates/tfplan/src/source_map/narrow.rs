//! From a block to the attribute or nested block that a path names.
//!
//! The path comes from a plan, where nested blocks are lists of objects; in the source they are blocks, written out or made
//! by `dynamic`. It goes as deep as the source does: when the last steps are not written, the nearest place that is, is the answer.

use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};
use serde_json::Value;

use super::{agreement, header};
use crate::{Key, Step};

static UNKNOWN: Value = Value::Null;

/// The deepest place on the path that is written, and how many steps lead to it; none when not even the first is.
///
/// `values` are the planned values of the body, or null.
pub(super) fn narrow(body: &Body, steps: &[Step], values: &Value) -> Option<(usize, Range<usize>)> {
    let (Step::Name(name), rest) = steps.split_first()? else {
        return None;
    };
    let value = values.get(name).unwrap_or(&UNKNOWN);
    if let Some(attribute) = body.get_attribute(name) {
        let here = (1, attribute.span()?);
        return Some(deeper(in_expression(&attribute.value, rest, value), 1).unwrap_or(here));
    }
    let (index, skipped) = match rest.first() {
        Some(Step::Key(Key::Index(index))) => (usize::try_from(*index).ok()?, 1),
        _ => (0, 0),
    };
    let element = value.get(index).unwrap_or(&UNKNOWN);
    let (block, content) = nested(body, name, index, element)?;
    let here = (1 + skipped, header(block)?);
    Some(deeper(narrow(content, &rest[skipped..], element), 1 + skipped).unwrap_or(here))
}

fn deeper(found: Option<(usize, Range<usize>)>, above: usize) -> Option<(usize, Range<usize>)> {
    found.map(|(depth, span)| (depth + above, span))
}

/// The nested block that makes an element, and the body where its attributes are written: the one that agrees most with
/// the element's values, and among equals the one at its index.
fn nested<'a>(
    body: &'a Body,
    name: &str,
    index: usize,
    element: &Value,
) -> Option<(&'a Block, &'a Body)> {
    let written: Vec<&Block> = body.blocks().filter(|block| makes(block, name)).collect();
    // `dynamic` makes as many elements as there are, so all from its place on may be its own.
    let dynamic = written.iter().position(|block| !block.has_ident(name));
    let expected = index
        .min(dynamic.unwrap_or(index))
        .min(written.len().saturating_sub(1));
    let candidates = written
        .into_iter()
        .enumerate()
        .filter_map(|(position, block)| {
            let content = if block.has_ident(name) {
                block
            } else {
                block.body.get_blocks("content").next()?
            };
            let rank = (
                agreement::of_body(&content.body, element),
                position == expected,
            );
            Some((rank, block, &content.body))
        });
    let (_, block, content) = candidates.max_by_key(|(rank, ..)| *rank)?;
    Some((block, content))
}

fn makes(block: &Block, name: &str) -> bool {
    let is_dynamic = block.has_ident("dynamic")
        && block
            .labels
            .first()
            .is_some_and(|label| label.as_str() == name);
    block.has_ident(name) || is_dynamic
}

fn in_expression(
    expression: &Expression,
    steps: &[Step],
    value: &Value,
) -> Option<(usize, Range<usize>)> {
    let (step, rest) = steps.split_first()?;
    let (expression, span, value) = match (expression, step) {
        (Expression::Parenthesis(inner), _) => return in_expression(inner.inner(), steps, value),
        (Expression::Object(object), Step::Name(key) | Step::Key(Key::Text(key))) => {
            let (written, member) = object
                .iter()
                .find(|(written, _)| agreement::key(written) == Some(key))?;
            let span = written.span()?.start..member.expr().span()?.end;
            (member.expr(), span, value.get(key))
        }
        (Expression::Array(array), Step::Key(Key::Index(index))) => {
            let index = usize::try_from(*index).ok()?;
            let element = value.get(index).unwrap_or(&UNKNOWN);
            let rank = |(position, item): &(usize, &Expression)| {
                (agreement::of_expression(item, element), *position == index)
            };
            let (position, item) = array.iter().enumerate().max_by_key(rank)?;
            if element.is_null() && position != index {
                return None;
            }
            (item, item.span()?, Some(element))
        }
        _ => return None,
    };
    let value = value.unwrap_or(&UNKNOWN);
    Some(deeper(in_expression(expression, rest, value), 1).unwrap_or((1, span)))
}
