//! Terraform in the environment's root module, heard by the host.

use camino::{Utf8Path, Utf8PathBuf};
use gha::Host;
use terraform::{
    ApplyOptions, ApplyRun, Error, InitOptions, PlanOptions, PlanRun, Root, Tool, ToolRequest,
};
use tfplan::Secrets;

use crate::progress::Progress;
use crate::{ProjectError, Scope};

/// The inputs that say how Terraform runs.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct TerraformArgs {
    /// `terraform`, `tofu`, or the path of a program; replaces what the configuration says
    #[arg(long)]
    pub terraform: Option<String>,
    /// A `key=value` pair or a file for a partial backend configuration; replaces what the configuration says
    #[arg(long)]
    pub backend_config: Vec<String>,
}

/// A root module with the tool that runs there.
#[derive(Debug)]
pub struct Terraform {
    root: Root,
    init: InitOptions,
    /// The root module's folder, as people and GitHub know it.
    place: Utf8PathBuf,
}

impl TerraformArgs {
    /// Finds the tool for `scope`.
    ///
    /// # Errors
    /// No tool, or one that cannot be used.
    pub fn resolve(&self, scope: &Scope, host: &Host) -> Result<Terraform, ProjectError> {
        let tool = Tool::find(&ToolRequest {
            name_or_path: self.terraform.clone(),
            // a variable says what this machine has, the configuration what the repository is used to
            variable: host
                .env("TOWPATH_TERRAFORM")
                .or_else(|| Some(scope.settings.tool.clone())),
            search_path: host.env("PATH").map(Into::into),
        })?;
        let mut root = Root::new(tool, scope.environment.root.clone());
        if scope.environment.workspace != "default" {
            root.workspace = Some(scope.environment.workspace.clone());
        }
        let backend_config = if self.backend_config.is_empty() {
            &scope.environment.backend_config
        } else {
            &self.backend_config
        };
        // paths are the caller's, and terraform would take them from the root module's folder
        let absolute = |setting: &String| match Utf8Path::new(setting).canonicalize_utf8() {
            Ok(file) if !setting.contains('=') => file.into_string(),
            _ => setting.clone(),
        };
        let init = InitOptions {
            backend_config: backend_config.iter().map(absolute).collect(),
            lockfile_readonly: true,
            reconfigure: true,
        };
        Ok(Terraform {
            root,
            init,
            place: scope.in_repository(&scope.environment.root).into(),
        })
    }
}

impl Terraform {
    /// The tool and its version.
    pub fn tool(&self) -> String {
        self.root.tool.to_string()
    }

    /// Hides what a plan holds secret in all that the tool says from now on.
    pub fn hide(&mut self, secrets: Secrets) {
        self.root.mask = Some(Box::new(move |text| secrets.mask(text)));
    }

    /// Backend, modules and providers, with the lock file read only.
    ///
    /// # Errors
    /// What keeps the root module from being initialised.
    pub fn init(&self, host: &mut Host) -> Result<(), ProjectError> {
        self.run(host, |root, progress| root.init(&self.init, progress))
    }

    /// Plans into a private file.
    ///
    /// # Errors
    /// What keeps the plan from being made.
    pub fn plan(&self, options: &PlanOptions, host: &mut Host) -> Result<PlanRun, ProjectError> {
        self.run(host, |root, progress| root.plan(options, progress))
    }

    /// The configuration as a whole, before anything is asked of a provider's service.
    ///
    /// # Errors
    /// An invalid configuration, shown by its own diagnostics.
    pub fn validate(&self, host: &mut Host) -> Result<(), ProjectError> {
        let found = self.run(host, |root, progress| root.validate(progress))?;
        let errors = found
            .iter()
            .filter(|diagnostic| diagnostic.is_error())
            .count();
        if errors > 0 {
            return Err(ProjectError::InvalidConfiguration {
                errors,
                root: self.root.dir.clone(),
            });
        }
        Ok(())
    }

    /// A saved plan as JSON, unredacted. Initialises the root module when that was not done yet.
    ///
    /// # Errors
    /// A file that is no plan, or not of this tool.
    pub fn show_json(&self, plan: &Utf8Path, host: &mut Host) -> Result<Vec<u8>, ProjectError> {
        match self.run(host, |root, progress| root.show_json(plan, progress)) {
            Err(ProjectError::Terraform(error)) if matches!(*error, Error::NotInitialised(_)) => {
                self.init(host)?;
                self.run(host, |root, progress| root.show_json(plan, progress))
            }
            shown => shown,
        }
    }

    /// The state as it is now, unredacted.
    ///
    /// # Errors
    /// A backend that does not answer.
    pub fn state(&self, host: &mut Host) -> Result<Vec<u8>, ProjectError> {
        self.run(host, |root, progress| root.state_pull(progress))
    }

    /// Applies a saved plan. An apply that ends half-way is an error that holds what was done.
    ///
    /// # Errors
    /// What kept the apply from ending well.
    pub fn apply(&self, plan: &Utf8Path, host: &mut Host) -> Result<ApplyRun, Error> {
        let mut progress = Progress::new(host, &self.place);
        self.root
            .apply(plan, &ApplyOptions::default(), &mut |event| {
                progress.hear(event)
            })
    }

    fn run<T>(
        &self,
        host: &mut Host,
        command: impl FnOnce(&Root, terraform::Observer<'_>) -> Result<T, Error>,
    ) -> Result<T, ProjectError> {
        let mut progress = Progress::new(host, &self.place);
        Ok(command(&self.root, &mut |event| progress.hear(event))?)
    }
}
