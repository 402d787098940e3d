//! A folder with policies and documents, and the program that judges them.
//!
//! The saved plan is made once by the real terraform, of a configuration that needs no provider; each test writes its
//! own copy of it.

use std::sync::LazyLock;

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{PolicyFacts, Statement};
use evidence_store::Store;
use tempfile::TempDir;
use test_support::{Normaliser, Program, Ran};

pub(crate) const CONFIG: &str =
    "project: housing\nterraform:\n  environments:\n    prod: {root: iac}\n";

/// What the plan's sensitive variable holds: a text that JSON has to escape.
pub(crate) const SECRET: &str = "correct \"horse\" & battery";

/// What is planned: something public, and something that holds a secret.
pub(crate) const MAIN_TF: &str = r#"variable "token" {
  type      = string
  sensitive = true
}

resource "terraform_data" "raw" {
  # the place that a finding points at
  input = "public"
}

resource "terraform_data" "held" {
  input            = { token = var.token, open = "yes" }
  triggers_replace = var.token
}
"#;

/// Denies what is public, and says all that it can.
pub(crate) const POLICY: &str = r#"package main

# METADATA
# title: Nothing is public
# description: Anybody could read it.
# related_resources:
# - https://example.com/public
# custom:
#   remedy: say `private`
deny_public contains result if {
	some change in input.resource_changes
	change.change.after.input == "public"
	result := {
		"msg": sprintf("`%s` would be public", [change.address]),
		"address": change.address,
		"attribute": "input",
	}
}
"#;

/// A plan's JSON that [`POLICY`] denies.
pub(crate) const CANARY: &str = r#"{
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

static PLAN: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let desk = Desk::new().with("main.tf", MAIN_TF);
    let terraform = |arguments: &[&str]| {
        let ran = Program::new("terraform")
            .args(arguments)
            .cwd(desk.path(""))
            .envs([
                ("TF_CLI_CONFIG_FILE", "/dev/null"),
                ("TF_VAR_token", SECRET),
            ])
            .run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        ran.stdout
    };
    terraform(&["init", "-input=false"]);
    terraform(&["plan", "-input=false", "-out=saved"]);
    let json = terraform(&["show", "-json", "saved"]);
    assert!(json.contains("battery"), "the plan holds no secret");
    (std::fs::read(desk.path("saved")).unwrap(), json)
});

/// The saved plan of [`MAIN_TF`].
pub(crate) fn saved_plan() -> &'static [u8] {
    &PLAN.0
}

/// Its JSON, as terraform shows it: with its secrets.
pub(crate) fn plan_json() -> &'static str {
    &PLAN.1
}

pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    /// With nothing on it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// With one policy on it.
    pub(crate) fn with_policy(rego: &str) -> Self {
        Self::new().with("policy/main.rego", rego)
    }

    /// With a project whose plan is saved where `terraform-plan` puts it, a policy that denies it, and a known-bad plan.
    pub(crate) fn with_plan() -> Self {
        Self::with_policy(POLICY)
            .with("policy/canary.json", CANARY)
            .with("towpath.yaml", CONFIG)
            .with("iac/main.tf", MAIN_TF)
            .with(".towpath/plans/prod.tfplan", saved_plan())
    }

    pub(crate) fn with(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(path, text);
        self
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    /// The action, at the desk.
    pub(crate) fn program(&self) -> Program {
        program_in(&self.path(""))
    }

    /// What came of these arguments.
    pub(crate) fn check(&self, arguments: &[&str]) -> Ran {
        self.program().args(arguments).run()
    }

    /// What it says and its exit code, in one text.
    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        said(&self.check(arguments), &self.path(""))
    }

    /// The evidence after a run with these arguments, however it ended.
    pub(crate) fn evidence_after(&self, arguments: &[&str]) -> PolicyFacts {
        self.check(arguments);
        self.evidence().unwrap().predicate
    }

    /// The evidence about the plan, when there is any.
    pub(crate) fn evidence(&self) -> Option<Statement<PolicyFacts>> {
        let found = Store::new(&self.path(".towpath/evidence"), "prod").read();
        let mut policies = found.unwrap().case.policies;
        assert!(policies.len() < 2, "there is more than one: {policies:?}");
        Some(policies.pop()?.statement)
    }
}

/// The action in `folder`.
pub(crate) fn program_in(folder: &Utf8Path) -> Program {
    Program::new(env!("CARGO_BIN_EXE_policy-check"))
        .cwd(folder)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
}

/// What a run said and its exit code, without what differs from run to run.
pub(crate) fn said(ran: &Ran, folder: &Utf8Path) -> String {
    let text = format!("exit code: {}\n{}{}", ran.exit_code, ran.stdout, ran.stderr);
    Normaliser::new()
        .path(folder, "[desk]")
        .apply(text.trim_end())
}
