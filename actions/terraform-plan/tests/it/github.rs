//! The action as GitHub would run it: its `action.yml`, its inputs, and the runner's files.

use camino::Utf8Path;
use test_support::ActionRun;

use crate::fixture::{Fixture, terraform};

fn action(fixture: &Fixture) -> ActionRun {
    let program = Utf8Path::new(env!("CARGO_BIN_EXE_terraform-plan"));
    ActionRun::new("actions/terraform-plan")
        .cwd(fixture.repository.path())
        .env("TOWPATH_BIN", program.parent().unwrap())
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("TOWPATH_TERRAFORM", terraform())
}

#[test]
fn a_run_as_github_sees_it() {
    let fixture = Fixture::new(
        r#"
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "a" { input = var.password }
"#,
    );
    let result = action(&fixture)
        .input("environment", "prod")
        .env("TF_VAR_password", "correct horse")
        .run();
    insta::assert_snapshot!(fixture.normal(&result.to_string()), @"
    exit code: 0
    --- stdout
    ::add-mask::correct horse
    $ terraform init -no-color -json -input=false -lockfile=readonly -reconfigure
    $ terraform validate -no-color -json
    $ terraform plan -no-color -json -input=false -detailed-exitcode -out=[path]
    $ terraform show -no-color -json [path]
    what changes
      root module
        add      terraform_data.a

    planned  1 to add, 0 to change, 0 to replace, 0 to destroy  plan [digest]  commit [commit]
    --- stderr
    fetch: terraform-plan from TOWPATH_BIN
    --- outputs
    evidence=.towpath/evidence/prod/terraform-plan.json
    has-changes=true
    plan=.towpath/plans/prod.tfplan
    plan-digest=[sha256]
    plan-json=.towpath/plans/prod.json
    --- summary
    ### Terraform plan: planned

    1 to add, 0 to change, 0 to replace, 0 to destroy · plan `[digest]` · commit `[commit]`

    <details>
    <summary>what changes</summary>

    ```
    root module
      add      terraform_data.a
    ```

    </details>
    --- masks
    correct horse
    ");
}

#[test]
fn a_mistake_is_annotated_on_its_line() {
    let mut fixture = Fixture::new("module \"shelf\" { source = \"../modules/shelf\" }\n");
    fixture.write(
        "modules/shelf/main.tf",
        "\nresource \"terraform_data\" \"a\" { inputs = 1 }\n",
    );
    let result = action(&fixture).run();
    insta::assert_snapshot!(fixture.normal(&result.to_string()), @r#"
    exit code: 2
    --- stdout
    $ terraform init -no-color -json -input=false -lockfile=readonly -reconfigure
    $ terraform validate -no-color -json
      error: Unsupported argument
        --> modules/shelf/main.tf:2:33
           2 | resource "terraform_data" "a" { inputs = 1 }
        An argument named "inputs" is not expected here. Did you mean "input"?
    ::error title=Unsupported argument,file=modules/shelf/main.tf,line=2,endLine=2::An argument named "inputs" is not expected here. Did you mean "input"?
    error: the configuration in `iac` is not valid: 1 error
    hint: mend what terraform reports above
    ::error::the configuration in `iac` is not valid: 1 error%0Amend what terraform reports above
    --- stderr
    fetch: terraform-plan from TOWPATH_BIN
    --- outputs
    evidence=
    has-changes=
    plan=
    plan-digest=
    plan-json=
    --- annotations
    error title=Unsupported argument file=modules/shelf/main.tf line=2 endLine=2: An argument named "inputs" is not expected here. Did you mean "input"?
    error: the configuration in `iac` is not valid: 1 error
    mend what terraform reports above
    "#);
}
