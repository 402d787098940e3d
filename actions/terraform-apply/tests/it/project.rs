//! A small project in a git repository, worked on with the programs that people run.
//!
//! The state is local, so "nothing was applied" is that its file stayed as it was. Everything else that the programs
//! meet is here as well: their environment, the registry, and what somebody does to the evidence.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use camino::Utf8PathBuf;
use evidence::{ApplyRecord, Statement, Verdict};
use serde_json::Value;
use test_support::{Program, Ran, Repository};

use crate::registry::{self, Registry};

const TOWPATH: &str = "\
project: housing
aws: {region: eu-central-1}
terraform: {environments: {prod: {root: iac}}}
";

/// Denies what is public, and warns of what is internal
pub(crate) const POLICY: &str = r#"package main

deny contains msg if {
	some change in input.resource_changes
	change.change.after.input == "public"
	msg := sprintf("`%s` would be public", [change.address])
}

warn contains msg if {
	some change in input.resource_changes
	change.change.after.input == "internal"
	msg := sprintf("`%s` is internal", [change.address])
}
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

/// Where the state is.
pub(crate) const STATE: &str = "iac/terraform.tfstate";
/// Where `terraform-plan` puts the plan.
pub(crate) const PLAN: &str = ".towpath/plans/prod.tfplan";
/// Where the evidence is.
pub(crate) const EVIDENCE: &str = ".towpath/evidence/prod";

/// A project and the registry that it asks.
#[derive(Debug)]
pub(crate) struct Project {
    repository: Repository,
    pub(crate) registry: Registry,
}

impl Project {
    /// Nothing at all.
    pub(crate) fn empty() -> Self {
        Self {
            repository: Repository::new(),
            registry: Registry::new(),
        }
    }

    /// A project of which nothing is planned, and nothing applied.
    pub(crate) fn new(configuration: &str) -> Self {
        let mut project = Self::empty();
        project.pin(1);
        project
            .write(
                ".gitignore",
                ".towpath/\n.terraform/\n*.tfstate*\n*.auto.tfvars\n",
            )
            .write("towpath.yaml", TOWPATH)
            .write("policy/access.rego", POLICY)
            .write("policy/canary.json", CANARY)
            .write("iac/main.tf", configuration)
            .commit("start");
        project
    }

    /// Writes the release file that pins a version.
    pub(crate) fn pin(&mut self, version: u32) {
        let (url, etag) = registry::DATA;
        let text = format!(
            "release:\n  package: {}\n  image: {}\n  model_data:\n    url: {url}\n    etag: {etag}\n",
            registry::arn(version),
            registry::image(registry::IMAGE),
        );
        self.write("models/housing/prod.yaml", text);
    }

    pub(crate) fn write(&mut self, path: &str, text: impl AsRef<[u8]>) -> &mut Self {
        self.repository.write(path, text);
        self
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.path(path)).unwrap()
    }

    /// Puts `text` in place of `old`, which has to be there.
    pub(crate) fn replace(&mut self, path: &str, old: &str, text: &str) -> &mut Self {
        let before = String::from_utf8(self.read(path)).unwrap();
        assert!(before.contains(old), "`{path}` has no `{old}`:\n{before}");
        self.write(path, before.replace(old, text))
    }

    pub(crate) fn commit(&mut self, message: &str) {
        self.repository.commit(message);
    }

    /// The newest commit.
    pub(crate) fn head(&self) -> String {
        self.repository.git(["rev-parse", "HEAD"])
    }

    /// Takes a file back to what is committed.
    pub(crate) fn restore(&self, path: &str) {
        self.repository.git(["checkout", "--quiet", "--", path]);
    }

    /// A path as a program outside of the project names it.
    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        self.repository.path().join(path)
    }

    /// Changes a piece of evidence, as somebody with an editor would.
    pub(crate) fn edit(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> &mut Self {
        let path = format!("{EVIDENCE}/{name}.json");
        let mut statement: Value = serde_json::from_slice(&self.read(&path)).unwrap();
        let before = statement.clone();
        change(&mut statement);
        assert_ne!(statement, before, "nothing was changed");
        self.write(&path, serde_json::to_vec_pretty(&statement).unwrap())
    }

    /// Writes the digests of the evidence that is there into the verdict, as somebody would who knows what is checked.
    pub(crate) fn seal(&mut self) {
        let path = format!("{EVIDENCE}/verdict.json");
        let mut verdict: Statement<Verdict> = Statement::from_json(&self.read(&path)).unwrap();
        for piece in &mut verdict.predicate.evidence {
            let bytes = std::fs::read(self.path(EVIDENCE).join(&piece.file)).unwrap();
            piece.sha256 = evidence::Sha256::of(bytes);
        }
        self.write(&path, verdict.to_json().unwrap());
    }

    /// One of the actions' programs, where a person would run it.
    pub(crate) fn program(&self, name: &str) -> Program {
        Program::new(program(name))
            .cwd(self.repository.path())
            .envs(self.environment())
    }

    /// What the programs find in their environment.
    pub(crate) fn environment(&self) -> [(&'static str, String); 7] {
        [
            ("AWS_ENDPOINT_URL_SAGEMAKER", self.registry.url()),
            ("AWS_ACCESS_KEY_ID", "AKIATEST".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("TF_CLI_CONFIG_FILE", "/dev/null".to_owned()),
        ]
    }

    /// Terraform without us.
    pub(crate) fn terraform<const N: usize>(&self, arguments: [&str; N]) {
        let ran = Program::new("terraform")
            .args(arguments)
            .cwd(self.path("iac"))
            .envs([("TF_CLI_CONFIG_FILE", "/dev/null"), ("TF_INPUT", "0")])
            .run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    }

    /// Plans, gathers the evidence, and returns how the gate ended.
    pub(crate) fn judge(&self) -> Ran {
        let plan = self.program("terraform-plan").run();
        assert_eq!(plan.exit_code, 0, "{}", plan.stderr);
        for name in ["policy-check", "model-approval"] {
            let ran = self.program(name).run();
            assert!([0, 3].contains(&ran.exit_code), "{name}: {}", ran.stderr);
        }
        self.program("gate").run()
    }

    /// What is known of the world, when there is anything.
    pub(crate) fn state(&self) -> Option<Vec<u8>> {
        std::fs::read(self.path(STATE)).ok()
    }

    /// The record of the apply, when there was one.
    pub(crate) fn record(&self) -> Option<ApplyRecord> {
        let file = self.path(EVIDENCE).join("terraform-apply.json");
        let bytes = std::fs::read(file).ok()?;
        Some(Statement::from_json(&bytes).unwrap().predicate)
    }

    /// The apply is refused with this exit code, for exactly these reasons (a part of each), and changes nothing.
    #[track_caller]
    pub(crate) fn refused(&self, exit_code: i32, reasons: &[&str]) {
        let ran = self.untouched_by(&self.program("terraform-apply"));
        let found: Vec<&str> = ran
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("  - "))
            .collect();
        let said = format!("{}\n{}", ran.stdout, ran.stderr);
        assert_eq!(found.len(), reasons.len(), "{said}");
        for reason in reasons {
            let there = found.iter().any(|found| found.contains(reason));
            assert!(there, "no `{reason}` in:\n{said}");
        }
        assert!(
            ran.stdout.contains("refused, nothing was applied"),
            "{said}"
        );
        assert_eq!(ran.exit_code, exit_code, "{said}");
    }

    /// The apply cannot even be looked at: it ends with this exit code, says so, and changes nothing.
    #[track_caller]
    pub(crate) fn fails(&self, apply: &Program, exit_code: i32, said: &[&str]) {
        let ran = self.untouched_by(apply);
        for text in said {
            assert!(ran.stderr.contains(text), "no `{text}` in:\n{}", ran.stderr);
        }
        assert_eq!(ran.exit_code, exit_code, "{}", ran.stderr);
    }

    #[track_caller]
    fn untouched_by(&self, apply: &Program) -> Ran {
        let before = self.state();
        let ran = apply.run();
        let said = format!("{}\n{}", ran.stdout, ran.stderr);
        assert!(self.state() == before, "the state was changed:\n{said}");
        assert!(self.record().is_none(), "an apply was recorded:\n{said}");
        ran
    }
}

/// The folder of the programs that this workspace is built into.
pub(crate) fn programs() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_terraform-apply"))
        .parent()
        .unwrap()
}

/// A program of this workspace. For a test of this package alone cargo builds only this one's: what is missing is built
/// here. What is there is taken as it is, so after a change elsewhere `cargo build --workspace --bins` comes first.
fn program(name: &str) -> std::path::PathBuf {
    static BUILDING: Mutex<()> = Mutex::new(());
    let path = programs().join(name);
    let _one_at_a_time = BUILDING.lock().unwrap_or_else(PoisonError::into_inner);
    if !path.exists() {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--package", name])
            .status();
        assert!(built.unwrap().success(), "failed to build `{name}`");
    }
    path
}
