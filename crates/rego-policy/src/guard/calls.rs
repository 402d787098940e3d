//! Calls to nothing (D6), and calls that reach outside.
//!
//! The engine looks a function up when the call runs, so a misspelt one behind a condition is silence; OPA refuses it
//! at compile time, and so does this file, with its line. `http.send` and `opa.runtime` are refused by name: a policy
//! that asks the network or the environment gives answers that cannot be repeated.

use super::Guarded;
use crate::builtins;
use crate::error::{PolicyProblem, Problem};
use crate::policy_set::RegoVersion;
use crate::syntax;
use regorus::unstable::{BUILTINS, Expr, ExprRef, Rule, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

const FORBIDDEN: [(&str, &str); 2] = [
    (
        "http.send",
        "a policy must not depend on the network: pass what it needs as data",
    ),
    (
        "opa.runtime",
        "a policy must not depend on the environment: pass what it needs as data",
    ),
];

/// Every call of every file that must not be loaded.
pub(super) fn check(files: &[Guarded], version: RegoVersion) -> Vec<PolicyProblem> {
    let functions = functions(files);
    let builtins: BTreeMap<&str, usize> = builtins::names(version).into_iter().collect();
    let known = Known {
        functions,
        builtins,
    };
    let mut problems = Vec::new();
    for file in files {
        let imports = imports(file);
        for rule in &file.module.policy {
            syntax::each_expr(rule, &mut |expr| {
                if let Expr::Call { fcn, params, .. } = expr {
                    problems.extend(known.problem(file, &imports, fcn, params.len()));
                }
            });
        }
    }
    problems
}

/// Functions by full path, with the numbers of arguments they are defined with.
type Functions = BTreeMap<Vec<String>, BTreeSet<usize>>;

/// What may be called, beside the engine's own built-ins.
struct Known {
    functions: Functions,
    builtins: BTreeMap<&'static str, usize>,
}

fn functions(files: &[Guarded]) -> Functions {
    let mut functions = Functions::new();
    for file in files {
        for rule in &file.module.policy {
            let (refr, args) = match rule.as_ref() {
                Rule::Spec {
                    head: RuleHead::Func { refr, args, .. },
                    ..
                } => (refr, args.len()),
                Rule::Default { refr, args, .. } if !args.is_empty() => (refr, args.len()),
                _ => continue,
            };
            if let Some(path) = syntax::static_path(refr) {
                let path = file.package.iter().cloned().chain(path).collect();
                functions.entry(path).or_default().insert(args);
            }
        }
    }
    functions
}

fn imports(file: &Guarded) -> BTreeMap<String, Vec<String>> {
    file.module
        .imports
        .iter()
        .filter_map(|import| {
            let path = syntax::static_path(&import.refr)?;
            let alias = match &import.r#as {
                Some(name) => name.text().to_owned(),
                None => path.last()?.clone(),
            };
            Some((alias, path))
        })
        .collect()
}

impl Known {
    fn problem(
        &self,
        file: &Guarded,
        imports: &BTreeMap<String, Vec<String>>,
        fcn: &ExprRef,
        supplied: usize,
    ) -> Option<PolicyProblem> {
        let path = syntax::static_path(fcn).unwrap_or_default();
        let (first, rest) = path.split_first()?;
        let own: Vec<String> = file.package.iter().chain(&path).cloned().collect();
        let absolute = match (first.as_str(), imports.get(first)) {
            ("data", _) => rest.to_vec(),
            (_, Some(target)) => target.iter().skip(1).chain(rest).cloned().collect(),
            _ => own.clone(),
        };
        let name = path.join(".");
        let defined = self
            .functions
            .get(&own)
            .or_else(|| self.functions.get(&absolute));
        // A function may be given one argument more, to compare its result with.
        let (wanted, accepted) = if let Some(arities) = defined {
            let wanted = *arities.first()?;
            (
                wanted,
                arities.iter().any(|n| supplied == *n || supplied == n + 1),
            )
        } else if let Some(wanted) = self.builtins.get(name.as_str()) {
            (*wanted, supplied == *wanted)
        } else if name == "print" {
            return None;
        } else if let Some((_, hint)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
            let message = format!("`{name}` is not allowed in a policy");
            return Some(
                file.problem(Problem::Forbidden, fcn.span(), message)
                    .help(*hint),
            );
        } else if let Some((_, arity)) = BUILTINS.get(name.as_str()) {
            let wanted = usize::from(*arity);
            (wanted, supplied == wanted || supplied == wanted + 1)
        } else {
            return Some(self.unknown(file, fcn, &name));
        };
        (!accepted).then(|| {
            let plural = if wanted == 1 { "" } else { "s" };
            let message = format!("`{name}` takes {wanted} argument{plural}, not {supplied}");
            file.problem(Problem::WrongArity, fcn.span(), message)
        })
    }

    fn unknown(&self, file: &Guarded, fcn: &ExprRef, name: &str) -> PolicyProblem {
        let problem = file
            .problem(
                Problem::UnknownFunction,
                fcn.span(),
                format!("unknown function `{name}`"),
            )
            .label("no rule and no built-in has this name");
        let own = self.functions.keys().filter_map(|path| {
            let tail = path.strip_prefix(file.package.as_slice())?;
            Some(tail.join("."))
        });
        let known = BUILTINS.keys().map(|name| (*name).to_owned());
        let nearest = own
            .chain(known)
            .chain(self.builtins.keys().map(|name| (*name).to_owned()))
            .map(|candidate| (strsim::osa_distance(&candidate, name), candidate))
            .min()
            .filter(|(distance, _)| *distance <= 2);
        match nearest {
            Some((_, candidate)) => problem.help(format!("write `{candidate}`, if that is meant")),
            None => problem.help("define the function, or import the package that does"),
        }
    }
}
