//! Inputs and options that nothing can be said about: one clear message, a hint, the exit code, and nothing written.

use crate::desk::{CONFIG, Desk, POLICY, plan_json, saved_plan};

fn desk(path: &str, text: impl AsRef<[u8]>) -> Desk {
    Desk::with_policy(POLICY).with(path, text)
}

/// What is said of the file `a.json` with this text.
fn said(text: impl AsRef<[u8]>) -> String {
    desk("a.json", text).said(&["a.json"])
}

#[test]
fn a_state_is_no_plan() {
    insta::assert_snapshot!(said(r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "resources": []}"#), @"
    exit code: 2
    error: expected a plan, found a state file
    hint: run `terraform plan -out=plan.tfplan`, then `terraform show -json plan.tfplan`
    ");
    insta::assert_snapshot!(said(r#"{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}"#), @"
    exit code: 2
    error: expected a plan, found the JSON of a state
    hint: name the plan file: `terraform show -json plan.tfplan`
    ");
}

#[test]
fn nothing_is_no_document() {
    insta::assert_snapshot!(said("{}"), @"
    exit code: 2
    error: `a.json` holds no document
    hint: see what was meant to write it: an empty document would pass every policy
    ");
    insta::assert_snapshot!(said("[]"), @"
    exit code: 2
    error: `a.json` holds no document
    hint: see what was meant to write it: an empty document would pass every policy
    ");
    insta::assert_snapshot!(said(""), @"
    exit code: 2
    error: `a.json` holds no document
    hint: see what was meant to write it: an empty document would pass every policy
    ");
    insta::assert_snapshot!(desk("a.yaml", "---\n").said(&["a.yaml"]), @"
    exit code: 2
    error: `a.yaml` holds no document
    hint: see what was meant to write it: an empty document would pass every policy
    ");
    insta::assert_snapshot!(desk("a.yaml", "").said(&["-"]), @"
    exit code: 2
    error: `-` holds no document
    hint: see what was meant to write it: an empty document would pass every policy
    ");
}

#[test]
fn plan_json_that_was_cut_short() {
    insta::assert_snapshot!(said(&plan_json()[..200]), @"
    exit code: 2
    error: failed to parse `a.json` as JSON
    caused by: EOF while parsing a string at line 1 column 200
    ");
    let without = r#"{"format_version": "1.2", "terraform_version": "1.11.4"}"#;
    insta::assert_snapshot!(said(without), @"
    exit code: 2
    error: expected a plan, found the JSON of a state
    hint: name the plan file: `terraform show -json plan.tfplan`
    ");
}

#[test]
fn a_saved_plan_that_was_cut_short() {
    let cut = &saved_plan()[..saved_plan().len() / 2];
    let desk = desk("plan", cut)
        .with("towpath.yaml", CONFIG)
        .with("iac/main.tf", "");
    insta::assert_snapshot!(desk.said(&["plan"]), @"
    exit code: 2
    error: the saved plan is truncated or damaged
    caused by: invalid Zip archive: Could not find EOCD
    hint: copy it again, or run `terraform plan -out=FILE` again
    ");
    assert!(!desk.path(".towpath").exists());
}

#[test]
fn a_saved_plan_without_an_environment() {
    insta::assert_snapshot!(desk("plan", saved_plan()).said(&["plan"]), @"
    exit code: 2
    error: no environment was named
    hint: name the root module with `--root`, or describe it in `towpath.yaml` under `terraform.environments`
    ");
}

#[test]
fn no_plan_was_made_yet() {
    let desk = desk("towpath.yaml", CONFIG).with("iac/main.tf", "");
    insta::assert_snapshot!(desk.said(&[]), @"
    exit code: 2
    error: failed to read the saved plan `.towpath/plans/prod.tfplan`
    caused by: No such file or directory (os error 2)
    hint: make it with `towpath terraform-plan`
    ");
    insta::assert_snapshot!(Desk::with_policy(POLICY).said(&[]), @"
    exit code: 2
    error: no environment was named
    hint: name the root module with `--root`, or describe it in `towpath.yaml` under `terraform.environments`
    ");
}

#[test]
fn bytes_that_are_no_text() {
    insta::assert_snapshot!(said(b"\xff\xfe\x00{"), @"
    exit code: 2
    error: `a.json` is not UTF-8 text
    hint: give a saved plan, plan JSON, or a JSON, YAML or HCL document
    ");
}

#[test]
fn a_file_that_is_not_there() {
    insta::assert_snapshot!(Desk::with_policy(POLICY).said(&["nowhere.json"]), @"
    exit code: 2
    error: failed to read `nowhere.json`
    caused by: No such file or directory (os error 2)
    hint: check the path, or make the plan with `towpath terraform-plan`
    ");
}

#[test]
fn text_that_its_parser_does_not_read() {
    insta::assert_snapshot!(desk("a.tf", "resource {{\n").said(&["a.tf"]), @"
    exit code: 2
    error: failed to parse `a.tf` as HCL
    caused by:  --> HCL parse error in line 1, column 11
      |
    1 | resource {{
      |           ^---
      |
      = invalid block body; expected `}`, newline or identifier
    ");
    insta::assert_snapshot!(desk("a.yaml", "a: [1\nb: 2\n").said(&["a.yaml"]), @"
    exit code: 2
    error: failed to parse `a.yaml` as YAML
    caused by: did not find expected ',' or ']' at line 2 column 2, while parsing a flow sequence at line 1 column 4
    ");
    insta::assert_snapshot!(desk("a.json", "1").said(&["a.json", "--parser", "toml"]), @"
    exit code: 2
    error: unknown parser `toml`
    hint: choose one of `json`, `yaml`, `hcl2`
    ");
}

#[test]
fn a_key_that_the_configuration_does_not_have() {
    let desk = desk(
        "towpath.yaml",
        "project: housing\npolicy:\n  folder: [rules]\n",
    )
    .with("a.json", "{\"a\": 1}");
    insta::assert_snapshot!(desk.said(&["a.json"]), @"
    exit code: 2
      x unknown key `folder`
       ,-[towpath.yaml:3:3]
     2 | policy:
     3 |   folder: [rules]
       :   ^^^|^^
       :      `-- here
       `----
      help: did you mean `folders`?
    ");
}

#[test]
fn a_known_bad_plan_that_is_none() {
    let desk = desk("plan.json", plan_json()).with("policy/canary.json", "{}");
    insta::assert_snapshot!(desk.said(&["plan.json"]), @"
    exit code: 2
    error: failed to read the known-bad plan `policy/canary.json`
    caused by: the document is not a terraform plan: it has no `format_version`
    hint: give the JSON of a plan that the policies must deny
    ");
    insta::assert_snapshot!(desk.said(&["plan.json", "--canary", "nowhere.json"]), @"
    exit code: 2
    error: failed to read the known-bad plan `nowhere.json`
    caused by: No such file or directory (os error 2)
    hint: give the JSON of a plan that the policies must deny
    ");
}

#[test]
fn an_input_that_is_neither_true_nor_false() {
    let ran = desk("a.json", "{\"a\": 1}")
        .program()
        .env("INPUT_COMBINE", "yes")
        .run();
    assert_eq!(ran.exit_code, 2);
    insta::assert_snapshot!(ran.stderr, @"error: input `combine` is `yes`, expected `true` or `false`");
}
