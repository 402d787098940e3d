//! What GitHub would have seen of a run.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::{Annotation, Normaliser, workspace_root};

/// What a run did. It prints as one text for a snapshot, with what differs from run to run taken out.
#[derive(Debug)]
pub struct ActionResult {
    /// 0, or the exit code of the step that failed.
    pub exit_code: i32,
    /// Standard output of all steps.
    pub stdout: String,
    /// Standard error of all steps.
    pub stderr: String,
    /// The action's declared outputs.
    pub outputs: BTreeMap<String, String>,
    /// The job summary.
    pub summary: String,
    /// What the log annotates, standard output first.
    pub annotations: Vec<Annotation>,
    /// What the log must hide from now on.
    pub masks: Vec<String>,
    /// What later steps of the job find in their environment (`GITHUB_ENV`).
    pub env_file: BTreeMap<String, String>,
    pub(crate) workspace: Utf8PathBuf,
    /// Holds the files until the result is dropped.
    pub(crate) folder: TempDir,
}

impl ActionResult {
    /// The workspace that the steps ran in.
    pub fn workspace(&self) -> &Utf8Path {
        &self.workspace
    }

    /// `RUNNER_TEMP`, unless the test set another.
    pub fn runner_temp(&self) -> Utf8PathBuf {
        self.root().join("temp")
    }

    fn root(&self) -> Utf8PathBuf {
        Utf8PathBuf::from(self.folder.path().to_string_lossy().into_owned())
    }

    /// Takes out of a text what differs from run to run.
    pub fn normaliser(&self) -> Normaliser {
        Normaliser::new()
            .path(&self.workspace, "[workspace]")
            .path(self.runner_temp(), "[temp]")
            .path(self.root(), "[runner]")
            .path(workspace_root(), "[root]")
    }

    fn text(&self) -> String {
        let mut text = format!("exit code: {}\n", self.exit_code);
        let mut part = |title: &str, body: &str| {
            if !body.trim().is_empty() {
                text.push_str(&format!("--- {title}\n{}\n", body.trim_end()));
            }
        };
        part("stdout", &self.stdout);
        part("stderr", &self.stderr);
        part("outputs", &pairs(&self.outputs));
        part("summary", &self.summary);
        let annotations: Vec<String> = self.annotations.iter().map(annotation).collect();
        part("annotations", &annotations.join("\n"));
        part("masks", &self.masks.join("\n"));
        part("env", &pairs(&self.env_file));
        text
    }
}

fn pairs(pairs: &BTreeMap<String, String>) -> String {
    pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect()
}

fn annotation(annotation: &Annotation) -> String {
    let properties = annotation
        .properties
        .iter()
        .map(|(name, value)| format!(" {name}={value}"));
    format!(
        "{}{}: {}",
        annotation.level.name(),
        properties.collect::<String>(),
        annotation.message
    )
}

impl fmt::Display for ActionResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.normaliser().apply(&self.text()))
    }
}
