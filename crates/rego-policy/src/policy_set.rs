//! A policy set: parsed, guarded and prepared once, cheap to ask many times.

use crate::data;
use crate::engine::Prepared;
use crate::error::{EvalError, LoadError, PolicyProblem};
use crate::guard::{self, Guarded};
use crate::namespaces::Namespaces;
use crate::rules::{self, Inventory, RuleInfo, RuleKind};
use crate::sources::{PolicyFile, Sources};
use crate::syntax;
use regorus::Value;
use regorus::unstable::Expr;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use std::time::Duration;

/// The Rego version that files are written in, unless they import `rego.v1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RegoVersion {
    /// The old form: `deny[msg] { .. }`.
    V0,
    /// `deny contains msg if { .. }`.
    #[default]
    V1,
}

/// How to load and evaluate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The language.
    pub rego_version: RegoVersion,
    /// Whether the error of a built-in is an error (the default). Without, the expression is undefined as in OPA, and
    /// a denial that needs it does not speak.
    pub strict: bool,
    /// How long one call of `evaluate`, or one test of `verify`, may take.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rego_version: RegoVersion::V1,
            strict: true,
            timeout: Duration::from_secs(30),
        }
    }
}

/// The engine behind the guard layer, and its version.
pub const ENGINE: &str = "regorus 0.14.1";

/// A policy set.
#[derive(Debug)]
pub struct PolicySet {
    /// All files as they came, tests included.
    pub(crate) policies: Vec<PolicyFile>,
    /// The ones that judge. Tests are only looked at by `verify`: they are most of the text, and change no answer.
    pub(crate) files: Vec<Guarded>,
    pub(crate) inventory: Inventory,
    pub(crate) data: Value,
    pub(crate) options: Options,
    pub(crate) strict: Prepared,
    /// Whether a policy looks at `data.conftest`.
    pub(crate) sees_file: bool,
    /// Whether a policy changes the input or data for a part of itself.
    pub(crate) uses_with: bool,
    lenient: OnceLock<Prepared>,
    digest: [u8; 32],
}

impl PolicySet {
    /// Parses, guards and prepares.
    pub fn load(mut sources: Sources, options: Options) -> Result<Self, LoadError> {
        sources.policies.sort_by(|a, b| a.path.cmp(&b.path));
        sources.data.sort_by(|a, b| a.path.cmp(&b.path));
        if sources.policies.is_empty() {
            return Err(LoadError::NoPolicies {
                folder: "policy".into(),
            });
        }
        let digest = digest(&sources, &options);
        let several = |problems| LoadError::Policies { problems };
        let judging = sources.policies.iter().filter(|file| !file.is_test());
        let files = guard::guard(judging, options.rego_version).map_err(several)?;
        let inventory = rules::inventory(&files);
        let data = data::merge(&sources.data)?;
        let clashes = data::clashes(&files, &data);
        if !clashes.is_empty() {
            return Err(several(clashes));
        }
        let data = Value::from(serde_json::Value::Object(data));
        let strict = Prepared::new(&files, &data, &options, true)?;
        Ok(Self {
            sees_file: sees_file(&files),
            uses_with: files
                .iter()
                .flat_map(|file| &file.module.policy)
                .any(|rule| syntax::uses_with(rule)),
            policies: sources.policies,
            files,
            inventory,
            data,
            options,
            strict,
            lenient: OnceLock::new(),
            digest,
        })
    }

    /// sha256 over policies and data (paths and contents, sorted), the engine, and the options that change answers.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// [`PolicySet::digest`] in hexadecimal.
    pub fn digest_hex(&self) -> String {
        self.digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Packages outside test files, sorted.
    pub fn namespaces(&self) -> Vec<String> {
        let mut names: Vec<String> = self.files.iter().map(Guarded::namespace).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Every definition of every rule outside test files, in order of file and line.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.inventory.rules
    }

    /// Checks a selection without an input: it exists, has rules to ask, and none that would never be asked.
    /// Returns the selected namespaces.
    pub fn check(&self, select: &Namespaces) -> Result<Vec<String>, EvalError> {
        let known = self.namespaces();
        let mut selected = Vec::new();
        for (asked, matching) in select.resolve(&known)? {
            let problems = self.problems(&matching);
            if !problems.is_empty() {
                return Err(EvalError::Policies { problems });
            }
            let mut with_rules: Vec<String> = matching
                .into_iter()
                .filter(|namespace| self.asked(namespace).next().is_some())
                .collect();
            if with_rules.is_empty() {
                return Err(EvalError::NoRules { name: asked });
            }
            selected.append(&mut with_rules);
        }
        selected.sort();
        selected.dedup();
        Ok(selected)
    }

    fn problems(&self, namespaces: &[String]) -> Vec<PolicyProblem> {
        self.inventory
            .problems
            .iter()
            .filter(|(namespace, _)| namespaces.contains(namespace))
            .map(|(_, shape)| shape.problem(&self.files))
            .collect()
    }

    /// The definitions in a namespace that are asked.
    pub(crate) fn asked(&self, namespace: &str) -> impl Iterator<Item = &RuleInfo> {
        self.inventory
            .rules
            .iter()
            .filter(move |rule| rule.kind.is_asked() && rule.namespace == namespace)
    }

    /// The definition of a namespace's exceptions, if it has any.
    pub(crate) fn exception(&self, namespace: &str) -> Option<&RuleInfo> {
        self.inventory
            .rules
            .iter()
            .find(|rule| rule.kind == RuleKind::Exception && rule.namespace == namespace)
    }

    /// The engine that answers as OPA does; made when a built-in fails for the first time.
    pub(crate) fn lenient(&self) -> Option<&Prepared> {
        if self.lenient.get().is_none() {
            let made = Prepared::new(&self.files, &self.data, &self.options, false);
            // It differs from the strict engine, which was made, only in a flag; where it fails, strict answers stand.
            let _ = self.lenient.set(made.ok()?);
        }
        self.lenient.get()
    }
}

fn digest(sources: &Sources, options: &Options) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(concat!("rego-policy ", env!("CARGO_PKG_VERSION")).as_bytes());
    part(ENGINE.as_bytes());
    part(format!("{:?} strict={}", options.rego_version, options.strict).as_bytes());
    part(&(sources.policies.len() as u64).to_be_bytes());
    for policy in &sources.policies {
        part(policy.path.as_bytes());
        part(policy.text.as_bytes());
    }
    for data in &sources.data {
        part(data.path.as_bytes());
        part(data.prefix.join("/").as_bytes());
        part(data.text.as_bytes());
    }
    hash.finalize().into()
}

fn sees_file(files: &[Guarded]) -> bool {
    let mut sees = false;
    for file in files {
        let imported = file.module.imports.iter().any(|import| {
            let path = syntax::static_path(&import.refr).unwrap_or_default();
            path.starts_with(&["data".to_owned(), "conftest".to_owned()])
        });
        sees |= imported;
        for rule in &file.module.policy {
            syntax::each_expr(rule, &mut |expr: &Expr| {
                let path = syntax::static_prefix(expr);
                sees |= path.starts_with(&["data".to_owned(), "conftest".to_owned()]);
            });
        }
    }
    sees
}
