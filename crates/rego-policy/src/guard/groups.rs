//! Rules that group by a key (D11), and such rules beside a fixed key (D13).
//!
//! `p[k] contains x if { .. }` that groups nothing is undefined to the engine, and `{}` to OPA; `count(p) == 0` or
//! `object.get(p, ..)` then says nothing. The engine does create the object for `p[0] := 0 if { false }`, a rule that
//! adds nothing to it, so each group gets one. What is asked for as `p.lit` comes from the definitions of `p.lit` alone
//! where there are any, without those of `p[k]`; that cannot be mended, and is refused.

use super::Guarded;
use super::heads::is_literal;
use crate::error::{PolicyProblem, Problem};
use crate::syntax;
use regorus::unstable::{Expr, Rule, RuleHead};
use std::collections::BTreeSet;

/// Rules that give a package's groups a value, for its merged module.
pub(super) fn definitions(files: &[Guarded], members: &[usize], keywords: bool) -> String {
    let keyword = if keywords { "if " } else { "" };
    let groups: BTreeSet<String> = members
        .iter()
        .flat_map(|&file| &files[file].module.policy)
        .filter_map(|rule| Some(written(group(rule)?)))
        .collect();
    groups
        .into_iter()
        .map(|group| format!("{group}[0] := 0 {keyword}{{ false }}\n"))
        .collect()
}

/// Fixed keys beside computed ones, which the engine would not put together.
pub(super) fn check(files: &[Guarded]) -> Vec<PolicyProblem> {
    let groups: BTreeSet<(&[String], Vec<String>)> = rules(files)
        .filter_map(|(file, rule)| {
            Some((file.package.as_slice(), syntax::static_prefix(group(rule)?)))
        })
        .collect();
    let mut problems = Vec::new();
    for (file, rule) in rules(files) {
        if matches!(
            rule,
            Rule::Spec {
                head: RuleHead::Func { .. },
                ..
            }
        ) {
            continue;
        }
        let refr = syntax::rule_ref(rule);
        let path = syntax::static_prefix(refr);
        let within = (1..path.len())
            .any(|length| groups.contains(&(file.package.as_slice(), path[..length].to_vec())));
        if within {
            let (path, group) = (syntax::format_path(&path), syntax::format_path(&path[..1]));
            let message = format!("`{path}` stands beside a rule with a computed key in `{group}`");
            problems.push(
                file.problem(Problem::Rejected, refr.span(), message)
                    .label("the engine would take this for all there is")
                    .help("bind the key in the body: `p[key] := .. if { key := \"name\" }`"),
            );
        }
    }
    problems
}

fn rules(files: &[Guarded]) -> impl Iterator<Item = (&Guarded, &Rule)> {
    files.iter().flat_map(|file| {
        file.module
            .policy
            .iter()
            .map(move |rule| (file, rule.as_ref()))
    })
}

/// What stands before the first computed key of a partial rule.
fn group(rule: &Rule) -> Option<&Expr> {
    let refr = match rule {
        Rule::Spec {
            head: RuleHead::Set { refr, .. } | RuleHead::Compr { refr, .. },
            ..
        } => refr,
        _ => return None,
    };
    let mut group = None;
    let mut at: &Expr = refr;
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = at {
        if matches!(at, Expr::RefBrack { index, .. } if !is_literal(index)) {
            group = Some(refr.as_ref());
        }
        at = refr;
    }
    group
}

/// A reference without computed keys, as Rego.
fn written(refr: &Expr) -> String {
    match refr {
        Expr::RefDot { refr, field, .. } => format!("{}.{}", written(refr), field.0.text()),
        Expr::RefBrack { refr, index, .. } => match index.as_ref() {
            Expr::String { value, .. } | Expr::RawString { value, .. } => {
                format!("{}[{value}]", written(refr))
            }
            index => format!("{}[{}]", written(refr), index.span().text()),
        },
        name => name.span().text().to_owned(),
    }
}
