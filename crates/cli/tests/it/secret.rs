//! A planted secret through the whole way, from plan to apply: it appears in nothing that was written or printed.
//!
//! The configuration does what people do to a secret: it puts it into larger values, keys a replacement by it, and lets a
//! provisioner print it. The policy prints everything that it sees. Only the saved plan and the state may hold the
//! secret, because Terraform keeps it there.

use camino::{Utf8Path, Utf8PathBuf};
use test_support::{Program, Repository};

use crate::needle::holds;

/// With a quote and a backslash, so that JSON writes it otherwise.
const SECRET: &str = "s3kr3t-\"towing\"-\\-line";

const TOWPATH: &str = "project: housing\nterraform:\n  environments:\n    prod: {root: iac}\n";

const CONFIGURATION: &str = r#"
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "plain" { input = var.password }
resource "terraform_data" "inside" { input = { url = "https://u:${var.password}@host" } }
resource "terraform_data" "forced" { triggers_replace = [var.password] }
resource "terraform_data" "printed" {
  provisioner "local-exec" {
    command     = "echo \"it is $TOKEN\""
    environment = { TOKEN = nonsensitive(var.password) }
  }
}
output "connection" {
  value     = "p=${var.password}"
  sensitive = true
}
"#;

const POLICY: &str = r#"package main

deny contains msg if {
	some change in input.resource_changes
	change.change.after.input == "public"
	msg := sprintf("`%s` is public", [change.address])
}

warn contains msg if {
	some change in input.resource_changes
	msg := sprintf("`%s` is %v", [change.address, change])
}

warn contains sprintf("variables are %v", [input.variables])
"#;

const CANARY: &str = r#"{
  "format_version": "1.2",
  "terraform_version": "1.11.4",
  "resource_changes": [{
    "address": "terraform_data.open",
    "mode": "managed",
    "type": "terraform_data",
    "name": "open",
    "provider_name": "terraform.io/builtin/terraform",
    "change": {
      "actions": ["create"],
      "before": null,
      "after": {"input": "public"},
      "after_unknown": {"id": true},
      "before_sensitive": false,
      "after_sensitive": {}
    }
  }]
}
"#;

const STEPS: [&str; 5] = [
    "terraform-plan",
    "policy-check",
    "model-approval",
    "gate",
    "terraform-apply",
];

fn repository() -> Repository {
    let mut repository = Repository::new();
    repository
        .write(".gitignore", ".terraform/\n.towpath/\n*.tfstate*\n")
        .write("towpath.yaml", TOWPATH)
        .write("iac/main.tf", CONFIGURATION)
        .write("policy/main.rego", POLICY)
        .write("policy/canary.json", CANARY);
    repository.commit("first");
    repository
}

fn step(repository: &Repository, name: &str) -> Program {
    let program = Program::new(env!("CARGO_BIN_EXE_towpath"))
        .arg(name)
        .cwd(repository.path())
        .env("TF_CLI_CONFIG_FILE", "/dev/null");
    match std::env::var_os("TOWPATH_TERRAFORM") {
        Some(terraform) => program.env("TOWPATH_TERRAFORM", terraform),
        None => program,
    }
}

/// Runs a step, which must go well, and gives what it printed; GitHub alone has to be told what to mask.
fn run(program: Program) -> String {
    let ran = program.run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    let log = format!("{}\n{}", ran.stdout, ran.stderr);
    let lines = log.lines().filter(|line| !line.starts_with("::add-mask::"));
    lines.collect::<Vec<_>>().join("\n")
}

fn collect(folder: &Utf8Path, files: &mut Vec<Utf8PathBuf>) {
    for entry in folder.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        match path.symlink_metadata().unwrap().is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}

/// Searches every file, and finds the secret in the saved plan's and the state's alone.
fn searched(repository: &Repository) {
    let mut files = Vec::new();
    collect(repository.path(), &mut files);
    let mut names = Vec::new();
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        let name = file.strip_prefix(repository.path()).unwrap().as_str();
        names.push(name);
        if name == "iac/terraform.tfstate" {
            assert!(holds(&bytes, SECRET), "the search finds it where it is");
        } else if name != ".towpath/plans/prod.tfplan" {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!holds(&bytes, SECRET), "{name}: {text}");
        }
    }
    for written in [
        ".towpath/plans/prod.json",
        ".towpath/evidence/prod/terraform-plan.json",
        ".towpath/evidence/prod/policy-check.json",
        ".towpath/evidence/prod/model-approval.json",
        ".towpath/evidence/prod/verdict.json",
        ".towpath/evidence/prod/terraform-apply.json",
    ] {
        assert!(names.contains(&written), "{names:?}");
    }
}

fn hidden(log: &str) {
    assert!(!holds(log.as_bytes(), SECRET), "{log}");
}

#[test]
fn typed_by_a_person() {
    let repository = repository();
    for name in STEPS {
        let mut program = step(&repository, name);
        // whoever applies need not know the secret, and hides it all the same
        if name == "terraform-plan" {
            program = program.env("TF_VAR_password", SECRET);
        }
        let log = run(program);
        hidden(&log);
        match name {
            "policy-check" => assert!(log.contains("terraform_data.inside"), "{log}"),
            "gate" => assert!(log.contains("allowed"), "{log}"),
            "terraform-apply" => assert!(log.contains("it is (sensitive-"), "{log}"),
            _ => {}
        }
    }
    searched(&repository);
}

#[test]
fn run_by_github_in_every_format() {
    let repository = repository();
    let formats = ["json", "sarif", "markdown", "junit", "text"];
    for (name, format) in STEPS.into_iter().zip(formats) {
        let file = |file: &str| repository.path().join(format!(".towpath/{name}-{file}"));
        std::fs::create_dir_all(repository.path().join(".towpath")).unwrap();
        let program = step(&repository, name)
            .args(["--output", format])
            .env("TF_VAR_password", SECRET)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_STEP_SUMMARY", file("summary"));
        hidden(&run(program));
        assert!(file("summary").exists(), "{name}");
    }
    searched(&repository);
}
