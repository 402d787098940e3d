//! Proposing on GitHub: one pull request, one commit, and nothing written twice.

use github_sim::{Fault, GitHub, Merge};

use crate::desk::{Desk, GOOD, Made, RELEASE_FILE, arn};

const BRANCH: &str = "towpath/promote/housing-prod";

/// Version 1 released and on main, version 2 registered.
fn waiting() -> (Desk, GitHub) {
    let desk = Desk::released();
    let github = GitHub::start(&[(RELEASE_FILE, &desk.release_file())]).unwrap();
    desk.register(GOOD);
    (desk, github)
}

/// The exit code, and what a run with `--propose` says on its standard error, or instead of a pull request's text.
fn proposed(desk: &Desk, github: &GitHub, arguments: &[&str]) -> (i32, String) {
    let before = desk.release_file();
    let ran = desk.run_on(github, "", &[&["--propose"], arguments].concat());
    assert_eq!(
        desk.release_file(),
        before,
        "the working copy is left alone"
    );
    (ran.exit_code, format!("{}{}", ran.stdout, ran.stderr))
}

fn pins(github: &GitHub, branch: &str, version: u64) -> bool {
    let file = github.file(branch, RELEASE_FILE).unwrap();
    file.contains(&format!("release:\n  package: {}\n", arn(version)))
}

#[test]
fn one_commit_and_one_pull_request() {
    let (desk, github) = waiting();
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.ends_with("opened https://github.com/towpath-dev/towpath/pull/1\n"),
        "{said}"
    );
    assert!(pins(&github, BRANCH, 2) && pins(&github, "main", 1));
    assert_eq!(github.ahead(BRANCH), 1);
    let [(1, "open", title, body)] = &github.pulls()[..] else {
        panic!("{:?}", github.pulls());
    };
    assert_eq!(
        title,
        "models: promote housing 2 to prod (not better than noise)"
    );
    assert!(body.starts_with("## Promote housing 2 to prod\n\n**Not better than noise**"));
    assert_eq!(
        github.writes(),
        [
            "POST /git/trees",
            "POST /git/commits",
            "POST /git/refs",
            "POST /pulls"
        ]
    );
}

#[test]
fn a_second_run_writes_nothing() {
    let (desk, github) = waiting();
    proposed(&desk, &github, &[]);
    github.writes();
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.ends_with("nothing new for https://github.com/towpath-dev/towpath/pull/1\n"),
        "{said}"
    );
    // nor does it when main moved on elsewhere
    github.push("main", "README.md", "more", "ada");
    proposed(&desk, &github, &[]);
    assert_eq!(github.writes(), Vec::<String>::new());
    assert_eq!(github.pulls().len(), 1);
}

#[test]
fn a_newer_package_takes_over_the_pull_request() {
    let (desk, github) = waiting();
    proposed(&desk, &github, &[]);
    github.push("main", "README.md", "more", "ada");
    desk.register(Made { rmse: 0.43, ..GOOD });
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.ends_with("updated https://github.com/towpath-dev/towpath/pull/1\n"),
        "{said}"
    );
    assert!(pins(&github, BRANCH, 3));
    assert_eq!(github.ahead(BRANCH), 1, "still one commit");
    let [(1, "open", title, _)] = &github.pulls()[..] else {
        panic!("{:?}", github.pulls());
    };
    assert_eq!(title, "models: promote housing 3 to prod");
}

#[test]
fn a_closed_pull_request_is_an_answer() {
    let (desk, github) = waiting();
    proposed(&desk, &github, &[]);
    github.close(1);
    github.writes();
    for gone in [false, true] {
        if gone {
            github.delete_branch(BRANCH);
        }
        let (code, said) = proposed(&desk, &github, &[]);
        assert_eq!(code, 0, "{said}");
        assert!(
            said.contains("somebody closed https://github.com/towpath-dev/towpath/pull/1"),
            "{said}"
        );
        assert_eq!(github.writes(), Vec::<String>::new());
    }
    // asked for by name it is proposed again, and a newer one is another question
    let (code, said) = proposed(&desk, &github, &["--package", &arn(2)]);
    assert_eq!(code, 0, "{said}");
    assert!(said.ends_with("pull/2\n"), "{said}");
    github.close(2);
    desk.register(GOOD);
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("opened "), "{said}");
    assert!(pins(&github, BRANCH, 3));
    let states: Vec<&str> = github.pulls().iter().map(|pull| pull.1).collect();
    assert_eq!(states, ["closed", "closed", "open"]);
}

#[test]
fn a_branch_that_somebody_else_moved_is_left() {
    let (desk, github) = waiting();
    proposed(&desk, &github, &[]);
    let theirs = github.push(BRANCH, "notes.md", "wait for the data team", "ada");
    github.writes();
    // as long as there is nothing new, nothing is wrong
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    desk.register(GOOD);
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains(&format!(
            "commit {} on `{BRANCH}` is somebody else's work",
            &theirs[..7]
        )),
        "{said}"
    );
    assert_eq!(github.head(BRANCH), Some(theirs));
    assert_eq!(github.writes(), Vec::<String>::new());
}

#[test]
fn after_a_merge_the_next_one_begins_anew() {
    for how in [Merge::Squash, Merge::Commit] {
        let (desk, github) = waiting();
        proposed(&desk, &github, &[]);
        github.merge(1, how);
        desk.write(RELEASE_FILE, &github.file("main", RELEASE_FILE).unwrap());
        let (code, said) = proposed(&desk, &github, &[]);
        assert_eq!((code, github.pulls().len()), (0, 1), "{said}");
        // the branch is still there
        desk.register(GOOD);
        let (code, said) = proposed(&desk, &github, &[]);
        assert_eq!(code, 0, "{said}");
        assert!(said.ends_with("pull/2\n"), "{said}");
        assert_eq!(github.ahead(BRANCH), 1);
        assert!(pins(&github, BRANCH, 3));
    }
}

#[test]
fn an_old_checkout_proposes_nothing() {
    let (desk, github) = waiting();
    let edited = desk
        .release_file()
        .replace("bake_seconds: 300", "bake_seconds: 600");
    github.push("main", RELEASE_FILE, &edited, "ada");
    github.writes();
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("is not the one that GitHub has at main"),
        "{said}"
    );
    assert_eq!(github.writes(), Vec::<String>::new());
}

#[test]
fn going_back_and_revoking_are_pull_requests_too() {
    let (desk, github) = waiting();
    assert_eq!(desk.run(&[]).exit_code, 0);
    github.push("main", RELEASE_FILE, &desk.release_file(), "ada");
    let (code, said) = proposed(&desk, &github, &["--back"]);
    assert_eq!(code, 0, "{said}");
    assert!(pins(&github, BRANCH, 1) && pins(&github, "main", 2));
    assert_eq!(
        github.pulls()[0].2,
        "models: go back from housing 2 to housing 1 in prod"
    );
    let (code, said) = proposed(&desk, &github, &["--revoke", "predicts prices below zero"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("updated "), "{said}");
    assert_eq!(desk.package(2)["ModelApprovalStatus"], "Rejected");
    let pulls = github.pulls();
    assert_eq!(pulls.len(), 1);
    assert!(
        pulls[0].3.contains("Rejected: predicts prices below zero"),
        "{}",
        pulls[0].3
    );
}

#[test]
fn a_dry_run_asks_nothing_of_github() {
    let (desk, github) = waiting();
    let (code, said) = proposed(&desk, &github, &["--dry-run"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(github.requests(), Vec::<String>::new());
}

#[test]
fn what_a_workflow_may_not_do_is_told_with_the_way_to_allow_it() {
    let (desk, github) = waiting();
    github.fail(Fault {
        method: "POST",
        path: "/pulls",
        status: 403,
        headers: Vec::new(),
        message: "GitHub Actions is not permitted to create or approve pull requests.",
        times: 1,
    });
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("Settings, Actions, General"), "{said}");
    // the branch is there already; the next run goes on from it
    let (code, said) = proposed(&desk, &github, &[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(github.ahead(BRANCH), 1);
    assert_eq!(github.pulls().len(), 1);
}

#[test]
fn a_silent_rollback_is_put_right_in_git() {
    let (desk, github) = waiting();
    let first = desk.configure(1);
    desk.deploy("CreateEndpoint", &first);
    assert_eq!(desk.run(&[]).exit_code, 0);
    desk.approve(2);
    github.push("main", RELEASE_FILE, &desk.release_file(), "ada");
    let second = desk.configure(2);
    desk.roll_back_silently();
    desk.deploy("UpdateEndpoint", &second);
    let (code, said) = proposed(&desk, &github, &["--verify"]);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("opened "), "{said}");
    assert!(pins(&github, BRANCH, 1));
    let file = github.file(BRANCH, RELEASE_FILE).unwrap();
    assert!(file.contains("\nprevious: null\n"), "{file}");
    let pulls = github.pulls();
    assert_eq!(
        pulls[0].2,
        "models: housing 1 serves in prod, and not housing 2"
    );
    assert!(
        pulls[0].3.contains("the rollout went back, or never began"),
        "{}",
        pulls[0].3
    );
    github.writes();
    let (code, said) = proposed(&desk, &github, &["--verify"]);
    assert_eq!(code, 5, "{said}");
    assert_eq!(github.writes(), Vec::<String>::new());
}
