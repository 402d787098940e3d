//! One input against the selected namespaces, counted as Conftest counts.
//!
//! Every definition of a rule is one test. A rule that says something counts for what it says; one that says nothing is
//! a success; the difference to the number of definitions is made up with successes. A rule is asked strictly; where a
//! built-in fails, it is asked again as OPA would, so that what it does say is shown beside the error.

use crate::engine::{Contribution, Deadline, Failure, Session};
use crate::error::{EvalError, RuleError, RuleErrorKind};
use crate::exceptions;
use crate::namespaces::Namespaces;
use crate::outcome::{CheckResult, Outcome};
use crate::policy_set::PolicySet;
use crate::position::Position;
use crate::rules::{RuleInfo, RuleKind};
use camino::Utf8Path;
use miette::{NamedSource, SourceSpan};
use regorus::Value;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Name of the file, as results show it.
    pub file_name: String,
    /// Its content.
    pub value: Json,
}

impl PolicySet {
    /// Judges an input. A rule that could not be judged is an error, and carries what the others said.
    pub fn evaluate(
        &self,
        select: &Namespaces,
        input: &Input,
    ) -> Result<Vec<CheckResult>, EvalError> {
        let results = self.evaluate_all(select, input)?;
        let errors: Vec<RuleError> = results.iter().flat_map(|r| r.errors.clone()).collect();
        if errors.is_empty() {
            Ok(results)
        } else {
            Err(EvalError::Rules {
                input: input.file_name.clone(),
                results,
                errors,
            })
        }
    }

    /// The same, with the errors of rules inside the results: the caller must look at [`CheckResult::errors`].
    pub fn evaluate_all(
        &self,
        select: &Namespaces,
        input: &Input,
    ) -> Result<Vec<CheckResult>, EvalError> {
        let namespaces = self.check(select)?;
        let deadline = Deadline::starting_now(self.options.timeout);
        // A list at the top is several documents in one file, each judged by itself; combined inputs are judged whole.
        let documents: Vec<&Json> = match &input.value {
            Json::Array(documents) if input.file_name != crate::documents::COMBINED => {
                documents.iter().collect()
            }
            value => vec![value],
        };
        if documents.is_empty() {
            return Err(EvalError::Input {
                input: input.file_name.clone(),
                message: "it holds no document, and nothing can be said about it".to_owned(),
            });
        }
        let mut results: Vec<CheckResult> = namespaces
            .iter()
            .map(|namespace| CheckResult {
                filename: input.file_name.clone(),
                namespace: namespace.clone(),
                ..CheckResult::default()
            })
            .collect();
        for document in documents {
            let failed = |message| EvalError::Input {
                input: input.file_name.clone(),
                message,
            };
            let value = Value::deserialize(document).map_err(|e| failed(e.to_string()))?;
            let file = self.sees_file.then(|| conftest_file(&input.file_name));
            let mut judge = Judge {
                set: self,
                value: value.clone(),
                file: file.clone(),
                deadline,
                strict: self
                    .strict
                    .session(&self.files, value, file, deadline)
                    .map_err(failed)?,
                lenient: None,
                answers: BTreeMap::new(),
            };
            judge.ask_together(&namespaces);
            for result in &mut results {
                let namespace = result.namespace.clone();
                result.merge(judge.namespace(&namespace));
            }
        }
        Ok(results)
    }
}

fn conftest_file(name: &str) -> Value {
    let path = Utf8Path::new(name);
    let dir = match path.parent().map(Utf8Path::as_str) {
        None | Some("") => ".",
        Some(dir) => dir,
    };
    let file = serde_json::json!({"name": path.file_name().unwrap_or(name), "dir": dir});
    Value::from(serde_json::json!({"conftest": {"file": file}}))
}

struct Judge<'a> {
    set: &'a PolicySet,
    value: Value,
    file: Option<Value>,
    deadline: Deadline,
    strict: Session<'a>,
    lenient: Option<Session<'a>>,
    /// What `ask_together` found out.
    answers: BTreeMap<String, Value>,
}

impl Judge<'_> {
    /// Asks everything at once, which evaluates shared helpers once. When that fails, nothing is known, and every rule
    /// is asked by itself, so that one failure does not hide the others.
    fn ask_together(&mut self, namespaces: &[String]) {
        if self.set.uses_with {
            return; // the engine's state is only surely clean between questions
        }
        let mut paths: Vec<String> = Vec::new();
        for namespace in namespaces {
            let asked = self
                .set
                .asked(namespace)
                .chain(self.set.exception(namespace));
            paths.extend(asked.map(|rule| format!("data.{namespace}.{}", rule.name)));
        }
        paths.sort();
        paths.dedup();
        if let Ok(values) = self.strict.ask_together(&paths) {
            self.answers = paths.into_iter().zip(values).collect();
        }
    }

    fn ask(&mut self, path: &str) -> Result<Value, Failure> {
        match self.answers.get(path) {
            Some(value) => Ok(value.clone()),
            None => self.strict.ask(path),
        }
    }

    fn namespace(&mut self, namespace: &str) -> CheckResult {
        let mut result = CheckResult::default();
        let mut definitions: BTreeMap<&str, Vec<&RuleInfo>> = BTreeMap::new();
        for rule in self.set.asked(namespace) {
            definitions.entry(&rule.name).or_default().push(rule);
        }
        let tests: usize = definitions.values().map(Vec::len).sum();
        let exceptions = match self.exceptions(namespace) {
            Ok(exceptions) => exceptions,
            Err(error) => {
                result.errors.push(*error);
                Value::Undefined
            }
        };
        for (name, definitions) in definitions {
            let excepted = exceptions::count(&exceptions, name);
            if excepted > 0 {
                let outcome = Outcome {
                    msg: exceptions::query(namespace, name),
                    loc: None,
                    metadata: Map::new(),
                    rule: name.to_owned(),
                    policy: definitions[0].position.clone(),
                };
                result.exceptions.extend(vec![outcome; excepted]);
                continue;
            }
            let (outcomes, errors) = self.rule(namespace, name, &definitions);
            if outcomes.is_empty() && errors.is_empty() {
                result.successes += 1;
            }
            match definitions[0].kind {
                RuleKind::Warn => result.warnings.extend(outcomes),
                _ => result.failures.extend(outcomes),
            }
            result.errors.extend(errors);
        }
        let counted = result.tests() + result.errors.len();
        result.successes += tests.saturating_sub(counted);
        result
    }

    fn exceptions(&mut self, namespace: &str) -> Result<Value, Box<RuleError>> {
        let Some(rule) = self.set.exception(namespace) else {
            return Ok(Value::Undefined);
        };
        let path = format!("data.{namespace}.exception");
        self.ask(&path)
            .map_err(|failure| Box::new(self.error(&path, rule, failure)))
    }

    fn rule(
        &mut self,
        namespace: &str,
        name: &str,
        definitions: &[&RuleInfo],
    ) -> (Vec<Outcome>, Vec<RuleError>) {
        let path = format!("data.{namespace}.{name}");
        let mut errors = Vec::new();
        let mut lenient = false;
        let value = match self.ask(&path) {
            Ok(value) => value,
            Err(failure) => {
                let fallback = match failure.kind {
                    RuleErrorKind::Engine => self.ask_leniently(&path),
                    _ => None,
                };
                lenient = fallback.is_some();
                if self.set.options.strict || !lenient {
                    let kind = match (lenient, failure.kind) {
                        (true, _) => RuleErrorKind::Builtin,
                        (false, kind) => kind,
                    };
                    let failure = Failure { kind, ..failure };
                    errors.push(self.error(&path, definitions[0], failure));
                }
                fallback.unwrap_or(Value::Undefined)
            }
        };
        let items: Vec<Value> = match &value {
            Value::Set(set) => set.iter_sorted().cloned().collect(),
            Value::Undefined => Vec::new(),
            other => {
                errors.push(self.value_error(&path, definitions[0], other));
                Vec::new()
            }
        };
        let sources = if items.is_empty() || definitions.len() < 2 {
            Vec::new()
        } else {
            let session = match &mut self.lenient {
                Some(session) if lenient => session,
                _ => &mut self.strict,
            };
            // Only tells which definition spoke; without, the first one is named.
            session.contributions(namespace, name).unwrap_or_default()
        };
        let mut outcomes = Vec::new();
        for item in items {
            let policy = self
                .source_of(&sources, &item)
                .unwrap_or_else(|| definitions[0].position.clone());
            match Outcome::read(&path, name, policy, &item) {
                Some(outcome) => outcomes.push(outcome),
                None => errors.push(self.value_error(&path, definitions[0], &item)),
            }
        }
        (outcomes, errors)
    }

    fn ask_leniently(&mut self, path: &str) -> Option<Value> {
        if self.lenient.is_none() {
            let session = self.set.lenient()?.session(
                &self.set.files,
                self.value.clone(),
                self.file.clone(),
                self.deadline,
            );
            self.lenient = Some(session.ok()?);
        }
        self.lenient.as_mut()?.ask(path).ok()
    }

    fn source_of(&self, sources: &[Contribution], item: &Value) -> Option<Position> {
        let source = sources
            .iter()
            .find(|source| matches!(&source.value, Value::Set(set) if set.contains(item)))?;
        let file = &self.set.files[source.file];
        Some(Position::of(&file.path, &file.text, source.offset))
    }

    fn value_error(&self, path: &str, rule: &RuleInfo, value: &Value) -> RuleError {
        let shown: String = value.to_string().chars().take(80).collect();
        let failure = Failure {
            kind: RuleErrorKind::Value,
            message: format!("`{shown}` is no message"),
            place: None,
        };
        self.error(path, rule, failure)
    }

    fn error(&self, path: &str, rule: &RuleInfo, failure: Failure) -> RuleError {
        let help = match &failure.kind {
            RuleErrorKind::Builtin => {
                "check the value before the call: OPA would take the failed call for undefined and say nothing"
            }
            RuleErrorKind::Engine => {
                "simplify the rule: the engine could not evaluate it, so nothing is known about the input"
            }
            RuleErrorKind::Panic => "report this: the policy engine must not panic",
            RuleErrorKind::Timeout(_) => "simplify the rule, or raise the time-out",
            RuleErrorKind::Value => {
                "answer with a non-empty string, or an object with a non-empty string `msg` and, if any, `_loc` with `file` and `line`"
            }
        };
        let (file, offset) = failure.place.unwrap_or_else(|| {
            let file = &self.set.files[rule.file];
            let line = crate::position::line_start(&file.text, rule.position.line);
            (rule.file, line + rule.position.column - 1)
        });
        let file = &self.set.files[file];
        let rest = &file.text[offset.min(file.text.len())..];
        let length = rest.find('\n').unwrap_or(rest.len());
        RuleError {
            kind: failure.kind,
            rule: path.to_owned(),
            message: failure.message,
            position: Some(Position::of(&file.path, &file.text, offset)),
            help: help.to_owned(),
            source_code: Some(NamedSource::new(&file.path, Arc::clone(&file.text))),
            span: Some(SourceSpan::from((offset, length))),
        }
    }
}
