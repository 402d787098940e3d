//! The part of the Actions runner that a composite action meets: its folders, its variables and its steps.

mod job;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::action::{ActionRun, RunError};
use crate::commands::Commands;
use crate::expression::{Context, ExpressionError};
use crate::file_commands::key_values;
use crate::manifest::{Manifest, Step};
use crate::{ActionResult, Program};

/// More than this, and the runner drops a summary.
const SUMMARY: usize = 1024 * 1024;

pub(crate) struct Runner {
    manifest: Manifest,
    context: Context,
    /// The job's variables, and what steps added to them.
    environment: BTreeMap<String, String>,
    /// What steps put before the path, the last first.
    path: Vec<String>,
    workspace: Utf8PathBuf,
    root: Utf8PathBuf,
    folder: TempDir,
    commands: Commands,
    exit_code: i32,
    stdout: String,
    stderr: String,
    summary: String,
    env_file: BTreeMap<String, String>,
}

impl Runner {
    /// Checks what can be checked before anything runs, and lays out the folders.
    pub(crate) fn new(run: &ActionRun) -> Result<Self, RunError> {
        let manifest = Manifest::read(&run.folder)?;
        check(&manifest)?;
        let folder =
            tempfile::tempdir().map_err(|source| io(Utf8Path::new("temporary folder"), source))?;
        let root = Utf8PathBuf::from(folder.path().to_string_lossy().into_owned());
        let workspace = run.workspace.clone().unwrap_or_else(|| root.join("work"));
        for folder in [
            &workspace,
            &root.join("temp"),
            &root.join("tools"),
            &root.join("files"),
        ] {
            std::fs::create_dir_all(folder).map_err(|source| io(folder, source))?;
        }
        write(&root.join("event.json"), &run.event.to_string())?;
        let environment = job::environment(run, &root, &workspace);
        let mut context = Context {
            values: job::contexts(&environment, &run.event),
            failed: false,
        };
        let inputs = inputs(run, &manifest, &context)?;
        context
            .values
            .insert("inputs".to_owned(), Value::Object(inputs));
        context.values.insert("steps".to_owned(), json!({}));
        Ok(Self {
            manifest,
            context,
            environment,
            path: Vec::new(),
            workspace,
            root,
            folder,
            commands: Commands::default(),
            exit_code: 0,
            stdout: String::new(),
            stderr: String::new(),
            summary: String::new(),
            env_file: BTreeMap::new(),
        })
    }

    pub(crate) fn run(mut self) -> Result<ActionResult, RunError> {
        let steps = std::mem::take(&mut self.manifest.runs.steps);
        for (number, step) in steps.iter().enumerate() {
            let outcome = self.step(number, step)?;
            if let Some(id) = &step.id {
                self.context.values["steps"][id] = outcome;
            }
        }
        self.commands.read(&self.stdout);
        self.commands.read(&self.stderr);
        let mut outputs = BTreeMap::new();
        for (name, output) in &self.manifest.outputs {
            let value = self
                .context
                .fill(&output.value.0)
                .map_err(at(&format!("outputs.{name}")))?;
            outputs.insert(name.clone(), value);
        }
        Ok(ActionResult {
            exit_code: self.exit_code,
            stdout: self.stdout,
            stderr: self.stderr,
            outputs,
            summary: self.summary,
            annotations: self.commands.annotations,
            masks: self.commands.masks,
            env_file: self.env_file,
            workspace: self.workspace,
            folder: self.folder,
        })
    }

    /// Runs one step and returns what `steps.<id>` is afterwards.
    fn step(&mut self, number: usize, step: &Step) -> Result<Value, RunError> {
        let title = step.title();
        self.context
            .values
            .insert("env".to_owned(), json!(self.environment));
        let condition = step
            .r#if
            .as_ref()
            .map_or("success()", |condition| condition.0.as_str());
        if !self
            .context
            .allows(condition)
            .map_err(at(&format!("{title}: if")))?
        {
            return Ok(json!({"outputs": {}, "outcome": "skipped", "conclusion": "skipped"}));
        }
        let program = self.program(number, step)?;
        let ran = program
            .try_run()
            .map_err(|source| io(Utf8Path::new("bash"), source))?;
        self.stdout.push_str(&ran.stdout);
        self.stderr.push_str(&ran.stderr);
        let outputs = self.collect(number, title)?;
        let failed = ran.exit_code != 0;
        if failed && !step.continue_on_error {
            self.context.failed = true;
            // the job shows the first failure
            self.exit_code = if self.exit_code == 0 {
                ran.exit_code
            } else {
                self.exit_code
            };
        }
        let word = |failed| if failed { "failure" } else { "success" };
        Ok(json!({
            "outputs": outputs,
            "outcome": word(failed),
            "conclusion": word(failed && !step.continue_on_error),
        }))
    }

    fn program(&self, number: usize, step: &Step) -> Result<Program, RunError> {
        let title = step.title();
        let script = self.root.join("files").join(format!("{number}.sh"));
        write(&script, &step.run)?;
        let mut program = Program::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-e",
                "-o",
                "pipefail",
                script.as_str(),
            ])
            .envs(&self.environment);
        if !self.path.is_empty() {
            let inherited = || {
                std::env::var_os("PATH")
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            };
            let path = self
                .environment
                .get("PATH")
                .cloned()
                .unwrap_or_else(inherited);
            let before = self
                .path
                .iter()
                .rev()
                .cloned()
                .collect::<Vec<_>>()
                .join(":");
            program = program.env("PATH", format!("{before}:{path}"));
        }
        for (name, value) in &step.env {
            let value = self
                .context
                .fill(&value.0)
                .map_err(at(&format!("{title}: env.{name}")))?;
            program = program.env(name, value);
        }
        for name in FILES {
            let file = self.file(number, name);
            write(&file, "")?;
            program = program.env(name, file);
        }
        let folder = step.working_directory.as_deref().unwrap_or_default();
        let folder = self
            .context
            .fill(folder)
            .map_err(at(&format!("{title}: working-directory")))?;
        Ok(program.cwd(self.workspace.join(folder)))
    }

    /// Reads the step's files and returns its outputs.
    fn collect(&mut self, number: usize, title: &str) -> Result<Map<String, Value>, RunError> {
        let read = |name: &'static str| {
            let path = self.file(number, name);
            std::fs::read_to_string(&path).map_err(|source| io(&path, source))
        };
        let pairs = |file: &'static str| {
            key_values(&read(file)?).map_err(|source| RunError::FileCommand {
                step: title.to_owned(),
                file,
                source,
            })
        };
        let outputs = pairs("GITHUB_OUTPUT")?
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        pairs("GITHUB_STATE")?;
        let variables = pairs("GITHUB_ENV")?;
        let path = read("GITHUB_PATH")?;
        let summary = read("GITHUB_STEP_SUMMARY")?;
        if summary.len() > SUMMARY {
            return Err(RunError::Summary {
                step: title.to_owned(),
                bytes: summary.len(),
            });
        }
        self.path.extend(
            path.lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned),
        );
        self.env_file.extend(variables.iter().cloned());
        self.environment.extend(variables);
        self.summary.push_str(&summary);
        Ok(outputs)
    }

    fn file(&self, number: usize, name: &str) -> Utf8PathBuf {
        self.root.join("files").join(format!("{number}-{name}"))
    }
}

/// The variables that name a file by which a step speaks to the runner.
const FILES: [&str; 5] = [
    "GITHUB_OUTPUT",
    "GITHUB_ENV",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
];

fn check(manifest: &Manifest) -> Result<(), RunError> {
    let runs = &manifest.runs;
    if runs.using != "composite" {
        return Err(RunError::NotComposite(runs.using.clone()));
    }
    for step in &runs.steps {
        if step.shell != "bash" {
            return Err(RunError::Shell {
                step: step.title().to_owned(),
                shell: step.shell.clone(),
            });
        }
        if step.run.contains("${{") {
            return Err(RunError::ExpressionInScript(step.title().to_owned()));
        }
    }
    Ok(())
}

fn inputs(
    run: &ActionRun,
    manifest: &Manifest,
    context: &Context,
) -> Result<Map<String, Value>, RunError> {
    if let Some(unknown) = run
        .inputs
        .keys()
        .find(|name| !manifest.inputs.contains_key(*name))
    {
        return Err(RunError::UnknownInput(unknown.clone()));
    }
    let mut values = Map::new();
    for (name, input) in &manifest.inputs {
        let value = match (run.inputs.get(name), &input.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => context
                .fill(&default.0)
                .map_err(at(&format!("inputs.{name}.default")))?,
            (None, None) if input.required => return Err(RunError::MissingInput(name.clone())),
            (None, None) => String::new(),
        };
        values.insert(name.clone(), value.into());
    }
    Ok(values)
}

fn at(place: &str) -> impl FnOnce(ExpressionError) -> RunError {
    let place = place.to_owned();
    |source| RunError::Expression { place, source }
}

fn io(path: &Utf8Path, source: std::io::Error) -> RunError {
    RunError::Io {
        path: path.to_owned(),
        source,
    }
}

fn write(path: &Utf8Path, text: &str) -> Result<(), RunError> {
    std::fs::write(path, text).map_err(|source| io(path, source))
}
