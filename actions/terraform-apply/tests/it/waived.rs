//! Waivers at the apply: derived anew like all else, and held against the reviewed ones.

use serde_json::json;

use crate::judged::APPLIED;
use crate::project::{POLICY, Project};

const TOWPATH: &str = "\
project: housing
aws: {region: eu-central-1}
terraform: {environments: {prod: {root: iac}}}
policy: {waivers: [policy/waivers.yaml]}
";

pub(crate) fn waiver(address: &str, expires: &str) -> String {
    format!(
        "waivers:\n  - rule: main\n    address: {address}\n    owner: ada\n    reason: on purpose\n    expires: {expires}\n"
    )
}

/// A project with something public, which is waived; nothing is planned yet.
fn project() -> Project {
    let mut project = Project::new(&APPLIED.replacen('1', "public", 1));
    project
        .write("towpath.yaml", TOWPATH)
        .write(
            "policy/waivers.yaml",
            waiver("terraform_data.raw", "2999-12-31"),
        )
        .commit("waive");
    project
}

const NOT_REVIEWED: &str = "the waivers are not those of the review";
const UNCOMMITTED: &str = "the plan was made with uncommitted changes in the working copy";
const PUBLIC: &str = "main: `terraform_data.raw` would be public";

#[test]
fn what_was_waived_and_still_is_gets_applied() {
    let project = project();
    let gate = project.judge();
    assert_eq!(gate.exit_code, 0, "{}\n{}", gate.stdout, gate.stderr);
    assert!(
        gate.stdout
            .contains("waived until 2999-12-31 by ada: on purpose"),
        "{}",
        gate.stdout
    );
    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn a_waiver_that_was_written_after_the_verdict() {
    let mut project = Project::public();
    project.write("towpath.yaml", TOWPATH).write(
        "policy/waivers.yaml",
        waiver("terraform_data.processed", "2999-12-31"),
    );
    project.refused(
        3,
        &[
            "the reviewed verdict is `denied`",
            "main: `terraform_data.processed` would be public",
            NOT_REVIEWED,
            UNCOMMITTED,
        ],
    );
}

#[test]
fn a_waiver_that_was_taken_back_after_the_verdict() {
    let mut project = project();
    assert_eq!(project.judge().exit_code, 0);
    project.write("policy/waivers.yaml", "waivers: []");
    project.refused(3, &[NOT_REVIEWED, UNCOMMITTED, PUBLIC]);
}

#[test]
fn a_waiver_that_ran_out_after_the_verdict() {
    let mut project = project();
    assert_eq!(project.judge().exit_code, 0);
    // the same waiver on both sides, so that time alone has changed
    let expired = waiver("terraform_data.raw", "2026-01-01");
    project.write("policy/waivers.yaml", expired);
    project.edit("policy-check", |statement| {
        statement["predicate"]["waivers"][0]["expires"] = json!("2026-01-01");
    });
    project.seal();
    project.refused(
        3,
        &[
            UNCOMMITTED,
            PUBLIC,
            "the waiver of main for `terraform_data.raw` (`policy/waivers.yaml:2`) expired on 2026-01-01",
        ],
    );
}

#[test]
fn a_waiver_that_only_the_evidence_has() {
    let mut project = Project::public();
    project.edit("policy-check", |statement| {
        statement["predicate"]["waivers"] = json!([{
            "rule": "main", "address": "terraform_data.processed", "owner": "eve", "reason": "trust me",
            "expires": "2999-12-31", "place": "policy/waivers.yaml:2",
        }]);
    });
    let gate = project.program("gate").run();
    assert_eq!(gate.exit_code, 0, "{}\n{}", gate.stdout, gate.stderr);
    project.refused(
        3,
        &[
            NOT_REVIEWED,
            "main: `terraform_data.processed` would be public",
        ],
    );
}

#[test]
fn what_a_waiver_excuses_changes_with_the_plan() {
    let mut project = project();
    assert_eq!(project.judge().exit_code, 0);
    let weaker = POLICY.replace("change.change.after.input == \"public\"", "true");
    project.write("policy/access.rego", weaker).commit("all");
    let gate = project.judge();
    assert_eq!(gate.exit_code, 3, "{}\n{}", gate.stdout, gate.stderr);
    assert!(
        gate.stdout.contains("`terraform_data.old` would be public"),
        "{}",
        gate.stdout
    );
}
