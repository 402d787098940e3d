//! Planning into a file.
//!
//! A plan file holds secrets in clear and is what an apply will execute, so it never exists half-written or readable by
//! others: it is made in a private folder beside its place and moved there complete.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::diagnostics::Diagnostic;
use crate::errors::{Error, classify};
use crate::events::{Change, Event, Summary};
use crate::execute::{Argument, Output, absolute};
use crate::root::{Observer, Root};

/// What to plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PlanMode {
    /// Make the world as the configuration says.
    #[default]
    Normal,
    /// Destroy everything that the state knows.
    Destroy,
    /// Only bring the state up to date with the world.
    RefreshOnly,
}

/// How to plan.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Where the plan goes; its folder must exist.
    pub out: Utf8PathBuf,
    /// What to plan.
    pub mode: PlanMode,
    /// Relative to the root's folder, as Terraform takes them.
    pub var_files: Vec<String>,
    /// Name and value.
    pub vars: Vec<(String, String)>,
    /// Addresses to limit the plan to.
    pub targets: Vec<String>,
    /// How long to wait for the state lock.
    pub lock_timeout: Option<Duration>,
    /// How many operations at once.
    pub parallelism: Option<u32>,
}

/// A plan that was made.
#[derive(Debug, Clone)]
pub struct PlanRun {
    /// The file, readable by its owner only.
    pub out: Utf8PathBuf,
    /// Whether applying it would do anything, be it only to outputs.
    pub has_changes: bool,
    /// The changes to resources.
    pub changes: Vec<Change>,
    /// Where the world had left the state.
    pub drift: Vec<Change>,
    /// Counts.
    pub summary: Summary,
    /// Warnings.
    pub warnings: Vec<Diagnostic>,
}

impl Root {
    /// `plan`, saved to `options.out`. On failure a file that was there before stays as it was.
    pub fn plan(&self, options: &PlanOptions, observer: Observer<'_>) -> Result<PlanRun, Error> {
        let out = absolute(&options.out)?;
        let failed = |source| Error::File {
            path: out.clone(),
            source,
        };
        let folder = out.parent().unwrap_or(Utf8Path::new("/"));
        let private = tempfile::Builder::new()
            .prefix(".plan-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(folder)
            .map_err(failed)?;
        let draft = Utf8PathBuf::try_from(private.path().join("plan"))
            .map_err(|error| failed(error.into_io_error()))?;

        let mut changes = Vec::new();
        let mut drift = Vec::new();
        let mut summary = Summary::default();
        let arguments = options.arguments(&draft);
        let transcript = self.execute("plan", arguments, Output::Json, &mut |event| {
            match event {
                Event::Planned(change) => changes.push(change.clone()),
                Event::Drift(change) => drift.push(change.clone()),
                Event::Summary(counts) => summary = counts.clone(),
                _ => {}
            }
            observer(event);
        })?;
        self.ended_well(&transcript, &[0, 2])?;
        if !draft.is_file() {
            return Err(classify(&self.tool, &transcript));
        }
        fs::set_permissions(&draft, Permissions::from_mode(0o600)).map_err(failed)?;
        fs::rename(&draft, &out).map_err(failed)?;
        Ok(PlanRun {
            out,
            has_changes: transcript.code == Some(2),
            changes,
            drift,
            summary,
            warnings: transcript.diagnostics,
        })
    }
}

impl PlanOptions {
    fn arguments(&self, draft: &Utf8Path) -> Vec<Argument> {
        let mut arguments: Vec<Argument> = vec![
            "-input=false".into(),
            "-detailed-exitcode".into(),
            format!("-out={draft}").into(),
        ];
        match self.mode {
            PlanMode::Normal => {}
            PlanMode::Destroy => arguments.push("-destroy".into()),
            PlanMode::RefreshOnly => arguments.push("-refresh-only".into()),
        }
        let files = self.var_files.iter();
        arguments.extend(files.map(|file| format!("-var-file={file}").into()));
        let vars = self.vars.iter();
        arguments.extend(vars.map(|(name, value)| Argument::hidden("-var", name, value)));
        let targets = self.targets.iter();
        arguments.extend(targets.map(|target| format!("-target={target}").into()));
        arguments.extend(pace(self.lock_timeout, self.parallelism));
        arguments
    }
}

/// The flags for waiting and for parallel work.
pub(crate) fn pace(
    lock_timeout: Option<Duration>,
    parallelism: Option<u32>,
) -> impl Iterator<Item = Argument> {
    let lock_timeout =
        lock_timeout.map(|time| format!("-lock-timeout={}ms", time.as_millis()).into());
    let parallelism = parallelism.map(|count| format!("-parallelism={count}").into());
    lock_timeout.into_iter().chain(parallelism)
}
