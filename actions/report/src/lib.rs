//! Report: what the checks of a pull request came to, where its reviewers look.
//!
//! The evidence of all environments becomes one report ([`told`]): the verdict, what would be destroyed, denials with
//! their lines and remedies, models with their approval, and what is new since the last push. It goes into one comment
//! that is kept current, a check run with annotations, code scanning, and the step's summary ([`publish`]), each within its
//! limits: the rendering never outgrows a budget and never loses the verdict. A token that may not write, as in a pull
//! request of a fork, is a note; the summary is there all the same. Nothing is judged here, and the step does not fail
//! for a denial: that is the gate's.

mod error;
mod publish;
mod told;

use camino::Utf8PathBuf;
use gha::{Event, Host, Outcome};
use project::ScopeArgs;
use report_formats::{Budget, Format, Look};

pub use error::Error;
use publish::Place;

/// Report what the checks of a pull request came to, in one comment and a check run
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    config: Option<Utf8PathBuf>,
    /// An environment; all that workflows are made for otherwise
    #[arg(long)]
    environment: Vec<String>,
    /// The folder for evidence; replaces what the configuration says
    #[arg(long)]
    evidence: Option<Utf8PathBuf>,
    /// The pull request's number, when no event tells it
    #[arg(long)]
    pull_request: Option<u64>,
    /// The commit for the check run, when no event tells it
    #[arg(long)]
    commit: Option<String>,
    /// Where to write the whole report as Markdown, whatever its size
    #[arg(long)]
    out: Option<Utf8PathBuf>,
    /// Where to write the findings as SARIF
    #[arg(long)]
    sarif: Option<Utf8PathBuf>,
    /// Give the findings to code scanning
    #[arg(long)]
    code_scanning: bool,
    /// Tell nobody: print the comment
    #[arg(long)]
    dry_run: bool,
    /// How to print the report: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, short, default_value = "text")]
    output: Format,
}

/// Gathers and reports.
///
/// # Errors
/// Evidence that cannot be read, a file that cannot be written, or a GitHub that does not answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let scope = ScopeArgs {
        config: args.config.clone(),
        ..ScopeArgs::default()
    };
    let settings = scope.settings(host)?;
    let folder = args.evidence.as_ref().unwrap_or(&settings.evidence);
    let names = match args.environment.is_empty() {
        true => &settings.workflows.environments,
        false => &args.environment,
    };
    if names.is_empty() {
        return Err(Error::NoEnvironment);
    }
    let told = told::Told::gather(folder, names)?;
    let place = place(args, host)?;
    let before = match &place {
        Some(place) => place.before(host)?,
        None => None,
    };
    let since = before.as_ref().map(|before| before.findings.as_slice());
    let report = told.report(since);

    let printed = match args.output {
        Format::Text => report_formats::text(&report, Look::plain()),
        format => format.render(&report),
    };
    if args.dry_run {
        host.say(&publish::comment(&report));
    } else {
        host.say(printed.trim_end());
    }
    host.summary(&report_formats::markdown(&report, Budget::STEP_SUMMARY))?;
    host.output("decision", told.decision.name())?;
    write(args, &report)?;
    if let Some(place) = place.filter(|_| !args.dry_run) {
        let comment = place.publish(before.as_ref(), &report, args.code_scanning, host)?;
        host.output("comment", comment.as_deref().unwrap_or_default())?;
    }
    Ok(Outcome::Allowed)
}

/// What does not fit elsewhere, in files.
fn write(args: &Args, report: &report_formats::Report<'_>) -> Result<(), Error> {
    let whole = Budget::Bytes(64 << 20);
    let files = [
        (&args.out, report_formats::markdown(report, whole)),
        (&args.sarif, report_formats::sarif(report)),
    ];
    for (path, text) in files {
        if let Some(path) = path {
            std::fs::write(path, text).map_err(|source| Error::Write {
                path: path.clone(),
                source,
            })?;
        }
    }
    Ok(())
}

/// Where on GitHub the report goes, when there is such a place.
fn place(args: &Args, host: &mut Host) -> Result<Option<Place>, Error> {
    let (number, commit) = match host.event()? {
        Event::PullRequest(pull) => (Some(pull.number), Some(pull.head_sha)),
        Event::None | Event::Other(_) => (None, None),
    };
    let number = args.pull_request.or(number);
    let commit = args.commit.clone().or(commit);
    let (Some(number), Some(commit)) = (number, commit) else {
        host.progress("no pull request: nothing is told to GitHub");
        return Ok(None);
    };
    Place::connect(number, commit, host)
}
