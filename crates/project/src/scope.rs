//! Which environment is meant, and where its things lie.

use camino::{Utf8Path, Utf8PathBuf};
use evidence_store::Store;
use gha::{Event, Host};
use settings::{Environment, Settings};
use worktree::Worktree;

use crate::ProjectError;

/// The inputs that say which environment is meant.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct ScopeArgs {
    /// The configuration, when it is not `towpath.yaml` in this folder
    #[arg(long)]
    pub config: Option<Utf8PathBuf>,
    /// The environment, as the configuration names it; needed when there are several
    #[arg(long)]
    pub environment: Option<String>,
    /// The folder of the Terraform root module; replaces what the configuration says
    #[arg(long)]
    pub root: Option<Utf8PathBuf>,
    /// The folder for evidence; replaces what the configuration says
    #[arg(long)]
    pub evidence: Option<Utf8PathBuf>,
}

/// One environment of the project.
#[derive(Debug)]
pub struct Scope {
    /// What `towpath.yaml` means.
    pub settings: Settings,
    /// The environment.
    pub environment: Environment,
    /// Its evidence.
    pub store: Store,
    /// The saved plan, where `terraform-plan` puts it.
    pub plan_file: Utf8PathBuf,
    /// The redacted JSON of the plan, beside it.
    pub plan_json: Utf8PathBuf,
    /// The working copy around it, when there is one.
    pub worktree: Option<Worktree>,
}

impl ScopeArgs {
    /// Reads the configuration and picks the environment.
    ///
    /// # Errors
    /// A configuration that cannot be used, or no environment and no root module named.
    pub fn resolve(&self, host: &Host) -> Result<Scope, ProjectError> {
        let settings = self.settings(host)?;
        let environment = self.environment(&settings)?;
        let evidence = self
            .evidence
            .clone()
            .unwrap_or_else(|| settings.evidence.clone());
        let plans = evidence.parent().unwrap_or(Utf8Path::new("")).join("plans");
        Ok(Scope {
            store: Store::new(&evidence, &environment.name),
            plan_file: plans.join(format!("{}.tfplan", environment.name)),
            plan_json: plans.join(format!("{}.json", environment.name)),
            worktree: Worktree::around(Utf8Path::new("."))?,
            environment,
            settings,
        })
    }

    /// What `towpath.yaml` means here.
    ///
    /// A pull request must not weaken its own judge, so which policies judge, what the gate asks for and what counts as
    /// approval are read from the commit that it starts from, unless that has no `towpath.yaml` yet.
    ///
    /// # Errors
    /// A configuration that cannot be used, or a base commit that this clone does not have.
    pub fn settings(&self, host: &Host) -> Result<Settings, ProjectError> {
        let settings = Settings::load(self.config.as_deref())?;
        let worktree = Worktree::around(Utf8Path::new("."))?;
        let (Some(worktree), Event::PullRequest(pull_request)) = (worktree, host.event()?) else {
            return Ok(settings);
        };
        let file = self
            .config
            .as_deref()
            .unwrap_or(Utf8Path::new(settings::FILE_NAME));
        let found = worktree.read(&pull_request.base_sha, &worktree.relative(file))?;
        let Some((_, bytes)) = found.first() else {
            return Ok(settings);
        };
        let base = Settings::parse(file, &String::from_utf8_lossy(bytes))?;
        Ok(settings.judged_by(base))
    }

    /// A root module that is named alone is an environment of its own, called after its folder.
    fn environment(&self, settings: &Settings) -> Result<Environment, ProjectError> {
        let Some(root) = &self.root else {
            return Ok(settings.environment(self.environment.as_deref())?.clone());
        };
        let configured = match &self.environment {
            Some(name) => settings.environments.get(name).cloned(),
            None => settings
                .environments
                .values()
                .find(|environment| environment.root == *root)
                .cloned(),
        };
        let folder = root.canonicalize_utf8().unwrap_or_else(|_| root.clone());
        let name = || {
            self.environment
                .as_deref()
                .or(folder.file_name())
                .unwrap_or("default")
                .to_owned()
        };
        let fresh = || Environment {
            name: name(),
            root: root.clone(),
            workspace: "default".to_owned(),
            var_files: Vec::new(),
            backend_config: Vec::new(),
        };
        Ok(Environment {
            root: root.clone(),
            ..configured.unwrap_or_else(fresh)
        })
    }
}

impl Scope {
    /// `path` from the repository's root, for places that people and GitHub look up.
    pub fn in_repository(&self, path: &Utf8Path) -> String {
        match &self.worktree {
            Some(worktree) => worktree.relative(path).into_string(),
            None => path.to_string(),
        }
    }

    /// The commit, and whether the working copy holds nothing beside it.
    ///
    /// # Errors
    /// A repository that cannot be read.
    pub fn commit(&self) -> Result<(Option<String>, bool), ProjectError> {
        match &self.worktree {
            Some(worktree) => Ok((worktree.commit()?, worktree.is_clean()?)),
            None => Ok((None, false)),
        }
    }
}
