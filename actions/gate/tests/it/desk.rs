//! A desk with evidence on it, written by the code that the actions write it with, and `towpath.yaml` beside it.
//!
//! What lies there first is all in order: a clean commit that makes one resource, checked, with its model approved.

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{
    ApprovalFacts, Canary, Finding, Level, Location, ModelPackage, PlanDigest, PlanFacts,
    PlannedChange, PolicyFacts, Predicate, Sha256, Standing, StateRef, Statement, Subject, Verdict,
};
use evidence_store::Store;
use jiff::Timestamp;
use tempfile::TempDir;
use test_support::{Normaliser, Program};

pub(crate) const CONFIG: &str =
    "project: housing\nterraform:\n  environments:\n    prod: {root: iac}\n";

pub(crate) const MODEL: &str =
    "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/7";

pub(crate) struct Desk {
    folder: TempDir,
}

impl Desk {
    /// With no evidence on it.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        desk.write("towpath.yaml", CONFIG);
        std::fs::create_dir_all(desk.store().folder()).unwrap();
        desk
    }

    /// With everything in order.
    pub(crate) fn in_order() -> Self {
        Self::empty()
            .with(plan())
            .with(policies())
            .with(approvals())
    }

    pub(crate) fn with<P: Predicate>(self, facts: P) -> Self {
        self.put(facts);
        self
    }

    pub(crate) fn rules(self, rules: &str) -> Self {
        self.write("towpath.yaml", &format!("{CONFIG}gate:\n{rules}"));
        self
    }

    /// Evidence of its kind, about the plan.
    pub(crate) fn put<P: Predicate>(&self, facts: P) -> Utf8PathBuf {
        self.store()
            .save(&Statement::new(subjects(), facts))
            .unwrap()
    }

    pub(crate) fn store(&self) -> Store {
        Store::new(&self.path(".towpath/evidence"), "prod")
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap();
    }

    /// The action, at the desk.
    pub(crate) fn program(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_gate")).cwd(self.path(""))
    }

    /// What it says and its exit code, in one text.
    pub(crate) fn judged(&self, arguments: &[&str]) -> String {
        let ran = self.program().args(arguments).run();
        let text = format!("exit code: {}\n{}{}", ran.exit_code, ran.stdout, ran.stderr);
        Normaliser::new()
            .path(self.path(""), "[desk]")
            .apply(text.trim_end())
    }

    pub(crate) fn verdict(&self) -> Statement<Verdict> {
        self.store().read().unwrap().verdict.unwrap().statement
    }
}

pub(crate) fn subjects() -> Vec<Subject> {
    vec![
        Subject::plan_file(Sha256::of("file")),
        Subject::plan_json(Sha256::of("json")),
        Subject::plan_digest(PlanDigest(Sha256::of("digest"))),
    ]
}

pub(crate) fn plan() -> PlanFacts {
    PlanFacts {
        produced_at: Timestamp::now(),
        environment: "prod".to_owned(),
        root: "iac".to_owned(),
        commit: Some("8d21f0c".repeat(6)[..40].to_owned()),
        clean: true,
        workspace: "default".to_owned(),
        tool: "Terraform 1.11.4".to_owned(),
        state: StateRef {
            lineage: String::new(),
            serial: 0,
        },
        lock_file: None,
        changes: vec![change("aws_s3_bucket.raw", "create")],
        unusable: vec![],
    }
}

pub(crate) fn change(address: &str, action: &str) -> PlannedChange {
    let destroys = matches!(action, "replace" | "delete");
    PlannedChange {
        address: address.to_owned(),
        action: action.to_owned(),
        destroys,
        because: match action {
            "replace" => vec!["forced by `bucket`".to_owned()],
            _ => vec![],
        },
    }
}

pub(crate) fn policies() -> PolicyFacts {
    PolicyFacts {
        produced_at: Timestamp::now(),
        bundle: Sha256::of("policies"),
        engine: "regorus 0.14.1".to_owned(),
        read_from: "working copy".to_owned(),
        namespaces: vec!["s3".to_owned()],
        rules: 15,
        canary: Canary::Denied,
        findings: vec![],
        waivers: vec![],
    }
}

pub(crate) fn finding(level: Level) -> Finding {
    Finding {
        rule: "s3/encryption".to_owned(),
        level,
        message: "bucket `housing-raw` would keep objects unencrypted".to_owned(),
        title: None,
        resource: Some("aws_s3_bucket.raw".to_owned()),
        location: Some(Location::line("iac/main.tf", 14)),
        remedy: Some("add a server-side encryption configuration".to_owned()),
        link: None,
        policy_file: Some("policy/s3/encryption.rego".to_owned()),
        metadata: Default::default(),
        digest: None,
        waived: None,
    }
}

pub(crate) fn approvals() -> ApprovalFacts {
    approvals_at(Standing::Approved)
}

pub(crate) fn approvals_at(standing: Standing) -> ApprovalFacts {
    ApprovalFacts {
        produced_at: Timestamp::now(),
        packages: vec![ModelPackage {
            arn: MODEL.to_owned(),
            used_by: vec!["aws_sagemaker_model.housing".to_owned()],
            pinned_by: vec!["models/housing/prod.yaml".to_owned()],
            standing,
            because: vec![],
            approved_by: Some("ada".to_owned()),
            approved_at: None,
            approval_note: None,
            image_digest: None,
            model_data: None,
            model_data_etag: None,
        }],
        unresolved: vec![],
    }
}
