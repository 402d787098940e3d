//! Workflows: the repository's workflow files, made from `towpath.yaml` and from what the repository holds.
//!
//! What the files say is gathered into one value ([`context`]), with every action by its commit ([`pins`]), and rendered
//! by the templates ([`render`]); a team's own steps are put in ([`overlay`]). The text is parsed again and held against
//! the checklist ([`rules`]) before anything is written. `--check` compares what is there with what would be written, by
//! meaning ([`compare`]): a pin that moved forward, a comment or another order of keys is no difference, anything that
//! changes what runs or what it may do is one. `--explain` says which setting makes a line ([`explain`]). Nothing here
//! uses the network.

mod compare;
mod context;
mod error;
mod explain;
mod overlay;
mod pins;
mod render;
mod repository;
mod rules;

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{Finding, Level, Location};
use gha::{Host, Outcome};
use jiff::Timestamp;
use report_formats::{Fact, Format, Report, Sources};
use settings::Settings;

use compare::Difference;
use context::{Context, Which};
pub use error::Error;
use render::Rendered;
use repository::{Repository, State};

/// Generate the repository's workflow files, or check that they are what would be generated
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    config: Option<Utf8PathBuf>,
    /// Write nothing: say what differs from what would be generated
    #[arg(long)]
    check: bool,
    /// Write nothing: say which setting makes a line, `<file>:<line>`
    #[arg(long, value_name = "FILE:LINE")]
    explain: Option<String>,
    /// Write over files that were not generated
    #[arg(long)]
    force: bool,
    /// How to print what was found: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, short, default_value = "text")]
    output: Format,
}

/// Generates, checks or explains.
///
/// # Errors
/// A configuration that no workflows can be made of, a file in the way that is somebody else's, or one that cannot be
/// read or written.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let settings = Settings::load(args.config.as_deref())?;
    let repository = Repository::look(Utf8Path::new(""), &settings)?;
    if let Some(place) = &args.explain {
        let explained = explain::explain(place, &settings, &repository)?;
        host.say(&explained);
        return Ok(Outcome::Allowed);
    }
    if args.check {
        let files = generate(&settings, &repository, Which::Known)?;
        return check(&files, &repository, args.output, host);
    }
    let files = generate(&settings, &repository, Which::Newest)?;
    write(&files, &repository, args, host)
}

/// Every file, rendered and judged.
fn generate(
    settings: &Settings,
    repository: &Repository,
    pins: Which,
) -> Result<Vec<Rendered>, Error> {
    let context = Context::new(settings, repository, pins)?;
    let files = render::render(&context, &settings.workflows)?;
    let today = jiff::tz::Offset::UTC.to_datetime(Timestamp::now()).date();
    rules::judge(&files, &settings.workflows, today)?;
    Ok(files)
}

fn check(
    files: &[Rendered],
    repository: &Repository,
    output: Format,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let mut sources = Sources::new();
    let mut findings = Vec::new();
    for file in files {
        let found = match repository.state(&file.path)? {
            State::Missing => vec![Difference::missing()],
            State::There(text) => {
                let found = compare::compare(file, &text);
                sources.insert(file.path.as_str(), text);
                found
            }
        };
        findings.extend(found.into_iter().map(|found| finding(&file.path, found)));
    }
    for path in repository.stale(files) {
        findings.push(finding(&path, Difference::stale()));
    }
    let same = findings.is_empty();
    let report = Report {
        tool: "workflows",
        title: "Workflows",
        outcome: report_formats::Outcome {
            label: if same { "current" } else { "changed" },
            ok: same,
        },
        facts: vec![
            Fact::count("file", files.len()),
            Fact::count("difference", findings.len()),
        ],
        reasons: Vec::new(),
        findings: &findings,
        sections: Vec::new(),
        sources: &sources,
    };
    project::publish(&report, output, host)?;
    host.output("changed", if same { "false" } else { "true" })?;
    Ok(match same {
        true => Outcome::Allowed,
        false => Outcome::Drift,
    })
}

fn finding(path: &Utf8Path, difference: Difference) -> Finding {
    Finding {
        rule: format!("workflows/{}", difference.kind),
        level: Level::Deny,
        message: difference.message,
        title: None,
        resource: None,
        location: Some(Location {
            file: path.as_str().replace('\\', "/"),
            line: difference.line,
            column: 1,
            end_line: difference.line,
            end_column: None,
        }),
        remedy: Some(
            "run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or `workflows.eject` of `towpath.yaml`"
                .to_owned(),
        ),
        link: None,
        policy_file: None,
        metadata: std::collections::BTreeMap::new(),
        digest: None,
        waived: None,
    }
}

fn write(
    files: &[Rendered],
    repository: &Repository,
    args: &Args,
    host: &mut Host,
) -> Result<Outcome, Error> {
    // looked at as a whole first, so that nothing is half done
    let mut changes = Vec::new();
    for file in files {
        match repository.state(&file.path)? {
            State::Missing => changes.push((file, "written")),
            State::There(text) if text == file.text => {}
            State::There(text) => {
                let ours = file.is_ours(&text) || compare::compare(file, &text).is_empty();
                if !ours && !args.force {
                    return Err(Error::NotOurs {
                        path: file.path.clone(),
                        name: file.name.clone(),
                    });
                }
                changes.push((file, "updated"));
            }
        }
    }
    let stale = repository.stale(files);
    for (file, verb) in &changes {
        repository.write(&file.path, &file.text)?;
        host.say(&format!("{verb}  {}", file.path));
    }
    for path in &stale {
        repository.remove(path)?;
        host.say(&format!("removed  {path}"));
    }
    let changed = changes.len() + stale.len();
    host.say(&format!(
        "{}  {} files  {changed} changed",
        if changed == 0 { "current" } else { "generated" },
        files.len()
    ));
    host.output("changed", if changed == 0 { "false" } else { "true" })?;
    Ok(Outcome::Allowed)
}
