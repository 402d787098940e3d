//! What can go wrong, and what a person is told about it.
//!
//! Three layers: [`LoadError`] while a policy set is made, [`EvalError`] when it cannot give an answer at all, and
//! [`RuleError`] when one rule could not be judged while others could. A [`PolicyProblem`] carries the Rego it is
//! about, so that the caller's renderer can draw the frame.

use crate::position::Position;
use camino::Utf8PathBuf;
use miette::{Diagnostic, NamedSource, SourceSpan};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Why a policy set could not be loaded.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum LoadError {
    /// A folder that was named is not there.
    #[error("folder `{folder}` does not exist")]
    #[diagnostic(help("name the folder that holds the `.rego` files"))]
    MissingFolder {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// Nothing to evaluate.
    #[error("no `.rego` file below `{folder}`")]
    #[diagnostic(help(
        "add a policy, or name another folder: a check without policies would always pass"
    ))]
    NoPolicies {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// A data folder without data.
    #[error("no `.json`, `.yaml` or `.yml` file below `{folder}`")]
    #[diagnostic(help("drop the data folder, or name another"))]
    NoData {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// Links that lead in a circle.
    #[error("folders nest too deeply below `{folder}`")]
    #[diagnostic(help("look for a link that leads back to its own parent"))]
    TooDeep {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// The operating system would not let us.
    #[error("failed to read `{path}`")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A data file that is no JSON or YAML.
    #[error("failed to parse the data file `{path}`")]
    Data {
        /// The file.
        path: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Two data files disagree.
    #[error("data file `{path}` defines `{key}`, which is defined already")]
    #[diagnostic(help(
        "keep one of the two definitions: which one would win depends on the order of reading"
    ))]
    DataConflict {
        /// The later file.
        path: String,
        /// The path of the value under `data`.
        key: String,
    },
    /// The engine refused something that has no place in a file.
    #[error("{message}")]
    Engine {
        /// The engine's words.
        message: String,
    },
    /// Problems with places in policy files.
    #[error("{} in the policies", count(problems.len(), "problem"))]
    Policies {
        /// Each with its place.
        #[related]
        problems: Vec<PolicyProblem>,
    },
}

impl From<PolicyProblem> for LoadError {
    fn from(problem: PolicyProblem) -> Self {
        Self::Policies {
            problems: vec![problem],
        }
    }
}

fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// What kind of problem a policy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The engine cannot parse it.
    Syntax,
    /// A call to something that is neither a rule nor a built-in.
    UnknownFunction,
    /// A call with the wrong number of arguments.
    WrongArity,
    /// A built-in that reaches outside, such as `http.send`.
    Forbidden,
    /// A deny, violation, warn or exception that is not a partial set.
    NotASet,
    /// A rule that looks like a misspelt deny, violation or warn.
    Misspelt,
    /// The engine rejected the set as a whole.
    Rejected,
    /// A METADATA comment that is not YAML.
    Annotation,
}

/// Something wrong at a place of a policy file.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub struct PolicyProblem {
    /// Its kind.
    pub kind: Problem,
    /// What is wrong.
    pub message: String,
    /// Where, in the file as written.
    pub position: Position,
    #[source_code]
    source_code: NamedSource<Arc<str>>,
    #[label("{label}")]
    span: SourceSpan,
    label: String,
    #[help]
    help: Option<String>,
}

impl PolicyProblem {
    pub(crate) fn new(
        kind: Problem,
        file: &str,
        text: &Arc<str>,
        span: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            message: message.into(),
            position: Position::of(file, text, span.start),
            source_code: NamedSource::new(file, Arc::clone(text)),
            span: span.into(),
            label: "here".to_owned(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// What to do about it, when that is known.
    pub fn hint(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

/// Why an evaluation gave no answer.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum EvalError {
    /// A literal namespace that no policy declares, or a pattern that matches none.
    #[error("no policy declares the namespace `{name}`")]
    #[diagnostic(help("{}", existing(known)))]
    UnknownNamespace {
        /// As it was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No namespace was selected.
    #[error("no namespace is selected")]
    #[diagnostic(help("{}", existing(known)))]
    NoNamespace {
        /// What there is.
        known: Vec<String>,
    },
    /// A selection in which nothing can deny or warn.
    #[error("namespace `{name}` has no deny, violation or warn rule")]
    #[diagnostic(help(
        "add a rule such as `deny contains msg if {{ .. }}`: without one every input would pass"
    ))]
    NoRules {
        /// The namespace or pattern.
        name: String,
    },
    /// Rules in the selected namespaces that would never be asked.
    #[error("{} in the selected namespaces", count(problems.len(), "problem"))]
    Policies {
        /// Each with its place.
        #[related]
        problems: Vec<PolicyProblem>,
    },
    /// Some rules could not be judged.
    #[error("{} could not be evaluated for `{input}`", count(errors.len(), "rule"))]
    Rules {
        /// The input's file name.
        input: String,
        /// What the other rules said; these counts are incomplete.
        results: Vec<crate::CheckResult>,
        /// One for each rule.
        #[related]
        errors: Vec<RuleError>,
    },
    /// No test to run.
    #[error("no `test_*` rule in the selected namespaces")]
    #[diagnostic(help(
        "add a test in a `*_test.rego` file: `verify` without tests would always pass"
    ))]
    NoTests,
    /// The input cannot be given to the engine.
    #[error("cannot judge `{input}`: {message}")]
    Input {
        /// The input's file name.
        input: String,
        /// Why.
        message: String,
    },
}

fn existing(known: &[String]) -> String {
    if known.is_empty() {
        "add a policy with a `package` line".to_owned()
    } else {
        let quoted: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        format!("choose one of {}", quoted.join(", "))
    }
}

/// What kept a rule from being judged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleErrorKind {
    /// A built-in function failed; OPA would treat the expression as undefined and so pass.
    Builtin,
    /// The engine gave up.
    Engine,
    /// The engine panicked.
    Panic,
    /// The time-out passed.
    Timeout(Duration),
    /// A value that is neither a string nor an object with a string `msg`.
    Value,
}

/// One rule that could not be judged.
#[derive(Debug, Clone, Error, Diagnostic)]
#[error("{rule}: {message}")]
#[diagnostic(help("{help}"))]
pub struct RuleError {
    /// The kind.
    pub kind: RuleErrorKind,
    /// `data.<namespace>.<rule>`.
    pub rule: String,
    /// What happened.
    pub message: String,
    /// Where, when the engine said so; else where the rule is defined.
    pub position: Option<Position>,
    pub(crate) help: String,
    #[source_code]
    pub(crate) source_code: Option<NamedSource<Arc<str>>>,
    #[label("here")]
    pub(crate) span: Option<SourceSpan>,
}
