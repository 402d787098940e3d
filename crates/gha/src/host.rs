//! The one way out: what an action prints, publishes and writes for GitHub goes through here.
//!
//! Everything is masked on its way, and under GitHub no line of ordinary output can act as a workflow command.
//! Libraries return values; only an action's `run` holds a host.

use std::fs::OpenOptions;
use std::io::{IsTerminal as _, Write};

use miette::Diagnostic;

use crate::annotation::{Annotation, Severity, defuse, escape_data};
use crate::event::{Event, EventError};
use crate::mask::Masks;
use crate::{Class, Failure, Style, render};

/// GitHub drops a step's summary whole when it is longer.
const LONGEST_SUMMARY: usize = 1024 * 1024;

type Variables = Box<dyn Fn(&str) -> Option<String>>;

/// Where a program runs, and how it speaks.
pub struct Host {
    variables: Variables,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    github: bool,
    style: Style,
    masks: Masks,
}

/// A file of the runner that could not be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum HostError {
    /// An output or the summary could not be written.
    #[error("failed to write to the runner's file `{path}`")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The event could not be read.
    #[error("failed to read what started this workflow")]
    #[diagnostic(help("check `GITHUB_EVENT_NAME` and `GITHUB_EVENT_PATH`"))]
    Event(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure for HostError {
    fn class(&self) -> Class {
        match self {
            Self::Write { .. } => Class::Ours,
            Self::Event(_) => Class::BadInput,
        }
    }
}

impl From<EventError> for HostError {
    fn from(error: EventError) -> Self {
        Self::Event(Box::new(error))
    }
}

impl Host {
    /// The process's own environment.
    pub fn from_environment() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads it"
        )]
        let variables = |name: &str| std::env::var(name).ok();
        let plain = variables("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = if std::io::stdout().is_terminal() && !plain {
            Style::Terminal
        } else {
            Style::Plain
        };
        Self {
            variables: Box::new(variables),
            out: Box::new(std::io::stdout()),
            err: Box::new(std::io::stderr()),
            github: variables("GITHUB_ACTIONS").as_deref() == Some("true"),
            style,
            masks: Masks::default(),
        }
    }

    /// A variable of the environment; an empty one counts as not set.
    pub fn env(&self, name: &str) -> Option<String> {
        (self.variables)(name).filter(|value| !value.is_empty())
    }

    /// How text may look.
    pub fn style(&self) -> Style {
        self.style
    }

    /// What started this run.
    ///
    /// # Errors
    /// An event file that cannot be read, or of a pull request without its commits.
    pub fn event(&self) -> Result<Event, HostError> {
        Ok(Event::read(
            self.env("GITHUB_EVENT_NAME"),
            self.env("GITHUB_EVENT_PATH"),
        )?)
    }

    /// Takes `secret` out of everything that is said from now on.
    pub fn mask(&mut self, secret: &str) {
        for text in self.masks.add(secret) {
            if self.github {
                let command = format!("::add-mask::{}\n", escape_data(&text));
                write(&mut self.out, &command);
            }
        }
    }

    /// Prints a result: the thing that was asked for.
    pub fn say(&mut self, text: &str) {
        let line = self.line(text);
        write(&mut self.out, &line);
    }

    /// Prints what is going on. Under GitHub it shares the result's stream, so that the order stays.
    pub fn progress(&mut self, text: &str) {
        let line = self.line(text);
        write(
            if self.github {
                &mut self.out
            } else {
                &mut self.err
            },
            &line,
        );
    }

    fn line(&self, text: &str) -> String {
        let text = self.masks.apply(text);
        let mut line = if self.github { defuse(&text) } else { text };
        line.push('\n');
        line
    }

    /// Marks places in files, where there is a GitHub to show them.
    pub fn annotate(&mut self, annotations: impl IntoIterator<Item = Annotation>) {
        if !self.github {
            return;
        }
        for mut annotation in annotations {
            // before escaping, which would write a secret otherwise than its mask knows it
            annotation.message = self.masks.apply(&annotation.message);
            for text in [&mut annotation.title, &mut annotation.file]
                .into_iter()
                .flatten()
            {
                *text = self.masks.apply(text);
            }
            write(&mut self.out, &format!("{}\n", annotation.command()));
        }
    }

    /// Sets an output of the step.
    ///
    /// # Errors
    /// The runner's file cannot be written.
    pub fn output(&mut self, name: &str, value: &str) -> Result<(), HostError> {
        let value = self.masks.apply(value);
        let mut delimiter = "ghadelimiter".to_owned();
        while value.contains(&delimiter) {
            delimiter.push('_');
        }
        self.append(
            "GITHUB_OUTPUT",
            &format!(
                "{name}<<{delimiter}
{value}
{delimiter}
"
            ),
        )
    }

    /// Adds to the step's summary. What does not fit any more is left out whole, and the log says so.
    ///
    /// # Errors
    /// The runner's file cannot be written.
    pub fn summary(&mut self, markdown: &str) -> Result<(), HostError> {
        let markdown = self.masks.apply(markdown);
        let path = self.env("GITHUB_STEP_SUMMARY");
        let used = path
            .and_then(|path| std::fs::metadata(path).ok())
            .map_or(0, |file| file.len() as usize);
        if used + markdown.len() >= LONGEST_SUMMARY {
            self.progress("the step's summary is full, so this report is in the log only");
            return Ok(());
        }
        self.append("GITHUB_STEP_SUMMARY", &format!("{markdown}\n"))
    }

    fn append(&self, variable: &str, text: &str) -> Result<(), HostError> {
        let Some(path) = self.env(variable) else {
            return Ok(());
        };
        let written = OpenOptions::new().append(true).create(true).open(&path);
        written
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|source| HostError::Write { path, source })
    }

    /// Shows the error that ends a run: in the log, and as an annotation.
    pub(crate) fn show_error(&mut self, error: &dyn Diagnostic) {
        let text = render::error(error, self.style);
        self.progress(&text);
        let related = error.related().into_iter().flatten();
        let related = related.map(|related| format!("\n{related}"));
        let help = error.help().map(|help| format!("\n{help}"));
        self.annotate([Annotation {
            severity: Severity::Error,
            title: None,
            message: std::iter::once(error.to_string())
                .chain(related)
                .chain(help)
                .collect(),
            file: None,
            lines: None,
            column: None,
        }]);
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Host")
            .field("github", &self.github)
            .field("masks", &self.masks)
            .finish_non_exhaustive()
    }
}

/// A reader who went away is not an error of ours.
fn write(stream: &mut Box<dyn Write>, text: &str) {
    let _ = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
}
