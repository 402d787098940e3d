//! How Terraform's events are told: a line for what matters, and a code frame for its diagnostics.

use gha::{Annotation, Host, Severity};
use terraform::{Diagnostic, Event};

/// Tells the host what is heard.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    host: &'a mut Host,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(host: &'a mut Host) -> Self {
        Self { host }
    }

    pub(crate) fn hear(&mut self, event: &Event) {
        match event {
            Event::Command { argv } => self.host.progress(&format!("$ {}", argv.join(" "))),
            Event::Progress { line } | Event::Lock { line } | Event::Raw { line }
                if !line.trim().is_empty() =>
            {
                self.host.progress(&format!("  {line}"));
            }
            Event::ResourceStarted { address, action } => {
                self.host.progress(&format!("  {address}: {action} ..."))
            }
            Event::ResourceDone {
                address,
                action,
                elapsed,
                ..
            } => {
                self.host.progress(&format!(
                    "  {address}: {action} done  {} s",
                    elapsed.as_secs()
                ));
            }
            Event::ResourceErrored {
                address,
                action,
                elapsed,
            } => {
                self.host.progress(&format!(
                    "  {address}: {action} failed  {} s",
                    elapsed.as_secs()
                ));
            }
            Event::Diagnostic(diagnostic) => self.diagnostic(diagnostic),
            Event::Interrupted { count: 1 } => {
                self.host
                    .progress("  interrupted: waiting until terraform has released the state lock");
            }
            Event::Interrupted { .. } => self
                .host
                .progress("  interrupted again: terraform gives up at once"),
            // planned changes and counts are told by the plan's own summary
            Event::Planned(_) | Event::Drift(_) | Event::Summary(_) | Event::Finished { .. } => {}
            Event::Progress { .. } | Event::Lock { .. } | Event::Raw { .. } => {}
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let (word, severity) = if diagnostic.is_error() {
            ("error", Severity::Error)
        } else {
            ("warning", Severity::Warning)
        };
        let mut text = format!("  {word}: {}", diagnostic.summary);
        if let Some(range) = &diagnostic.range {
            text.push_str(&format!(
                "\n    --> {}:{}:{}",
                range.file, range.start.line, range.start.column
            ));
        }
        if let Some(snippet) = &diagnostic.snippet {
            for (number, line) in (snippet.start_line..).zip(snippet.code.lines()) {
                text.push_str(&format!("\n    {number:>4} | {line}"));
            }
        }
        for line in diagnostic.detail.lines() {
            text.push_str(&format!("\n    {line}"));
        }
        self.host.progress(&text);
        self.host.annotate([Annotation {
            severity,
            title: Some(diagnostic.summary.clone()),
            message: diagnostic.detail.clone(),
            file: diagnostic.range.as_ref().map(|range| range.file.clone()),
            lines: diagnostic
                .range
                .as_ref()
                .map(|range| (range.start.line, range.end.line)),
            column: None,
        }]);
    }
}
