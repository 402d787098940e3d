//! Finding the tool.

use miette::Diagnostic;
use terraform::{Class, FindError, Kind, Tool, ToolRequest};

use crate::fixture::{Fixture, request, root, tool};

fn find(path: &str) -> Result<Tool, FindError> {
    Tool::find(&ToolRequest {
        name_or_path: Some(path.to_owned()),
        ..request()
    })
}

#[test]
fn the_real_one_is_found_on_the_path() {
    let tool = tool();
    assert!(tool.path.is_absolute());
    assert!(tool.version >= semver::Version::new(1, 6, 0));
}

#[test]
fn a_name_given_for_the_run_wins_over_the_variable_and_an_empty_one_does_not() {
    let folder = Fixture::new("");
    let mine = folder.script("mine", "echo Terraform v1.9.9");
    let both = |name: &str| {
        Tool::find(&ToolRequest {
            name_or_path: Some(name.to_owned()),
            variable: Some(mine.to_string()),
            search_path: None,
        })
    };
    let other = folder.script("other", "echo Terraform v1.8.8");
    assert_eq!(both(other.as_str()).unwrap().version.to_string(), "1.8.8");
    assert_eq!(both("").unwrap().version.to_string(), "1.9.9");
}

#[test]
fn missing_says_where_to_name_it() {
    let error = find("no-such-terraform").unwrap_err();
    assert!(matches!(error, FindError::Missing { .. }));
    assert_eq!(error.to_string(), "found no `no-such-terraform`");
    assert!(
        error
            .help()
            .unwrap()
            .to_string()
            .contains("TOWPATH_TERRAFORM")
    );
    assert_eq!(error.class(), Class::BadInput);

    let nothing = Tool::find(&ToolRequest::default()).unwrap_err();
    assert_eq!(nothing.to_string(), "found no `terraform` or `tofu`");
}

#[test]
fn a_file_that_cannot_be_executed_is_named() {
    let folder = Fixture::new("");
    let error = find(folder.path("main.tf").as_str()).unwrap_err();
    assert!(matches!(error, FindError::NotExecutable { .. }));
    assert!(
        error
            .help()
            .unwrap()
            .to_string()
            .starts_with("make it executable")
    );
}

#[test]
fn another_program_is_not_taken_for_it() {
    let folder = Fixture::new("");
    for body in [
        "echo Packer v1.9.0",
        "echo 'Terraform v1.9.0'; exit 1",
        "echo Terraform vX",
        "head -c 300 /dev/urandom",
        ":",
    ] {
        let error = find(folder.script("fake", body).as_str()).unwrap_err();
        assert!(matches!(error, FindError::NotTerraform { .. }), "{body}");
    }
}

#[test]
fn too_old_is_said_with_its_version() {
    let folder = Fixture::new("");
    let old = folder.script("old", "echo Terraform v1.5.7");
    let error = find(old.as_str()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`{old}` is Terraform 1.5.7, older than 1.6")
    );
}

#[test]
fn opentofu_is_known_by_its_name_and_runs_the_same_way() {
    let folder = Fixture::new("resource \"terraform_data\" \"a\" {}");
    let real = tool().path;
    let body = format!(
        "case $1 in version) printf 'OpenTofu v1.10.2\\non linux_amd64\\n';; *) exec {real} \"$@\";; esac"
    );
    let tofu = find(folder.script("tofu", &body).as_str()).unwrap();
    assert_eq!(tofu.kind, Kind::OpenTofu);
    assert_eq!(tofu.to_string(), "OpenTofu 1.10.2");

    let root = root(tofu, folder.path(""));
    // Its `init` is read as text.
    root.init(&Default::default(), &mut |_| {}).unwrap();
    let plan = root.plan(&folder.options(), &mut |_| {}).unwrap();
    assert!(plan.has_changes);
    let run = root
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap();
    assert_eq!(run.done(), 1);
}
