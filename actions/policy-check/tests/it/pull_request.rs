//! In a pull request the policies are those of the commit that it starts from, so that it cannot weaken its own judge.

use camino::Utf8PathBuf;
use serde_json::json;
use test_support::{Ran, Repository};

use crate::desk::{CANARY, CONFIG, MAIN_TF, POLICY, program_in, said, saved_plan};

const WEAK: &str = "package main\n\ndeny contains \"never\" if input.resource_changes[0].change.after.input == \"x\"\n";

struct PullRequest {
    repository: Repository,
    base: String,
}

impl PullRequest {
    /// A pull request on a base with these policies.
    fn on(policies: &[(&str, &str)]) -> Self {
        let mut repository = Repository::new();
        repository
            .write(".gitignore", ".towpath/\nevent.json\n")
            .write("towpath.yaml", CONFIG)
            .write("iac/main.tf", MAIN_TF);
        for (path, text) in policies {
            repository.write(path, text);
        }
        let base = repository.commit("base");
        repository.write(".towpath/plans/prod.tfplan", saved_plan());
        Self { repository, base }
    }

    fn strict() -> Self {
        Self::on(&[("policy/main.rego", POLICY), ("policy/canary.json", CANARY)])
    }

    fn changing(mut self, path: &str, text: &str) -> Self {
        self.repository.write(path, text);
        self.repository.commit("change");
        self
    }

    fn removing(mut self, path: &str) -> Self {
        std::fs::remove_dir_all(self.repository.path().join(path)).unwrap();
        self.repository.commit("remove");
        self
    }

    fn event(&self) -> Utf8PathBuf {
        let head = self.repository.git(["rev-parse", "HEAD"]);
        let event = json!({"pull_request": {"number": 7, "base": {"sha": self.base}, "head": {"sha": head}}});
        let path = self.repository.path().join("event.json");
        std::fs::write(&path, event.to_string()).unwrap();
        path
    }

    fn check(&self, folder: &str, arguments: &[&str]) -> Ran {
        program_in(&self.repository.path().join(folder))
            .args(arguments)
            .env("GITHUB_EVENT_NAME", "pull_request")
            .env("GITHUB_EVENT_PATH", self.event())
            .run()
    }

    fn read_from(&self) -> String {
        let file = ".towpath/evidence/prod/policy-check.json";
        let text = std::fs::read_to_string(self.repository.path().join(file)).unwrap();
        let statement: serde_json::Value = serde_json::from_str(&text).unwrap();
        let read_from = statement["predicate"]["read_from"].as_str().unwrap();
        read_from.replace(&self.base, "[base]")
    }
}

/// The rest of the report, after its findings.
fn tail(ran: &Ran) -> String {
    let (_, rest) = ran.stdout.split_once("with the policies").unwrap();
    let (rest, _) = rest.split_once("denied").unwrap();
    format!("with the policies{rest}").trim_end().to_owned()
}

#[test]
fn a_weakened_policy_changes_nothing_and_is_shown() {
    let pull_request = PullRequest::strict().changing("policy/main.rego", WEAK);
    let ran = pull_request.check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert!(ran.stdout.contains("`terraform_data.raw` would be public"));
    assert_eq!(pull_request.read_from(), "base commit [base]");
    insta::assert_snapshot!(tail(&ran), @"
    with the policies of this pull request
      they cannot judge: the policies let `policy/canary.json` pass, a plan that is known to be bad
    ");
}

#[test]
fn a_preview_shows_what_would_be_found() {
    let pull_request = PullRequest::on(&[("policy/main.rego", POLICY)]);
    let other = POLICY.replace("would be public", "is open");
    let pull_request = pull_request.changing("policy/main.rego", &other);
    insta::assert_snapshot!(tail(&pull_request.check("", &[])), @"
    with the policies of this pull request
      main/public: `terraform_data.raw` is open
    ");
    let pull_request = pull_request.changing("policy/main.rego", WEAK);
    insta::assert_snapshot!(tail(&pull_request.check("", &[])), @"
    with the policies of this pull request
      nothing would be found
    ");
    let pull_request = pull_request.changing("policy/main.rego", "package main\n\ndeny if");
    insta::assert_snapshot!(tail(&pull_request.check("", &[])), @"
    with the policies of this pull request
      they cannot judge: 1 problem in the policies
    ");
}

#[test]
fn a_policy_that_is_taken_away_still_judges() {
    let pull_request = PullRequest::strict().removing("policy");
    let ran = pull_request.check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    insta::assert_snapshot!(tail(&ran), @"
    with the policies of this pull request
      they cannot judge: folder `policy` does not exist
    ");
}

#[test]
fn data_and_the_known_bad_plan_are_the_base_s_as_well() {
    let rego = POLICY.replace("\"public\"\n\tresult", "data.closed[_]\n\tresult");
    let config = format!("{CONFIG}policy: {{data: [data]}}\n");
    let pull_request = PullRequest::on(&[
        ("policy/main.rego", &rego),
        ("policy/canary.json", CANARY),
        ("data/closed.json", "{\"closed\": [\"public\"]}"),
        ("towpath.yaml", &config),
    ])
    .changing("data/closed.json", "{\"closed\": []}")
    .changing("policy/canary.json", "{}");
    let ran = pull_request.check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("`terraform_data.raw` would be public"),
        "{}",
        ran.stdout
    );
}

#[test]
fn policies_that_it_leaves_alone_need_no_preview() {
    let ran = PullRequest::strict()
        .changing("README.md", "more")
        .check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert!(
        !ran.stdout
            .contains("with the policies of this pull request"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_base_without_policies_has_nothing_to_weaken() {
    let pull_request = PullRequest::on(&[])
        .changing("policy/main.rego", POLICY)
        .changing("policy/canary.json", CANARY);
    assert_eq!(pull_request.check("", &[]).exit_code, 3);
    let expected = "the working copy, because the base branch has no policies";
    assert_eq!(pull_request.read_from(), expected);
}

#[test]
fn the_base_s_policies_are_found_from_a_folder_below_the_root() {
    let pull_request = PullRequest::on(&[("ml/policy/main.rego", POLICY)])
        .changing("ml/policy/main.rego", WEAK)
        .changing(
            "ml/b.yaml",
            "resource_changes: [{address: a, change: {after: {input: public}}}]\n---\nx: 1\n",
        );
    let ran = pull_request.check("ml", &["b.yaml"]);
    assert_eq!(ran.exit_code, 3, "{}\n{}", ran.stdout, ran.stderr);
    for policy in ["../ml/policy", "./policy/", "policy/main.rego"] {
        let ran = pull_request.check("ml", &["b.yaml", "--policy", policy]);
        assert_eq!(ran.exit_code, 3, "{policy}: {}\n{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn which_policies_judge_is_said_by_the_base_as_well() {
    let lax = format!("{CONFIG}\npolicy: {{folders: [lax]}}\n");
    let pull_request = PullRequest::strict()
        .changing("lax/main.rego", WEAK)
        .changing("towpath.yaml", &lax);
    let ran = pull_request.check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}\n{}", ran.stdout, ran.stderr);
    assert_eq!(pull_request.read_from(), "base commit [base]");
}

#[test]
fn a_policy_file_at_the_root_is_the_base_s_too() {
    let input = "resource_changes: [{address: a, change: {after: {input: public}}}]\n---\nx: 1\n";
    let pull_request = PullRequest::on(&[("main.rego", POLICY)])
        .changing("main.rego", WEAK)
        .changing("b.yaml", input);
    for policy in ["main.rego", "."] {
        let ran = pull_request.check("", &["b.yaml", "--policy", policy]);
        assert_eq!(ran.exit_code, 3, "{policy}: {}\n{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_clone_without_the_base_s_commit_is_told_how_to_get_it() {
    let mut pull_request = PullRequest::strict().changing("policy/main.rego", WEAK);
    pull_request.base = "8d21f0c98d21f0c98d21f0c98d21f0c98d21f0c9".to_owned();
    let ran = pull_request.check("", &[]);
    insta::assert_snapshot!(said(&ran, pull_request.repository.path()), @"
    exit code: 2
    error: commit `[sha1]` is not in this clone
    caused by: revspec '[sha1]' not found; class=Reference (4); code=NotFound (-3)
    hint: fetch the whole history: `fetch-depth: 0` for `actions/checkout`
    ");
}

const WAIVERS: &str = "\
waivers:
  - rule: main/public
    address: terraform_data.raw
    owner: ada
    reason: the site is public on purpose
    expires: 2999-12-31
";

fn with_waivers() -> PullRequest {
    PullRequest::on(&[
        ("policy/main.rego", POLICY),
        ("policy/canary.json", CANARY),
        ("policy/waivers.yaml", WAIVERS),
        (
            "towpath.yaml",
            &format!("{CONFIG}policy: {{waivers: [policy/waivers.yaml]}}\n"),
        ),
    ])
}

#[test]
fn a_waiver_of_the_base_counts_and_one_of_the_pull_request_does_not() {
    let ran = with_waivers().changing("README.md", "more").check("", &[]);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("with the waivers"), "{}", ran.stdout);

    let config = format!("{CONFIG}policy: {{waivers: [policy/waivers.yaml]}}\n");
    for on in [
        // whoever names the file, and whether there was one
        PullRequest::strict().changing("towpath.yaml", &config),
        PullRequest::on(&[
            ("policy/main.rego", POLICY),
            ("towpath.yaml", &config),
            ("policy/waivers.yaml", "waivers: []"),
        ]),
        PullRequest::on(&[("policy/main.rego", POLICY), ("towpath.yaml", &config)]),
    ] {
        let ran = on.changing("policy/waivers.yaml", WAIVERS).check("", &[]);
        assert_eq!(ran.exit_code, 3, "{}\n{}", ran.stdout, ran.stderr);
        let (_, preview) = ran.stdout.split_once("with the waivers").unwrap();
        let line = preview.lines().nth(1).unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(line, @"  main/public on `terraform_data.raw` would excuse 1 finding, waived until 2999-12-31 by ada: the site is public on purpose (policy/waivers.yaml:2)");
        }
    }
}

#[test]
fn a_waiver_that_the_pull_request_changes_is_the_base_s_and_one_that_it_takes_away_is_gone() {
    let longer = WAIVERS.replace("2999", "3999");
    let ran = with_waivers()
        .changing("policy/waivers.yaml", &longer)
        .check("", &[]);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout.contains("help: waived until 2999-12-31"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("waived until 3999-12-31"),
        "{}",
        ran.stdout
    );

    let ran = with_waivers()
        .changing("policy/waivers.yaml", "waivers: []")
        .check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}\n{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.contains("nothing to excuse"), "{}", ran.stdout);

    // together with what it excuses; otherwise neither could ever go
    let mild = POLICY.replace("\"public\"", "\"open\"");
    let base = WAIVERS.replace("raw", "held");
    let pull_request = PullRequest::on(&[
        ("policy/main.rego", &mild),
        ("policy/waivers.yaml", &base),
        (
            "towpath.yaml",
            &format!("{CONFIG}policy: {{waivers: [policy/waivers.yaml]}}\n"),
        ),
    ]);
    let ran = pull_request.check("", &[]);
    assert_eq!(ran.exit_code, 3, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("nothing to excuse"), "{}", ran.stdout);
    let ran = pull_request
        .changing("policy/waivers.yaml", "waivers: []")
        .check("", &[]);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn a_pull_request_that_mistypes_a_waiver_is_told_so() {
    let ran = with_waivers()
        .changing("policy/waivers.yaml", "waivers: all")
        .check("", &[]);
    assert_eq!(ran.exit_code, 2, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("policy/waivers.yaml:1"),
        "{}",
        ran.stderr
    );
    let ran = with_waivers()
        .changing(
            "policy/waivers.yaml",
            &format!("{WAIVERS}{}", &WAIVERS[9..].replace("public\n", "new\n")),
        )
        .check("", &[]);
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(
        ran.stdout
            .contains("they cannot be used yet: there is no rule `main/new`"),
        "{}",
        ran.stdout
    );
}
