//! A repository with one root module, `iac`, which is its environment `prod`; state and evidence lie in it, ignored.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{PlanFacts, Statement};
use evidence_store::Store;
use test_support::{Normaliser, Program, Ran, Repository};

pub(crate) const CONFIG: &str =
    "project: housing\nterraform:\n  environments:\n    prod: {root: iac}\n";

pub(crate) struct Fixture {
    pub(crate) repository: Repository,
}

impl Fixture {
    /// A committed repository with this `iac/main.tf`.
    pub(crate) fn new(configuration: &str) -> Self {
        let mut repository = Repository::new();
        repository
            .write(".gitignore", ".terraform/\n.towpath*\n*.tfstate*\n")
            .write("towpath.yaml", CONFIG)
            .write("iac/main.tf", configuration);
        repository.commit("first");
        Self { repository }
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        self.repository.path().join(path)
    }

    pub(crate) fn write(&mut self, path: &str, text: &str) {
        self.repository.write(path, text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// An executable shell script. The shell writes it: were it this process, a child that another test starts just
    /// then would hold it open for writing, and the system refuses to run such a file.
    pub(crate) fn script(&self, name: &str, body: &str) -> Utf8PathBuf {
        let path = self.path(name);
        let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$2" && chmod 755 "$2""#;
        let ran = Program::new("sh")
            .args(["-c", write, "sh", body, path.as_str()])
            .run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        path
    }

    /// The action, in the repository.
    pub(crate) fn program(&self) -> Program {
        in_folder(
            Program::new(env!("CARGO_BIN_EXE_terraform-plan")),
            self.repository.path(),
        )
    }

    /// The plan, which must be made.
    pub(crate) fn plan(&self) -> Ran {
        let ran = self.program().run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        ran
    }

    /// Applies the saved plan, by terraform itself.
    pub(crate) fn apply(&self) {
        let plan = self.path(".towpath/plans/prod.tfplan");
        let ran = in_folder(Program::new(terraform()), &self.path("iac"))
            .args(["apply", "-no-color", plan.as_str()])
            .run();
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    }

    /// The evidence about the plan.
    pub(crate) fn statement(&self) -> Statement<PlanFacts> {
        let contents = Store::new(&self.path(".towpath/evidence"), "prod").read();
        contents.unwrap().case.plan.unwrap().statement
    }

    pub(crate) fn facts(&self) -> PlanFacts {
        self.statement().predicate
    }

    /// Every file below `folder`, from the repository's root, with its permissions.
    pub(crate) fn files(&self, folder: &str) -> Vec<(String, u32)> {
        let mut files = Vec::new();
        collect(&self.path(folder), &mut files);
        let root = self.repository.path();
        let mut files: Vec<_> = files
            .iter()
            .map(|file| {
                let mode = file.metadata().unwrap().permissions().mode() & 0o777;
                (file.strip_prefix(root).unwrap().to_string(), mode)
            })
            .collect();
        files.sort();
        files
    }

    /// `text` without what differs from run to run and from version to version.
    pub(crate) fn normal(&self, text: &str) -> String {
        let lines = text.lines().filter(|line| !is_chatter(line)).map(command);
        let mut text = Normaliser::new()
            .path(self.repository.path(), "[repository]")
            .apply(&lines.collect::<Vec<_>>().join("\n"));
        let commit = self.repository.git(["rev-parse", "--short=7", "HEAD"]);
        text = text.replace(&commit, "[commit]");
        if self.path(".towpath/evidence/prod").exists() {
            let statement = self.statement();
            let digest = statement.subject("plan-digest").unwrap();
            text = text.replace(digest.short(), "[digest]");
        }
        text
    }
}

/// What terraform tells of `init` in words of its own, which differ between its versions.
fn is_chatter(line: &str) -> bool {
    let beginnings = [
        "Initializing ",
        "- ",
        "terraform.io/builtin",
        "Terraform has been ",
    ];
    let told = line.strip_prefix("  ").unwrap_or_default();
    beginnings.iter().any(|begin| told.starts_with(begin))
}

/// A command as it is shown, without the folders of this machine.
fn command(line: &str) -> String {
    let Some(words) = line.strip_prefix("$ ") else {
        return line.to_owned();
    };
    let words = words
        .split(' ')
        .enumerate()
        .map(|(index, word)| match word.split_once('/') {
            Some(_) if index == 0 => "terraform".to_owned(),
            Some((before, _)) => format!("{}[path]", before.trim_end_matches("[workspace]")),
            None => word.to_owned(),
        });
    format!("$ {}", words.collect::<Vec<_>>().join(" "))
}

pub(crate) fn collect(folder: &Utf8Path, files: &mut Vec<Utf8PathBuf>) {
    let Ok(entries) = folder.read_dir_utf8() else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().into_path()) {
        match path.symlink_metadata().unwrap().is_dir() {
            true => collect(&path, files),
            false => files.push(path),
        }
    }
}

/// Without the configuration file of whoever runs the tests, and with the terraform that they name.
fn in_folder(program: Program, folder: &Utf8Path) -> Program {
    program
        .cwd(folder)
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("TOWPATH_TERRAFORM", terraform())
}

pub(crate) fn terraform() -> String {
    let named = std::env::var_os("TOWPATH_TERRAFORM").filter(|named| !named.is_empty());
    named.map_or_else(
        || "terraform".to_owned(),
        |named| named.into_string().unwrap(),
    )
}

pub(crate) fn wait_for(path: &Utf8Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "`{path}` never came"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
