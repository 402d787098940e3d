//! The rules of a set: which ones are asked, and which ones look as if they should be.
//!
//! Conftest asks `deny`, `violation` and `warn`, alone or with `_suffix`. A rule of that name that is no partial set
//! passes there in silence, and so does one whose name is almost right; here both are problems of the namespace.

use crate::annotations::Annotations;
use crate::error::{PolicyProblem, Problem};
use crate::guard::Guarded;
use crate::position::Position;
use crate::syntax;
use regorus::unstable::{Expr, Rule, RuleHead};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleKind {
    /// `deny` or `deny_*`.
    Deny,
    /// `violation` or `violation_*`.
    Violation,
    /// `warn` or `warn_*`.
    Warn,
    /// `exception`.
    Exception,
    /// `test_*`.
    Test,
    /// Anything else.
    Helper,
}

impl RuleKind {
    fn of(name: &str) -> Self {
        let stem = |stem: &str| {
            name.strip_prefix(stem).is_some_and(|rest| {
                rest.is_empty()
                    || rest.strip_prefix('_').is_some_and(|rest| {
                        rest.split('_').all(|part| {
                            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric())
                        })
                    })
            })
        };
        match name {
            _ if name.starts_with("test_") => Self::Test,
            _ if stem("deny") => Self::Deny,
            _ if stem("violation") => Self::Violation,
            _ if stem("warn") => Self::Warn,
            "exception" => Self::Exception,
            _ => Self::Helper,
        }
    }

    /// Whether Conftest asks it.
    pub fn is_asked(self) -> bool {
        matches!(self, Self::Deny | Self::Violation | Self::Warn)
    }
}

/// One definition of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleInfo {
    /// Its package.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: RuleKind,
    /// Where it starts, in the file as written.
    pub position: Position,
    /// Its METADATA; without a block of its own, the one for the whole document, else the one of its package.
    pub metadata: Annotations,
    /// Index of its file.
    #[serde(skip)]
    pub(crate) file: usize,
}

/// The rules of all files, and the problems of each namespace that show when it is selected.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    pub(crate) rules: Vec<RuleInfo>,
    pub(crate) problems: Vec<(String, Shape)>,
}

/// A problem kept until its namespace is selected.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) file: usize,
    pub(crate) span: regorus::unstable::Span,
    pub(crate) kind: Problem,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Shape {
    pub(crate) fn problem(&self, files: &[Guarded]) -> PolicyProblem {
        files[self.file]
            .problem(self.kind, &self.span, self.message.as_str())
            .help(self.help.as_str())
    }
}

/// Takes stock of all files.
pub(crate) fn inventory(files: &[Guarded]) -> Inventory {
    let mut inventory = Inventory::default();
    let used = used_names(files);
    let mut packages = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        let namespace = file.namespace();
        let package_line = file.position(&file.module.package.span).line;
        let above_package = file
            .blocks
            .get(&package_line)
            .and_then(|blocks| blocks.last());
        if let (Some(package), false) = (above_package, file.is_test) {
            packages
                .entry(namespace.clone())
                .or_insert_with(|| package.clone());
        }
        for rule in &file.module.policy {
            let name = syntax::rule_name(rule);
            let kind = RuleKind::of(&name);
            let position = file.position(rule.span());
            let own = file
                .blocks
                .get(&position.line)
                .and_then(|blocks| blocks.last());
            if let Some((kind, message, help)) = shape_problem(rule, &name, kind, file, &used) {
                let span = syntax::rule_ref(rule).span().clone();
                let shape = Shape {
                    file: index,
                    span,
                    kind,
                    message,
                    help,
                };
                inventory.problems.push((namespace.clone(), shape));
            }
            inventory.rules.push(RuleInfo {
                namespace: namespace.clone(),
                name,
                kind,
                position,
                metadata: own.cloned().unwrap_or_default(),
                file: index,
            });
        }
    }
    share_document_annotations(&mut inventory.rules);
    share_package_annotations(&mut inventory.rules, &packages);
    inventory
}

fn share_document_annotations(rules: &mut [RuleInfo]) {
    let documents: BTreeMap<(String, String), Annotations> = rules
        .iter()
        .filter(|rule| rule.metadata.scope.as_deref() == Some("document"))
        .map(|rule| {
            (
                (rule.namespace.clone(), rule.name.clone()),
                rule.metadata.clone(),
            )
        })
        .collect();
    for rule in rules {
        let document = documents.get(&(rule.namespace.clone(), rule.name.clone()));
        if let (Some(document), true) = (document, rule.metadata == Annotations::default()) {
            rule.metadata = document.clone();
        }
    }
}

/// A rule that says nothing of itself is what its package says.
fn share_package_annotations(rules: &mut [RuleInfo], packages: &BTreeMap<String, Annotations>) {
    let silent = rules
        .iter_mut()
        .filter(|rule| rule.metadata == Annotations::default());
    for rule in silent {
        if let Some(package) = packages.get(&rule.namespace) {
            rule.metadata = package.clone();
        }
    }
}

/// Every name that some rule mentions, be it alone or at the end of a path. Tests do not count: they would bless a typo.
fn used_names(files: &[Guarded]) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let policies = files.iter().filter(|file| !file.is_test);
    for rule in policies.flat_map(|file| &file.module.policy) {
        syntax::each_expr(rule, &mut |expr| match expr {
            Expr::Var { span, .. } => {
                used.insert(span.text().to_owned());
            }
            Expr::RefDot { field, .. } => {
                used.insert(field.0.text().to_owned());
            }
            _ => {}
        });
    }
    used
}

type Trouble = (Problem, String, String);

fn shape_problem(
    rule: &Rule,
    name: &str,
    kind: RuleKind,
    file: &Guarded,
    used: &BTreeSet<String>,
) -> Option<Trouble> {
    if file.is_test {
        return None;
    }
    let is_set = matches!(
        rule,
        Rule::Spec { head: RuleHead::Set { refr, key: Some(_), .. }, .. }
            if matches!(refr.as_ref(), Expr::Var { .. })
    );
    let is_function = matches!(
        rule,
        Rule::Spec {
            head: RuleHead::Func { .. },
            ..
        }
    );
    if kind.is_asked() || kind == RuleKind::Exception {
        return (!is_set).then(|| {
            let element = if kind == RuleKind::Exception {
                "rules"
            } else {
                "msg"
            };
            (
                Problem::NotASet,
                format!("`{name}` is not a set of messages, so it could never deny or warn"),
                format!("write `{name} contains {element} if {{ .. }}`, or rename a helper"),
            )
        });
    }
    if kind != RuleKind::Helper || is_function || used.contains(name) {
        return None;
    }
    let meant = misspelt(name)?;
    Some((
        Problem::Misspelt,
        format!("`{name}` looks like a misspelt `{meant}`, and nothing uses it"),
        format!("rename it to `{meant}`, or to something that does not look like one"),
    ))
}

/// The rule that a name was probably meant to be.
fn misspelt(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let end = lower.find('_').unwrap_or(lower.len());
    let (first, suffix) = lower.split_at(end);
    [
        ("deny", ["deny", "deni"]),
        ("warn", ["warn", "warn"]),
        ("violation", ["violat", "violat"]),
    ]
    .into_iter()
    .find(|(word, stems)| {
        let distance = strsim::osa_distance(first, word);
        distance <= word.len() / 4 || stems.iter().any(|stem| first.starts_with(stem))
    })
    .map(|(word, _)| {
        let parts: Vec<&str> = suffix.split('_').filter(|part| !part.is_empty()).collect();
        std::iter::once(word)
            .chain(parts)
            .collect::<Vec<_>>()
            .join("_")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_follow_conftest() {
        for (name, kind) in [
            ("deny", RuleKind::Deny),
            ("deny_public_1", RuleKind::Deny),
            ("violation_x", RuleKind::Violation),
            ("warn", RuleKind::Warn),
            ("denyx", RuleKind::Helper),
            ("deny_", RuleKind::Helper),
            ("deny__x", RuleKind::Helper),
            ("denies", RuleKind::Helper),
            ("exception", RuleKind::Exception),
        ] {
            assert_eq!(RuleKind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn near_misses_are_found_and_other_words_are_not() {
        for (name, meant) in [
            ("denies", "deny"),
            ("dney", "deny"),
            ("Deny", "deny"),
            ("deny_", "deny"),
            ("warning", "warn"),
            ("wran_x", "warn_x"),
            ("violatoin", "violation"),
            ("violations_s3", "violation_s3"),
            ("denyPublic", "deny"),
        ] {
            assert_eq!(misspelt(name).as_deref(), Some(meant), "{name}");
        }
        for name in [
            "allow",
            "resources",
            "any",
            "dependency",
            "is_deny",
            "words",
            "main",
        ] {
            assert_eq!(misspelt(name), None, "{name}");
        }
    }
}
