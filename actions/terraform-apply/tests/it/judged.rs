//! Projects as they are when somebody wants to apply: planned and judged, once for each configuration.
//!
//! Planning and judging start Terraform eight times, so the whole folder is kept in memory, and each test writes its own
//! copy, beside a registry of its own.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::project::{PLAN, Project};

/// What is applied already.
pub(crate) const APPLIED: &str = r#"
resource "terraform_data" "raw" {
  input = "1"
}

resource "terraform_data" "old" {
  input = "1"
}
"#;

/// A plan that does what the judged one does.
pub(crate) const TWIN: &str = ".towpath/plans/twin.tfplan";
/// A plan that does something else.
pub(crate) const OTHER: &str = ".towpath/plans/other.tfplan";

impl Project {
    fn copy_of(tree: &Tree) -> Self {
        let mut project = Self::empty();
        for (path, bytes) in tree {
            project.write(path.as_str(), bytes);
        }
        project
    }

    /// A project whose plan is allowed, with a warning.
    pub(crate) fn allowed() -> Self {
        Self::copy_of(&ALLOWED)
    }

    /// A project whose plan is denied by a policy.
    pub(crate) fn public() -> Self {
        Self::copy_of(&PUBLIC)
    }

    /// A project whose plan is denied for what it destroys.
    pub(crate) fn destroying() -> Self {
        Self::copy_of(&DESTROYING)
    }
}

/// Changes `raw`, and makes `processed` after it, with that input.
fn configuration(input: &str) -> String {
    let changed = APPLIED.replacen('1', "2", 1);
    format!(
        r#"{changed}
resource "terraform_data" "processed" {{
  input      = "{input}"
  depends_on = [terraform_data.raw]
}}
"#
    )
}

/// Every file below a folder.
type Tree = BTreeMap<Utf8PathBuf, Vec<u8>>;

static ALLOWED: LazyLock<Tree> = LazyLock::new(|| judged(&configuration("internal"), 0));
static PUBLIC: LazyLock<Tree> = LazyLock::new(|| judged(&configuration("public"), 3));
static DESTROYING: LazyLock<Tree> = LazyLock::new(|| {
    let (raw, _) = APPLIED
        .split_once("\nresource \"terraform_data\" \"old\"")
        .unwrap();
    judged(raw, 3)
});

/// A project, applied once, then changed to `configuration`, planned, and judged; the gate ends with `verdict`.
fn judged(configuration: &str, verdict: i32) -> Tree {
    let mut project = Project::new(APPLIED);
    project.terraform(["init"]);
    project.terraform(["apply", "-auto-approve"]);
    let plan = |project: &Project, file: &str| {
        project.terraform(["plan", "-out", project.path(file).as_str()]);
    };
    std::fs::create_dir_all(project.path(PLAN).parent().unwrap()).unwrap();
    project.write("iac/main.tf", configuration.replace("\"1\"", "\"3\""));
    plan(&project, OTHER);
    project.write("iac/main.tf", configuration).commit("change");
    plan(&project, TWIN);
    // two plans of one second have the same bytes
    std::thread::sleep(Duration::from_millis(1100));
    assert_eq!(project.judge().exit_code, verdict);
    let mut tree = Tree::new();
    collect(&project.path(""), Utf8Path::new(""), &mut tree);
    tree
}

fn collect(root: &Utf8Path, folder: &Utf8Path, tree: &mut Tree) {
    for entry in root.join(folder).read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            collect(root, &path, tree);
        } else {
            tree.insert(path, std::fs::read(entry.path()).unwrap());
        }
    }
}
