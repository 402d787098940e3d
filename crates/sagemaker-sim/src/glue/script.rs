//! The script of one job run, as a local process.
//!
//! As in Glue, the script is fetched from S3 when the run starts, `--extra-py-files` are fetched and importable, and every argument of the job
//! and the run is in `argv` as `--KEY value`, Glue's own among them (`--scriptLocation`, in a workflow `--WORKFLOW_NAME` and
//! `--WORKFLOW_RUN_ID`; a Spark job also has `--JOB_NAME`, `--JOB_ID`, `--JOB_RUN_ID`).
//!
//! Other than in Glue, the interpreter and its packages are those of [`crate::Config`]: `--additional-python-modules` installs nothing, memory
//! and workers are the machine's, and a failed run's message is the last line that the script wrote to its standard error.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::runs;
use crate::aws::{S3Uri, Trouble};
use crate::process::{End, Process};
use crate::site::Site;
use crate::wire::{Caller, Object};

#[derive(Debug)]
pub(super) struct Script {
    pub(super) run: String,
    pub(super) job: String,
    pub(super) caller: Caller,
    /// `pythonshell` or `glueetl`
    pub(super) kind: String,
    pub(super) location: String,
    pub(super) arguments: Object,
    pub(super) limit: Duration,
    pub(super) stop: Arc<AtomicBool>,
}

pub(super) fn run(site: &Arc<Site>, script: &Script) {
    let end = prepare(site, script).and_then(|process| {
        site.change(|world, now| {
            world.logs.insert(script.run.clone(), process.logs.clone());
            runs::running(world, now, &script.run);
        });
        process.run(site, &script.stop).map_err(Trouble::from)
    });
    let end: Result<End, String> = end.map_err(|trouble| trouble.to_string());
    site.change(|world, now| runs::finish(world, now, &script.run, &end));
}

fn prepare(site: &Site, script: &Script) -> Result<Process, Trouble> {
    let python = site.python();
    if script.kind != "pythonshell" {
        demand_spark(&python, &script.kind)?;
    }
    let folder = site.workplace(&script.run)?;
    let aws = site.aws(&script.caller)?;
    let text = |key: &str| script.arguments.get(key).and_then(Value::as_str);
    let location = text("--scriptLocation").unwrap_or(&script.location);
    let source = S3Uri::parse(location)?;
    let file = folder.join("script").join(source.name());
    aws.fetch(&source, &file)?;

    let mut importable = Vec::new();
    let libraries = text("--extra-py-files").unwrap_or_default();
    for library in libraries
        .split(',')
        .map(str::trim)
        .filter(|uri| !uri.is_empty())
    {
        let source = S3Uri::parse(library)?;
        let file = folder.join("libraries").join(source.name());
        aws.fetch(&source, &file)?;
        let entry = if source.name().ends_with(".py") {
            folder.join("libraries")
        } else {
            file
        };
        importable.push(entry.display().to_string());
    }

    let mut argv = vec![python, file.display().to_string()];
    argv.extend(passed(script, location));
    let work = folder.join("work");
    std::fs::create_dir_all(&work)?;
    let mut environment = site.environment(&script.caller);
    environment.push(("PYTHONPATH".into(), importable.join(":")));
    environment.push(("TMPDIR".into(), work.display().to_string()));
    environment.push(("HOME".into(), work.display().to_string()));
    Ok(Process {
        argv,
        environment,
        folder: work,
        logs: folder,
        limit: script.limit,
    })
}

/// Every argument, Glue's own as well, in the order of their names
fn passed(script: &Script, location: &str) -> Vec<String> {
    let mut all: Vec<(String, String)> = Vec::new();
    for (key, value) in &script.arguments {
        all.push((key.clone(), value.as_str().unwrap_or_default().to_owned()));
    }
    if !script.arguments.contains_key("--scriptLocation") {
        all.push(("--scriptLocation".into(), location.to_owned()));
    }
    if !script.arguments.contains_key("--job-bookmark-option") {
        all.push((
            "--job-bookmark-option".into(),
            "job-bookmark-disable".into(),
        ));
    }
    if script.kind != "pythonshell" {
        let digest = Sha256::digest(&script.job);
        let id: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        all.push(("--JOB_NAME".into(), script.job.clone()));
        all.push(("--JOB_ID".into(), format!("j_{id}")));
        all.push(("--JOB_RUN_ID".into(), script.run.clone()));
    }
    all.sort();
    all.into_iter()
        .flat_map(|(key, value)| [key, value])
        .collect()
}

/// A Spark job without Spark must fail, and say why
fn demand_spark(python: &str, kind: &str) -> Result<(), Trouble> {
    if kind != "glueetl" {
        return Err(Trouble::new(format!(
            "The simulator runs jobs of the kinds pythonshell and glueetl, not {kind}."
        )));
    }
    let asked = Command::new(python)
        .args(["-c", "import pyspark"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir(Path::new("/"))
        .status();
    match asked {
        Ok(status) if status.success() => Ok(()),
        _ => Err(Trouble::new(format!(
            "A job of the kind glueetl needs pyspark, and `{python}` cannot import it."
        ))),
    }
}
