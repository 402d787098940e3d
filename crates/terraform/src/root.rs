//! A root module, and the commands that run in it.
//!
//! Each command here is its arguments and what its success looks like; `execute` does the running. `plan` and `apply`
//! have files of their own.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::diagnostics::Diagnostic;
use crate::errors::Error;
use crate::events::Event;
use crate::execute::{Argument, Output, absolute};
use crate::tool::Tool;

/// Replaces what must not be seen; applied to each text before it leaves this crate.
pub type Mask = Box<dyn Fn(&str) -> String + Send + Sync>;

/// Hears the events of a run.
pub type Observer<'a> = &'a mut dyn FnMut(&Event);

/// A folder of configuration, and the tool and settings to run in it.
pub struct Root {
    /// The tool.
    pub tool: Tool,
    /// The root module.
    pub dir: Utf8PathBuf,
    /// Set for the tool, on top of what this process has.
    pub env: Vec<(String, String)>,
    /// Another place for `.terraform`.
    pub data_dir: Option<Utf8PathBuf>,
    /// The workspace, for this run only; nothing is recorded in the data folder.
    pub workspace: Option<String>,
    /// What hides secrets in everything that streams by.
    pub mask: Option<Mask>,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Root")
            .field("tool", &self.tool)
            .field("dir", &self.dir)
            .field("env", &names)
            .field("data_dir", &self.data_dir)
            .field("workspace", &self.workspace)
            .finish_non_exhaustive()
    }
}

/// How to initialise.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// Each a file, or `key=value`.
    pub backend_config: Vec<String>,
    /// Refuse to change the dependency lock file.
    pub lockfile_readonly: bool,
    /// Forget the backend that was configured before, without moving its state.
    pub reconfigure: bool,
}

/// What to do when a workspace that is selected is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingWorkspace {
    /// Make it.
    Create,
    /// Fail.
    Refuse,
}

impl Root {
    /// A root with nothing set.
    #[must_use]
    pub fn new(tool: Tool, dir: impl Into<Utf8PathBuf>) -> Self {
        Self {
            tool,
            dir: dir.into(),
            env: Vec::new(),
            data_dir: None,
            workspace: None,
            mask: None,
        }
    }

    /// `init`: backend, modules, providers.
    pub fn init(&self, options: &InitOptions, observer: Observer<'_>) -> Result<(), Error> {
        let mut arguments: Vec<Argument> = vec!["-input=false".into()];
        for setting in &options.backend_config {
            arguments.push(match setting.split_once('=') {
                Some((key, value)) if is_secret(key) => {
                    Argument::hidden("-backend-config", key, value)
                }
                _ => format!("-backend-config={setting}").into(),
            });
        }
        if options.lockfile_readonly {
            arguments.push("-lockfile=readonly".into());
        }
        if options.reconfigure {
            arguments.push("-reconfigure".into());
        }
        let output = if self.tool.init_speaks_json() {
            Output::Json
        } else {
            Output::Text
        };
        let transcript = self.execute("init", arguments, output, observer)?;
        self.ended_well(&transcript, &[0])
    }

    /// `validate`. An invalid configuration is an answer, not an error; one that cannot be judged is an error.
    pub fn validate(&self, observer: Observer<'_>) -> Result<Vec<Diagnostic>, Error> {
        #[derive(Deserialize)]
        struct Verdict {
            valid: bool,
            diagnostics: Vec<Diagnostic>,
        }
        let mut transcript = self.execute("validate", vec![], Output::Document, observer)?;
        let mask = |text: &str| self.hide(text);
        let verdict = serde_json::from_slice::<Verdict>(&transcript.document);
        let Ok(verdict) = verdict else {
            self.ended_well(&transcript, &[])?;
            return Ok(Vec::new());
        };
        transcript.diagnostics = verdict
            .diagnostics
            .into_iter()
            .map(|diagnostic| diagnostic.masked(&mask))
            .collect();
        for diagnostic in &transcript.diagnostics {
            observer(&Event::Diagnostic(diagnostic.clone()));
        }
        let codes: &[i32] = if verdict.valid { &[0] } else { &[] };
        match self.ended_well(&transcript, codes) {
            Ok(()) | Err(Error::Terraform(_)) => Ok(transcript.diagnostics),
            Err(other) => Err(other),
        }
    }

    /// `show -json` of a saved plan. Nothing in it is masked.
    pub fn show_json(&self, plan: &Utf8Path, observer: Observer<'_>) -> Result<Vec<u8>, Error> {
        let plan = absolute(plan)?;
        self.document(
            "show",
            vec!["-json".into(), plan.into_string().into()],
            observer,
        )
    }

    /// `state pull`. Nothing in it is masked. Empty if there is no state yet.
    pub fn state_pull(&self, observer: Observer<'_>) -> Result<Vec<u8>, Error> {
        self.document("state pull", vec![], observer)
    }

    /// `workspace show`.
    pub fn workspace_show(&self, observer: Observer<'_>) -> Result<String, Error> {
        let name = self.document("workspace show", vec![], observer)?;
        Ok(String::from_utf8_lossy(&name).trim().to_owned())
    }

    /// `workspace select`, recorded in the data folder; for one run set [`Root::workspace`] instead.
    pub fn workspace_select(
        &self,
        name: &str,
        missing: MissingWorkspace,
        observer: Observer<'_>,
    ) -> Result<(), Error> {
        let mut arguments: Vec<Argument> = Vec::new();
        if missing == MissingWorkspace::Create {
            arguments.push("-or-create=true".into());
        }
        arguments.push(name.into());
        let output = Output::Document;
        let transcript = self.execute("workspace select", arguments, output, observer)?;
        match self.ended_well(&transcript, &[0]) {
            // Said without the word "error", so no diagnostic is found in it.
            Err(Error::Unexpected { .. }) if transcript.said.contains("doesn't exist") => {
                Err(Error::NoWorkspace {
                    name: name.to_owned(),
                })
            }
            ended => ended,
        }
    }

    fn document(
        &self,
        command: &'static str,
        arguments: Vec<Argument>,
        observer: Observer<'_>,
    ) -> Result<Vec<u8>, Error> {
        let transcript = self.execute(command, arguments, Output::Document, observer)?;
        self.ended_well(&transcript, &[0])?;
        Ok(transcript.document)
    }
}

/// Keys of backends whose value is a secret; the others, such as `bucket`, are worth seeing in a log.
fn is_secret(key: &str) -> bool {
    [
        "secret",
        "token",
        "password",
        "access_key",
        "conn_str",
        "encryption_key",
    ]
    .iter()
    .any(|part| key.contains(part))
}
