//! The action as GitHub runs it: composite steps, `INPUT_*`, the runner's files.

use test_support::{ActionResult, ActionRun};

use crate::judged::OTHER;
use crate::project::{Project, programs};

fn run(project: &Project, plan: &str) -> ActionResult {
    let action = ActionRun::new("actions/terraform-apply");
    let variables = project.environment().into_iter();
    variables
        .fold(action, |run, (name, value)| run.env(name, value))
        .env("TOWPATH_BIN", programs().to_str().unwrap())
        .cwd(project.path(""))
        .input("environment", "prod")
        .input("plan", plan)
        .run()
}

/// What differs from copy to copy, and where this machine has its tools.
fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\$ \S*/terraform ", "$$ terraform ");
    settings.add_filter(r"\S*/towpath-plan-\w+/", "[private]/");
    settings.add_filter(r"plan (`?)[0-9a-f]{8}", "plan $1[digest]");
    settings.add_filter(r"serial (`?)\d+", "serial $1[serial]");
    settings
}

#[test]
fn the_judged_plan_is_applied() {
    let project = Project::allowed();
    let result = run(&project, "");
    settings().bind(|| {
        insta::assert_snapshot!(result, @"
        exit code: 0
        --- stdout
        $ terraform init -no-color -json -input=false -lockfile=readonly -reconfigure
          Initializing the backend...
          Initializing provider plugins...
          terraform.io/builtin/terraform is built in to Terraform
          Terraform has been successfully initialized!
        $ terraform show -no-color -json [private]/plan
        $ terraform state pull -no-color
        plan [digest] is the judged one; applying it
        $ terraform apply -no-color -json -input=false [private]/plan
          terraform_data.raw: update ...
          terraform_data.raw: update done  [duration]
          terraform_data.processed: create ...
          terraform_data.processed: create done  [duration]
        $ terraform state pull -no-color
        applied  2 changes  plan [digest]  state serial [serial]
        --- stderr
        fetch: terraform-apply from TOWPATH_BIN
        --- outputs
        applied=true
        evidence=.towpath/evidence/prod/terraform-apply.json
        --- summary
        ### Terraform apply: applied

        2 changes · plan `[digest]` · state serial `[serial]`
        ");
    });
}

#[test]
fn another_plan_is_refused() {
    let project = Project::allowed();
    let result = run(&project, OTHER);
    assert!(project.record().is_none());
    settings().bind(|| {
        insta::assert_snapshot!(result, @"
        exit code: 3
        --- stdout
        $ terraform init -no-color -json -input=false -lockfile=readonly -reconfigure
          Initializing the backend...
          Initializing provider plugins...
          terraform.io/builtin/terraform is built in to Terraform
          Terraform has been successfully initialized!
        $ terraform show -no-color -json [private]/plan
        $ terraform state pull -no-color
          - this is not the plan that was judged: it does something else
        refused, nothing was applied  plan [digest]
        ::error title=Terraform apply%3A refused%2C nothing was applied::this is not the plan that was judged: it does something else
        --- stderr
        fetch: terraform-apply from TOWPATH_BIN
        --- outputs
        applied=false
        evidence=
        --- summary
        ### Terraform apply: refused, nothing was applied

        plan `[digest]`

        - this is not the plan that was judged: it does something else
        --- annotations
        error title=Terraform apply: refused, nothing was applied: this is not the plan that was judged: it does something else
        ");
    });
}
