//! What keeps a plan from being made: one clear message, a hint, the right exit code, and nothing half-written.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use test_support::Ran;

use crate::fixture::{Fixture, terraform, wait_for};

const FINE: &str = "resource \"terraform_data\" \"a\" {}\n";

/// Checks the exit code, and that nothing was written; gives what was said after terraform's own progress.
fn refused(fixture: &Fixture, ran: &Ran, exit_code: i32) -> String {
    assert_eq!(ran.exit_code, exit_code, "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    assert_eq!(fixture.files(".towpath"), []);
    said(fixture, ran)
}

/// What was said, without the commands that went well.
fn said(fixture: &Fixture, ran: &Ran) -> String {
    let said = fixture.normal(&ran.stderr);
    let lines = said.lines().skip_while(|line| line.starts_with("$ "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_terraform() {
    let fixture = Fixture::new(FINE);
    let ran = fixture
        .program()
        .env("TOWPATH_TERRAFORM", "")
        .env("PATH", fixture.path("iac"))
        .run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @"
    error: found no `terraform`
    hint: install Terraform or OpenTofu 1.6 or later and put it on the path, or name it in `TOWPATH_TERRAFORM`
    ");
}

#[test]
fn another_version_of_terraform() {
    let fixture = Fixture::new("terraform { required_version = \">= 99\" }\n");
    let ran = fixture.program().run();
    let said = refused(&fixture, &ran, 2);
    assert!(said.contains("--> iac/main.tf:1:13"), "{said}");
    assert!(
        said.contains("error: the configuration wants version `>= 99`, this is Terraform 1."),
        "{said}"
    );
    assert!(
        said.ends_with(
            "hint: install a version that `required_version` allows, and name it in `TOWPATH_TERRAFORM`"
        ),
        "{said}"
    );
}

#[test]
fn hcl_that_does_not_parse() {
    let fixture = Fixture::new("resource \"terraform_data\" \"a\" {\n  input = \n}\n");
    let ran = fixture.program().run();
    let said = refused(&fixture, &ran, 2);
    assert!(
        said.starts_with(
            "  error: Invalid expression\n    --> iac/main.tf:2:11\n       2 |   input = "
        ),
        "{said}"
    );
    assert!(
        said.contains("\nerror: `init` failed: Invalid expression (main.tf:2)"),
        "{said}"
    );
}

#[test]
fn an_argument_that_there_is_not() {
    let fixture = Fixture::new("resource \"terraform_data\" \"a\" {\n  inputs = 1\n}\n");
    let ran = fixture.program().run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @r#"
      error: Unsupported argument
        --> iac/main.tf:2:3
           2 |   inputs = 1
        An argument named "inputs" is not expected here. Did you mean "input"?
    error: the configuration in `iac` is not valid: 1 error
    hint: mend what terraform reports above
    "#);
}

#[test]
fn a_variable_without_a_value() {
    let fixture = Fixture::new("variable \"stage\" {\n  type = string\n}\n");
    let ran = fixture.program().run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @r#"
      error: No value for required variable
        --> iac/main.tf:1:1
           1 | variable "stage" {
        The root module input variable "stage" is not set, and has no default value. Use a -var or -var-file command line argument to provide a value for this variable.
    error: the variable `stage` has no value
    hint: set it in a variable file, or as `TF_VAR_stage`
    "#);
}

#[test]
fn an_unknown_key_in_the_configuration() {
    let mut fixture = Fixture::new(FINE);
    fixture.write(
        "towpath.yaml",
        "terraform:\n  enviroments:\n    prod: {root: iac}\n",
    );
    let ran = fixture.program().run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @"
     x unknown key `enviroments`
      ,-[towpath.yaml:2:3]
    1 | terraform:
    2 |   enviroments:
      :   ^^^^^|^^^^^
      :        `-- here
    3 |     prod: {root: iac}
      `----
     help: did you mean `environments`?
    ");
}

#[test]
fn an_environment_or_a_root_that_there_is_not() {
    let mut fixture = Fixture::new(FINE);
    let ran = fixture
        .program()
        .args(["--environment", "production"])
        .run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @"
    error: there is no environment `production`
    hint: name one with `--environment`: `prod`
    ");
    let ran = fixture.program().args(["--root", "infra"]).run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @"
    error: `infra` is not a folder
    hint: name the folder of a Terraform root module
    ");
    fixture.write("towpath.yaml", "");
    let ran = fixture.program().run();
    insta::assert_snapshot!(refused(&fixture, &ran, 2), @"
    error: no environment was named
    hint: name the root module with `--root`, or describe it in `towpath.yaml` under `terraform.environments`
    ");
}

#[test]
fn no_credentials_for_the_state() {
    let fixture = Fixture::new(
        r#"
        terraform {
          backend "s3" {
            bucket = "state"
            key    = "prod"
            region = "eu-central-1"
          }
        }
        "#,
    );
    let ran = fixture
        .program()
        // neither a profile of whoever runs the tests nor a role of the machine
        .env("HOME", fixture.path("iac"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .run();
    let said = refused(&fixture, &ran, 2);
    let (_, said) = said.split_once("\nerror: ").unwrap();
    insta::assert_snapshot!(said, @"
    the credentials are missing or not accepted: No valid credential sources found
    hint: check that this run may assume its role (`id-token: write` in a workflow), or log in again
    ");
}

#[test]
fn a_failed_plan_keeps_the_file_of_the_earlier_one_and_not_its_evidence() {
    let mut fixture = Fixture::new(FINE);
    fixture.plan();
    let saved = fixture.path(".towpath/plans/prod.tfplan");
    let before = std::fs::read(&saved).unwrap();
    fixture.write("iac/more.tf", "variable \"stage\" {}\n");
    let ran = fixture.program().run();
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    let left = fixture.files(".towpath");
    let left: Vec<_> = left.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        left,
        [".towpath/plans/prod.json", ".towpath/plans/prod.tfplan"]
    );
    assert_eq!(std::fs::read(&saved).unwrap(), before);
}

#[test]
fn a_lock_that_another_run_holds() {
    // it ends by itself too, so that a test that fails leaves no process
    let fixture = Fixture::new(
        r#"
        resource "terraform_data" "slow" {
          provisioner "local-exec" {
            working_dir = ".."
            command     = "touch .towpath-started; for i in $(seq 1200); do test -e .towpath-go && exit; sleep 0.05; done"
          }
        }
        "#,
    );
    fixture.plan();
    let mut apply = Command::new(terraform())
        .current_dir(fixture.path("iac"))
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .args(["apply", "../.towpath/plans/prod.tfplan"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&fixture.path(".towpath-started"));
    let began = Instant::now();
    let ran = fixture.program().args(["--lock-timeout", "2"]).run();
    let waited = began.elapsed();
    std::fs::write(fixture.path(".towpath-go"), "").unwrap();
    assert!(apply.wait().unwrap().success());
    assert!(waited >= Duration::from_secs(2), "{waited:?}");

    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    let said = said(&fixture, &ran);
    let (_, said) = said.split_once("\nerror: ").unwrap();
    let (head, rest) = said.split_once("is locked: `").unwrap();
    assert_eq!(head, "the state `terraform.tfstate` ");
    let (who, rest) = rest.split_once("` holds it for `apply` since ").unwrap();
    assert!(who.contains('@'), "{who}");
    let (_, hint) = rest.split_once("\nhint: ").unwrap();
    assert_eq!(
        hint,
        "wait until that run is over; if it is dead, run `terraform force-unlock [uuid]`"
    );
}
