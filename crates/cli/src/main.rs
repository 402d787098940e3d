//! `towpath`: every action under one name, and the sandbox to try them in.
//!
//! One enum over the actions' own arguments; each calls the same `run` as the action's own program. No logic here.

mod sandbox;

use std::process::ExitCode;

use clap::Parser;
use gha::{Host, conclude};

/// Lead a machine-learning repository from a commit to production on AWS
#[derive(Parser, Debug)]
#[command(name = "towpath", version, args_override_self = true)]
enum Towpath {
    /// Plan a Terraform root module and write down what it would do
    TerraformPlan(terraform_plan::Args),
    /// Check a Terraform plan, or other documents, against Rego policies
    PolicyCheck(policy_check::Args),
    /// Check that every model a plan would put into service is approved
    ModelApproval(model_approval::Args),
    /// Judge the evidence about a plan by the rules in `towpath.yaml`
    Gate(gate::Args),
    /// Apply a saved plan, if it is the one that was judged and nothing has changed since
    TerraformApply(terraform_apply::Args),
    /// Report what the checks of a pull request came to, in one comment and a check run
    Report(report::Args),
    /// Check a SageMaker pipeline definition for what would fail late or pass unseen
    PipelineLint(pipeline_lint::Args),
    /// Generate the repository's workflow files, or check that they are what would be generated
    Workflows(workflows::Args),
    /// Propose, record and prove which model package serves, and go back from it
    ModelPromote(model_promote::Args),
    /// Build an image if it has to be, and push what is missing of it
    ImagePush(image_push::Args),
    /// Roll out an application on EKS, say why it fails, and come back by itself
    EksRollout(eks_rollout::Args),
    /// Work out the next version from the commits since the last tag, and release it
    ReleaseTag(release_tag::Args),
    /// Run local stand-ins for AWS
    #[command(subcommand)]
    Sandbox(sandbox::Command),
}

fn main() -> ExitCode {
    let mut host = Host::from_environment();
    let host = &mut host;
    match Towpath::try_parse() {
        Err(error) => gha::usage(&error, host),
        Ok(Towpath::TerraformPlan(args)) => conclude(terraform_plan::run(&args, host), host),
        Ok(Towpath::PolicyCheck(args)) => conclude(policy_check::run(&args, host), host),
        Ok(Towpath::ModelApproval(args)) => conclude(model_approval::run(&args, host), host),
        Ok(Towpath::Gate(args)) => conclude(gate::run(&args, host), host),
        Ok(Towpath::TerraformApply(args)) => conclude(terraform_apply::run(&args, host), host),
        Ok(Towpath::Report(args)) => conclude(report::run(&args, host), host),
        Ok(Towpath::PipelineLint(args)) => conclude(pipeline_lint::run(&args, host), host),
        Ok(Towpath::Workflows(args)) => conclude(workflows::run(&args, host), host),
        Ok(Towpath::ModelPromote(args)) => conclude(model_promote::run(&args, host), host),
        Ok(Towpath::ImagePush(args)) => conclude(image_push::run(&args, host), host),
        Ok(Towpath::EksRollout(args)) => conclude(eks_rollout::run(&args, host), host),
        Ok(Towpath::ReleaseTag(args)) => conclude(release_tag::run(&args, host), host),
        Ok(Towpath::Sandbox(command)) => conclude(sandbox::run(&command, host), host),
    }
}
