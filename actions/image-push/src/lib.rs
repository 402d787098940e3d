//! Image push: the image that this commit describes, in its repository, under its tags.
//!
//! It looks before it does anything: the fingerprint of all that goes into the image ([`fingerprint`]) is a tag, and where
//! that tag exists nothing is built and nothing is sent but, for a new tag, the manifest. Otherwise the image is built
//! ([`build`]) or read from a layout ([`source`]), pushed with as little as is missing ([`carry`]), and what is known of it
//! is attached and written down ([`attest`], [`record`]). What would fail later is said before ([`preflight`]), what a scan finds after ([`scan`]).

mod attest;
mod build;
mod carry;
mod error;
mod fingerprint;
mod place;
mod preflight;
mod record;
mod scan;
mod source;
mod tags;
mod wanted;

use camino::Utf8PathBuf;
use gha::{Host, Outcome};
use report_formats::Format;

pub use error::Error;

/// Build an image if it has to be, and push what is missing of it
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    config: Option<Utf8PathBuf>,
    /// The image, as the configuration names it; needed when there are several
    #[arg(long)]
    image: Option<String>,
    /// The repository: a name in ECR, or a host and a name; replaces what the configuration says
    #[arg(long)]
    repository: Option<String>,
    /// The Dockerfile; replaces what the configuration says
    #[arg(long)]
    dockerfile: Option<Utf8PathBuf>,
    /// The folder that the Dockerfile copies from; replaces what the configuration says
    #[arg(long)]
    context: Option<Utf8PathBuf>,
    /// An image that is built already, instead of a Dockerfile: an OCI layout, or a tar archive of one
    #[arg(long)]
    layout: Option<Utf8PathBuf>,
    /// Tags, or rules for tags; replace what the configuration says
    #[arg(long)]
    tag: Vec<String>,
    /// What builds: `auto`, `python`, `docker`, `buildah` or `podman`; replaces what the configuration says
    #[arg(long)]
    builder: Option<wanted::BuilderName>,
    /// The digest that is deployed now: a scan fails for what is new against it, and a lifecycle rule must not take it away
    #[arg(long)]
    deployed: Option<String>,
    /// The folder for evidence; replaces what the configuration says
    #[arg(long)]
    evidence: Option<Utf8PathBuf>,
    /// Push nothing: say what would be pushed
    #[arg(long)]
    dry_run: bool,
    /// How to print what was done: `text`, `json`, `sarif`, `junit` or `markdown`
    #[arg(long, default_value = "text")]
    output: Format,
}

/// Pushes the image.
///
/// # Errors
/// A configuration that cannot be used, a build that fails, or a registry that does not answer.
pub fn run(args: &Args, host: &mut Host) -> Result<Outcome, Error> {
    let wanted = wanted::Wanted::resolve(args, host)?;
    let runner = place::Runner::new(&wanted)?;
    runner.block_on(carry::carry(&wanted, &runner, host))
}
