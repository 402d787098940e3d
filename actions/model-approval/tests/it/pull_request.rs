//! In a pull request merging is the approval of what it pins itself, unless the project wants the registry's.

use evidence::Standing;
use serde_json::json;
use test_support::Repository;

use crate::desk::{CONFIG, Desk};
use crate::plans::Case;
use crate::registry::{OURS, release};

/// The exit code and the standing in a pull request that changes `path` to `text`.
fn judged(approval: &str, config: &str, path: &str, text: &str) -> (i32, Standing) {
    let desk = Desk::new(Case::Release, approval);
    let mut repository = Repository::new();
    let old = release(OURS).replace("housing/1", "housing/0");
    let before = if path.starts_with("models") {
        old
    } else {
        release(OURS)
    };
    repository
        .write(".gitignore", ".towpath/\n.terraform/\nevent.json\n")
        .write("towpath.yaml", config)
        .write("models/housing/prod.yaml", before);
    crate::plans::write(Case::Release, repository.path());
    let base = repository.commit("base");
    repository.write(path, text);
    let head = repository.commit("change");
    let event =
        json!({"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": head}}});
    repository.write("event.json", event.to_string());
    let ran = desk
        .program()
        .cwd(repository.path())
        .env("GITHUB_EVENT_NAME", "pull_request")
        .env("GITHUB_EVENT_PATH", repository.path().join("event.json"))
        .run();
    let file = repository
        .path()
        .join(".towpath/evidence/prod/model-approval.json");
    let statement = std::fs::read(file).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let statement: evidence::Statement<evidence::ApprovalFacts> =
        evidence::Statement::from_json(&statement).unwrap();
    let [package] = statement.predicate.packages.as_slice() else {
        panic!("{:?}", statement.predicate.packages);
    };
    (ran.exit_code, package.standing)
}

const PENDING: &str = "PendingManualApproval";
const FILE: &str = "models/housing/prod.yaml";

#[test]
fn merging_approves_what_the_pull_request_pins() {
    let expected = (0, Standing::ApprovedByMerging);
    assert_eq!(judged(PENDING, CONFIG, FILE, &release(OURS)), expected);
}

#[test]
fn merging_approves_nothing_that_was_pinned_before() {
    assert_eq!(
        judged(PENDING, CONFIG, "README.md", "more"),
        (4, Standing::Pending)
    );
}

#[test]
fn a_rejection_is_not_merged_away() {
    assert_eq!(
        judged("Rejected", CONFIG, FILE, &release(OURS)),
        (3, Standing::Rejected)
    );
}

#[test]
fn a_project_may_want_the_registry_s_approval_everywhere() {
    let config = format!("{CONFIG}models: {{approval: registry}}\n");
    assert_eq!(
        judged(PENDING, &config, FILE, &release(OURS)),
        (4, Standing::Pending)
    );
}
