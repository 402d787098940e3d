//! The action from the outside: what is made, what is found, and what is left alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod generated;
mod seen;

use camino::Utf8PathBuf;
use test_support::{Program, Ran};

/// The configuration that most cases start from.
const CONFIG: &str = r#"project: shop
aws: {region: eu-central-1, account: "123456789012"}
terraform:
  environments:
    dev: {root: iac/dev}
    prod: {root: iac/prod}
workflows:
  toolkit: {commit: 0123456789abcdef0123456789abcdef01234567, version: v0.1.0}
"#;

/// A folder with a `towpath.yaml`.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(config: &str) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        desk.write("towpath.yaml", config);
        desk
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().join(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn change(&self, path: &str, before: &str, after: &str) {
        let text = self.read(path);
        assert!(text.contains(before), "{path} has no `{before}`:\n{text}");
        self.write(path, &text.replacen(before, after, 1));
    }

    fn program(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_workflows"))
            .args(arguments)
            .cwd(self.path(""))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.program(arguments).run()
    }
}

const APPLY: &str = ".github/workflows/apply.yml";
