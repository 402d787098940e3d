//! Promotion by pull request: which model package serves is a line in git, and this moves that line.
//!
//! Without a mode it proposes a package ([`propose`], [`text`]); `--record` writes down in the registry who approved it
//! by merging ([`record`]); `--verify` proves what serves after an apply ([`verify`]); `--back` and `--revoke` lead to
//! the release before ([`back`]). A change of the release file goes into the working copy, or with `--propose` into a
//! pull request on GitHub ([`pull`]). It never approves: whoever merges that does.

mod back;
mod compare;
mod desk;
mod error;
mod evaluation;
mod github;
mod modes;
mod propose;
mod pull;
mod record;
mod release;
mod text;
mod verify;

use aws_env::AwsEnv;
use gha::{Host, Outcome};
use project::ScopeArgs;
use report_formats::Format;

use desk::Desk;
pub use error::Error;
use release::ReleaseFile;

/// Propose, record and prove which model package serves, and go back from it
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    scope: ScopeArgs,
    /// The model; needed when several have a release file
    #[arg(long)]
    model: Option<String>,
    /// The package's ARN; otherwise the newest complete one that nobody rejected
    #[arg(long)]
    package: Option<String>,
    /// Put the change into a pull request on GitHub instead of the working copy; with `verify`, one that puts git right
    #[arg(long)]
    propose: bool,
    /// After a merge, before the apply: write down in the registry who approved the release, and where
    #[arg(long, conflicts_with_all = ["propose", "verify", "back", "revoke", "package"])]
    record: bool,
    /// Without GitHub: the address of the merged pull request, which nobody looks up then
    #[arg(long, value_name = "URL", requires_all = ["record", "merge_commit", "approved_by"])]
    pull_request: Option<String>,
    /// Without GitHub: the commit that the pull request became
    #[arg(long, value_name = "SHA", requires = "pull_request")]
    merge_commit: Option<String>,
    /// Without GitHub: who approved the pull request
    #[arg(long, value_name = "LOGIN", requires = "pull_request")]
    approved_by: Vec<String>,
    /// Prove that the endpoint serves what the release file pins, instead of proposing
    #[arg(long)]
    verify: bool,
    /// Propose to go back to the release before this one, which is kept in its place
    #[arg(long, conflicts_with_all = ["verify", "revoke", "package"])]
    back: bool,
    /// Reject the release, or `package`, for this reason, and propose to go back from it
    #[arg(long, value_name = "REASON", conflicts_with = "verify")]
    revoke: Option<String>,
    /// How many seconds to wait for a rollout; otherwise as long as the release file gives it
    #[arg(long)]
    wait: Option<u64>,
    /// Change nothing: show what would be changed
    #[arg(long)]
    dry_run: bool,
    /// How to print what was found: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Proposes, records, proves, or goes back, as the mode says.
///
/// # Errors
/// No release file, or a service that does not answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let scope = args.scope.resolve(host)?;
    let models = &scope.settings.models;
    let file = ReleaseFile::find(
        &models.folder,
        &scope.environment.name,
        args.model.as_deref(),
    )?;
    let endpoint = models.endpoint_of(&file.says.model, &file.says.environment);
    let environment = AwsEnv::load(scope.settings.region.as_deref())?;
    if let Some(account) = &scope.settings.account {
        environment.caller(Some(account))?;
    }
    let desk = Desk {
        args,
        scope,
        file,
        endpoint,
    };
    if args.record {
        modes::recorded(&desk, &environment, host)
    } else if args.verify {
        modes::verified(&desk, &environment, host)
    } else if let Some(reason) = &args.revoke {
        modes::revoked(&desk, reason, &environment, host)
    } else if args.back {
        let because = "The release before is asked for again.";
        modes::returned(&desk, back::Left::Kept, because, &environment, host)
    } else {
        modes::proposed(&desk, &environment, host)
    }
}
