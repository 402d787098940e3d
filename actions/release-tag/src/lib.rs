//! Release tags: which version comes next, what is in it for people, and making it.
//!
//! Commits since the last tag are read by Conventional Commits ([`change`]), shared out among the packages of the
//! repository ([`package`]), counted into a version ([`version`]) and told ([`changelog`]). [`plan`] puts that together;
//! git is asked in [`history`]. Up to here nothing is changed, and no network is used.
//!
//! With `publish` it is made: [`steps`] says what is left to do, seen what is there, and [`act`] does it, by git's own
//! program ([`git`]) and GitHub's interface. [`floating`] knows which of `v1` and `v1.2` go along.

mod act;
mod change;
mod changelog;
mod error;
mod files;
mod floating;
mod git;
mod history;
mod package;
mod plan;
mod steps;
mod version;

use camino::{Utf8Path, Utf8PathBuf};
use gha::{Host, Outcome};
use github_api::{GitHub, GitHubError};
use semver::Version;
use settings::Settings;
use worktree::Worktree;

use act::Place;
pub use error::Error;
use files::File;
use git::Git;
use plan::Planned;
use steps::{There, Wanted};
use version::Asked;
pub use version::{Bump, VersionError};

/// Where GitHub itself answers; GitHub Enterprise Server says otherwise in `GITHUB_API_URL`.
const API: &str = "https://api.github.com";

/// Work out the next version from the commits since the last tag, and release it
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
    /// Make it on GitHub: tag, draft, files, publication, then tags like `v1`; what a run before this one left is finished
    #[arg(long)]
    publish: bool,
    /// With `publish`, change nothing on GitHub: show what would be done
    #[arg(long)]
    dry_run: bool,
    /// Sign the tag, as git is set up to: `gpg.format` and `user.signingKey`
    #[arg(long)]
    sign: bool,
    /// A folder whose files are part of the release; a list of their digests is added
    #[arg(long)]
    files: Option<Utf8PathBuf>,
    /// A bash script that judges the files before anybody sees them, run in a folder with what GitHub gives back
    #[arg(long, value_name = "SCRIPT")]
    verify: Option<String>,
    /// The remote of git that tags are pushed to
    #[arg(long, default_value = "origin")]
    remote: String,
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

/// Works out the next releases, says what they are, and makes them if that is asked for.
///
/// # Errors
/// No repository, a shallow one, or a version that cannot be given; GitHub or git says no.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let settings = Settings::load(args.config.as_deref())?;
    let worktree = Worktree::around(Utf8Path::new("."))?.ok_or(Error::NoRepository)?;
    let commit = worktree.commit()?.ok_or(Error::NoCommit)?;
    let wanted = settings.releases(args.package.as_deref())?;
    let of_one = args.release_as.is_some()
        || args.bump.is_some()
        || args.notes.is_some()
        || args.files.is_some();
    if of_one && wanted.len() > 1 {
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
    let place = match args.publish {
        true => Some(place(args, &worktree, host)?),
        false => None,
    };
    let remote = match &place {
        Some(place) => {
            place.git.fetch_tags()?;
            Some(place.git.tags()?)
        }
        None => None,
    };
    let pasts = history::pasts(&worktree, packages, &asked, remote.as_ref())?;
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
    let prepared = match &place {
        Some(place) if !releases.is_empty() => prepare(args, place, packages, &mut releases, host)?,
        _ => Vec::new(),
    };
    tell(args, &releases, host)?;
    let mut addresses = Vec::new();
    if let Some(place) = place.filter(|_| !args.dry_run) {
        for (release, (wanted, there)) in releases.iter().zip(prepared) {
            let steps = release.steps.as_deref().unwrap_or_default();
            addresses.push(place.act(steps, &wanted, there, release, host)?);
        }
    }
    host.output("released", &(!addresses.is_empty()).to_string())?;
    let address = match addresses.as_slice() {
        [only] => only.as_str(),
        _ => "",
    };
    host.output("url", address)?;
    Ok(Outcome::Allowed)
}

/// GitHub and git, as the environment names them.
fn place(args: &Args, worktree: &Worktree, host: &mut Host) -> Result<Place, Error> {
    let repository = host.env("GITHUB_REPOSITORY").ok_or(Error::NoGitHub {
        variable: "GITHUB_REPOSITORY",
        help: "a workflow has it; elsewhere set it to `<owner>/<name>`",
    })?;
    let token = host.env("GITHUB_TOKEN").ok_or(Error::NoGitHub {
        variable: "GITHUB_TOKEN",
        help: "set `GITHUB_TOKEN: ${{ github.token }}`, or the token of a GitHub App, in the `env` of the step",
    })?;
    host.mask(&token);
    host.mask(&git::credentials(&token));
    let api = host.env("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
    Ok(Place {
        git: Git::new(worktree.root(), &args.remote, &token)?,
        github: GitHub::connect(&api, &repository, &token)?,
        check: args.verify.clone(),
    })
}

/// What shall be and what is there of each release; the steps between are written into it.
fn prepare(
    args: &Args,
    place: &Place,
    packages: &[settings::ReleasePackage],
    releases: &mut [Planned],
    host: &mut Host,
) -> Result<Vec<(Wanted, There)>, Error> {
    let files: Vec<File> = match &args.files {
        Some(folder) => files::files(folder)?,
        None => Vec::new(),
    };
    let mut prepared = Vec::new();
    for release in releases {
        match place.github.commit(&release.commit) {
            Err(GitHubError::NotFound { .. }) => {
                return Err(Error::NotPushed {
                    commit: release.commit.clone(),
                });
            }
            answer => answer?,
        };
        let Some(package) = packages
            .iter()
            .find(|package| package.name == release.package)
        else {
            continue;
        };
        let there = place.look(&release.tag)?;
        let (version, commit) = (&release.version, &release.commit);
        let wanted = Wanted {
            tag: release.tag.clone(),
            commit: commit.clone(),
            sign: args.sign,
            // the page shows one release, and several packages have no newest one
            latest: packages.len() == 1 && floating::newest(package, version, &there.tags),
            files: files.clone(),
            floating: floating::moves(package, version, commit, &there.tags),
        };
        let out = there.release.as_ref().is_some_and(|found| !found.draft);
        let differing = steps::differing(&wanted, &there);
        if out && !differing.is_empty() {
            host.progress(&format!(
                "{} is published with other files than these, and stays as it is: {}",
                release.tag,
                differing.join(", ")
            ));
        }
        release.steps = Some(steps::steps(&wanted, &there)?);
        prepared.push((wanted, there));
    }
    Ok(prepared)
}

fn tell(args: &Args, releases: &[Planned], host: &mut Host) -> Result<(), Error> {
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
                if let Some(steps) = &release.steps {
                    host.say(&to_do(steps));
                }
            }
        }
        Format::Json => host.say(&json(releases)),
    }
    for release in releases {
        let steps = release.steps.as_deref().map(to_do).unwrap_or_default();
        host.summary(&format!(
            "## {}\n\n{}\n{steps}",
            headline(release),
            release.notes
        ))?;
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

/// The steps as a list; it ends with a line feed.
fn to_do(steps: &[steps::Step]) -> String {
    if steps.is_empty() {
        return "It is out, and nothing is left to do.\n".to_owned();
    }
    let lines = steps
        .iter()
        .enumerate()
        .map(|(index, step)| format!("{}. {step}\n", index + 1));
    lines.collect()
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
