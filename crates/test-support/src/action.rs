//! One run of an action, as a test describes it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use crate::expression::ExpressionError;
use crate::file_commands::FileCommandError;
use crate::manifest::ManifestError;
use crate::runner::Runner;
use crate::{ActionResult, workspace_root};

/// An action that cannot be run as GitHub would, or that breaks a rule of the house.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its `action.yml` cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The test gives an input that the action does not declare.
    #[error("the action has no input `{0}`")]
    UnknownInput(String),
    /// The test leaves out a required input.
    #[error("the action requires the input `{0}`")]
    MissingInput(String),
    /// Only composite actions run here.
    #[error("the action uses `{0}`, not `composite`")]
    NotComposite(String),
    /// A step asks for another shell than bash.
    #[error("the step `{step}` uses the shell `{shell}`, not `bash`")]
    Shell {
        /// The step.
        step: String,
        /// What it asks for.
        shell: String,
    },
    /// House rule: an expression in a script is an injection; values go through `env`.
    #[error("the step `{0}` has `${{{{` in its `run`: map the value to `env`")]
    ExpressionInScript(String),
    /// A value or a condition cannot be evaluated.
    #[error("failed to evaluate `{place}`")]
    Expression {
        /// Where it stands.
        place: String,
        /// Why.
        source: ExpressionError,
    },
    /// The runner would fail the step for what it wrote into one of its files.
    #[error("the step `{step}` wrote to `{file}` what the runner refuses")]
    FileCommand {
        /// The step.
        step: String,
        /// The variable that names the file.
        file: &'static str,
        /// Why.
        source: FileCommandError,
    },
    /// GitHub drops a larger summary, whole.
    #[error("the step `{step}` wrote a summary of {bytes} bytes, more than 1 MiB")]
    Summary {
        /// The step.
        step: String,
        /// Its size.
        bytes: usize,
    },
    /// The machine refuses.
    #[error("failed to use `{path}`")]
    Io {
        /// The file, folder or program.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// An action, its inputs and the world around it.
#[derive(Clone, Debug)]
pub struct ActionRun {
    pub(crate) folder: Utf8PathBuf,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) event_name: String,
    pub(crate) event: Value,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) workspace: Option<Utf8PathBuf>,
}

impl ActionRun {
    /// The action in `folder`, which is taken from the root of the workspace. Without more it runs for a push, in an
    /// empty folder.
    pub fn new(folder: impl AsRef<Utf8Path>) -> Self {
        Self {
            folder: workspace_root().join(folder),
            inputs: BTreeMap::new(),
            event_name: "push".to_owned(),
            event: json!({"ref": "refs/heads/main"}),
            environment: BTreeMap::new(),
            workspace: None,
        }
    }

    /// An input, as `with:` gives it.
    #[must_use]
    pub fn input(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.inputs
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// The event that started the workflow. Branches, the ref and the commit follow from it where it names them.
    #[must_use]
    pub fn event(mut self, name: impl Into<String>, event: Value) -> Self {
        self.event_name = name.into();
        self.event = event;
        self
    }

    /// A variable of the job. It may be one that the runner sets: `GITHUB_SHA`, `RUNNER_TOOL_CACHE`.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.environment
            .insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// The workspace, where the steps run: a checkout, for most actions.
    #[must_use]
    pub fn cwd(mut self, folder: impl AsRef<Utf8Path>) -> Self {
        self.workspace = Some(folder.as_ref().to_owned());
        self
    }

    /// Runs the action's steps to their end.
    ///
    /// # Errors
    /// If GitHub could not run the action, or if it breaks a rule of the house. A step that fails is a result.
    pub fn try_run(&self) -> Result<ActionResult, RunError> {
        Runner::new(self)?.run()
    }

    /// Runs the action's steps to their end.
    ///
    /// # Panics
    /// Where [`try_run`](Self::try_run) returns an error, with the whole chain of causes.
    pub fn run(&self) -> ActionResult {
        match self.try_run() {
            Ok(result) => result,
            Err(error) => panic!("{}", chain(&error)),
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        format!("{text}\ncaused by: {cause}")
    })
}
