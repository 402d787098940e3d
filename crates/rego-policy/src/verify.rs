//! Tests of policies: `test_*` rules, usually in `*_test.rego` files.
//!
//! A test passes when its value is true. Undefined or false is a failure, with what `print` said; an error is an error.
//! A test is asked by itself, so that one that fails does not hide another; rules named `todo_test_*` are skipped and
//! counted as such.

use crate::engine::{Deadline, Prepared};
use crate::error::{EvalError, LoadError};
use crate::guard::{self, Guarded};
use crate::namespaces::Namespaces;
use crate::policy_set::PolicySet;
use crate::position::Position;
use crate::rules::{self, RuleInfo, RuleKind};
use regorus::Value;
use serde::Serialize;
use std::collections::BTreeSet;

/// How one test ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TestOutcome {
    /// True.
    Passed,
    /// Undefined, or another value.
    Failed,
    /// It could not be evaluated.
    Error(String),
    /// A `todo_` test.
    Skipped,
}

/// One test.
#[derive(Debug, Clone, Serialize)]
pub struct TestResult {
    /// Its package.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Where it is, or where its error is.
    pub position: Position,
    /// How it ended.
    pub outcome: TestOutcome,
    /// What `print` said, with the place that said it.
    pub prints: Vec<(Option<Position>, String)>,
}

/// All tests of a set.
#[derive(Debug, Clone, Default, Serialize)]
pub struct VerifyReport {
    /// In order of file and line.
    pub tests: Vec<TestResult>,
}

impl VerifyReport {
    /// Whether no test failed or had an error.
    pub fn passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// Tests that failed or had an error.
    pub fn failures(&self) -> impl Iterator<Item = &TestResult> {
        self.tests
            .iter()
            .filter(|test| matches!(test.outcome, TestOutcome::Failed | TestOutcome::Error(_)))
    }
}

/// Why tests could not be run.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum VerifyError {
    /// The set with its tests cannot be loaded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Load(#[from] LoadError),
    /// Nothing to run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Select(#[from] EvalError),
}

impl PolicySet {
    /// Runs every test, or the ones of the selected namespaces.
    pub fn verify(&self, select: &Namespaces) -> Result<VerifyReport, VerifyError> {
        let files = guard::guard(self.policies.iter(), self.options.rego_version)
            .map_err(|problems| LoadError::Policies { problems })?;
        let rules = rules::inventory(&files).rules;
        let tests = select_tests(&rules, select)?;
        let prepared = Prepared::new(&files, &self.data, &self.options, self.options.strict)?;
        let tests = tests
            .into_iter()
            .map(|test| self.run_test(&prepared, &files, test))
            .collect();
        Ok(VerifyReport { tests })
    }

    fn run_test(&self, prepared: &Prepared, files: &[Guarded], test: &RuleInfo) -> TestResult {
        let mut result = TestResult {
            namespace: test.namespace.clone(),
            name: test.name.clone(),
            position: test.position.clone(),
            outcome: TestOutcome::Skipped,
            prints: Vec::new(),
        };
        if test.kind != RuleKind::Test {
            return result;
        }
        let deadline = Deadline::starting_now(self.options.timeout);
        let mut session = match prepared.session(files, Value::new_object(), None, deadline) {
            Ok(session) => session,
            Err(message) => {
                result.outcome = TestOutcome::Error(message);
                return result;
            }
        };
        match session.ask(&format!("data.{}.{}", test.namespace, test.name)) {
            Ok(Value::Bool(true)) => result.outcome = TestOutcome::Passed,
            Ok(_) => result.outcome = TestOutcome::Failed,
            Err(failure) => {
                if let Some((file, offset)) = failure.place {
                    let file = &files[file];
                    result.position = Position::of(&file.path, &file.text, offset);
                }
                result.outcome = TestOutcome::Error(failure.message);
            }
        }
        result.prints = session.prints();
        result
    }
}

fn select_tests<'a>(
    rules: &'a [RuleInfo],
    select: &Namespaces,
) -> Result<Vec<&'a RuleInfo>, EvalError> {
    let mut known: Vec<String> = rules.iter().map(|rule| rule.namespace.clone()).collect();
    known.sort();
    known.dedup();
    let selected: Vec<String> = select
        .resolve(&known)?
        .into_iter()
        .flat_map(|(_, namespaces)| namespaces)
        .collect();
    let mut names = BTreeSet::new();
    let tests: Vec<&RuleInfo> = rules
        .iter()
        .filter(|rule| {
            let todo = rule.name.starts_with("todo_test_");
            (rule.kind == RuleKind::Test || todo) && selected.contains(&rule.namespace)
        })
        .filter(|rule| names.insert((&rule.namespace, &rule.name)))
        .collect();
    if tests.is_empty() {
        return Err(EvalError::NoTests);
    }
    Ok(tests)
}
