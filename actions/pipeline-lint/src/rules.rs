//! The rules: what each is about, what to do, and the functions that find.
//!
//! A rule speaks about what SageMaker would refuse when it is too late, or would accept and should not. What a definition
//! leaves to its parameters is judged by their defaults. Nothing is asked of a definition that SageMaker's own SDK does
//! not do: an image of AWS may have a version tag, and encryption is demanded where the definition encrypts at all.

mod deployment;
mod gate;
mod loops;
mod protection;
mod references;
mod structure;
mod values;

use crate::definition::Definition;
use crate::document::{Node, Span};

/// A rule, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    /// The last part of its id, `pipeline/<name>`.
    pub(crate) name: &'static str,
    /// What to do.
    pub(crate) remedy: &'static str,
}

/// What a rule found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) rule: Rule,
    pub(crate) span: Span,
    /// The step that it is about.
    pub(crate) step: Option<String>,
    pub(crate) message: String,
}

/// Collects what the rules find in one definition.
#[derive(Debug)]
pub(crate) struct Lint<'d> {
    pub(crate) definition: &'d Definition<'d>,
    found: Vec<Found>,
}

impl Lint<'_> {
    fn say(&mut self, rule: Rule, node: &Node, message: String) {
        self.place(rule, node.span, None, message);
    }

    fn say_of(&mut self, rule: Rule, step: usize, node: &Node, message: String) {
        self.place(rule, node.span, Some(step), message);
    }

    fn place(&mut self, rule: Rule, span: Span, step: Option<usize>, message: String) {
        let step = step.map(|index| self.definition.steps[index].name.to_owned());
        self.found.push(Found {
            rule,
            span,
            step,
            message,
        });
    }
}

/// Everything that is wrong with a definition, from its top to its end.
pub(crate) fn judge(definition: &Definition<'_>) -> Vec<Found> {
    let mut lint = Lint {
        definition,
        found: Vec::new(),
    };
    structure::check(&mut lint);
    references::check(&mut lint);
    values::check(&mut lint);
    loops::check(&mut lint);
    gate::check(&mut lint);
    protection::check(&mut lint);
    deployment::check(&mut lint);
    let mut found = lint.found;
    found.sort_by_key(|found| (found.span.line, found.span.column, found.rule));
    found.dedup_by(|a, b| a.rule == b.rule && a.span == b.span && a.message == b.message);
    found
}

/// How many rules there are.
pub(crate) fn count() -> usize {
    [
        structure::RULES,
        references::RULES,
        values::RULES,
        loops::RULES,
        gate::RULES,
        protection::RULES,
        deployment::RULES,
    ]
    .iter()
    .map(|rules| rules.len())
    .sum()
}
