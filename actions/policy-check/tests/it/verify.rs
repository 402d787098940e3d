//! `--verify`: the tests of the policies, and what a failing one says.

use crate::desk::{Desk, program_in};

const POLICY: &str = r#"package s3

deny contains msg if {
	input.public
	print("saw", input.public)
	msg := "it is public"
}
"#;

const TESTS: &str =
    "package s3\n\ntest_denies if \"it is public\" in deny with input as {\"public\": true}\n";

const WRONG: &str = r#"
test_wrong if count(deny) == 0 with input as {"public": "yes"}

test_broken if to_number(sprintf("%s", ["x"])) == 1

todo_test_later if false
"#;

fn desk(tests: &str) -> Desk {
    Desk::with_policy(POLICY).with("policy/s3_test.rego", tests)
}

#[test]
fn tests_of_every_package_run_without_an_input() {
    insta::assert_snapshot!(desk(TESTS).said(&["--verify"]), @"
    exit code: 0
    1 test, 1 passed, 0 failed, 0 skipped
    ");
}

#[test]
fn a_failing_test_is_named_with_what_it_printed() {
    let desk = desk(&format!("{TESTS}{WRONG}"));
    insta::assert_snapshot!(desk.said(&["--verify"]), @"
    exit code: 3
    failed  data.s3.test_wrong  policy/s3_test.rego:5
            saw yes
    failed  data.s3.test_broken  policy/s3_test.rego:7: could not parse string as number
    4 tests, 1 passed, 2 failed, 1 skipped
    ");
    let report = desk.check(&["--verify", "-o", "json"]).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["tests"][1]["outcome"], "failed");
}

#[test]
fn without_a_test_nothing_is_verified() {
    insta::assert_snapshot!(Desk::with_policy(POLICY).said(&["--verify"]), @"
    exit code: 2
    error: no `test_*` rule in the selected namespaces
    hint: add a test in a `*_test.rego` file: `verify` without tests would always pass
    ");
    insta::assert_snapshot!(desk(TESTS).said(&["--verify", "--namespace", "iam"]), @"
    exit code: 2
    error: no policy declares the namespace `iam`
    hint: choose one of `s3`
    ");
}

#[test]
fn the_tests_of_a_pull_request_are_its_own() {
    let mut repository = test_support::Repository::new();
    repository
        .write("policy/main.rego", POLICY)
        .write("policy/s3_test.rego", TESTS);
    let base = repository.commit("policies");
    repository.write("policy/s3_test.rego", format!("{TESTS}{WRONG}"));
    repository.commit("a test that fails");
    let event = serde_json::json!({"pull_request": {"number": 7, "base": {"sha": base}, "head": {"sha": "x"}}});
    let event_file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(event_file.path(), event.to_string()).unwrap();
    let ran = program_in(repository.path())
        .arg("--verify")
        .env("GITHUB_EVENT_NAME", "pull_request")
        .env("GITHUB_EVENT_PATH", event_file.path())
        .run();
    assert_eq!(ran.exit_code, 3, "{}", ran.stdout);
}
