//! The layer between policies and the engine.
//!
//! regorus is fast, but several of its defects turn a denial into silence. Each policy file passes these steps before
//! the engine sees it, and every rewrite remembers its offsets, so that a place is always one of the file as written:
//!
//! 1. `split`: a rule with chained bodies becomes one rule per body;
//! 2. `calls`: a call to nothing, or to something that reaches outside, is refused with its line;
//! 3. `heads`: a term of a head that may be undefined is bound in the body;
//! 4. `names`: imports become full references, and a local that shadows a rule gets a name of its own;
//! 5. `merge`: the files of one package become one module, deepest packages first;
//! 6. `groups`: rules that group nothing are empty objects there; keys that the engine would lose were refused before.

mod calls;
mod groups;
mod heads;
mod merge;
mod names;
mod split;

pub(crate) use merge::{Merged, merge};

use crate::annotations::Blocks;
use crate::error::{PolicyProblem, Problem};
use crate::policy_set::RegoVersion;
use crate::position::{Edits, Position};
use crate::sources::PolicyFile;
use crate::syntax;
use regorus::unstable::{Module, Span};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

/// A policy file, parsed and guarded.
pub(crate) struct Guarded {
    /// Path as given.
    pub(crate) path: String,
    /// The file as written.
    pub(crate) text: Arc<str>,
    /// Components of its package.
    pub(crate) package: Vec<String>,
    /// Syntax tree of the text after `split` and `heads`; its spans are led back by [`Guarded::range`].
    pub(crate) module: Module,
    /// Its METADATA blocks by the line that follows them.
    pub(crate) blocks: Blocks,
    /// Whether it holds tests.
    pub(crate) is_test: bool,
    /// Whether it makes `if`, `in`, `contains` and `every` keywords (always so in v1).
    keywords: bool,
    /// From the file as written to `module`'s text, in order.
    splits: Vec<Edits>,
    /// From `module`'s text to the text that goes into the merged module.
    names: Edits,
    /// `module`'s text.
    split_text: String,
}

impl std::fmt::Debug for Guarded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guarded")
            .field("path", &self.path)
            .field("package", &self.package)
            .finish_non_exhaustive()
    }
}

impl Guarded {
    /// The package's name as Conftest calls a namespace.
    pub(crate) fn namespace(&self) -> String {
        syntax::format_path(&self.package)
    }

    /// Bytes of a span of `module` in the file as written.
    pub(crate) fn range(&self, span: &Span) -> Range<usize> {
        let start = self.original(span.start as usize);
        let end = self.original((span.end as usize).saturating_sub(1)) + 1;
        start..end.clamp(start, self.text.len())
    }

    /// Place of a span of `module` in the file as written.
    pub(crate) fn position(&self, span: &Span) -> Position {
        Position::of(&self.path, &self.text, self.range(span).start)
    }

    pub(crate) fn problem(
        &self,
        kind: Problem,
        span: &Span,
        message: impl Into<String>,
    ) -> PolicyProblem {
        PolicyProblem::new(kind, &self.path, &self.text, self.range(span), message)
    }

    fn original(&self, split_offset: usize) -> usize {
        self.splits
            .iter()
            .rev()
            .fold(split_offset, |offset, edits| edits.to_before(offset))
    }
}

/// Parses and guards all files. The problems of all files are reported together.
pub(crate) fn guard<'a>(
    files: impl Iterator<Item = &'a PolicyFile>,
    version: RegoVersion,
) -> Result<Vec<Guarded>, Vec<PolicyProblem>> {
    let mut problems = Vec::new();
    let mut guarded = Vec::new();
    for file in files {
        match split::split(file, version == RegoVersion::V1) {
            Ok(parsed) => guarded.push(parsed),
            Err(problem) => problems.push(*problem),
        }
    }
    problems.extend(calls::check(&guarded, version));
    problems.extend(groups::check(&guarded));
    for file in &mut guarded {
        problems.extend(
            heads::bind(file, version == RegoVersion::V1)
                .err()
                .map(|p| *p),
        );
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let rules: Vec<(Vec<String>, String)> = guarded
        .iter()
        .flat_map(|file| {
            file.module
                .policy
                .iter()
                .map(|rule| (file.package.clone(), syntax::rule_name(rule)))
        })
        .collect();
    for file in &mut guarded {
        let globals: BTreeSet<&str> = rules
            .iter()
            .filter(|(package, _)| *package == file.package)
            .map(|(_, name)| name.as_str())
            .collect();
        file.names = names::rewrite(file, &globals);
    }
    Ok(guarded)
}
