//! Real plans of one root module with the AWS provider, each made when a test first needs it.
//!
//! Planning what does not exist yet asks AWS nothing, so the keys are invented. What terraform needs to read such a
//! plan again (its lock file, and the link to the provider) is kept in memory; each test writes its own copy.

use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use sandbox::Machine;
use test_support::Program;

const MAIN_TF: &str = r#"terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "eu-central-1"
  access_key                  = "AKIATEST"
  secret_key                  = "invented-for-planning"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
}

variable "package" { default = "" }
variable "model" { default = "" }
variable "config" { default = "" }

resource "terraform_data" "other" {}

# names are left to AWS, so the two below refer to what is only known after apply
resource "aws_sagemaker_model" "housing" {
  count              = var.package == "" ? 0 : 1
  execution_role_arn = "arn:aws:iam::000000000000:role/serving"
  primary_container {
    model_package_name = var.package
  }
}

resource "aws_sagemaker_endpoint_configuration" "housing" {
  count = var.package == "" && var.model == "" ? 0 : 1
  production_variants {
    variant_name           = "blue"
    model_name             = var.model == "" ? aws_sagemaker_model.housing[0].name : var.model
    initial_instance_count = 1
    instance_type          = "ml.m5.large"
  }
}

resource "aws_sagemaker_endpoint" "housing" {
  count                = var.package == "" && var.config == "" ? 0 : 1
  name                 = "housing"
  endpoint_config_name = var.config == "" ? aws_sagemaker_endpoint_configuration.housing[0].name : var.config
}
"#;

/// A plan by what it would put into service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Case {
    /// Version 1 of the model package.
    Release,
    /// The group without a version.
    Unversioned,
    /// A version that the registry does not have.
    Missing,
    /// Version 1 of another account.
    OtherAccount,
    /// A model that is there already.
    ExistingModel,
    /// An endpoint configuration that is there already.
    ExistingConfig,
    /// No model at all.
    Nothing,
}

impl Case {
    fn plan(self) -> &'static [u8] {
        static PLANS: [LazyLock<Vec<u8>>; 7] = [
            LazyLock::new(|| {
                plan("package=arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1")
            }),
            LazyLock::new(|| {
                plan("package=arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing")
            }),
            LazyLock::new(|| {
                plan("package=arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/99")
            }),
            LazyLock::new(|| {
                plan("package=arn:aws:sagemaker:eu-central-1:111111111111:model-package/housing/1")
            }),
            LazyLock::new(|| plan("model=old")),
            LazyLock::new(|| plan("config=old")),
            LazyLock::new(|| plan("package=")),
        ];
        &PLANS[self as usize]
    }
}

/// What `init` left.
struct Initialised {
    lock_file: Vec<u8>,
    /// Where the provider is expected, and where it is; `None` when it was copied.
    provider: Option<(Utf8PathBuf, Utf8PathBuf)>,
}

static INITIALISED: LazyLock<Initialised> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(root.join("main.tf"), MAIN_TF).unwrap();
    terraform(root, &["init", "-input=false"]);
    let providers = Program::new("find")
        .args([".terraform/providers", "-type", "l"])
        .cwd(root);
    let link = providers.run().stdout.lines().next().map(Utf8PathBuf::from);
    Initialised {
        lock_file: std::fs::read(root.join(".terraform.lock.hcl")).unwrap(),
        provider: link.map(|link| {
            let there = root.join(&link).canonicalize_utf8().unwrap();
            (link, there)
        }),
    }
});

/// Writes the root module as it is after `init`.
fn initialised(root: &Utf8Path) {
    std::fs::create_dir_all(root).unwrap();
    std::fs::write(root.join("main.tf"), MAIN_TF).unwrap();
    std::fs::write(root.join(".terraform.lock.hcl"), &INITIALISED.lock_file).unwrap();
    if let Some((link, there)) = &INITIALISED.provider {
        let link = root.join(link);
        std::fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(there, link).unwrap();
    }
}

/// Writes the root module and its plan where `terraform-plan` would.
pub(crate) fn write(case: Case, project: &Utf8Path) {
    initialised(&project.join("iac"));
    let plans = project.join(".towpath/plans");
    std::fs::create_dir_all(&plans).unwrap();
    std::fs::write(plans.join("prod.tfplan"), case.plan()).unwrap();
}

/// The variables that spare terraform a download; what they name is written into `folder`.
pub(crate) fn variables(folder: &Utf8Path) -> Vec<(String, String)> {
    sandbox::terraform_variables(&Machine::current(), folder).unwrap()
}

fn plan(variable: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    initialised(root);
    terraform(
        root,
        &[
            "plan",
            "-input=false",
            "-refresh=false",
            "-out=plan",
            "-var",
            variable,
        ],
    );
    std::fs::read(root.join("plan")).unwrap()
}

fn terraform(root: &Utf8Path, arguments: &[&str]) {
    let ran = Program::new("terraform")
        .args(arguments)
        .cwd(root)
        .envs(variables(root))
        .run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
}
