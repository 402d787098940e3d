//! Both versions of Rego: each is read when it is asked for, and a wrong guess is an error that names the line.

use crate::desk::Desk;

const V0: &str = "package main\n\ndeny[msg] {\n  input.open\n  msg := \"it is open\"\n}\n";
const V1: &str = "package main\n\ndeny contains \"it is open\" if input.open\n";

fn desk(rego: &str) -> Desk {
    Desk::with_policy(rego).with("a.json", "{\"open\": true}")
}

#[test]
fn the_old_form_is_read_where_it_is_asked_for() {
    let desk = desk(V0);
    assert_eq!(desk.check(&["a.json", "--rego-version", "v0"]).exit_code, 3);
    desk.write("towpath.yaml", "policy: {rego_version: v0}\n");
    assert_eq!(desk.check(&["a.json"]).exit_code, 3);
    insta::assert_snapshot!(desk.said(&["a.json", "--rego-version", "v1"]), @"
    exit code: 2
    error: 1 problem in the policies
      x failed to parse `policy/main.rego`: `if` keyword is required before rule body
       ,-[policy/main.rego:3:11]
     2 | 
     3 | deny[msg] {
       :           |
       :           `-- `if` keyword is required before rule body
     4 |   input.open
       `----
      help: write `deny contains msg if { .. }`, or select Rego v0 for policies of the old form
    ");
}

#[test]
fn the_new_form_is_the_default_and_may_be_imported_into_the_old() {
    assert_eq!(desk(V1).check(&["a.json"]).exit_code, 3);
    let imported = V1.replace("\n\n", "\n\nimport rego.v1\n\n");
    let desk = desk(&imported);
    assert_eq!(desk.check(&["a.json", "--rego-version", "v0"]).exit_code, 3);
}

#[test]
fn there_are_two_versions() {
    insta::assert_snapshot!(desk(V1).said(&["a.json", "--rego-version", "v2"]), @"
    exit code: 2
    error: unknown version of Rego `v2`
    hint: choose `v0` or `v1`
    ");
}
