//! The engine, prepared once and asked many times, never able to take the process down.
//!
//! A [`Prepared`] engine holds merged packages and data. A [`Session`] is a clone with one input: each question runs
//! under the rest of the time-out and inside `catch_unwind`, because the engine panics on some input (D7), and every
//! failure is led back to the file as written (D9).

use crate::builtins;
use crate::error::{LoadError, PolicyProblem, Problem, RuleErrorKind};
use crate::guard::{Guarded, Merged, merge};
use crate::policy_set::{Options, RegoVersion};
use crate::syntax::{self, syntax_error};
use regorus::unstable::Rule;
use regorus::utils::limits::{ExecutionTimerConfig, LimitError};
use regorus::{Engine, PolicyLengthConfig, Value};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

const CHECK_INTERVAL: NonZeroU32 = NonZeroU32::new(256).expect("not zero");

/// Policies and data, ready to be asked.
#[derive(Debug)]
pub(crate) struct Prepared {
    engine: Engine,
    merged: Vec<Merged>,
}

/// Why a question has no answer.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) kind: RuleErrorKind,
    pub(crate) message: String,
    /// File index and byte offset.
    pub(crate) place: Option<(usize, usize)>,
}

impl Prepared {
    /// Loads files and data, and lets the engine analyse them.
    pub(crate) fn new(
        files: &[Guarded],
        data: &Value,
        options: &Options,
        strict: bool,
    ) -> Result<Self, LoadError> {
        let merged = merge(files);
        let mut engine = Engine::new();
        engine.set_rego_v0(options.rego_version == RegoVersion::V0);
        engine.set_strict_builtin_errors(strict);
        engine.set_gather_prints(true);
        engine.set_policy_length_config(PolicyLengthConfig {
            max_col: syntax::MAX_COLUMN,
            max_file_bytes: syntax::MAX_BYTES,
            max_lines: syntax::MAX_LINES,
        });
        let rejected = |merged: &[Merged], text: &str| rejected(files, merged, text);
        builtins::install(&mut engine, options.rego_version, strict)
            .map_err(|text| rejected(&merged, &text))?;
        for package in &merged {
            engine
                .add_policy(package.name.clone(), package.text.clone())
                .map_err(|e| rejected(&merged, &e.to_string()))?;
        }
        engine
            .add_data(data.clone())
            .map_err(|e| rejected(&merged, &e.to_string()))?;
        // Any query makes the engine analyse the modules; this one costs nothing else.
        unwinding(|| engine.eval_query("1 == 1".to_owned(), false))
            .and_then(|answer| answer.map_err(|e| e.to_string()))
            .map_err(|text| rejected(&merged, &text))?;
        Ok(Self { engine, merged })
    }

    /// A clone with this input, and `data.conftest.file` when the policies look at it.
    pub(crate) fn session<'a>(
        &'a self,
        files: &'a [Guarded],
        input: Value,
        extra_data: Option<Value>,
        deadline: Deadline,
    ) -> Result<Session<'a>, String> {
        let mut engine = self.engine.clone();
        if let Some(data) = extra_data {
            engine.add_data(data).map_err(|e| e.to_string())?;
        }
        engine.set_input(input);
        Ok(Session {
            prepared: self,
            files,
            fresh: engine.clone(),
            engine,
            deadline,
        })
    }
}

/// When to give up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    start: Instant,
    limit: Duration,
}

impl Deadline {
    pub(crate) fn starting_now(limit: Duration) -> Self {
        Self {
            start: Instant::now(),
            limit,
        }
    }
}

/// One input being judged.
#[derive(Debug)]
pub(crate) struct Session<'a> {
    prepared: &'a Prepared,
    files: &'a [Guarded],
    engine: Engine,
    fresh: Engine,
    deadline: Deadline,
}

/// One definition of a rule and what it alone contributes.
pub(crate) struct Contribution {
    pub(crate) file: usize,
    pub(crate) offset: usize,
    pub(crate) value: Value,
}

impl Session<'_> {
    /// The value of `data.<path>`.
    pub(crate) fn ask(&mut self, path: &str) -> Result<Value, Failure> {
        self.run(|engine| engine.eval_rule(path.to_owned()))
    }

    /// The values of several paths, evaluated together so that helpers are evaluated once.
    pub(crate) fn ask_together(&mut self, paths: &[String]) -> Result<Vec<Value>, Failure> {
        let query = format!("[{}]", paths.join(", "));
        // Half of the time, so that after a time-out the rules can still be asked one by one.
        let whole = self.deadline.limit;
        self.deadline.limit = whole / 2;
        let answer = self.run(|engine| engine.eval_query(query, false));
        self.deadline.limit = whole;
        let answer = answer?;
        let value = answer
            .result
            .first()
            .and_then(|result| result.expressions.first())
            .map(|expression| &expression.value);
        match value {
            Some(Value::Array(values)) if values.len() == paths.len() => Ok(values.to_vec()),
            _ => Err(self.failure("no value for one of the rules")),
        }
    }

    /// What each definition of `data.<namespace>.<name>` says by itself.
    pub(crate) fn contributions(
        &mut self,
        namespace: &str,
        name: &str,
    ) -> Result<Vec<Contribution>, Failure> {
        let wanted = format!("package:{namespace}");
        let Some(package) = self.prepared.merged.iter().find(|m| m.name == wanted) else {
            return Ok(Vec::new());
        };
        let module = self
            .engine
            .get_modules()
            .iter()
            .find(|module| *module.package.span.source.get_path() == wanted)
            .cloned();
        let Some(module) = module else {
            return Ok(Vec::new());
        };
        let mut contributions = Vec::new();
        for rule in &module.policy {
            let span = rule.span();
            if !matches!(rule.as_ref(), Rule::Spec { .. }) || syntax::rule_name(rule) != name {
                continue;
            }
            let data = self.run(|engine| engine.eval_rule_in_module(&module, rule, false))?;
            let origin = package.origin(self.files, span.line as usize, span.col as usize);
            let value = syntax::static_path(&module.package.refr)
                .unwrap_or_default()
                .iter()
                .map(String::as_str)
                .chain([name])
                .fold(data, |value, key| value[key].clone());
            if let Some((file, offset)) = origin {
                contributions.push(Contribution {
                    file,
                    offset,
                    value,
                });
            }
        }
        Ok(contributions)
    }

    /// What `print` said since the last call, each with its place.
    pub(crate) fn prints(&mut self) -> Vec<(Option<crate::Position>, String)> {
        let prints = self.engine.take_prints().unwrap_or_default();
        prints
            .into_iter()
            .map(|print| self.print(&print).unwrap_or((None, print)))
            .collect()
    }

    /// Reads `package:<namespace>:<line>: <text>`.
    fn print(&self, print: &str) -> Option<(Option<crate::Position>, String)> {
        self.prepared.merged.iter().find_map(|package| {
            let rest = print
                .strip_prefix(package.name.as_str())?
                .strip_prefix(':')?;
            let (line, text) = rest.split_once(": ")?;
            let position = package.position(self.files, line.parse().ok()?, 1);
            Some((position, text.to_owned()))
        })
    }

    fn run<T>(
        &mut self,
        question: impl FnOnce(&mut Engine) -> anyhow::Result<T>,
    ) -> Result<T, Failure> {
        let Deadline { start, limit } = self.deadline;
        let timeout = Failure {
            kind: RuleErrorKind::Timeout(limit),
            message: format!("not done within {limit:?}"),
            place: None,
        };
        let Some(left) = limit
            .checked_sub(start.elapsed())
            .filter(|left| !left.is_zero())
        else {
            return Err(timeout);
        };
        self.engine
            .set_execution_timer_config(ExecutionTimerConfig {
                limit: left,
                check_interval: CHECK_INTERVAL,
            });
        let engine = &mut self.engine;
        match unwinding(|| question(engine)) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if is_timeout(&error) => Err(timeout),
            Ok(Err(error)) => Err(self.failure(&error.to_string())),
            Err(panic) => {
                // A panic may leave the clone half-evaluated; nothing of it is kept.
                self.engine = self.fresh.clone();
                Err(Failure {
                    kind: RuleErrorKind::Panic,
                    message: format!("the engine panicked: {panic}"),
                    place: None,
                })
            }
        }
    }

    fn failure(&self, text: &str) -> Failure {
        Failure {
            kind: RuleErrorKind::Engine,
            message: self
                .prepared
                .merged
                .iter()
                .fold(first_line(text), |message, package| {
                    package.rename(self.files, &message)
                }),
            place: place(self.files, &self.prepared.merged, text),
        }
    }
}

fn is_timeout(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(
            cause.downcast_ref(),
            Some(LimitError::TimeLimitExceeded { .. })
        )
    }) || error.to_string().contains("execution time limit")
}

/// Runs a question; a panic becomes its text.
fn unwinding<T>(question: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(question)).map_err(|payload| {
        payload
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| payload.downcast_ref::<&str>().map(|&text| text.to_owned()))
            .unwrap_or_else(|| "no message".to_owned())
    })
}

fn first_line(text: &str) -> String {
    let message = syntax_error(text).message;
    message.lines().next().unwrap_or_default().to_owned()
}

/// The file and byte an error of the engine points at.
fn place(files: &[Guarded], merged: &[Merged], text: &str) -> Option<(usize, usize)> {
    text.lines().find_map(|line| {
        let (rest, column) = line.strip_prefix("--> ")?.rsplit_once(':')?;
        let (name, line) = rest.rsplit_once(':')?;
        let package = merged.iter().find(|package| package.name == name)?;
        package.origin(files, line.parse().ok()?, column.parse().ok()?)
    })
}

fn rejected(files: &[Guarded], merged: &[Merged], text: &str) -> LoadError {
    let message = format!("the engine rejects the policies: {}", first_line(text));
    let (file, offset) = place(files, merged, text).unwrap_or((0, 0));
    match files.get(file) {
        Some(file) => {
            let line_end = file.text[offset..].find('\n');
            let end = line_end.map_or(file.text.len(), |at| offset + at);
            let range = offset..end.max(offset);
            PolicyProblem::new(Problem::Rejected, &file.path, &file.text, range, message).into()
        }
        None => LoadError::Engine { message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_its_message() {
        assert_eq!(unwinding(|| 1), Ok(1));
        let caught: Result<(), String> = unwinding(|| panic!("window {}", 0));
        assert_eq!(caught, Err("window 0".to_owned()));
    }
}
