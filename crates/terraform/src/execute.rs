//! Running one command in a root, and what is kept of it.
//!
//! [`Root::execute`] says what it runs, turns what it hears into events, and gives back a [`Transcript`]; whether that
//! is a success is for [`Root::ended_well`] to say, because a plan, an apply and a document differ in it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::command::{self, Heard, Start, Take};
use crate::diagnostics::{self, Diagnostic};
use crate::environment::{Environment, environment};
use crate::errors::{Error, classify};
use crate::events::{self, Event, Meaning};
use crate::root::{Observer, Root};

/// An argument, and what is shown of it.
#[derive(Debug)]
pub(crate) struct Argument {
    value: String,
    shown: Option<String>,
}

impl Argument {
    /// `-flag=key=value` with the value hidden.
    pub(crate) fn hidden(flag: &str, key: &str, value: &str) -> Self {
        Self {
            value: format!("{flag}={key}={value}"),
            shown: Some(format!("{flag}={key}=***")),
        }
    }
}

impl<T: Into<String>> From<T> for Argument {
    fn from(value: T) -> Self {
        Self {
            value: value.into(),
            shown: None,
        }
    }
}

/// What standard output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// The machine-readable interface, line by line.
    Json,
    /// Text for people.
    Text,
    /// A document, kept whole.
    Document,
}

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Transcript {
    pub(crate) command: &'static str,
    pub(crate) code: Option<i32>,
    pub(crate) interrupts: usize,
    pub(crate) document: Vec<u8>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The state, if it could be written nowhere else.
    pub(crate) state: Option<String>,
    /// Text that was not understood as anything else, the end of it.
    pub(crate) said: String,
}

impl Root {
    /// Runs `command` (one or two words) with `arguments` after the flags that its output needs.
    pub(crate) fn execute(
        &self,
        command: &'static str,
        arguments: Vec<Argument>,
        output: Output,
        observer: Observer<'_>,
    ) -> Result<Transcript, Error> {
        if !self.dir.is_dir() {
            return Err(Error::NoRoot {
                dir: self.dir.clone(),
            });
        }
        let mut all: Vec<Argument> = command.split(' ').map(Argument::from).collect();
        all.push("-no-color".into());
        if output == Output::Json || command == "validate" {
            all.push("-json".into());
        }
        all.extend(arguments);

        let Environment {
            variables,
            warnings,
        } = self.environment(command)?;
        let shown = all
            .iter()
            .map(|argument| argument.shown.as_ref().unwrap_or(&argument.value));
        let argv = std::iter::once(self.tool.path.as_str())
            .chain(shown.map(String::as_str))
            .map(|argument| self.hide(argument))
            .collect();
        observer(&Event::Command { argv });
        for warning in warnings {
            observer(&Event::Diagnostic(warning));
        }

        let mut transcript = Transcript {
            command,
            code: None,
            interrupts: 0,
            document: Vec::new(),
            diagnostics: Vec::new(),
            state: None,
            said: String::new(),
        };
        let take = match output {
            Output::Document => Take::Bytes,
            Output::Json | Output::Text => Take::Lines,
        };
        let start = Start {
            program: &self.tool.path,
            arguments: all.iter().map(|a| a.value.as_str()).collect(),
            dir: &self.dir,
            variables: &variables,
        };
        let ended = command::run(&start, take, &mut |heard| {
            if let Some(event) = self.understand(heard, output, &mut transcript) {
                observer(&event);
            }
        });
        let ended = ended.map_err(|source| Error::Run {
            path: self.tool.path.clone(),
            source,
        })?;
        observer(&Event::Finished {
            code: ended.code,
            elapsed: ended.elapsed,
        });
        transcript.code = ended.code;
        transcript.document = ended.bytes;
        transcript.interrupts = ended.interrupts;
        if !transcript.diagnostics.iter().any(Diagnostic::is_error) {
            let printed = diagnostics::from_text(&transcript.said);
            transcript.diagnostics.extend(printed);
        }
        Ok(transcript)
    }

    /// What a line means, after noting in the transcript what is needed when the command has ended.
    fn understand(
        &self,
        heard: Heard,
        output: Output,
        transcript: &mut Transcript,
    ) -> Option<Event> {
        let mask = |text: &str| self.hide(text);
        let event = match heard {
            Heard::Interrupt(count) => Event::Interrupted { count },
            Heard::Out(line) if output == Output::Json => match events::read(&line, &mask) {
                Meaning::Event(event) => event,
                Meaning::State(state) => {
                    transcript.state = Some(state);
                    return None;
                }
                Meaning::Silence => return None,
            },
            Heard::Out(line) => Event::Progress { line: mask(&line) },
            Heard::Err(line) => Event::Raw { line: mask(&line) },
        };
        match &event {
            Event::Diagnostic(diagnostic) => transcript.diagnostics.push(diagnostic.clone()),
            Event::Raw { line } => transcript.note(line),
            Event::Progress { line } if output == Output::Text => transcript.note(line),
            _ => {}
        }
        let blank = matches!(
            &event,
            Event::Raw { line } | Event::Progress { line } if line.trim().is_empty()
        );
        (!blank).then_some(event)
    }

    /// Whether the command ended by itself with one of these codes; otherwise, why not.
    pub(crate) fn ended_well(&self, transcript: &Transcript, codes: &[i32]) -> Result<(), Error> {
        if transcript.interrupts > 0 {
            return Err(Error::Interrupted {
                command: transcript.command,
                run: None,
            });
        }
        match transcript.code {
            Some(code) if codes.contains(&code) => Ok(()),
            _ => Err(classify(&self.tool, transcript)),
        }
    }

    fn environment(&self, command: &str) -> Result<Environment, Error> {
        let mut made = environment(std::env::vars_os(), &self.env);
        if let Some(data_dir) = &self.data_dir {
            let data_dir = absolute(data_dir)?.into_string();
            made.variables.insert("TF_DATA_DIR".into(), data_dir.into());
        }
        if command == "workspace select" {
            // The tool refuses to select while the variable selects.
            made.variables.remove(std::ffi::OsStr::new("TF_WORKSPACE"));
        } else if let Some(workspace) = &self.workspace {
            made.variables
                .insert("TF_WORKSPACE".into(), workspace.into());
        }
        Ok(made)
    }

    pub(crate) fn hide(&self, text: &str) -> String {
        match &self.mask {
            Some(mask) => mask(text),
            None => text.to_owned(),
        }
    }
}

impl Transcript {
    /// Keeps the end of the text: a crash prints pages, and what matters to an error fits in a few.
    fn note(&mut self, line: &str) {
        const KEPT: usize = 64 * 1024;
        self.said.push_str(line);
        self.said.push('\n');
        if self.said.len() > 2 * KEPT {
            let cut = self.said.len() - KEPT;
            let cut = self.said[..cut].rfind('\n').map_or(0, |end| end + 1);
            self.said.drain(..cut);
        }
    }
}

/// Paths of the caller are relative to the caller, not to the root.
pub(crate) fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Error> {
    camino::absolute_utf8(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}
