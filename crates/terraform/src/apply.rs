//! Applying a saved plan.
//!
//! A failed apply has usually done something, so success and failure give the same account: what became of each change
//! (the ledger) and where the state is now. A state that could not be saved is the worst that can happen; its place is
//! always told.

mod ledger;

use std::fs;
use std::io::Write;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::errors::{Error, classify};
use crate::execute::{Argument, Output, Transcript, absolute};
use crate::plan::pace;
use crate::root::{Observer, Root};

use ledger::Ledger;
pub use ledger::{ApplyRun, ChangeResult, Outcome, StateFate};

/// How to apply.
#[derive(Debug, Clone, Default)]
pub struct ApplyOptions {
    /// How long to wait for the state lock.
    pub lock_timeout: Option<Duration>,
    /// How many operations at once.
    pub parallelism: Option<u32>,
}

impl Root {
    /// `apply` of a saved plan: exactly its changes, without a question.
    pub fn apply(
        &self,
        plan: &Utf8Path,
        options: &ApplyOptions,
        observer: Observer<'_>,
    ) -> Result<ApplyRun, Error> {
        let plan = absolute(plan)?;
        if !plan.is_file() {
            return Err(Error::NoPlan { path: plan });
        }
        let mut arguments: Vec<Argument> = vec!["-input=false".into()];
        arguments.extend(pace(options.lock_timeout, options.parallelism));
        arguments.push(plan.into_string().into());

        let before = modified(&self.dir.join(ERRORED));
        let mut ledger = Ledger::default();
        let transcript = self.execute("apply", arguments, Output::Json, &mut |event| {
            ledger.note(event);
            observer(event);
        })?;
        let succeeded = transcript.code == Some(0);
        let state = self.state_after(&transcript, &ledger, before)?;
        let run = ledger.close(succeeded, state, &transcript.diagnostics);
        if transcript.interrupts > 0 {
            return Err(Error::Interrupted {
                command: transcript.command,
                run: Some(Box::new(run)),
            });
        }
        if succeeded {
            return Ok(run);
        }
        let cause = classify(&self.tool, &transcript);
        if run.state == StateFate::Untouched {
            return Err(cause);
        }
        Err(Error::Apply {
            run: Box::new(run),
            cause: Box::new(cause),
        })
    }

    fn state_after(
        &self,
        transcript: &Transcript,
        ledger: &Ledger,
        before: Option<std::time::SystemTime>,
    ) -> Result<StateFate, Error> {
        if let Some(state) = &transcript.state {
            return rescue(state);
        }
        let errored = self.dir.join(ERRORED);
        let written = modified(&errored);
        if written.is_some() && written != before {
            return Ok(StateFate::Errored(absolute(&errored)?));
        }
        Ok(match transcript.code {
            Some(0) => StateFate::Saved,
            _ if !ledger.anything_started() => StateFate::Untouched,
            Some(_) if transcript.interrupts < 2 => StateFate::Saved,
            _ => StateFate::Unclear,
        })
    }
}

/// What Terraform calls the state that it could not send to the backend; it puts it into the root's folder.
const ERRORED: &str = "errored.tfstate";

fn modified(path: &Utf8Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|file| file.modified()).ok()
}

/// The state was printed as the last resort: kept where only its owner can read it.
fn rescue(state: &str) -> Result<StateFate, Error> {
    let failed = |source| Error::File {
        path: ERRORED.into(),
        source,
    };
    let mut file = tempfile::Builder::new()
        .prefix("errored-")
        .suffix(".tfstate")
        .tempfile()
        .map_err(failed)?;
    file.write_all(state.as_bytes()).map_err(failed)?;
    let (_, path) = file.keep().map_err(|error| failed(error.error))?;
    let path = Utf8PathBuf::try_from(path).map_err(|error| failed(error.into_io_error()))?;
    Ok(StateFate::Errored(path))
}
