//! The plan and its evidence are as they were, and the world is not: the commit, the state, the rules, the policies,
//! the registry.

use serde_json::Value;

use crate::judged::APPLIED;
use crate::project::{POLICY, Project, STATE};
use crate::registry::arn;

const COMMIT: &str = "was planned, and";
const UNCOMMITTED: &str = "the plan was made with uncommitted changes in the working copy";
const BUNDLE: &str = "the policies were changed since the review: ";

#[test]
fn another_commit() {
    let mut project = Project::allowed();
    project.write("README.md", "about").commit("more");
    project.refused(3, &[COMMIT]);
}

#[test]
fn a_change_that_is_not_committed() {
    let mut project = Project::allowed();
    project.replace("iac/main.tf", "internal", "public");
    project.refused(4, &[UNCOMMITTED]);
}

#[test]
fn a_newer_state() {
    let mut project = Project::allowed();
    project.write("iac/main.tf", APPLIED.replace('1', "7"));
    project.terraform(["apply", "-auto-approve"]);
    project.restore("iac/main.tf");
    project.refused(3, &["the state has moved on since the plan: serial "]);
}

#[test]
fn a_state_of_another_lineage() {
    let mut project = Project::allowed();
    let mut state: Value = serde_json::from_slice(&project.read(STATE)).unwrap();
    state["lineage"] = "11111111-1111-4111-8111-111111111111".into();
    project.write(STATE, state.to_string());
    project.refused(3, &["the plan was made against another state"]);
}

#[test]
fn a_state_that_is_gone() {
    let project = Project::allowed();
    std::fs::remove_file(project.path(STATE)).unwrap();
    project.refused(3, &["the state that the plan was made against is gone"]);
}

#[test]
fn a_first_state_that_somebody_else_made() {
    let project = Project::new(APPLIED);
    assert_eq!(project.judge().exit_code, 0);
    project.terraform(["apply", "-auto-approve"]);
    project.refused(
        3,
        &["the plan was made before there was a state, and there is one now, at serial "],
    );
}

#[test]
fn policies_that_were_weakened() {
    let mut project = Project::allowed();
    project.write(
        "policy/access.rego",
        POLICY.replace("\"internal\"", "\"secret\""),
    );
    project.refused(3, &[BUNDLE, UNCOMMITTED]);
    project.commit("weaker");
    project.refused(3, &[BUNDLE, COMMIT]);
}

#[test]
fn policies_that_now_deny() {
    let mut project = Project::allowed();
    project.write(
        "policy/access.rego",
        POLICY.replace("warn contains", "deny contains"),
    );
    project.refused(
        3,
        &[
            BUNDLE,
            UNCOMMITTED,
            "`terraform_data.processed` is internal",
        ],
    );
}

#[test]
fn rules_that_were_changed() {
    let mut project = Project::destroying();
    let allow =
        "gate:\n  allow_destroy:\n    - {address: terraform_data.old, reason: not needed}\n";
    let towpath = project.read("towpath.yaml");
    project.write("towpath.yaml", [&towpath, allow.as_bytes()].concat());
    project.refused(
        3,
        &[
            "the reviewed verdict is `denied`",
            "delete of `terraform_data.old`",
            "the gate's rules in `towpath.yaml` were changed after the verdict",
            UNCOMMITTED,
        ],
    );
}

#[test]
fn an_approval_that_was_revoked() {
    let project = Project::allowed();
    project.registry.approval("Rejected");
    project.refused(3, &[&format!("model package `{}` is rejected", arn(1))]);
    project.registry.approval("PendingManualApproval");
    project.refused(
        4,
        &[&format!("model package `{}` waits for approval", arn(1))],
    );
    project.registry.approval("Approved");
    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
}

#[test]
fn merging_approves_a_review_and_not_an_apply() {
    let mut project = Project::new("resource \"terraform_data\" \"raw\" {}\n");
    let base = project.head();
    project.replace(
        "models/housing/prod.yaml",
        "release:",
        "# promoted\nrelease:",
    );
    project.commit("promote");
    let head = project.head();
    let event = format!(
        r#"{{"pull_request": {{"number": 7, "base": {{"sha": "{base}"}}, "head": {{"sha": "{head}"}}}}}}"#
    );
    project.write(".towpath/event.json", event);
    project.registry.approval("PendingManualApproval");
    let reviewing = |name: &str| {
        project
            .program(name)
            .env("GITHUB_EVENT_NAME", "pull_request")
            .env(
                "GITHUB_EVENT_PATH",
                project.path(".towpath/event.json").as_str(),
            )
    };
    for name in ["terraform-plan", "policy-check", "model-approval", "gate"] {
        let ran = reviewing(name).run();
        assert_eq!(ran.exit_code, 0, "{name}: {}\n{}", ran.stdout, ran.stderr);
    }
    let ran = reviewing("terraform-apply").run();
    assert_eq!(ran.exit_code, 4, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("waits for approval"), "{}", ran.stdout);
    assert!(project.record().is_none() && project.state().is_none());
}

#[test]
fn a_package_that_was_made_anew() {
    let project = Project::allowed();
    project.registry.replace_image();
    project.refused(
        3,
        &[
            &format!(
                "model package `{}` is made of something else than was reviewed",
                arn(1)
            ),
            &format!("model package `{}` is not what was pinned: ", arn(1)),
        ],
    );
}

#[test]
fn another_version_of_the_package() {
    let mut project = Project::allowed();
    project.registry.register();
    project.pin(2);
    project.commit("promote");
    project.refused(
        3,
        &[
            COMMIT,
            &format!("model package `{}` was not reviewed", arn(2)),
            &format!(
                "model package `{}` was reviewed, and the plan no longer leads to it",
                arn(1)
            ),
        ],
    );
}

#[test]
fn a_registry_that_does_not_answer() {
    let project = Project::allowed();
    let apply = project
        .program("terraform-apply")
        .env("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9");
    project.fails(&apply, 6, &["`DescribeModelPackage` on"]);
}

#[test]
fn a_lock_file_that_does_not_fit() {
    let mut project = Project::allowed();
    let pinned = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.4\"\n}\n";
    project.write("iac/.terraform.lock.hcl", pinned);
    project.fails(
        &project.program("terraform-apply"),
        2,
        &[
            "error: `.terraform.lock.hcl` does not fit the configuration: ",
            "hint: run `terraform init` and commit `.terraform.lock.hcl`",
        ],
    );
}
