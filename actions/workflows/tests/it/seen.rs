//! What a person and GitHub see.

use test_support::ActionRun;

use crate::{APPLY, CONFIG, Desk};

#[test]
fn a_difference_is_shown_in_its_line() {
    let desk = Desk::new(CONFIG);
    desk.run(&[]);
    desk.change(APPLY, "    environment: prod\n", "");
    desk.change(APPLY, "      contents: read\n", "      contents: write\n");
    let ran = desk.run(&["--check"]);
    assert_eq!(ran.exit_code, 5);
    insta::assert_snapshot!(ran.stdout, @r#"
      x workflows/changed: jobs.apply-dev.permissions.contents: `read` became `write`
        ,-[.github/workflows/apply.yml:24:7]
     24 |       contents: write
        :       ---------------
        `----
      help: run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or
            `workflows.eject` of `towpath.yaml`

      x workflows/changed: jobs.apply-prod.environment: `prod` is gone
        ,-[.github/workflows/apply.yml:66:3]
     66 |   apply-prod:
        :   -----------
        `----
      help: run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or
            `workflows.eject` of `towpath.yaml`

    changed  3 files  2 differences
    "#);
}

#[test]
fn a_line_is_explained() {
    let desk = Desk::new(CONFIG);
    desk.run(&[]);
    let text = desk.read(APPLY);
    let explain = |what: &str| {
        let number = text.lines().position(|line| line.contains(what)).unwrap() + 1;
        desk.run(&["--explain", &format!("{APPLY}:{number}")])
            .stdout
    };
    let all = [
        "branches:",
        "role-to-assume",
        "actions/checkout@",
        "actions/gate@",
        "cancel-in-progress",
        "queue: max",
    ]
    .map(explain);
    insta::assert_snapshot!(all.concat(), @r#"
    .github/workflows/apply.yml:7: branches: [main]
      `workflows.branch`
    .github/workflows/apply.yml:37: role-to-assume: arn:aws:iam::123456789012:role/shop-dev-apply
      `terraform.environments`, `workflows.environments` and `workflows.role`
    .github/workflows/apply.yml:29: uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      the known pins, and newer ones of files that were there
      `terraform.environments`, `workflows.environments` and `workflows.role`
    .github/workflows/apply.yml:57: uses: towpath-dev/towpath/actions/gate@0123456789abcdef0123456789abcdef01234567 # v0.1.0
      `workflows.toolkit`, or this repository's own actions
      `terraform.environments`, `workflows.environments` and `workflows.role`
    .github/workflows/apply.yml:14: cancel-in-progress: false
      the template's own: every repository has it
    .github/workflows/apply.yml:15: queue: max
      `workflows.platform`
    "#);
    let ran = desk.run(&["--explain", "apply.yml:9999"]);
    assert_eq!(ran.exit_code, 2);
}

#[test]
fn a_check_as_github_sees_it() {
    let desk = Desk::new(CONFIG);
    desk.run(&[]);
    desk.change(APPLY, "  queue: max\n", "");
    let program = camino::Utf8Path::new(env!("CARGO_BIN_EXE_workflows"));
    let result = ActionRun::new("actions/workflows")
        .cwd(desk.path(""))
        .env("TOWPATH_BIN", program.parent().unwrap())
        .input("check", "true")
        .run();
    insta::assert_snapshot!(result.to_string(), @r#"
    exit code: 5
    --- stdout
      x workflows/changed: concurrency.queue: `max` is gone
        ,-[.github/workflows/apply.yml:12:1]
     12 | concurrency:
        : ------------
        `----
      help: run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or
            `workflows.eject` of `towpath.yaml`

    changed  3 files  1 difference
    ::error title=workflows/changed,file=.github/workflows/apply.yml,line=12,endLine=12,col=1::concurrency.queue: `max` is gone%0Arun `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or `workflows.eject` of `towpath.yaml`
    --- stderr
    fetch: workflows from TOWPATH_BIN
    --- outputs
    changed=true
    --- summary
    ### Workflows: changed

    3 files · 1 difference

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | workflows/changed: concurrency.queue: `max` is gone | `.github/workflows/apply.yml:12` | run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or `workflows.eject` of `towpath.yaml` |
    --- annotations
    error title=workflows/changed file=.github/workflows/apply.yml line=12 endLine=12 col=1: concurrency.queue: `max` is gone
    run `towpath workflows`; what is meant to differ belongs into `workflows.steps`, `workflows.env` or `workflows.eject` of `towpath.yaml`
    "#);
}
