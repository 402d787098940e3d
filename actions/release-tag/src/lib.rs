//! Release tags: which version comes next, and what is in it for people?
//!
//! Commits since the last tag are read by Conventional Commits ([`change`]), shared out among the packages of the
//! repository ([`package`]), counted into a version ([`version`]) and told ([`changelog`]). [`plan`] puts that together;
//! git is asked in [`history`]. Nothing is changed by it, and no network is used.

mod change;
mod changelog;
mod error;
mod history;
mod package;
mod plan;
mod version;

use camino::{Utf8Path, Utf8PathBuf};
use gha::{Host, Outcome};
use semver::Version;
use settings::Settings;
use worktree::Worktree;

pub use error::Error;
use plan::Planned;
use version::Asked;
pub use version::{Bump, VersionError};

/// Work out the next version from the commits since the last tag, and what is in it
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    config: Option<Utf8PathBuf>,
    /// The package, as the configuration names it; otherwise all that have something new
    #[arg(long)]
    package: Option<String>,
    /// Exactly this version, whatever the commits say
    #[arg(long, value_name = "VERSION")]
    release_as: Option<Version>,
    /// At least a release, and of this step: `patch`, `minor` or `major`, whatever the commits say
    #[arg(long, conflicts_with = "release_as")]
    bump: Option<Bump>,
    /// A pre-release with this name: `rc` gives `1.3.0-rc.1`, then `1.3.0-rc.2`
    #[arg(long, value_name = "NAME")]
    prerelease: Option<String>,
    /// A file for the changelog of the release, in Markdown
    #[arg(long)]
    notes: Option<Utf8PathBuf>,
    /// How to print what was found: `text` or `json`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// How the releases are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

/// Works out the next releases and says what they are.
///
/// # Errors
/// No repository, a shallow one, or a version that cannot be given.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let settings = Settings::load(args.config.as_deref())?;
    let worktree = Worktree::around(Utf8Path::new("."))?.ok_or(Error::NoRepository)?;
    let commit = worktree.commit()?.ok_or(Error::NoCommit)?;
    let wanted = settings.releases(args.package.as_deref())?;
    let particular = args.release_as.is_some() || args.bump.is_some() || args.notes.is_some();
    if particular && wanted.len() > 1 {
        let known = wanted.iter().map(|package| package.name.clone());
        return Err(Error::WhichPackage {
            known: known.collect(),
        });
    }
    let asked = Asked {
        version: args.release_as.clone(),
        bump: args.bump,
        prerelease: args.prerelease.clone(),
        initial: Some(settings.release.initial.clone()),
    };
    let page = page(host);
    let packages = &settings.release.packages;
    let pasts = history::pasts(&worktree, packages)?;
    let mut releases = Vec::new();
    for (package, past) in packages.iter().zip(&pasts) {
        if !wanted.iter().any(|wanted| wanted.name == package.name) {
            continue;
        }
        let planned = plan::planned(package, past, &asked, &commit, page.as_deref());
        let planned = planned.map_err(|source| Error::Version {
            package: package.name.clone(),
            source,
        })?;
        match planned {
            Some(planned) => releases.push(planned),
            None => host.progress(&nothing(package, past)),
        }
    }
    publish(args, &releases, host)?;
    Ok(Outcome::Allowed)
}

fn publish(args: &Args, releases: &[Planned], host: &mut Host) -> Result<(), Error> {
    if let (Some(file), [release]) = (&args.notes, releases) {
        std::fs::write(file, &release.notes).map_err(|source| Error::WriteNotes {
            file: file.clone(),
            source,
        })?;
    }
    match args.output {
        Format::Text => {
            for release in releases {
                host.say(&headline(release));
                host.say(&format!("\n{}", release.notes));
            }
        }
        Format::Json => host.say(&json(releases)),
    }
    for release in releases {
        host.summary(&format!("## {}\n\n{}", headline(release), release.notes))?;
    }
    let only = match releases {
        [only] => Some(only),
        _ => None,
    };
    let text = |value: Option<String>| value.unwrap_or_default();
    let version = text(only.map(|only| only.version.to_string()));
    host.output("version", &version)?;
    host.output("tag", &text(only.map(|only| only.tag.clone())))?;
    host.output("changelog", &text(only.map(|only| only.notes.clone())))?;
    host.output("releases", &json(releases))?;
    Ok(())
}

fn headline(release: &Planned) -> String {
    let from = match &release.previous {
        Some(previous) => format!("after {previous}"),
        None => "the first".to_owned(),
    };
    format!(
        "{} {from}: {}  commit {}",
        release.tag,
        release.summary,
        short(&release.commit)
    )
}

fn nothing(package: &settings::ReleasePackage, past: &history::Past) -> String {
    let name = match package.name.as_str() {
        "" => String::new(),
        name => format!("{name}: "),
    };
    let since = match version::newest_behind(&past.known) {
        Some(last) => format!("since {}", last.tag),
        None => "and no tag yet".to_owned(),
    };
    format!(
        "{name}nothing to release: {} {since}",
        plan::summary(&past.since_any)
    )
}

fn json(releases: &[Planned]) -> String {
    serde_json::to_string_pretty(releases)
        .unwrap_or_else(|_| unreachable!("text and numbers are JSON"))
}

/// The repository's page on GitHub, as a workflow knows it.
fn page(host: &Host) -> Option<String> {
    let repository = host.env("GITHUB_REPOSITORY")?;
    let server = host
        .env("GITHUB_SERVER_URL")
        .unwrap_or_else(|| "https://github.com".to_owned());
    Some(format!("{}/{repository}", server.trim_end_matches('/')))
}

/// The beginning of a hash, as people write it.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}
