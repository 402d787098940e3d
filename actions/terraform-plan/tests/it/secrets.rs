//! A secret goes into a plan and comes out of it nowhere but in the saved plan itself.

use test_support::{Program, Ran};

use crate::fixture::{Fixture, collect};
use crate::needle::holds;

/// With what JSON and workflow commands write otherwise, and spaces at which a line may be broken.
const SECRET: &str = "s3kr3t 100% \"towing\" \\ line";

const CONFIGURATION: &str = r#"
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "plain" { input = var.password }
resource "terraform_data" "inside" { input = { url = "https://u:${var.password}@host" } }
resource "terraform_data" "forced" { triggers_replace = [var.password] }
output "connection" {
  value     = "p=${var.password}"
  sensitive = true
}
"#;

/// Everything that a run printed and wrote, but for the saved plan; GitHub has to be told what to mask.
fn written(fixture: &Fixture, ran: &Ran) -> Vec<(String, Vec<u8>)> {
    let log = format!("{}\n{}", ran.stdout, ran.stderr);
    let log: Vec<_> = log
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"))
        .collect();
    let mut files = Vec::new();
    collect(fixture.repository.path(), &mut files);
    let files = files
        .into_iter()
        .filter(|file| file.extension() != Some("tfplan") && file.extension() != Some("tfvars"));
    let files = files.map(|file| (file.to_string(), std::fs::read(&file).unwrap()));
    std::iter::once(("log".to_owned(), log.join("\n").into_bytes()))
        .chain(files)
        .collect()
}

/// Runs as under GitHub, with its files inside the repository so that they are searched too.
fn under_github(fixture: &Fixture, program: Program) -> Ran {
    let ran = program
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_OUTPUT", fixture.path(".towpath/output"))
        .env("GITHUB_STEP_SUMMARY", fixture.path(".towpath/summary"))
        .run();
    let masks = ran.stdout.matches("::add-mask::").count();
    assert!(masks > 0, "{}", ran.stdout);
    ran
}

fn hidden(fixture: &Fixture, ran: &Ran) {
    let written = written(fixture, ran);
    for (name, bytes) in &written {
        assert!(
            !holds(bytes, SECRET),
            "{name}: {}",
            String::from_utf8_lossy(bytes)
        );
    }
    let names: Vec<_> = written.iter().map(|(name, _)| name.as_str()).collect();
    for name in ["prod.json", "terraform-plan.json", "output", "summary"] {
        assert!(names.iter().any(|found| found.ends_with(name)), "{names:?}");
    }
}

#[test]
fn a_secret_from_the_environment_is_hidden() {
    let fixture = Fixture::new(CONFIGURATION);
    let program = fixture.program().env("TF_VAR_password", SECRET);
    let ran = under_github(&fixture, program);
    assert_eq!(ran.exit_code, 0, "{}", ran.stdout);
    hidden(&fixture, &ran);
    // it is there: the search above had something to miss
    let changes = fixture.facts().changes;
    assert_eq!(changes.len(), 3);
}

#[test]
fn a_secret_from_a_file_of_variables_is_hidden() {
    let mut fixture = Fixture::new(CONFIGURATION);
    let value = serde_json::to_string(SECRET).unwrap();
    fixture.write("iac/prod.tfvars", &format!("password = {value}\n"));
    let program = fixture.program().args(["--var-file", "prod.tfvars"]);
    let ran = under_github(&fixture, program);
    assert_eq!(ran.exit_code, 0, "{}", ran.stdout);
    hidden(&fixture, &ran);
}

#[test]
fn a_secret_in_terraform_s_own_words_is_hidden() {
    let fixture = Fixture::new(
        r#"
        variable "password" {
          type      = string
          sensitive = true
        }
        locals { shown = nonsensitive(var.password) }
        resource "terraform_data" "a" {
          lifecycle {
            precondition {
              condition     = length(local.shown) > 1000
              error_message = "it is ${local.shown}"
            }
          }
        }
        "#,
    );
    let program = fixture.program().env("TF_VAR_password", SECRET);
    let ran = under_github(&fixture, program);
    assert_eq!(ran.exit_code, 2, "{}", ran.stdout);
    assert!(ran.stdout.contains("it is ***"), "{}", ran.stdout);
    for (name, bytes) in written(&fixture, &ran) {
        assert!(!holds(&bytes, SECRET), "{name}");
    }
}
