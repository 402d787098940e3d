//! Which setting makes a line: found out by changing each one and looking whether the line is still there.
//!
//! So an explanation cannot be out of date, and the templates need no marks. A line that no change touches is the
//! template's own.

use std::collections::BTreeMap;

use serde_json::Value;
use settings::Settings;

use crate::context::{Context, Which};
use crate::error::Error;
use crate::render::{Rendered, render};
use crate::repository::Repository;

/// Where values of the context come from, by the beginning of their path
const SOURCES: [(&str, &str); 22] = [
    ("branch", "`workflows.branch`"),
    ("runner", "`workflows.runner`"),
    ("region", "`aws.region`"),
    ("queue", "`workflows.platform`"),
    ("terraform", "`workflows.terraform`"),
    (
        "pins",
        "the known pins, and newer ones of files that were there",
    ),
    (
        "actions",
        "`workflows.toolkit`, or this repository's own actions",
    ),
    ("has_policies", "`policy.folders`, one of which is there"),
    ("has_models", "`models.folder`, which holds release files"),
    ("pipelines", "definitions of pipelines in `pipelines/`"),
    (
        "environments",
        "`terraform.environments`, `workflows.environments` and `workflows.role`",
    ),
    ("promoted", "release files in `models.folder`"),
    ("images", "`images`"),
    (
        "image_paths",
        "`images` and `rollouts`: what they are made of",
    ),
    ("rollouts", "`rollouts`"),
    ("promotion", "`workflows.promotion`"),
    ("app", "`workflows.app`"),
    ("drift", "`workflows.drift`"),
    ("ci", "`workflows.ci`"),
    ("release", "`workflows.release`"),
    ("updates", "manifests of package managers in the repository"),
    ("own", "`workflows.owners`"),
];

/// Says what makes the line at `place`, `<file>:<line>`.
pub(crate) fn explain(
    place: &str,
    settings: &Settings,
    repository: &Repository,
) -> Result<String, Error> {
    let context = Context::new(settings, repository, Which::Newest)?;
    let files = render(&context, &settings.workflows)?;
    let (file, number) = find(place, &files)?;
    let line = Line::of(&file.text, number);
    let mut causes = Vec::new();
    for (index, overlay) in settings.workflows.steps.iter().enumerate() {
        let mut without = settings.workflows.clone();
        without.steps.remove(index);
        if !render(&context, &without).is_ok_and(|files| line.is_in(file, &files)) {
            causes.push(format!(
                "`workflows.steps[{index}]`, steps of your own in `{}`",
                overlay.workflow
            ));
        }
    }
    for workflow in settings.workflows.env.keys() {
        let mut without = settings.workflows.clone();
        without.env.remove(workflow);
        if !render(&context, &without).is_ok_and(|files| line.is_in(file, &files)) {
            causes.push(format!("`workflows.env.{workflow}`"));
        }
    }
    let whole = serde_json::to_value(&context).unwrap_or_default();
    for (path, changed) in changes(&whole) {
        let source = SOURCES.iter().find(|(start, _)| path.starts_with(start));
        let Some((_, source)) = source else { continue };
        let files = crate::render::render_value(&changed, &settings.workflows);
        let still = files.is_ok_and(|files| line.is_in(file, &files));
        if !still && !causes.iter().any(|cause| cause == source) {
            causes.push((*source).to_owned());
        }
    }
    let made = if causes.is_empty() {
        "the template's own: every repository has it".to_owned()
    } else {
        causes.join("\n  ")
    };
    Ok(format!(
        "{}:{number}: {}\n  {made}",
        file.path,
        line.text.trim()
    ))
}

fn find<'f>(place: &str, files: &'f [Rendered]) -> Result<(&'f Rendered, usize), Error> {
    let found = place.rsplit_once(':').and_then(|(path, number)| {
        let number: usize = number.parse().ok()?;
        let file = files
            .iter()
            .find(|file| file.path == path || file.path.file_name() == Some(path))?;
        (1..=file.text.lines().count())
            .contains(&number)
            .then_some((file, number))
    });
    found.ok_or_else(|| Error::Place {
        place: place.to_owned(),
        files: files
            .iter()
            .map(|file| file.path.as_str())
            .collect::<Vec<_>>()
            .join(", "),
    })
}

/// A line, and what it stands under: the same text may stand in several jobs.
#[derive(Debug)]
struct Line {
    text: String,
    under: Vec<String>,
    count: usize,
}

impl Line {
    fn of(text: &str, number: usize) -> Self {
        let all = keys(text);
        let (under, line) = all[number - 1].clone();
        Self {
            count: all
                .iter()
                .filter(|each| **each == (under.clone(), line.clone()))
                .count(),
            text: line,
            under,
        }
    }

    /// Whether it is still in that file, as often as before.
    fn is_in(&self, file: &Rendered, files: &[Rendered]) -> bool {
        let Some(file) = files.iter().find(|each| each.path == file.path) else {
            return false;
        };
        let mut counts: BTreeMap<(Vec<String>, String), usize> = BTreeMap::new();
        for key in keys(&file.text) {
            *counts.entry(key).or_default() += 1;
        }
        counts.get(&(self.under.clone(), self.text.clone())) == Some(&self.count)
    }
}

/// Each line with the lines that it is indented under.
fn keys(text: &str) -> Vec<(Vec<String>, String)> {
    let mut above: Vec<(usize, String)> = Vec::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if !line.trim().is_empty() {
            above.retain(|(other, _)| *other < indent);
        }
        let under = above.iter().map(|(_, line)| line.clone()).collect();
        found.push((under, line.to_owned()));
        if !line.trim().is_empty() {
            above.push((indent, line.to_owned()));
        }
    }
    found
}

/// The context with one value changed: its path, and the whole.
fn changes(whole: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut paths = Vec::new();
    leaves(whole, String::new(), &mut paths);
    for path in paths {
        let pointer = path.clone();
        let mut changed = whole.clone();
        if let Some(value) = changed.pointer_mut(&pointer) {
            *value = match value.take() {
                Value::Bool(truth) => Value::Bool(!truth),
                Value::String(text) => Value::String(format!("{text}-changed")),
                Value::Number(_) => Value::from(1),
                Value::Array(mut list) => {
                    list.pop();
                    Value::Array(list)
                }
                other => other,
            };
        }
        found.push((pointer.trim_start_matches('/').to_owned(), changed));
    }
    found
}

/// Values that can be changed: texts, numbers, truths, and lists by their length.
fn leaves(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(inner, format!("{path}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                leaves(inner, format!("{path}/{index}"), found);
            }
            if !list.is_empty() {
                found.push(path);
            }
        }
        Value::Null => {}
        _ => found.push(path),
    }
}
