//! How Terraform's events are told: a line for what matters, and a code frame for its diagnostics.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use gha::{Annotation, Host, Severity};
use terraform::{Diagnostic, Event};

/// Tells the host what is heard.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    host: &'a mut Host,
    root: &'a Utf8Path,
}

impl<'a> Progress<'a> {
    /// `root` is the root module's folder, from the repository's root.
    pub(crate) fn new(host: &'a mut Host, root: &'a Utf8Path) -> Self {
        Self { host, root }
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
        let file = diagnostic
            .range
            .as_ref()
            .map(|range| from(self.root, &range.file));
        let mut text = format!("  {word}: {}", diagnostic.summary);
        if let (Some(file), Some(range)) = (&file, &diagnostic.range) {
            text.push_str(&format!(
                "\n    --> {file}:{}:{}",
                range.start.line, range.start.column
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
            file,
            lines: diagnostic
                .range
                .as_ref()
                .map(|range| (range.start.line, range.end.line)),
            column: None,
        }]);
    }
}

/// A file that terraform names from the root module's folder, from the repository's root, where GitHub looks for it.
fn from(root: &Utf8Path, file: &str) -> String {
    let mut path = Utf8PathBuf::new();
    for component in root.join(file).components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            component => path.push(component),
        }
    }
    path.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_repository_s_root() {
        for (root, file, expected) in [
            (".", "main.tf", "main.tf"),
            ("iac/prod", "main.tf", "iac/prod/main.tf"),
            ("iac/prod", "../../modules/a/main.tf", "modules/a/main.tf"),
            ("../iac", "main.tf", "../iac/main.tf"),
            ("iac", "/elsewhere/main.tf", "/elsewhere/main.tf"),
        ] {
            assert_eq!(from(root.into(), file), expected);
        }
    }
}
