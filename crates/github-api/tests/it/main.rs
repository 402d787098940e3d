//! The client from the outside: over a stand-in that answers as GitHub's documentation says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod releases;

use github_api::{GitHub, GitHubError, NewPull, PullState, ReviewState};
use github_sim::{Fault, Merge, REPOSITORY};

fn pair() -> (github_sim::GitHub, GitHub) {
    let there = github_sim::GitHub::start(&[("models/housing/prod.yaml", "one\n")]).unwrap();
    let here = GitHub::connect(there.url(), REPOSITORY, "token").unwrap();
    (there, here)
}

fn fault(method: &'static str, path: &'static str, status: u16, message: &'static str) -> Fault {
    Fault {
        method,
        path,
        status,
        headers: Vec::new(),
        message,
        times: 1,
    }
}

#[test]
fn a_change_becomes_one_commit_on_a_branch_and_a_pull_request() {
    let (there, here) = pair();
    assert_eq!(here.default_branch().unwrap(), "main");
    let main = here.head("main").unwrap().unwrap();
    assert_eq!(here.head("towpath/x").unwrap(), None);
    let before = here.commit(&main).unwrap();
    let path = "models/housing/prod.yaml";
    let tree = here.write_tree(&before.tree, path, "two \u{e9}\n").unwrap();
    let commit = here.write_commit(&main, &tree, "a change").unwrap();
    here.create_branch("towpath/x", &commit).unwrap();
    assert_eq!(here.head("towpath/x").unwrap(), Some(commit.clone()));
    assert_eq!(
        here.file(path, "towpath/x").unwrap().as_deref(),
        Some("two \u{e9}\n")
    );
    assert_eq!(here.file(path, "main").unwrap().as_deref(), Some("one\n"));
    assert_eq!(here.file("other.yaml", "main").unwrap(), None);
    assert_eq!(there.ahead("towpath/x"), 1);
    let pull = NewPull {
        head: "towpath/x",
        base: "main",
        title: "a title",
        body: "a text",
    };
    let opened = here.open_pull(&pull).unwrap();
    assert_eq!(opened.head.sha, commit);
    let again = here.open_pull(&pull);
    let Err(GitHubError::Invalid { detail, .. }) = again else {
        panic!("{again:?}");
    };
    assert_eq!(
        detail,
        "Validation Failed; A pull request already exists for towpath/x."
    );
    here.update_pull(opened.number, "another", "text").unwrap();
    let found = here.pulls_from("towpath/x", "main").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].title.as_str(), found[0].state),
        ("another", PullState::Open)
    );
    there.review(opened.number, "ada", "APPROVED");
    let merged = there.merge(opened.number, Merge::Squash);
    let brought = here.pulls_of(&merged).unwrap();
    assert_eq!(
        brought[0].merge_commit_sha.as_deref(),
        Some(merged.as_str())
    );
    let reviews = here.reviews(opened.number).unwrap();
    assert_eq!(reviews[0].state, ReviewState::Approved);
    let history = here.history(path, "main").unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].sha, merged);
}

#[test]
fn a_list_is_read_to_its_end() {
    let (there, here) = pair();
    there.push("x", "models/housing/prod.yaml", "two\n", "ada");
    let number = there.open("x", "ada");
    for _ in 0..250 {
        there.review(number, "bob", "COMMENTED");
    }
    there.review(number, "bob", "APPROVED");
    there.requests();
    let reviews = here.reviews(number).unwrap();
    assert_eq!(reviews.len(), 251);
    assert_eq!(reviews[250].state, ReviewState::Approved);
    assert_eq!(there.requests().len(), 3);
}

#[test]
fn a_short_rate_limit_is_waited_for_and_a_long_one_is_told() {
    let (there, here) = pair();
    let mut short = fault(
        "POST",
        "/git/refs",
        403,
        "You have exceeded a secondary rate limit",
    );
    short.headers = vec![("retry-after", "1".to_owned())];
    there.fail(short);
    let main = here.head("main").unwrap().unwrap();
    here.create_branch("x", &main).unwrap();
    assert_eq!(there.writes(), ["POST /git/refs", "POST /git/refs"]);
    let mut long = fault("GET", "/git/ref/heads/x", 403, "API rate limit exceeded");
    long.headers = vec![
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset", "1767323045".to_owned()),
    ];
    there.fail(long);
    let answer = here.head("x");
    let Err(GitHubError::RateLimited { reset, .. }) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(reset, Some(1_767_323_045));
}

#[test]
fn refusals_are_told_apart() {
    let (there, here) = pair();
    let main = here.head("main").unwrap().unwrap();
    there.fail(fault(
        "POST",
        "/git/refs",
        403,
        "Resource not accessible by integration",
    ));
    let denied = here.create_branch("x", &main);
    assert!(matches!(
        denied,
        Err(GitHubError::MissingPermission {
            permission: "contents: write",
            ..
        })
    ));
    let nobody = here.pulls_of(&"0".repeat(40));
    assert!(matches!(nobody, Err(GitHubError::NotFound { .. })));
    let twice = here.create_branch("main", &main);
    assert!(matches!(twice, Err(GitHubError::Invalid { .. })));
    there.fail(fault("GET", "", 502, "Server Error"));
    let broken = here.default_branch();
    assert!(matches!(
        broken,
        Err(GitHubError::Failed { status: 502, .. })
    ));
    let elsewhere = GitHub::connect(there.url(), "other/one", "token").unwrap();
    assert!(matches!(
        elsewhere.default_branch(),
        Err(GitHubError::NotFound { .. })
    ));
    let closed = GitHub::connect("http://127.0.0.1:1", REPOSITORY, "token").unwrap();
    assert!(matches!(
        closed.default_branch(),
        Err(GitHubError::Unreachable { .. })
    ));
}
