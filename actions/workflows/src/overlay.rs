//! A team's own steps and variables, put into the rendered text at the points that they name.
//!
//! The templates keep one layout: jobs at two spaces, steps at six. That is what is relied on here, and the rules parse
//! what comes out.

use std::collections::BTreeMap;

use settings::workflows::{Does, Point, Step, Workflows};

use crate::error::Error;
use crate::render::{Kind, Rendered};

/// A step in the text: its job, its id, and its lines.
#[derive(Debug)]
struct Place {
    job: String,
    id: String,
    start: usize,
    end: usize,
}

/// Puts everything in that `wanted` says.
pub(crate) fn put_in(files: &mut [Rendered], wanted: &Workflows) -> Result<(), Error> {
    for (workflow, env) in &wanted.env {
        let file = named(files, workflow, "workflows.env")?;
        file.text = with_env(&file.text, env);
    }
    for overlay in &wanted.steps {
        let file = named(files, &overlay.workflow, "workflows.steps")?;
        let lines: Vec<&str> = file.text.lines().collect();
        let places = places(&lines);
        let (id, after) = match &overlay.point {
            Point::Before(id) => (id, false),
            Point::After(id) => (id, true),
        };
        let meant: Vec<&Place> = places
            .iter()
            .filter(|place| place.id == *id)
            .filter(|place| overlay.job.as_ref().is_none_or(|job| *job == place.job))
            .collect();
        if meant.is_empty() {
            return Err(nowhere(overlay.job.as_deref(), id, &file.name, &places));
        }
        let own: Vec<String> = overlay.steps.iter().flat_map(step).collect();
        let mut text: Vec<String> = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            if !after && meant.iter().any(|place| place.start == number) {
                text.extend(own.clone());
            }
            text.push((*line).to_owned());
            if after && meant.iter().any(|place| place.end == number + 1) {
                text.extend(own.clone());
            }
        }
        text.push(String::new());
        file.text = text.join("\n");
    }
    Ok(())
}

fn named<'f>(files: &'f mut [Rendered], name: &str, key: &str) -> Result<&'f mut Rendered, Error> {
    let known: Vec<String> = files
        .iter()
        .filter(|file| file.kind == Kind::Workflow)
        .map(|file| file.name.clone())
        .collect();
    files
        .iter_mut()
        .find(|file| file.kind == Kind::Workflow && file.name == name)
        .ok_or_else(|| Error::Overlay {
            detail: format!("`{key}` names the workflow `{name}`, which is not generated"),
            help: format!("name one of: {}", known.join(", ")),
        })
}

fn nowhere(job: Option<&str>, id: &str, workflow: &str, places: &[Place]) -> Error {
    let job = job.map(|job| format!(" in the job `{job}`"));
    let known: Vec<String> = places
        .iter()
        .map(|place| format!("{}/{}", place.job, place.id))
        .collect();
    Error::Overlay {
        detail: format!("`{workflow}` has no step `{id}`{}", job.unwrap_or_default()),
        help: format!("name one of: {}", known.join(", ")),
    }
}

/// The steps of a rendered workflow. A comment directly above a step belongs to it.
fn places(lines: &[&str]) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut job = "";
    let mut jobs = false;
    let mut open = false;
    for (number, line) in lines.iter().enumerate() {
        jobs |= *line == "jobs:";
        let indent = line.len() - line.trim_start().len();
        if jobs && indent == 2 && line.ends_with(':') && !line.trim_start().starts_with('#') {
            job = line.trim().trim_end_matches(':');
        }
        if open && !line.trim().is_empty() && indent < 8 {
            if let Some(last) = found.last_mut() {
                last.end = number;
            }
            open = false;
        }
        if line.starts_with("      - ") {
            let mut start = number;
            while start > 0 && lines[start - 1].starts_with("      #") {
                start -= 1;
            }
            found.push(Place {
                job: job.to_owned(),
                id: String::new(),
                start,
                end: lines.len(),
            });
            open = true;
        } else if open
            && let Some(id) = line.strip_prefix("        id: ")
            && let Some(last) = found.last_mut()
        {
            last.id = id.trim().to_owned();
        }
    }
    // an empty line between jobs belongs to nobody
    for place in &mut found {
        while place.end > place.start && lines[place.end - 1].trim().is_empty() {
            place.end -= 1;
        }
    }
    found
}

/// The variables, in every job of the text.
fn with_env(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("    timeout-minutes:") && !env.is_empty() {
            out.push_str("    env:\n");
            for (name, value) in env {
                out.push_str(&format!("      {name}: {}\n", quoted(value)));
            }
        }
    }
    out
}

/// A step as lines of YAML.
fn step(step: &Step) -> Vec<String> {
    let mut lines = vec![format!("      - name: {}", quoted(&step.name))];
    let mut line = |text: String| lines.push(format!("        {text}"));
    if let Some(id) = &step.id {
        line(format!("id: {}", quoted(id)));
    }
    if let Some(condition) = &step.condition {
        line(format!("if: {}", quoted(condition)));
    }
    let env = |line: &mut dyn FnMut(String)| map("env", &step.env, line);
    match &step.does {
        Does::Uses {
            action,
            version,
            with,
        } => {
            line(format!("uses: {action} # {version}"));
            env(&mut line);
            map("with", with, &mut line);
        }
        Does::Runs { script, folder } => {
            if let Some(folder) = folder {
                line(format!("working-directory: {}", quoted(folder.as_str())));
            }
            line("shell: bash".to_owned());
            env(&mut line);
            line(format!("run: {}", quoted(script)));
        }
    }
    lines
}

fn map(name: &str, values: &BTreeMap<String, String>, line: &mut dyn FnMut(String)) {
    if values.is_empty() {
        return;
    }
    line(format!("{name}:"));
    for (key, value) in values {
        line(format!("  {}: {}", quoted(key), quoted(value)));
    }
}

/// A text in double quotes: JSON's are YAML's, but for characters that YAML takes for line ends.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('\u{85}', "\\N")
        .replace('\u{2028}', "\\L")
        .replace('\u{2029}', "\\P")
}
