//! Names made unambiguous: imports (D1, D10) and shadowing locals (D3).
//!
//! The engine keeps imports per package and evaluates a whole imported package when one of its rules is asked for; in
//! an unlucky load order it then takes rules that were not evaluated yet for undefined, and a denial vanishes. So each
//! use of an import becomes the full reference, and the engine never sees an import.
//!
//! A local variable with the name of a rule of its package confuses the engine ("used before definition"); it gets a
//! name of its own. What is local is decided as OPA does: function arguments, `some`, `every` and `:=`, each within the
//! block that declares it, its nested blocks and the head or term it belongs to.
//!
//! `rego.metadata.rule()`, which the engine lacks, becomes what it answers.

use super::Guarded;
use crate::annotations::Annotations;
use crate::builtins::{self, RULE_METADATA};
use crate::position::Edits;
use crate::syntax;
use camino::Utf8Path;
use regorus::unstable::{
    AssignOp, Expr, Import, Literal, LiteralStmt, Query, Rule, RuleHead, Span,
};
use std::collections::{BTreeMap, BTreeSet};

const SUFFIX: &str = "_local";

/// All rewrites of one file; `globals` are the names that its package defines.
pub(super) fn rewrite(file: &Guarded, globals: &BTreeSet<&str>) -> Edits {
    let (module, text) = (&file.module, file.split_text.as_str());
    let folder = Utf8Path::new(&file.path).parent();
    let imports = module
        .imports
        .iter()
        .filter_map(|import| Some((alias(import)?, import.refr.span().text().to_owned())))
        .collect();
    let mut walk = Walk {
        globals,
        imports,
        folder: folder.map(|folder| folder.as_str()).unwrap_or_default(),
        metadata: String::new(),
        scopes: Vec::new(),
        edits: Edits::default(),
    };
    walk.edits.blank(text, syntax::range(&module.package.span));
    for import in &module.imports {
        walk.edits.blank(text, syntax::range(&import.span));
    }
    for rule in &module.policy {
        let line = file.position(rule.span()).line;
        let own = file.blocks.get(&line).and_then(|blocks| blocks.last());
        walk.metadata = own.map(metadata_object).unwrap_or_default();
        walk.rule(rule);
    }
    walk.edits
}

/// The name an import introduces; none for keywords.
fn alias(import: &Import) -> Option<String> {
    let path = syntax::static_path(&import.refr)?;
    if matches!(path.first().map(String::as_str), Some("future" | "rego")) {
        return None;
    }
    match (&import.r#as, path.as_slice()) {
        (Some(name), _) => Some(name.text().to_owned()),
        (None, [_, .., last]) => Some(last.clone()),
        (None, _) => None,
    }
}

/// A METADATA block as the object OPA makes of it.
fn metadata_object(block: &Annotations) -> String {
    let scope = block.scope.clone().or_else(|| Some("rule".to_owned()));
    let block = Annotations {
        scope,
        ..block.clone()
    };
    serde_json::to_string(&block).unwrap_or_default()
}

struct Walk<'a> {
    globals: &'a BTreeSet<&'a str>,
    imports: BTreeMap<String, String>,
    folder: &'a str,
    /// What `rego.metadata.rule()` answers in the rule at hand.
    metadata: String,
    scopes: Vec<BTreeSet<String>>,
    edits: Edits,
}

impl Walk<'_> {
    fn rule(&mut self, rule: &Rule) {
        match rule {
            Rule::Default { args, value, .. } => {
                let names = args.iter().flat_map(|arg| pattern_names(arg)).collect();
                self.within(names, |walk| {
                    args.iter().for_each(|arg| walk.expr(arg));
                    walk.expr(value);
                });
            }
            Rule::Spec { head, bodies, .. } => {
                let names = match head {
                    RuleHead::Func { args, .. } => {
                        args.iter().flat_map(|arg| pattern_names(arg)).collect()
                    }
                    _ => BTreeSet::new(),
                };
                self.within(names, |walk| {
                    let first = bodies
                        .first()
                        .map(|body| declared(&body.query))
                        .unwrap_or_default();
                    walk.within(first, |walk| walk.head(head));
                    for body in bodies {
                        walk.within(declared(&body.query), |walk| {
                            if let Some(assign) = &body.assign {
                                walk.expr(&assign.value);
                            }
                            walk.statements(&body.query);
                        });
                    }
                });
            }
        }
    }

    fn head(&mut self, head: &RuleHead) {
        let (refr, rest): (_, Vec<_>) = match head {
            RuleHead::Compr { refr, assign, .. } => {
                (refr, assign.iter().map(|a| &a.value).collect())
            }
            RuleHead::Set { refr, key, .. } => (refr, key.iter().collect()),
            RuleHead::Func {
                refr, args, assign, ..
            } => (
                refr,
                args.iter().chain(assign.iter().map(|a| &a.value)).collect(),
            ),
        };
        let indexes = syntax::head_indexes(refr);
        indexes.into_iter().for_each(|index| self.expr(index));
        rest.into_iter().for_each(|expr| self.expr(expr));
    }

    fn within(&mut self, names: BTreeSet<String>, inside: impl FnOnce(&mut Self)) {
        self.scopes.push(names);
        inside(self);
        self.scopes.pop();
    }

    fn statements(&mut self, query: &Query) {
        for stmt in &query.stmts {
            self.statement(stmt);
        }
    }

    fn statement(&mut self, stmt: &LiteralStmt) {
        match &stmt.literal {
            Literal::SomeVars { vars, .. } => vars.iter().for_each(|var| self.name(var)),
            Literal::Every {
                key,
                value,
                domain,
                query,
                ..
            } => {
                self.expr(domain);
                let mut names = declared(query);
                names.extend(key.iter().chain([value]).map(|span| span.text().to_owned()));
                self.within(names, |walk| {
                    key.iter().chain([value]).for_each(|span| walk.name(span));
                    walk.statements(query);
                });
            }
            literal => {
                let (below, _) = syntax::literal_children(literal);
                below.into_iter().for_each(|expr| self.expr(expr));
            }
        }
        for with in &stmt.with_mods {
            self.expr(&with.refr);
            self.expr(&with.r#as);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Var { span, .. } => self.name(span),
            Expr::Call { span, fcn, .. } if fcn.span().text() == RULE_METADATA => {
                let object = if self.metadata.is_empty() {
                    "{}"
                } else {
                    &self.metadata
                };
                self.edits.replace(syntax::range(span), object);
            }
            Expr::Call { fcn, params, .. } => {
                // A local is never called: a called name is a function, a built-in or an import.
                self.function(fcn);
                params.iter().for_each(|param| self.expr(param));
            }
            _ => {
                let (below, query) = syntax::children(expr);
                let names = query.map(declared).unwrap_or_default();
                self.within(names, |walk| {
                    below.into_iter().for_each(|e| walk.expr(e));
                    query.into_iter().for_each(|q| walk.statements(q));
                });
            }
        }
    }

    fn function(&mut self, fcn: &Expr) {
        let mut root = fcn;
        while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = root {
            root = refr;
        }
        let span = root.span();
        if self.globals.contains(span.text()) {
            return;
        }
        if let Some(target) = self.imports.get(span.text()) {
            self.edits.replace(syntax::range(span), target.as_str());
        } else if let Some(located) = builtins::located_name(fcn.span().text()) {
            let folder = serde_json::Value::from(self.folder);
            let name = syntax::range(span);
            // The parenthesis follows the name at once: the parser takes nothing else for a call.
            self.edits
                .replace(name.start..name.end + 1, format!("{located}({folder}, "));
        }
    }

    fn name(&mut self, span: &Span) {
        let name = span.text();
        if self.scopes.iter().any(|scope| scope.contains(name)) {
            if self.globals.contains(name) {
                let mut own = format!("{name}{SUFFIX}");
                while self.globals.contains(own.as_str())
                    || self.scopes.iter().any(|scope| scope.contains(&own))
                {
                    own.push('_');
                }
                self.edits.replace(syntax::range(span), own);
            }
        } else if let Some(target) = self.imports.get(name) {
            self.edits.replace(syntax::range(span), target.as_str());
        }
    }
}

/// Names that the statements of a block declare, nested blocks left out.
pub(super) fn declared(query: &Query) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for stmt in &query.stmts {
        match &stmt.literal {
            Literal::SomeVars { vars, .. } => {
                names.extend(vars.iter().map(|var| var.text().to_owned()));
            }
            Literal::SomeIn { key, value, .. } => {
                names.extend(key.iter().chain([value]).flat_map(|e| pattern_names(e)));
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr {
                    op: AssignOp::ColEq,
                    lhs,
                    ..
                } = expr.as_ref()
                {
                    names.extend(pattern_names(lhs));
                }
            }
            Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    names
}

/// Variables of a pattern: a name, or names in arrays and in values of objects.
pub(super) fn pattern_names(pattern: &Expr) -> Vec<String> {
    match pattern {
        Expr::Var { span, .. } if !matches!(span.text(), "_" | "input" | "data") => {
            vec![span.text().to_owned()]
        }
        Expr::Array { items, .. } => items.iter().flat_map(|item| pattern_names(item)).collect(),
        Expr::Object { fields, .. } => fields
            .iter()
            .flat_map(|(_, _, value)| pattern_names(value))
            .collect(),
        _ => Vec::new(),
    }
}
