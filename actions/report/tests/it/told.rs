//! What reviewers see, push after push.

use evidence::{Decision, Level};
use github_sim::Fault;

use crate::desk::{Desk, change, finding};

fn usual() -> Desk {
    let desk = Desk::new();
    let denied = finding("s3/encryption", "bucket `raw` is not encrypted");
    let mut warned = finding("s3/versioning", "bucket `raw` keeps one version");
    warned.level = Level::Warn;
    desk.judged(
        "dev",
        Decision::Allowed,
        &[],
        &[change("module.data.aws_s3_bucket.raw", "create")],
    );
    desk.judged(
        "prod",
        Decision::Denied,
        &[denied, warned],
        &[
            change("module.data.aws_s3_bucket.raw", "create"),
            change(
                "module.serving[\"a\"].aws_sagemaker_endpoint.this",
                "replace",
            ),
            change("aws_iam_role.ci", "update"),
        ],
    );
    desk
}

#[test]
fn one_comment_tells_all_environments() {
    let desk = usual();
    let ran = desk.reports(&["--dry-run"]);
    insta::assert_snapshot!(ran.stdout, @r#"
    <!-- towpath:report:v1 45e39a9a -->
    ### Towpath: denied

    dev: 1 to add, 0 to change, 0 to replace, 0 to destroy · prod: 1 to add, 1 to change, 1 to replace, 0 to destroy · commit `792214f`

    - prod: replace `module.serving["a"].aws_sagemaker_endpoint.this`, forced by `name`

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | s3/encryption: bucket `raw` is not encrypted | `iac/main.tf:14`<br>`module.data.aws_s3_bucket.raw` | add an encryption configuration |
    | ! | s3/versioning: bucket `raw` keeps one version | `iac/main.tf:14`<br>`module.data.aws_s3_bucket.raw` | add an encryption configuration |

    <details>
    <summary>all changes of dev</summary>

    ```diff
    @@ module.data @@
    + create module.data.aws_s3_bucket.raw
    ```

    </details>

    <details>
    <summary>all changes of prod</summary>

    ```diff
    @@ module.data @@
    + create module.data.aws_s3_bucket.raw
    @@ module.serving @@
    - replace module.serving["a"].aws_sagemaker_endpoint.this
    @@ root module @@
    ! update aws_iam_role.ci
    ```

    </details>

    <details>
    <summary>where the changes are</summary>

    ```mermaid
    graph LR
      e0["dev"] --> e0m0["module.data: 1 change"]
      e1["prod"] --> e1m0["module.data: 1 change"]
      e1["prod"] --> e1m1["module.serving: 1 change"]
      e1["prod"] --> e1m2["root module: 1 change"]
    ```

    </details>
    "#);
    assert_eq!(desk.github.comments().len(), 0);
    desk.reports(&[]);
    assert_eq!(desk.comment().trim_end(), ran.stdout.trim_end());
}

#[test]
fn the_comment_is_kept_current_and_says_what_is_new() {
    let desk = usual();
    desk.reports(&[]);
    let second = finding("iam/wildcard", "`ci` allows every action");
    desk.judged("prod", Decision::Denied, std::slice::from_ref(&second), &[]);
    desk.reports(&[]);
    let body = desk.comment();
    assert!(
        body.contains("since the last push: 1 denial new, 1 gone"),
        "{body}"
    );
    assert!(body.contains("new since the last push"), "{body}");
    // nothing is new the next time
    desk.reports(&[]);
    assert!(!desk.comment().contains("since the last push"));
    desk.judged("prod", Decision::Allowed, &[], &[]);
    desk.reports(&[]);
    let body = desk.comment();
    assert!(body.contains("### Towpath: allowed"), "{body}");
    assert!(body.contains("0 denials new, 1 gone"), "{body}");
}

#[test]
fn the_check_run_has_the_lines() {
    let desk = usual();
    desk.reports(&[]);
    let checks = desk.github.checks();
    assert_eq!(checks.len(), 1);
    let check = &checks[0];
    assert_eq!(
        (check.name.as_str(), check.conclusion.as_str()),
        ("towpath", "failure")
    );
    assert_eq!(check.commit, desk.head);
    assert_eq!(check.title, "Towpath: denied");
    let first = &check.annotations[0];
    assert_eq!(first["path"], "iac/main.tf");
    assert_eq!(first["start_line"], 14);
    assert_eq!(first["annotation_level"], "failure");
    assert_eq!(check.annotations[1]["annotation_level"], "warning");
}

#[test]
fn an_environment_without_a_verdict_is_no_pass() {
    let desk = Desk::new();
    desk.judged("dev", Decision::Allowed, &[], &[]);
    let ran = desk.reports(&[]);
    assert!(ran.stdout.contains("not enough evidence"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("prod: it was not judged"),
        "{}",
        ran.stdout
    );
    assert_eq!(desk.github.checks()[0].conclusion, "failure");
    let ran = desk.reports(&["--environment", "dev"]);
    assert!(ran.stdout.contains("allowed"), "{}", ran.stdout);
}

#[test]
fn comments_of_others_are_not_touched() {
    let desk = usual();
    desk.reports(&["--dry-run"]);
    let forged = "<!-- towpath:report:v1 0123abcd -->\n### Towpath: allowed";
    desk.github.say(desk.pull, "mallory", forged);
    desk.reports(&[]);
    desk.reports(&[]);
    assert_eq!(desk.github.comments()[0].body, forged);
    assert!(desk.comment().contains("denied"));
}

#[test]
fn a_fork_gets_the_summary_and_a_note() {
    let desk = usual();
    desk.github.read_only();
    let summary = desk.path("summary.md");
    let ran = desk.program(&[]).env("GITHUB_STEP_SUMMARY", &summary).run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("commenting needs `pull-requests: write`"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("the check run needs `checks: write`"),
        "{}",
        ran.stderr
    );
    assert_eq!(desk.github.comments().len(), 0);
}

#[test]
fn a_github_that_does_not_answer_is_an_outside_failure() {
    let desk = usual();
    desk.github.fail(Fault {
        method: "POST",
        path: "/comments",
        status: 500,
        headers: Vec::new(),
        message: "Server Error",
        times: 9,
    });
    let ran = desk.program(&[]).run();
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    // a limit that ends soon is waited for
    let desk = usual();
    desk.github.fail(Fault {
        method: "POST",
        path: "/comments",
        status: 429,
        headers: vec![("retry-after", "1".to_owned())],
        message: "You have exceeded a secondary rate limit",
        times: 1,
    });
    desk.reports(&[]);
    assert!(desk.comment().contains("denied"));
}

#[test]
fn code_scanning_and_files_get_the_findings() {
    let desk = usual();
    desk.reports(&["--code-scanning", "--sarif", "a.sarif", "--out", "all.md"]);
    let scans = desk.github.scans();
    assert_eq!(scans[0]["ref"], format!("refs/pull/{}/head", desk.pull));
    assert_eq!(scans[0]["commit_sha"], desk.head);
    let text = std::fs::read_to_string(desk.path("a.sarif")).unwrap();
    assert!(text.contains("s3/encryption"));
    let all = std::fs::read_to_string(desk.path("all.md")).unwrap();
    assert!(all.starts_with("### Towpath: denied"), "{all}");
}

#[test]
fn text_of_others_is_shown_and_not_obeyed() {
    let desk = Desk::new();
    let evil = "<!-- towpath:report:v1 --> <img src=x> @everyone ::error::x | cell\n# heading ${{ secrets.X }} [a](javascript:x) ```";
    let mut denied = finding("s3/encryption", evil);
    denied.resource = Some("module.x[\"\\\"] --> pwn[\\\"<b>\"].a.b".to_owned());
    let address = "module.x[\"```\\n::error::y\"].aws_s3_bucket.raw";
    desk.judged(
        "prod",
        Decision::Denied,
        &[denied],
        &[change(address, "replace"), change("a.b", "create")],
    );
    desk.judged("dev", Decision::Allowed, &[], &[]);
    let ran = desk.reports(&[]);
    let body = desk.comment();
    assert!(!body.contains("<img"), "{body}");
    assert!(!body.contains("@everyone"), "{body}");
    assert_eq!(body.matches("<!-- towpath").count(), 1, "{body}");
    assert!(!body.contains("\n# heading"), "{body}");
    assert!(!body.replace("\\]", "").contains("](javascript"), "{body}");
    assert!(
        ran.stdout
            .lines()
            .all(|line| !line.trim_start().starts_with("::")),
        "{}",
        ran.stdout
    );
}
