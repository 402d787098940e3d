//! A container's contract, kept by a folder and a process: `/opt/ml` is laid out in the job's own folder, and its name replaced by that folder's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::work::{Outcome, Work};
use crate::aws::{Aws, S3Uri, Trouble};
use crate::process::{End, Process};
use crate::site::Site;
use crate::world::string;

const ROOT: &str = "/opt/ml";
/// SageMaker's own limit for a job that names none
const DAY: u64 = 86_400;

pub(super) struct Container {
    /// What is `/opt/ml` to the container
    pub(super) root: PathBuf,
    folder: PathBuf,
}

impl Container {
    pub(super) fn prepare(site: &Site, work: &Work) -> Result<Self, Trouble> {
        let folder = site.workplace(&work.job())?;
        let root = folder.join("ml");
        for part in ["input/config", "output/data", "config", "model", "code"] {
            std::fs::create_dir_all(root.join(part))?;
        }
        std::fs::create_dir_all(folder.join("work"))?;
        Ok(Self { root, folder })
    }

    /// A text in which `/opt/ml` is this folder
    pub(super) fn translate(&self, text: &str) -> String {
        text.replace(ROOT, &self.root.display().to_string())
    }

    /// A folder that a request names by its path in the container
    pub(super) fn inside(&self, path: &str) -> Result<PathBuf, Trouble> {
        match path.strip_prefix(ROOT) {
            Some(rest) if !path.split('/').any(|part| part == "..") => {
                Ok(self.root.join(rest.trim_start_matches('/')))
            }
            _ => Err(Trouble::new(format!(
                "ClientError: the local path `{path}` is not below {ROOT}"
            ))),
        }
    }

    /// Runs the program; an outcome if it did not end well
    pub(super) fn run(
        &self,
        site: &Arc<Site>,
        work: &Work,
        argv: Vec<String>,
        environment: Vec<(String, String)>,
    ) -> Result<Option<Outcome>, Trouble> {
        let seconds = work.request["StoppingCondition"]["MaxRuntimeInSeconds"].as_u64();
        let seconds = seconds.unwrap_or(DAY);
        let home = self.folder.join("work");
        let mut all = site.environment(&work.caller);
        for name in ["HOME", "TMPDIR"] {
            all.push((name.into(), home.display().to_string()));
        }
        all.push(("OMP_NUM_THREADS".into(), "1".into()));
        all.extend(environment);
        let given = work.request["Environment"].as_object();
        for (name, value) in given.into_iter().flatten() {
            all.push((
                name.clone(),
                self.translate(value.as_str().unwrap_or_default()),
            ));
        }
        let process = Process {
            argv,
            environment: all,
            folder: home,
            logs: self.folder.clone(),
            limit: Duration::from_secs(seconds),
        };
        site.change(|world, _| world.logs.insert(work.job(), self.folder.clone()));
        Ok(match process.run(site, &work.stop)? {
            End::Succeeded => None,
            End::Stopped => Some(Outcome::Stopped),
            End::TimedOut => Some(Outcome::failed(format!(
                "ClientError: the job ran longer than MaxRuntimeInSeconds ({seconds})"
            ))),
            End::Failed { code, last } => {
                // what a script says itself comes before its last line
                let said = ["output/failure", "output/message"]
                    .iter()
                    .find_map(|name| std::fs::read_to_string(self.root.join(name)).ok());
                let said = said.unwrap_or(last);
                Some(Outcome::failed(format!(
                    "AlgorithmError: {}, exit code: {code}",
                    said.trim()
                )))
            }
        })
    }

    pub(super) fn log(&self) -> String {
        ["stdout", "stderr"]
            .iter()
            .map(|name| std::fs::read(self.folder.join(name)).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }
}

/// A program's name as this machine has it
pub(super) fn program(site: &Site, name: &str) -> String {
    match name.rsplit('/').next() {
        Some("python" | "python3") => site.python(),
        _ => name.to_owned(),
    }
}

/// All objects of an input, of which there must be one
pub(super) fn fetch(aws: &Aws, uri: &str, folder: &Path) -> Result<(), Trouble> {
    match aws.fetch_all(&S3Uri::parse(uri)?, folder)? {
        0 => Err(Trouble::new(format!(
            "ClientError: No S3 objects found under S3 URL \"{uri}\" given in input data source."
        ))),
        _ => Ok(()),
    }
}

pub(super) fn process(site: &Arc<Site>, work: &Work) -> Result<Outcome, Trouble> {
    let container = Container::prepare(site, work)?;
    let (aws, request) = (site.aws(&work.caller)?, &work.request);
    for input in list(&request["ProcessingInputs"]) {
        let place = &input["S3Input"];
        fetch(
            &aws,
            &string(place, "S3Uri"),
            &container.inside(&string(place, "LocalPath"))?,
        )?;
    }
    let outputs = &request["ProcessingOutputConfig"];
    for output in list(&outputs["Outputs"]) {
        std::fs::create_dir_all(container.inside(&string(&output["S3Output"], "LocalPath"))?)?;
    }
    write(
        &container.root.join("config/processingjobconfig.json"),
        request,
    )?;
    write(
        &container.root.join("config/resourceconfig.json"),
        &json!({ "current_host": "algo-1", "hosts": ["algo-1"] }),
    )?;

    let application = &request["AppSpecification"];
    let words =
        list(&application["ContainerEntrypoint"]).chain(list(&application["ContainerArguments"]));
    let mut argv: Vec<String> = words
        .map(|word| container.translate(&super::values::text(word)))
        .collect();
    if list(&application["ContainerEntrypoint"]).next().is_none() {
        return Err(Trouble::new(
            "the simulator pulls no image: the step needs a ContainerEntrypoint",
        ));
    }
    argv[0] = program(site, &argv[0]);
    let environment = vec![
        ("PROCESSING_JOB_NAME".into(), work.job()),
        ("PROCESSING_JOB_ARN".into(), work.job_arn()),
    ];
    if let Some(bad) = container.run(site, work, argv, environment)? {
        return Ok(bad);
    }

    let key = outputs["KmsKeyId"].as_str();
    let mut files = BTreeMap::new();
    for output in list(&outputs["Outputs"]) {
        let place = &output["S3Output"];
        let folder = container.inside(&string(place, "LocalPath"))?;
        aws.store_all(&folder, &S3Uri::parse(&string(place, "S3Uri"))?, key)?;
        for file in work
            .declared()
            .get("PropertyFiles")
            .into_iter()
            .flat_map(list)
        {
            if file["OutputName"] == output["OutputName"]
                && let Ok(text) = std::fs::read(folder.join(string(file, "FilePath")))
                && let Ok(content) = serde_json::from_slice(&text)
            {
                files.insert(string(file, "PropertyFileName"), content);
            }
        }
    }
    Ok(Outcome::Done {
        properties: json!({}),
        files,
        metadata: Value::Null,
    })
}

pub(super) fn write(path: &Path, value: &Value) -> Result<(), Trouble> {
    std::fs::write(path, value.to_string()).map_err(Trouble::from)
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
