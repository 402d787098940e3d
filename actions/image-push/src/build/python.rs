//! A Python application without a builder: what of a Dockerfile can be done by copying alone.
//!
//! That is a base image that stays in its registry, at most one virtual environment of locked packages, files of the
//! context, and how it runs. The virtual environment is a stage (or steps) of exactly this form, which is also what Docker
//! would run:
//!
//! ```text
//! COPY <lock> <path>
//! RUN python -m venv <folder> && <folder>/bin/pip install --require-hashes --requirement <path>
//! ```
//!
//! Anything else (`ADD`, another `RUN`, owners and modes of copies, wildcards) is given back with the reason why not, and
//! another builder does it.

use std::collections::BTreeMap;

use oci_image::layer::{Content, Layer};
use oci_image::{Config, ImageConfig};
use serde_json::{Value, json};

use super::context::{File, Kind};
use super::dockerfile::{Copy, Dockerfile, Stage, Step, Words, expand, pairs};

/// Where official images have their interpreter, when the Dockerfile does not say it.
const INTERPRETER: &str = "/usr/local/bin/python";

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The base image, as it is written.
    pub(crate) base: String,
    pub(crate) packages: Option<Packages>,
    /// The steps of the last stage.
    steps: Vec<Step>,
}

/// A virtual environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packages {
    /// Where it is in the image.
    pub(crate) folder: String,
    /// The lock, from the context's root.
    pub(crate) lock: String,
    /// The interpreter of the base image.
    pub(crate) interpreter: String,
}

/// The last stage, carried out: files and configuration.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) layer: Layer,
    pub(crate) config: Config,
}

/// Says what there is to do, or why this is not for us.
pub(crate) fn plan(dockerfile: &Dockerfile) -> Result<Plan, String> {
    let (last, before) = dockerfile.stages.split_last().ok_or("it has no stage")?;
    let mut packages = None;
    for stage in before {
        if packages.is_some() {
            return Err("it has more than one stage before the last".to_owned());
        }
        let found = packages_of(stage)?;
        packages = Some((stage, found));
    }
    if let Some((stage, _)) = &packages
        && stage.from != last.from
    {
        return Err("its packages come from another base than the image".to_owned());
    }
    let mut copied = false;
    for step in &last.steps {
        match step {
            Step::Run { .. } => return Err("it has a `RUN` in its last stage".to_owned()),
            Step::Other(keyword, _) => return Err(format!("it has {keyword}")),
            Step::Copy(copy) => match &copy.from {
                None => check(copy)?,
                Some(from) => {
                    let Some((stage, found)) = &packages else {
                        return Err(format!("it copies from `{from}`"));
                    };
                    if stage.name.as_ref() != Some(from)
                        || copy.sources != [found.folder.clone()]
                        || copy.to != found.folder
                    {
                        let folder = &found.folder;
                        return Err(format!(
                            "it copies more from `{from}` than `{folder}` to `{folder}`"
                        ));
                    }
                    copied = true;
                }
            },
            _ => {}
        }
    }
    if last.from == "scratch" || !last.options.is_empty() {
        return Err("its base is not a plain image".to_owned());
    }
    Ok(Plan {
        base: last.from.clone(),
        packages: packages.map(|(_, found)| found).filter(|_| copied),
        steps: last.steps.clone(),
    })
}

fn check(copy: &Copy) -> Result<(), String> {
    if let Some(option) = copy.options.iter().find(|option| *option != "link") {
        return Err(format!("a `COPY` has the option `{option}`"));
    }
    let wild = |path: &&String| path.contains(['*', '?', '[']);
    match copy.sources.iter().find(wild) {
        Some(path) => Err(format!("it copies by a pattern, `{path}`")),
        None => Ok(()),
    }
}

/// The virtual environment that a stage makes.
fn packages_of(stage: &Stage) -> Result<Packages, String> {
    let name = stage.name.as_deref().unwrap_or("without a name");
    let mut locks = BTreeMap::new();
    let mut found = None;
    for step in &stage.steps {
        match step {
            Step::Copy(copy) if copy.from.is_none() && copy.sources.len() == 1 => {
                check(copy)?;
                locks.insert(copy.to.clone(), copy.sources[0].clone());
            }
            Step::Run { words, extras } if extras.is_empty() && found.is_none() => {
                found = Some(environment(words, &locks).ok_or_else(|| {
                    format!("stage `{name}` runs something else than one `venv` and one `pip install --require-hashes`")
                })?);
            }
            Step::Arg(_) => {}
            _ => return Err(format!("stage `{name}` does more than to install packages")),
        }
    }
    found.ok_or_else(|| format!("stage `{name}` installs nothing"))
}

/// `python -m venv F && F/bin/pip install --require-hashes --requirement L`
fn environment(words: &Words, locks: &BTreeMap<String, String>) -> Option<Packages> {
    let Words::Shell(text) = words else {
        return None;
    };
    let (venv, pip) = text.split_once("&&")?;
    let venv: Vec<&str> = venv.split_whitespace().collect();
    let [python, "-m", "venv", folder] = venv.as_slice() else {
        return None;
    };
    let name = python.rsplit('/').next()?;
    let plain = |text: &str| {
        text.starts_with('/')
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter))
    };
    let named = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    if named != "python" || !plain(folder) || (python.contains('/') && !plain(python)) {
        return None;
    }
    let mut words = pip.split_whitespace();
    if words.next()? != format!("{folder}/bin/pip") || words.next()? != "install" {
        return None;
    }
    let mut lock = None;
    let mut hashes = false;
    while let Some(word) = words.next() {
        match word {
            "--require-hashes" => hashes = true,
            "--no-cache-dir"
            | "--no-deps"
            | "--disable-pip-version-check"
            | "--no-compile"
            | "--only-binary=:all:" => {}
            "-r" | "--requirement" => lock = Some(words.next()?),
            word => lock = Some(word.strip_prefix("--requirement=")?),
        }
    }
    hashes.then_some(Packages {
        folder: (*folder).to_owned(),
        lock: locks.get(lock?)?.clone(),
        interpreter: match python.contains('/') {
            true => (*python).to_owned(),
            false => INTERPRETER.to_owned(),
        },
    })
}

/// Carries the last stage out upon `base`.
pub(crate) fn carry_out(
    plan: &Plan,
    base: &ImageConfig,
    args: &BTreeMap<String, String>,
    files: &[File],
) -> Result<Carried, String> {
    let mut stage = Running {
        config: base.config.clone(),
        args: BTreeMap::new(),
        layer: Layer::default(),
    };
    for step in &plan.steps {
        stage.step(step, args, files)?;
    }
    Ok(Carried {
        layer: stage.layer,
        config: stage.config,
    })
}

struct Running {
    config: Config,
    args: BTreeMap<String, String>,
    layer: Layer,
}

impl Running {
    fn step(
        &mut self,
        step: &Step,
        given: &BTreeMap<String, String>,
        files: &[File],
    ) -> Result<(), String> {
        match step {
            Step::Arg(text) => {
                let (name, default) = text.split_once('=').unwrap_or((text, ""));
                let value = match given.get(name) {
                    Some(value) => value.clone(),
                    None => self.fill(default.trim_matches('"'))?,
                };
                self.args.insert(name.to_owned(), value);
            }
            Step::Env(text) => {
                for (name, value) in pairs(text, &|name| self.value(name))? {
                    self.set(&name, &value);
                }
            }
            Step::Label(text) => {
                let found = pairs(text, &|name| self.value(name))?;
                let labels = self.config.labels.get_or_insert_default();
                labels.extend(found);
            }
            Step::Workdir(folder) => {
                let folder = self.absolute(&self.fill(folder)?);
                self.layer
                    .folder(&folder)
                    .map_err(|error| error.to_string())?;
                self.config.working_dir = Some(folder);
            }
            Step::User(user) => self.config.user = Some(self.fill(user)?),
            Step::StopSignal(signal) => {
                let signal = self.fill(signal)?;
                self.config
                    .rest
                    .insert("StopSignal".to_owned(), signal.into());
            }
            Step::Expose(ports) => {
                for port in ports {
                    let port = self.fill(port)?;
                    let port = if port.contains('/') {
                        port
                    } else {
                        format!("{port}/tcp")
                    };
                    let exposed = self.config.exposed_ports.get_or_insert_default();
                    exposed.insert(port, json!({}));
                }
            }
            Step::Entrypoint(words) => {
                self.config.entrypoint = Some(words.list());
                // which takes the base's arguments away
                self.config.cmd = None;
            }
            Step::Cmd(words) => self.config.cmd = Some(words.list()),
            Step::Healthcheck { options, command } => {
                let check = health(options, command.as_ref())?;
                self.config.rest.insert("Healthcheck".to_owned(), check);
            }
            Step::Copy(copy) if copy.from.is_none() => self.copy(copy, files)?,
            // the packages are a layer of their own
            Step::Copy(_) => {}
            Step::Run { .. } | Step::Other(..) => {
                return Err("it has a step that cannot be copied".to_owned());
            }
        }
        Ok(())
    }

    fn copy(&mut self, copy: &Copy, files: &[File]) -> Result<(), String> {
        let to = self.fill(&copy.to)?;
        let into = to.ends_with('/') || to == "." || to.ends_with("/.") || copy.sources.len() > 1;
        let to = self.absolute(&to);
        for source in &copy.sources {
            let source = self.fill(source)?;
            let source = normal(&source);
            let below = format!("{source}/");
            let mut found = false;
            for file in files {
                let there = if file.path == source {
                    let name = source.rsplit('/').next().unwrap_or_default();
                    if into {
                        format!("{to}/{name}")
                    } else {
                        to.clone()
                    }
                } else if source.is_empty() {
                    format!("{to}/{}", file.path)
                } else if let Some(rest) = file.path.strip_prefix(&below) {
                    // a folder's content, not the folder
                    format!("{to}/{rest}")
                } else {
                    continue;
                };
                found = true;
                let added = match &file.kind {
                    Kind::Link { target } => self.layer.link(&there, target),
                    Kind::File { executable } => {
                        let content = Content::Path(file.place.clone());
                        self.layer.file(&there, content, *executable)
                    }
                };
                added.map_err(|error| error.to_string())?;
            }
            if !found {
                return Err(format!("`COPY {source}`: the context has no such file"));
            }
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<String> {
        let pair = |pair: &String| {
            let (known, value) = pair.split_once('=')?;
            (known == name).then(|| value.to_owned())
        };
        let env = self.config.env.iter().flatten().find_map(pair);
        env.or_else(|| self.args.get(name).cloned())
    }

    fn fill(&self, text: &str) -> Result<String, String> {
        expand(text, &|name| self.value(name))
    }

    fn set(&mut self, name: &str, value: &str) {
        let env = self.config.env.get_or_insert_default();
        let pair = format!("{name}={value}");
        let begins = format!("{name}=");
        match env.iter_mut().find(|pair| pair.starts_with(&begins)) {
            Some(known) => *known = pair,
            None => env.push(pair),
        }
    }

    fn absolute(&self, path: &str) -> String {
        let whole = if path.starts_with('/') {
            path.to_owned()
        } else {
            let folder = self.config.working_dir.as_deref().unwrap_or("/");
            format!("{folder}/{path}")
        };
        format!("/{}", normal(&whole))
    }
}

/// A path without empty parts and dots at either end.
fn normal(path: &str) -> String {
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    parts.collect::<Vec<_>>().join("/")
}

fn health(options: &[(String, String)], command: Option<&Words>) -> Result<Value, String> {
    let test = match command {
        None => vec!["NONE".to_owned()],
        Some(Words::Exec(words)) => std::iter::once("CMD".to_owned())
            .chain(words.iter().cloned())
            .collect(),
        Some(Words::Shell(text)) => vec!["CMD-SHELL".to_owned(), text.clone()],
    };
    let mut check = json!({"Test": test});
    for (name, value) in options {
        let nanoseconds = || {
            let span = value.parse::<jiff::SignedDuration>();
            span.map(|span| span.as_nanos() as i64)
                .map_err(|_| format!("`{value}` is not a time"))
        };
        match name.as_str() {
            "interval" => check["Interval"] = nanoseconds()?.into(),
            "timeout" => check["Timeout"] = nanoseconds()?.into(),
            "start-period" => check["StartPeriod"] = nanoseconds()?.into(),
            "start-interval" => check["StartInterval"] = nanoseconds()?.into(),
            "retries" => {
                let retries: u32 = value
                    .parse()
                    .map_err(|_| format!("`{value}` is no number"))?;
                check["Retries"] = retries.into();
            }
            _ => return Err(format!("`HEALTHCHECK` has the option `{name}`")),
        }
    }
    Ok(check)
}

#[cfg(test)]
mod tests;
