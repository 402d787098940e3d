//! A repository for a test has the same commits on every machine.

use test_support::Repository;

fn two_commits() -> (Repository, String, String) {
    let mut repository = Repository::new();
    let first = repository
        .write("iac/main.tf", "terraform {}\n")
        .commit("start");
    let second = repository.write("iac/main.tf", "").commit("change");
    (repository, first, second)
}

#[test]
fn the_same_files_have_the_same_history_everywhere() {
    let (one, first, second) = two_commits();
    let (_, first_again, second_again) = two_commits();
    assert_eq!((&first, &second), (&first_again, &second_again));
    assert_eq!(
        one.git(["log", "--format=%an %ae %at %s", "--reverse"]),
        "Ada ada@example.com 1767322860 start\nAda ada@example.com 1767322920 change"
    );
    assert_eq!(one.git(["branch", "--show-current"]), "main");
    assert_eq!(
        one.git(["show", &format!("{first}:iac/main.tf")]),
        "terraform {}"
    );
    assert_eq!(one.git(["status", "--porcelain"]), "");
}
