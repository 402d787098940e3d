//! A pull request on a GitHub, and evidence about it.

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{
    Canary, Decision, Finding, Kind, Level, Location, PlanFacts, PlannedChange, PolicyFacts,
    Reason, Sha256, StateRef, Statement, Subject, Verdict,
};
use evidence_store::Store;
use github_sim::{GitHub, REPOSITORY};
use jiff::Timestamp;
use test_support::{Program, Ran};

pub(crate) struct Desk {
    pub(crate) github: GitHub,
    pub(crate) pull: u64,
    pub(crate) head: String,
    folder: tempfile::TempDir,
}

pub(crate) fn finding(rule: &str, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        level: Level::Deny,
        message: message.to_owned(),
        title: None,
        resource: Some("module.data.aws_s3_bucket.raw".to_owned()),
        location: Some(Location::line("iac/main.tf", 14)),
        remedy: Some("add an encryption configuration".to_owned()),
        link: None,
        policy_file: None,
        metadata: std::collections::BTreeMap::new(),
        digest: None,
        waived: None,
    }
}

pub(crate) fn change(address: &str, action: &str) -> PlannedChange {
    PlannedChange {
        address: address.to_owned(),
        action: action.to_owned(),
        destroys: matches!(action, "replace" | "delete"),
        because: match action {
            "replace" => vec!["`name`".to_owned()],
            _ => Vec::new(),
        },
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        let github = GitHub::start(&[("README.md", "one\n")]).unwrap();
        let head = github.push("change", "README.md", "two\n", "ada");
        let pull = github.open("change", "ada");
        let desk = Self {
            github,
            pull,
            head,
            folder: tempfile::tempdir().unwrap(),
        };
        desk.write(
            "towpath.yaml",
            "terraform:\n  environments:\n    dev: {root: iac/dev}\n    prod: {root: iac/prod}\n",
        );
        desk
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        std::fs::write(self.path(path), text).unwrap();
    }

    /// Evidence as the actions leave it.
    pub(crate) fn judged(
        &self,
        environment: &str,
        decision: Decision,
        findings: &[Finding],
        changes: &[PlannedChange],
    ) {
        let store = Store::new(&self.path(".towpath/evidence"), environment);
        store.clear().unwrap();
        let at = Timestamp::UNIX_EPOCH;
        let subjects = || vec![Subject::plan_file(Sha256::of(environment))];
        let plan = PlanFacts {
            produced_at: at,
            environment: environment.to_owned(),
            root: format!("iac/{environment}"),
            commit: Some(self.head.clone()),
            clean: true,
            workspace: "default".to_owned(),
            tool: "terraform 1.11.4".to_owned(),
            state: StateRef {
                lineage: String::new(),
                serial: 0,
            },
            lock_file: None,
            changes: changes.to_vec(),
            unusable: Vec::new(),
        };
        store.save(&Statement::new(subjects(), plan)).unwrap();
        let policies = PolicyFacts {
            produced_at: at,
            bundle: Sha256::of("policies"),
            engine: "regorus".to_owned(),
            read_from: "the base commit".to_owned(),
            namespaces: Vec::new(),
            rules: 20,
            canary: Canary::Denied,
            findings: findings.to_vec(),
            waivers: Vec::new(),
        };
        store.save(&Statement::new(subjects(), policies)).unwrap();
        let reasons = findings.iter().map(|finding| Reason {
            decision: Decision::Denied,
            from: Kind::PolicyCheck,
            about: None,
            text: format!("{}: {}", finding.rule, finding.message),
        });
        let verdict = Verdict {
            decision,
            reasons: reasons.collect(),
            evidence: Vec::new(),
            rules: Sha256::of("rules"),
            judged_at: at,
            environment: environment.to_owned(),
            commit: Some(self.head.clone()),
        };
        store.save(&Statement::new(subjects(), verdict)).unwrap();
    }

    pub(crate) fn program(&self, arguments: &[&str]) -> Program {
        let number = self.pull.to_string();
        Program::new(env!("CARGO_BIN_EXE_report"))
            .args(["--pull-request", &number, "--commit", &self.head])
            .args(arguments)
            .env("GITHUB_API_URL", self.github.url())
            .env("GITHUB_REPOSITORY", REPOSITORY)
            .env("GITHUB_TOKEN", "workflow")
            .cwd(self.path(""))
    }

    /// Runs it, and wants it to go well.
    pub(crate) fn reports(&self, arguments: &[&str]) -> Ran {
        let ran = self.program(arguments).run();
        assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
        ran
    }

    /// The only comment of a program.
    pub(crate) fn comment(&self) -> String {
        let comments = self.github.comments();
        let ours: Vec<_> = comments
            .iter()
            .filter(|comment| comment.login.ends_with("[bot]"))
            .collect();
        assert_eq!(ours.len(), 1, "{ours:?}");
        ours[0].body.clone()
    }
}
