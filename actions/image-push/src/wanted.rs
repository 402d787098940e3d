//! What is asked for: inputs and configuration, resolved, with nothing optional left but what may be missing.

use camino::{Utf8Path, Utf8PathBuf};
use gha::Host;
use jiff::Timestamp;
use oci_image::{Digest, Platform, Tag, login};
use report_formats::Format;
use settings::Settings;
use settings::images::{Builder, Image};
use worktree::Worktree;

use crate::tags::{self, Git};
use crate::{Args, Error};

/// A builder's name on the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BuilderName(pub(crate) Builder);

impl std::str::FromStr for BuilderName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "auto" => Builder::Auto,
            "python" => Builder::Python,
            "docker" => Builder::Docker,
            "buildah" => Builder::Buildah,
            "podman" => Builder::Podman,
            _ => return Err("it is `auto`, `python`, `docker`, `buildah` or `podman`".to_owned()),
        }))
    }
}

/// Where this runs, as GitHub names it; empty elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Run {
    /// The run's address.
    pub(crate) address: String,
    /// The repository's address.
    pub(crate) source: String,
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) image: Image,
    pub(crate) layout: Option<Utf8PathBuf>,
    pub(crate) platform: Platform,
    pub(crate) tags: Vec<Tag>,
    pub(crate) git: Git,
    pub(crate) region: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) deployed: Option<Digest>,
    pub(crate) evidence: Utf8PathBuf,
    /// Where layers are kept between runs.
    pub(crate) cache: Utf8PathBuf,
    pub(crate) docker_config: Option<Utf8PathBuf>,
    /// The interpreter that fetches packages.
    pub(crate) python: String,
    pub(crate) run: Run,
    pub(crate) dry_run: bool,
    pub(crate) output: Format,
    pub(crate) now: Timestamp,
}

impl Wanted {
    /// Reads the configuration and the working copy.
    pub(crate) fn resolve(args: &Args, host: &Host) -> Result<Self, Error> {
        let settings =
            Settings::load(args.config.as_deref()).map_err(|error| Error::Project(error.into()))?;
        let mut image = named(args, &settings)?;
        if let Some(repository) = &args.repository {
            image.repository.clone_from(repository);
        }
        if let Some(context) = &args.context {
            image.context.clone_from(context);
            if args.dockerfile.is_none() && args.image.is_none() {
                image.dockerfile = context.join("Dockerfile");
            }
        }
        if let Some(dockerfile) = &args.dockerfile {
            image.dockerfile.clone_from(dockerfile);
        }
        if let Some(BuilderName(builder)) = args.builder {
            image.builder = builder;
        }
        if !args.tag.is_empty() {
            image.tags.clone_from(&args.tag);
        }
        let platform = Platform::parse(&image.platform).ok_or_else(|| Error::Platform {
            platform: image.platform.clone(),
        })?;
        let git = git(host)?;
        let deployed = args.deployed.as_deref().map(digest).transpose()?;
        let evidence = args.evidence.as_ref().unwrap_or(&settings.evidence);
        let home = host.env("HOME").map(Utf8PathBuf::from);
        let config = host.env("DOCKER_CONFIG").map(Utf8PathBuf::from);
        Ok(Self {
            tags: tags::tags(&image.tags, &git)?,
            platform,
            git,
            layout: args.layout.clone(),
            region: settings.region,
            account: settings.account,
            deployed,
            cache: evidence
                .parent()
                .unwrap_or(Utf8Path::new(""))
                .join("images"),
            evidence: evidence.clone(),
            docker_config: login::file(config, home),
            python: host
                .env("TOWPATH_PYTHON")
                .unwrap_or_else(|| "python3".to_owned()),
            run: run(host),
            dry_run: args.dry_run,
            output: args.output,
            now: Timestamp::now(),
            image,
        })
    }
}

/// The image of the configuration, or one that the inputs describe alone.
fn named(args: &Args, settings: &Settings) -> Result<Image, Error> {
    if let (None, Some(repository)) = (&args.image, &args.repository)
        && settings.images.len() != 1
    {
        let context = Utf8PathBuf::from(".");
        let name = repository.rsplit('/').next().unwrap_or_default();
        return Ok(Image {
            name: name.to_owned(),
            repository: repository.clone(),
            dockerfile: context.join("Dockerfile"),
            context,
            platform: "linux/amd64".to_owned(),
            args: std::collections::BTreeMap::new(),
            tags: vec!["{commit}".to_owned()],
            builder: Builder::Auto,
            mount_from: Vec::new(),
            scan: None,
        });
    }
    let image = settings.image(args.image.as_deref());
    image.cloned().map_err(|error| Error::Project(error.into()))
}

fn run(host: &Host) -> Run {
    let found =
        ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"].map(|name| host.env(name));
    let [Some(server), Some(repository), Some(id)] = found else {
        return Run::default();
    };
    Run {
        address: format!("{server}/{repository}/actions/runs/{id}"),
        source: format!("git+{server}/{repository}"),
    }
}

fn digest(text: &str) -> Result<Digest, Error> {
    // as a rollout writes it, a whole reference
    let digest = text.rsplit('@').next().unwrap_or_default();
    digest.parse().map_err(|_| Error::Deployed {
        text: text.to_owned(),
    })
}

fn git(host: &Host) -> Result<Git, Error> {
    let failed = |error| Error::Project(project::ProjectError::Worktree(error));
    let worktree = Worktree::around(Utf8Path::new(".")).map_err(failed)?;
    let mut git = Git::default();
    if let Some(worktree) = &worktree {
        git.commit = worktree.commit().map_err(failed)?;
        git.clean = worktree.is_clean().map_err(failed)?;
        git.branch = worktree.branch().map_err(failed)?;
        git.tags = worktree.tags().map_err(failed)?;
    }
    // a workflow checks out a commit, and says itself what it stands for
    match (
        host.env("GITHUB_REF_TYPE").as_deref(),
        host.env("GITHUB_REF_NAME"),
    ) {
        (Some("tag"), Some(name)) => git.tags.push(name),
        (Some("branch"), Some(name)) => {
            git.branch = Some(host.env("GITHUB_HEAD_REF").unwrap_or(name));
        }
        _ => {}
    }
    Ok(git)
}
