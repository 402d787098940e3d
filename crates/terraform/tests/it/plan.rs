//! Planning, showing, applying.

use std::os::unix::fs::PermissionsExt;

use terraform::{Class, Error, Event, MissingWorkspace, Outcome, PlanMode, Severity, StateFate};

use crate::fixture::{Fixture, commands};

const TWO: &str = r#"
variable "name" { default = "none" }
resource "terraform_data" "a" { input = var.name }
resource "terraform_data" "b" { input = terraform_data.a.output }
"#;

#[test]
fn a_plan_is_made_shown_applied_and_then_empty() {
    let folder = Fixture::ready(TWO);
    let root = folder.root();
    let mut events = Vec::new();
    let plan = root
        .plan(&folder.options(), &mut |event| events.push(event.clone()))
        .unwrap();
    assert!(plan.has_changes);
    assert_eq!(plan.summary.add, 2);
    let mut addresses: Vec<_> = plan.changes.iter().map(|c| c.address.as_str()).collect();
    addresses.sort_unstable();
    assert_eq!(addresses, ["terraform_data.a", "terraform_data.b"]);
    assert!(matches!(
        events.last(),
        Some(Event::Finished { code: Some(2), .. })
    ));

    let json = root.show_json(&plan.out, &mut |_| {}).unwrap();
    let shown: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(shown["resource_changes"].as_array().unwrap().len(), 2);

    assert_eq!(root.state_pull(&mut |_| {}).unwrap(), b"");
    let run = root
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap();
    assert_eq!(run.state, StateFate::Saved);
    assert_eq!(run.to_string(), "2 of 2 changes done");
    for change in &run.changes {
        let Outcome::Done { id: Some(id), .. } = &change.outcome else {
            panic!("{change:?}");
        };
        assert!(folder.read("terraform.tfstate").contains(id.as_str()));
    }
    let state = root.state_pull(&mut |_| {}).unwrap();
    let state: serde_json::Value = serde_json::from_slice(&state).unwrap();
    assert_eq!(state["resources"].as_array().unwrap().len(), 2);

    let again = folder.plan();
    assert!(!again.has_changes);
    assert!(again.changes.is_empty());
}

#[test]
fn the_plan_file_is_private_and_nothing_is_left_beside_it() {
    let folder = Fixture::ready(TWO);
    let before = folder.names();
    let plan = folder.plan();
    let mode = plan.out.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut expected = before;
    expected.push("it.tfplan".to_owned());
    expected.sort();
    assert_eq!(folder.names(), expected);
}

#[test]
fn a_failed_plan_leaves_the_file_that_was_there() {
    let folder = Fixture::ready(TWO);
    folder.write("it.tfplan", "the old one");
    folder.write(
        "more.tf",
        "resource \"terraform_data\" \"c\" { input = var.nope }",
    );
    let before = folder.names();
    let error = folder
        .root()
        .plan(&folder.options(), &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::Terraform(_)), "{error:?}");
    assert_eq!(folder.read("it.tfplan"), "the old one");
    assert_eq!(folder.names(), before);
}

#[test]
fn values_of_variables_are_used_and_not_shown() {
    let folder = Fixture::ready(TWO);
    let mut options = folder.options();
    options.vars = vec![("name".to_owned(), "hunter2".to_owned())];
    options.targets = vec!["terraform_data.a".to_owned()];
    options.parallelism = Some(1);
    options.lock_timeout = Some(std::time::Duration::from_secs(3));
    let mut events = Vec::new();
    let root = folder.root();
    let plan = root
        .plan(&options, &mut |event| events.push(event.clone()))
        .unwrap();
    assert_eq!(plan.changes.len(), 1);
    assert!(!plan.warnings.is_empty(), "terraform warns of -target");
    let command = &commands(&events)[0];
    assert!(
        command.ends_with(
            "-var=name=*** -target=terraform_data.a -lock-timeout=3000ms -parallelism=1"
        ),
        "{command}"
    );
    let json = root.show_json(&plan.out, &mut |_| {}).unwrap();
    assert!(String::from_utf8(json).unwrap().contains("hunter2"));
}

#[test]
fn a_mask_covers_diagnostics_and_errors() {
    let folder = Fixture::ready(
        r#"
        resource "terraform_data" "a" {
          provisioner "local-exec" { command = "echo hunter2; exit 1" }
        }"#,
    );
    let plan = folder.plan();
    let mut root = folder.root();
    root.mask = Some(Box::new(|text| text.replace("hunter2", "***")));
    let mut seen = String::new();
    let error = root
        .apply(&plan.out, &Default::default(), &mut |event| {
            seen.push_str(&format!("{event:?}\n"));
        })
        .unwrap_err();
    assert!(seen.contains("echo ***"), "{seen}");
    assert!(!seen.contains("hunter2"), "{seen}");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn destroy_and_refresh_only_are_planned() {
    let folder = Fixture::ready(TWO);
    let root = folder.root();
    let plan = folder.plan();
    root.apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap();
    let mut options = folder.options();
    options.mode = PlanMode::RefreshOnly;
    assert!(!root.plan(&options, &mut |_| {}).unwrap().has_changes);
    options.mode = PlanMode::Destroy;
    let plan = root.plan(&options, &mut |_| {}).unwrap();
    assert_eq!(plan.summary.remove, 2);
    let run = root
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap();
    assert!(run.changes.iter().all(|change| change.action == "delete"));
    assert_eq!(run.done(), 2);
}

#[test]
fn a_workspace_can_be_set_for_one_run_or_selected() {
    let folder = Fixture::ready(TWO);
    let mut root = folder.root();
    assert_eq!(root.workspace_show(&mut |_| {}).unwrap(), "default");
    root.workspace = Some("blue".to_owned());
    assert_eq!(root.workspace_show(&mut |_| {}).unwrap(), "blue");
    root.workspace_select("green", MissingWorkspace::Create, &mut |_| {})
        .unwrap();
    root.workspace = None;
    assert_eq!(root.workspace_show(&mut |_| {}).unwrap(), "green");
    let error = root
        .workspace_select("red", MissingWorkspace::Refuse, &mut |_| {})
        .unwrap_err();
    assert_eq!(error.to_string(), "found no workspace `red`");
}

#[test]
fn the_data_folder_can_be_elsewhere() {
    let folder = Fixture::new("terraform {\n  backend \"local\" {}\n}");
    let elsewhere = tempfile::tempdir().unwrap();
    let mut root = folder.root();
    root.data_dir = Some(camino::Utf8PathBuf::try_from(elsewhere.path().join("data")).unwrap());
    root.init(&Default::default(), &mut |_| {}).unwrap();
    assert!(elsewhere.path().join("data/terraform.tfstate").exists());
    assert!(!folder.path(".terraform").exists());
}

#[test]
fn arguments_from_the_environment_are_ignored_with_a_warning() {
    let folder = Fixture::ready(TWO);
    let mut root = folder.root();
    root.env.push((
        "TF_CLI_ARGS_plan".to_owned(),
        "-target=terraform_data.a".to_owned(),
    ));
    let mut warnings = Vec::new();
    let plan = root
        .plan(&folder.options(), &mut |event| {
            if let Event::Diagnostic(diagnostic) = event {
                assert_eq!(diagnostic.severity, Severity::Warning);
                warnings.push(diagnostic.summary.clone());
            }
        })
        .unwrap();
    assert_eq!(plan.changes.len(), 2);
    assert_eq!(warnings, ["`TF_CLI_ARGS_plan` is ignored"]);
}

#[test]
fn a_missing_cli_configuration_file_is_one_warning_and_no_noise() {
    let folder = Fixture::ready(TWO);
    let mut root = folder.root();
    let rc = folder.path("nowhere.rc").into_string();
    root.env = vec![("TF_CLI_CONFIG_FILE".to_owned(), rc.clone())];
    let mut said = Vec::new();
    let state = root.state_pull(&mut |event| match event {
        Event::Diagnostic(diagnostic) => said.push(diagnostic.to_string()),
        Event::Raw { line } => said.push(line.clone()),
        _ => {}
    });
    assert_eq!(state.unwrap(), b"");
    let expected = format!("the CLI configuration file `{rc}` does not exist");
    assert_eq!(said, [expected]);
}

#[test]
fn an_invalid_configuration_is_an_answer_of_validate_with_file_and_line() {
    let folder = Fixture::ready("resource \"terraform_data\" \"a\" {\n  input = var.nope\n}\n");
    let root = folder.root();
    let found = root.validate(&mut |_| {}).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].to_string(),
        "Reference to undeclared input variable (main.tf:2)"
    );
    assert_eq!(
        found[0].snippet.as_ref().unwrap().code,
        "  input = var.nope"
    );
    let error = root.plan(&folder.options(), &mut |_| {}).unwrap_err();
    assert_eq!(error.diagnostics()[0].range.as_ref().unwrap().start.line, 2);

    folder.write("main.tf", TWO);
    assert!(root.validate(&mut |_| {}).unwrap().is_empty());
}

#[test]
fn broken_syntax_is_the_callers_to_put_right() {
    let folder = Fixture::new("resource \"terraform_data\" \"a\" {\n  input = \n}\n");
    let root = folder.root();
    let error = root.init(&Default::default(), &mut |_| {}).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`init` failed: Invalid expression (main.tf:2)"),
        "{error}"
    );
    assert_eq!(error.class(), Class::BadInput);
}
