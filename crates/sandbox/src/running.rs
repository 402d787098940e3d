//! A running sandbox: the stand-ins, one temporary folder, one environment.

use std::fs;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use ecr_sim::EcrSim;
use github_sim::GitHub;
use miette::Diagnostic;
use sagemaker_sim::Simulator;
use tempfile::TempDir;

use crate::environment::{self, Environment};
use crate::kubernetes::{self, ControlPlane, ControlPlaneError};
use crate::machine::Machine;
use crate::ministack::Process;
use crate::tools::{self, Progress, ToolError};
use crate::{health, mirror};

/// How to start a sandbox
#[derive(Debug, Clone)]
pub struct Options {
    /// The environment variables to go by
    pub machine: Machine,
    /// The region that clients are told to use
    pub region: String,
    /// The pinned and hashed Python packages of Glue's jobs and a pipeline's steps; without them there is only Python itself
    pub requirements: Option<Utf8PathBuf>,
    /// Whether there is a GitHub as well, with one empty repository
    pub github: bool,
    /// Whether there is a Kubernetes control plane as well
    pub kubernetes: bool,
    /// Seconds that an endpoint's bake takes in one second here; without an end (the default) it is over at once
    pub speed: f64,
    /// How long the stand-ins may take until they answer, without the installation of tools
    pub patience: Duration,
    /// Told what takes time
    pub progress: Progress,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            machine: Machine::current(),
            region: "eu-west-1".into(),
            requirements: None,
            github: false,
            kubernetes: false,
            speed: f64::INFINITY,
            patience: Duration::from_secs(60),
            progress: |_| {},
        }
    }
}

/// Why a sandbox did not start
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum StartError {
    /// A tool is missing
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tool(#[from] ToolError),
    /// The sandbox's own files cannot be written
    #[error("failed to prepare the sandbox's folder")]
    #[diagnostic(help("free some space for temporary files, or set `TMPDIR` to another folder"))]
    Folder(#[source] io::Error),
    /// A variable names no mirror
    #[error("`{path}`, named by `{variable}`, holds no Terraform provider", variable = mirror::VARIABLE)]
    #[diagnostic(help(
        "name the folder that holds `registry.terraform.io`, or unset `{variable}`", variable = mirror::VARIABLE
    ))]
    NotAMirror { path: Utf8PathBuf },
    /// The interpreter does not run
    #[error("failed to run `{program}`")]
    #[diagnostic(help("remove Towpath's folder in the cache so that it is installed anew"))]
    Spawn {
        program: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
    /// ministack ended before it answered
    #[error("ministack ended while it was starting")]
    #[diagnostic(help("read the end of its log:\n{log}"))]
    Ended { log: String },
    /// ministack runs, but does not answer
    #[error("ministack did not answer within {seconds} s")]
    #[diagnostic(help("try again on a less busy machine, or read the end of its log:\n{log}"))]
    Silent { seconds: u64, log: String },
    /// The simulator cannot listen
    #[error("failed to start the SageMaker simulator")]
    #[diagnostic(help("check that programs may listen on 127.0.0.1"))]
    Simulator(#[source] io::Error),
    /// The stand-in for GitHub cannot listen, or has no folder
    #[error("failed to start the stand-in for GitHub")]
    #[diagnostic(help(
        "check that programs may listen on 127.0.0.1, and free some space for temporary files"
    ))]
    GitHub(#[source] io::Error),
    /// There is no control plane
    #[error(transparent)]
    #[diagnostic(transparent)]
    Kubernetes(#[from] ControlPlaneError),
    /// The registry cannot listen
    #[error("failed to start the stand-in for ECR")]
    #[diagnostic(help("check that programs may listen on 127.0.0.1"))]
    Registry(#[source] io::Error),
}

/// The stand-ins, until this value is dropped
#[derive(Debug)]
pub struct Sandbox {
    environment: Environment,
    sagemaker: Simulator,
    registry: EcrSim,
    // the process before its folder: fields are dropped in this order
    aws: Process,
    /// Kept for as long as the others
    _github: Option<GitHub>,
    _kubernetes: Option<ControlPlane>,
    folder: Folder,
}

/// A temporary folder whose path is text
#[derive(Debug)]
struct Folder {
    path: Utf8PathBuf,
    _removed_at_the_end: TempDir,
}

impl Folder {
    fn create() -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("towpath-sandbox-")
            .tempdir()?;
        Ok(Self {
            path: Utf8PathBuf::try_from(folder.path().to_owned())
                .map_err(|error| error.into_io_error())?,
            _removed_at_the_end: folder,
        })
    }
}

impl Sandbox {
    /// Starts the stand-ins and waits until they answer
    pub fn start(options: &Options) -> Result<Self, StartError> {
        let machine = &options.machine;
        let ministack = tools::ministack(machine, options.progress)?;
        let folder = Folder::create().map_err(StartError::Folder)?;
        let path = folder.path.as_path();
        let python = match &options.requirements {
            Some(requirements) => tools::python_with(machine, requirements, options.progress)?,
            None => tools::python(machine)?.program,
        };
        let mut config = sagemaker_sim::Config {
            python: Some(python.into()),
            // a sandbox that cannot train has no models that an endpoint could load
            loads_models: options.requirements.is_some(),
            speed: options.speed,
            ..sagemaker_sim::Config::default()
        };
        if let Some(programs) = machine.get("PATH") {
            config.path = programs.to_owned();
        }
        let sagemaker = Simulator::start(config).map_err(StartError::Simulator)?;
        let registry = EcrSim::start(ecr_sim::Config {
            region: options.region.clone(),
            folder: Some(path.join("registry").into()),
            ..ecr_sim::Config::default()
        });
        let registry = registry.map_err(StartError::Registry)?;
        let aws = Process::start(
            &ministack.python,
            path,
            &options.region,
            &sagemaker.url(),
            machine,
            options.patience,
        )?;
        sagemaker.connect(&aws.url());
        let github = match options.github {
            true => Some(GitHub::start(&[]).map_err(StartError::GitHub)?),
            false => None,
        };
        let kubernetes = match options.kubernetes {
            true => Some(ControlPlane::start(&kubernetes::Options {
                machine: machine.clone(),
                progress: options.progress,
                ..kubernetes::Options::default()
            })?),
            false => None,
        };
        let mut more = terraform_variables(machine, path)?;
        if let Some(plane) = &kubernetes {
            more.push(("KUBECONFIG".into(), plane.kubeconfig().into()));
        }
        if let Some(github) = &github {
            more.extend(environment::of_github(github.url()));
        }
        let empty_file = path.join("empty");
        fs::write(&empty_file, "").map_err(StartError::Folder)?;
        let environment = Environment::new(
            machine,
            &aws.url(),
            &sagemaker.url(),
            registry.url(),
            &options.region,
            &empty_file,
            more,
        );
        Ok(Self {
            environment,
            sagemaker,
            registry,
            aws,
            _github: github,
            _kubernetes: kubernetes,
            folder,
        })
    }

    /// The variables for clients of this sandbox
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Everything but SageMaker, CloudWatch and ECR
    pub fn aws_url(&self) -> String {
        self.aws.url()
    }

    /// SageMaker, and CloudWatch's alarms
    pub fn sagemaker_url(&self) -> String {
        self.sagemaker.url()
    }

    /// ECR and its registry: what to ask of it, and what went there
    pub fn registry(&self) -> &EcrSim {
        &self.registry
    }

    /// Whether both stand-ins answer
    pub fn is_healthy(&self) -> bool {
        self.health().iter().all(|url| health::answers(url))
    }

    /// Ends the stand-ins and removes what they kept; dropping does the same
    pub fn stop(self) {}

    pub(crate) fn health(&self) -> [String; 2] {
        [
            self.aws.health(),
            format!("{}/_sim/health", self.sagemaker.url()),
        ]
    }

    /// Whether ministack's process runs
    pub(crate) fn is_alive(&self) -> bool {
        self.aws.is_alive()
    }

    pub(crate) fn folder(&self) -> &Utf8Path {
        &self.folder.path
    }
}

/// The variables that spare Terraform a download, without a sandbox around it
///
/// A mirror if there is one, otherwise a cache, so that a provider of hundreds of megabytes is fetched once. What has to be
/// written for that is written into `folder`.
pub fn terraform_variables(
    machine: &Machine,
    folder: &Utf8Path,
) -> Result<Vec<(String, String)>, StartError> {
    let mirror = mirror::find(machine).map_err(|not| StartError::NotAMirror { path: not.0 })?;
    if let Some(mirror) = mirror {
        let file = folder.join("terraform.rc");
        fs::write(&file, mirror.configuration()).map_err(StartError::Folder)?;
        return Ok(vec![("TF_CLI_CONFIG_FILE".into(), file.into())]);
    }
    let configured = mirror::is_configured(machine) || machine.get("TF_PLUGIN_CACHE_DIR").is_some();
    match machine.cache().filter(|_| !configured) {
        Some(cache) => {
            let plugins = cache.join("terraform-plugins");
            fs::create_dir_all(&plugins).map_err(StartError::Folder)?;
            Ok(vec![("TF_PLUGIN_CACHE_DIR".into(), plugins.into())])
        }
        None => Ok(Vec::new()),
    }
}
