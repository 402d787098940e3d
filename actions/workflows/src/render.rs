//! From the context to files: the templates of `templates/`, which are part of the program.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use settings::workflows::Workflows;
use tera::{Delimiters, Tera};

use crate::context::Context;
use crate::error::Error;
use crate::overlay;

/// Where GitHub looks for workflows.
pub(crate) const FOLDER: &str = ".github/workflows";
/// The first line of every generated file.
pub(crate) const MARK: &str =
    "# Made by `towpath workflows` from towpath.yaml: change that, and run it again.";

/// A file, rendered.
#[derive(Clone, Debug)]
pub(crate) struct Rendered {
    /// Its name without folder and ending, as `workflows.eject` and `workflows.steps` have it.
    pub(crate) name: String,
    /// From the repository's root.
    pub(crate) path: Utf8PathBuf,
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// What reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Workflow,
    Dependabot,
    CodeOwners,
}

impl Rendered {
    /// Whether `text`, which is there, was generated.
    pub(crate) fn is_ours(&self, text: &str) -> bool {
        text.lines().next() == Some(MARK)
    }
}

macro_rules! template {
    ($path:literal) => {
        (
            $path,
            include_str!(concat!("../../../templates/.github/", $path)),
        )
    };
}

const TEMPLATES: [(&str, &str); 9] = [
    template!("workflows/pull-request.yml"),
    template!("workflows/apply.yml"),
    template!("workflows/images.yml"),
    template!("workflows/models.yml"),
    template!("workflows/drift.yml"),
    template!("workflows/ci.yml"),
    template!("workflows/release.yml"),
    template!("dependabot.yml"),
    template!("CODEOWNERS"),
];

/// Whether this repository needs a file: whether there is anything of what it is about.
fn is_wanted(template: &str, context: &serde_json::Value) -> bool {
    let any = |names: &[&str]| {
        names.iter().any(|name| match &context[*name] {
            serde_json::Value::Null => false,
            serde_json::Value::Bool(truth) => *truth,
            serde_json::Value::Array(list) => !list.is_empty(),
            serde_json::Value::String(text) => !text.is_empty(),
            _ => true,
        })
    };
    match template {
        "workflows/pull-request.yml" => any(&["environments", "has_policies", "pipelines"]),
        "workflows/apply.yml" => any(&["environments"]),
        "workflows/images.yml" => any(&["images", "rollouts"]),
        "workflows/models.yml" => any(&["promoted"]),
        "workflows/drift.yml" => any(&["drift"]) && any(&["environments"]),
        "workflows/ci.yml" => any(&["ci"]),
        "workflows/release.yml" => any(&["release"]),
        "CODEOWNERS" => any(&["owners"]),
        _ => true,
    }
}

/// Renders every file that is wanted, with the team's own steps in it.
pub(crate) fn render(context: &Context, wanted: &Workflows) -> Result<Vec<Rendered>, Error> {
    let value = serde_json::to_value(context)
        .unwrap_or_else(|error| unreachable!("the context has names for keys: {error}"));
    render_value(&value, wanted)
}

/// The same, of a context as JSON.
pub(crate) fn render_value(
    context: &serde_json::Value,
    wanted: &Workflows,
) -> Result<Vec<Rendered>, Error> {
    let tera = templates()?;
    let values = tera::Context::from_serialize(context).map_err(|source| Error::Render {
        file: "the context",
        source,
    })?;
    let mut files = Vec::new();
    for (template, _) in TEMPLATES {
        let name = template.rsplit('/').next().unwrap_or(template);
        let name = name.trim_end_matches(".yml").to_owned();
        if !is_wanted(template, context) || wanted.eject.contains(&name) {
            continue;
        }
        let text = tera
            .render(template, &values)
            .map_err(|source| Error::Render {
                file: template,
                source,
            })?;
        files.push(Rendered {
            name,
            path: Utf8PathBuf::from(".github").join(template),
            kind: match template {
                "dependabot.yml" => Kind::Dependabot,
                "CODEOWNERS" => Kind::CodeOwners,
                _ => Kind::Workflow,
            },
            text: tidy(&text),
        });
    }
    overlay::put_in(&mut files, wanted)?;
    known(wanted)?;
    Ok(files)
}

/// Names in `eject` that are no file's would do nothing, unseen.
fn known(wanted: &Workflows) -> Result<(), Error> {
    let names: BTreeSet<&str> = TEMPLATES
        .iter()
        .map(|(template, _)| {
            let name = template.rsplit('/').next().unwrap_or(template);
            name.trim_end_matches(".yml")
        })
        .collect();
    match wanted
        .eject
        .iter()
        .find(|name| !names.contains(name.as_str()))
    {
        None => Ok(()),
        Some(name) => Err(Error::Overlay {
            detail: format!("`workflows.eject` names `{name}`, and there is no such file"),
            help: format!(
                "name one of: {}",
                names.into_iter().collect::<Vec<_>>().join(", ")
            ),
        }),
    }
}

fn templates() -> Result<Tera, Error> {
    let mut tera = Tera::new();
    let failed = |source| Error::Render {
        file: "the templates",
        source,
    };
    tera.set_delimiters(Delimiters {
        block_start: "[%".into(),
        block_end: "%]".into(),
        variable_start: "[=".into(),
        variable_end: "=]".into(),
        comment_start: "[#".into(),
        comment_end: "#]".into(),
    })
    .map_err(failed)?;
    // what stands in YAML is made safe by the context, and HTML is nothing here
    tera.autoescape_on(Vec::<&str>::new());
    tera.add_raw_templates(TEMPLATES.to_vec()).map_err(failed)?;
    Ok(tera)
}

/// The mark, one empty line at most, and none where a list of jobs begins or the file ends.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = vec![MARK, ""];
    for line in text.lines().map(str::trim_end) {
        let after = lines.last().copied().unwrap_or_default();
        if line.is_empty() && (after.is_empty() || after == "jobs:") {
            continue;
        }
        lines.push(line);
    }
    while lines.last() == Some(&"") {
        lines.pop();
    }
    let mut text = lines.join("\n");
    text.push('\n');
    text
}
