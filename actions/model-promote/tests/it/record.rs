//! Writing the approval down: only what somebody else approved, merged, and once.

use github_sim::{Fault, GitHub, Merge};
use serde_json::json;

use crate::desk::{Desk, GOOD, RELEASE_FILE, arn};

const BRANCH: &str = "towpath/promote/housing-prod";
const BOT: &str = "github-actions[bot]";

/// Version 2 in a pull request, version 1 on main.
struct Case {
    desk: Desk,
    github: GitHub,
    number: u64,
}

impl Case {
    fn new() -> Self {
        let desk = Desk::released();
        let github = GitHub::start(&[(RELEASE_FILE, &desk.release_file())]).unwrap();
        desk.register(GOOD);
        assert_eq!(desk.run(&[]).exit_code, 0);
        github.push(BRANCH, RELEASE_FILE, &desk.release_file(), BOT);
        let number = github.open(BRANCH, BOT);
        Self {
            desk,
            github,
            number,
        }
    }

    fn merge(&self) -> String {
        self.github.merge(self.number, Merge::Squash)
    }

    /// The exit code, and what `--record` says.
    fn record(&self, commit: &str) -> (i32, String) {
        let ran = self.desk.run_on(&self.github, commit, &["--record"]);
        (ran.exit_code, format!("{}{}", ran.stdout, ran.stderr))
    }

    fn approval(&self) -> String {
        let status = &self.desk.package(2)["ModelApprovalStatus"];
        status.as_str().unwrap().to_owned()
    }
}

#[test]
fn a_merged_pull_request_is_written_down_once() {
    for how in [Merge::Squash, Merge::Commit] {
        let case = Case::new();
        case.github.review(case.number, "ada", "APPROVED");
        case.github.review(case.number, "bob", "APPROVED");
        case.github.review(case.number, "bob", "COMMENTED");
        let merged = case.github.merge(case.number, how);
        // a later push that leaves the release alone changes nothing about who approved it
        let later = case.github.push("main", "README.md", "more", "ada");
        let (code, said) = case.record(&later);
        assert_eq!(code, 0, "{said}");
        assert_eq!(
            said,
            "recorded  package housing 2  pull request https://github.com/towpath-dev/towpath/pull/1  approved by ada, bob\n"
        );
        let package = case.desk.package(2);
        assert_eq!(package["ModelApprovalStatus"], "Approved");
        assert_eq!(
            package["ApprovalDescription"],
            format!(
                "Approved by ada, bob in https://github.com/towpath-dev/towpath/pull/1, merged as {merged}"
            )
        );
        let metadata = &package["CustomerMetadataProperties"];
        assert_eq!(
            metadata["approval_pull_request"],
            "https://github.com/towpath-dev/towpath/pull/1"
        );
        assert_eq!(metadata["approval_merge_commit"], merged.as_str());
        assert_eq!(metadata["approval_approved_by"], "ada bob");
        assert_eq!(metadata["contract_version"], "1.0.0");
        let (code, said) = case.record(&later);
        assert_eq!(code, 0);
        assert!(said.starts_with("recorded already  "), "{said}");
        assert_eq!(case.desk.package(2), package);
        assert_eq!(case.github.writes(), Vec::<String>::new());
    }
}

#[test]
fn nobody_s_approval_is_none() {
    type Reviews = &'static [(&'static str, &'static str)];
    let cases: [(Reviews, &str); 5] = [
        (&[], "nobody who counts approved it"),
        (&[(BOT, "APPROVED")], "made the change"),
        (
            &[("renovate[bot]", "APPROVED")],
            "renovate[bot] is a program",
        ),
        (
            &[("ada", "APPROVED"), ("ada", "CHANGES_REQUESTED")],
            "nobody who counts",
        ),
        (
            &[("ada", "APPROVED"), ("ada", "DISMISSED")],
            "nobody who counts",
        ),
    ];
    for (reviews, why) in cases {
        let case = Case::new();
        for (login, state) in reviews {
            case.github.review(case.number, login, state);
        }
        let (code, said) = case.record(&case.merge());
        assert_eq!(code, 4, "{said}");
        assert!(said.contains(why), "{said}");
        assert_eq!(case.approval(), "PendingManualApproval");
    }
}

#[test]
fn an_approval_of_another_release_does_not_count() {
    let case = Case::new();
    let proposed = case.desk.release_file();
    let other = proposed.replace("0.4521", "0.1");
    case.github.push(BRANCH, RELEASE_FILE, &other, BOT);
    case.github.review(case.number, "ada", "APPROVED");
    case.github.push(BRANCH, RELEASE_FILE, &proposed, BOT);
    let (code, said) = case.record(&case.merge());
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("ada approved another release"), "{said}");
}

#[test]
fn whoever_wrote_the_change_cannot_approve_it() {
    let case = Case::new();
    // the pull request is the workflow's, and somebody pushed the release to its branch
    case.github
        .push(BRANCH, RELEASE_FILE, "release: {}\n", "eve");
    let text = case.desk.release_file();
    case.github.push(BRANCH, RELEASE_FILE, &text, "eve");
    case.github.review(case.number, "eve", "APPROVED");
    let merged = case.github.merge(case.number, Merge::Commit);
    let (code, said) = case.record(&merged);
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("eve made the change"), "{said}");
}

#[test]
fn a_push_without_a_pull_request_approves_nothing() {
    let case = Case::new();
    let text = case.desk.release_file();
    let pushed = case.github.push("main", RELEASE_FILE, &text, "eve");
    let (code, said) = case.record(&pushed);
    assert_eq!(code, 4, "{said}");
    assert!(
        said.contains("no pull request that was merged into `main` brought it"),
        "{said}"
    );
    assert_eq!(case.approval(), "PendingManualApproval");
}

#[test]
fn what_is_not_on_main_is_not_approved() {
    let case = Case::new();
    case.github.review(case.number, "ada", "APPROVED");
    let (code, said) = case.record(&case.github.head("main").unwrap());
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("is not the one that GitHub has at"), "{said}");
    // the branch itself is not merged yet
    let (code, said) = case.record(&case.github.head(BRANCH).unwrap());
    assert_eq!(code, 4, "{said}");
    assert_eq!(case.approval(), "PendingManualApproval");
}

#[test]
fn a_rejected_package_stays_rejected() {
    let case = Case::new();
    case.github.review(case.number, "ada", "APPROVED");
    case.desk.decide(2, "Rejected");
    let (code, said) = case.record(&case.merge());
    assert_eq!(code, 3, "{said}");
    assert!(
        said.contains("it is rejected, and no merge undoes that: by hand"),
        "{said}"
    );
    assert_eq!(case.approval(), "Rejected");
}

#[test]
fn an_approval_by_hand_gets_its_pull_request() {
    let case = Case::new();
    case.github.review(case.number, "ada", "APPROVED");
    case.desk.decide(2, "Approved");
    let (code, said) = case.record(&case.merge());
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("recorded  "), "{said}");
}

#[test]
fn github_out_of_reach_is_no_approval() {
    let case = Case::new();
    case.github.review(case.number, "ada", "APPROVED");
    let merged = case.merge();
    case.github.fail(Fault {
        method: "GET",
        path: "/reviews",
        status: 403,
        headers: Vec::new(),
        message: "Resource not accessible by integration",
        times: 1,
    });
    let (code, said) = case.record(&merged);
    assert_eq!(code, 6, "{said}");
    assert!(
        said.contains("add `pull-requests: read` to the job's `permissions:`"),
        "{said}"
    );
    let without = case.desk.run(&["--record"]);
    assert_eq!(without.exit_code, 2, "{}", without.stderr);
    assert!(
        without.stderr.contains("`GITHUB_REPOSITORY` is not set"),
        "{}",
        without.stderr
    );
    assert_eq!(case.approval(), "PendingManualApproval");
}

#[test]
fn without_github_the_command_line_tells() {
    let desk = Desk::released();
    desk.register(GOOD);
    assert_eq!(desk.run(&[]).exit_code, 0);
    let told = [
        "--record",
        "--pull-request",
        "https://git.example/towpath/pulls/7",
        "--merge-commit",
        "0123abc",
        "--approved-by",
        "ada",
        "--approved-by",
        "bob",
    ];
    let ran = desk.run(&told[..5]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stderr);
    let dry = desk.run(&[&told[..], &["--dry-run"]].concat());
    assert!(
        dry.stdout.starts_with("would be recorded  "),
        "{}{}",
        dry.stdout,
        dry.stderr
    );
    assert_eq!(
        desk.package(2)["ModelApprovalStatus"],
        "PendingManualApproval"
    );
    let ran = desk.run(&told);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let package = desk.package(2);
    assert_eq!(package["ModelPackageArn"], arn(2));
    assert_eq!(
        package["ApprovalDescription"],
        "Approved by ada, bob in https://git.example/towpath/pulls/7, merged as 0123abc, as the command line told"
    );
    assert_eq!(
        package["CustomerMetadataProperties"]["approval_approved_by"],
        json!("ada bob")
    );
    let again = desk.run(&told);
    assert!(
        again.stdout.starts_with("recorded already  "),
        "{}",
        again.stdout
    );
}
