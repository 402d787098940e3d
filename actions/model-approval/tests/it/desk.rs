//! A project with a plan, release files, and a registry to ask.

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{ApprovalFacts, Standing};
use evidence_store::Store;
use tempfile::TempDir;
use test_support::{Normaliser, Program, Ran};

use crate::plans::{self, Case};
use crate::registry::{OURS, Registry, release};

pub(crate) const CONFIG: &str = "project: housing\naws: {region: eu-central-1}\nterraform: {environments: {prod: {root: iac}}}\n";

pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) registry: Registry,
}

impl Desk {
    /// A plan of this case with the reviewed release, which the registry has with this approval.
    pub(crate) fn new(case: Case, approval: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self {
            folder,
            registry: Registry::with(approval),
        };
        plans::write(case, &desk.path(""));
        desk.write("towpath.yaml", CONFIG);
        desk.pin(&release(OURS));
        desk
    }

    /// Writes the release file.
    pub(crate) fn pin(&self, text: &str) {
        self.write("models/housing/prod.yaml", text);
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    /// What the program finds in its environment.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut variables = plans::variables(&self.path(".towpath"));
        let set = [
            ("AWS_ENDPOINT_URL_SAGEMAKER", self.registry.url()),
            ("AWS_ACCESS_KEY_ID", "AKIATEST".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ];
        variables.extend(set.map(|(name, value)| (name.to_owned(), value)));
        variables
    }

    /// The action, at the desk.
    pub(crate) fn program(&self) -> Program {
        Program::new(env!("CARGO_BIN_EXE_model-approval"))
            .cwd(self.path(""))
            .envs(self.environment())
    }

    /// What it says and its exit code, in one text.
    pub(crate) fn said(&self) -> String {
        self.text(&self.program().run())
    }

    pub(crate) fn text(&self, ran: &Ran) -> String {
        let said = format!("{}{}", ran.stdout, ran.stderr);
        // commands, and the digest of a plan, which names its provider's version
        let lines = said.lines().filter(|line| !line.starts_with("$ "));
        let lines = lines.map(|line| match line.split_once("  plan ") {
            Some((before, _)) => format!("{before}  plan [digest]"),
            None => line.to_owned(),
        });
        let said = lines.collect::<Vec<_>>().join("\n");
        Normaliser::new()
            .path(self.path(""), "[desk]")
            .apply(&format!("exit code: {}\n{said}", ran.exit_code))
    }

    /// The evidence, when there is any.
    pub(crate) fn facts(&self) -> Option<ApprovalFacts> {
        let found = Store::new(&self.path(".towpath/evidence"), "prod").read();
        Some(found.unwrap().case.approvals.pop()?.statement.predicate)
    }

    /// The exit code, and where the one package stands by the evidence.
    pub(crate) fn standing(&self) -> (i32, Standing) {
        let ran = self.program().run();
        let packages = self
            .facts()
            .unwrap_or_else(|| panic!("{}", ran.stderr))
            .packages;
        assert_eq!(packages.len(), 1, "{packages:?}");
        (ran.exit_code, packages[0].standing)
    }
}
