//! Generation: twice the same, over newer pins, around what somebody wrote by hand.

use crate::{APPLY, CONFIG, Desk};

#[test]
fn a_second_run_changes_nothing() {
    let desk = Desk::new(CONFIG);
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{ran:?}");
    let before = desk.read(APPLY);
    let ran = desk.run(&[]);
    insta::assert_snapshot!(ran.stdout, @"current  3 files  0 changed");
    assert_eq!(desk.read(APPLY), before);
    assert_eq!(desk.run(&["--check"]).exit_code, 0);
}

#[test]
fn a_pin_that_dependabot_moved_passes_and_is_kept() {
    let desk = Desk::new(CONFIG);
    desk.run(&[]);
    let newer = "f".repeat(40);
    let old = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";
    let new = format!("actions/checkout@{newer} # v7.4.0");
    let text = desk.read(APPLY).replace(old, &new);
    desk.write(APPLY, &text);
    assert_eq!(desk.run(&["--check"]).exit_code, 0);
    desk.run(&[]);
    assert_eq!(desk.read(APPLY), text);
    let other = desk.read(".github/workflows/pull-request.yml");
    assert!(other.contains(&new) && !other.contains(old), "{other}");
    // the toolkit's pin in the same way
    let text = desk.read(APPLY).replace(
        "0123456789abcdef0123456789abcdef01234567 # v0.1.0",
        &format!("{newer} # v0.2.0"),
    );
    desk.write(APPLY, &text);
    assert_eq!(desk.run(&["--check"]).exit_code, 0);
    desk.run(&[]);
    assert_eq!(desk.read(APPLY), text);
}

#[test]
fn what_somebody_wrote_by_hand_is_not_written_over() {
    let desk = Desk::new(CONFIG);
    desk.write(APPLY, "name: Ours\non: push\njobs: {}\n");
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 2);
    assert!(ran.stderr.contains("was not generated"), "{}", ran.stderr);
    assert!(!desk.path(".github/dependabot.yml").exists());
    desk.change(
        "towpath.yaml",
        "workflows:\n",
        "workflows:\n  eject: [apply]\n",
    );
    assert_eq!(desk.run(&[]).exit_code, 0);
    assert!(desk.read(APPLY).starts_with("name: Ours"));
    assert_eq!(desk.run(&["--check"]).exit_code, 0);
}

#[test]
fn what_nothing_asks_for_any_more_is_removed() {
    let desk = Desk::new(CONFIG);
    desk.change(
        "towpath.yaml",
        "workflows:\n",
        "workflows:\n  drift: \"1 2 * * *\"\n",
    );
    desk.run(&[]);
    desk.write(".github/workflows/own.yml", "name: Own\n");
    desk.change("towpath.yaml", "  drift: \"1 2 * * *\"\n", "");
    let ran = desk.run(&["--check"]);
    assert_eq!(ran.exit_code, 5);
    assert!(ran.stdout.contains("workflows/stale"), "{}", ran.stdout);
    let ran = desk.run(&[]);
    assert!(
        ran.stdout.contains("removed  .github/workflows/drift.yml"),
        "{}",
        ran.stdout
    );
    assert!(desk.path(".github/workflows/own.yml").exists());
}

#[test]
fn own_steps_and_variables_survive() {
    let desk = Desk::new(&format!(
        "{CONFIG}{}",
        r#"  env: {apply: {TF_LOG: warn}}
  steps:
    - workflow: apply
      job: apply-prod
      before: apply
      steps:
        - name: "Announce: it begins"
          run: |
            ./announce.sh "$WHO"
          env: {WHO: "${{ github.actor }}"}
    - workflow: apply
      after: apply
      steps:
        - name: Tell
          uses: "team/tell@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa # v2.1.0"
          with: {room: ops}
"#
    ));
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let text = desk.read(APPLY);
    let steps: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("      - name: "))
        .collect();
    assert_eq!(
        steps[steps.len() - 4..],
        ["Judge", "\"Announce: it begins\"", "Apply", "\"Tell\""]
    );
    assert_eq!(text.matches("\"Tell\"").count(), 2);
    assert_eq!(text.matches("      TF_LOG: \"warn\"").count(), 2);
    assert_eq!(desk.run(&["--check"]).exit_code, 0);
    assert_eq!(desk.run(&[]).stdout.trim(), "current  3 files  0 changed");
}

#[test]
fn own_steps_that_break_a_rule_are_not_written() {
    for (step, rule) in [
        ("{name: a, run: curl example.org/x | sh}", "script"),
        (
            "{name: a, run: \"true\", env: {KEY: \"${{ secrets.KEY }}\"}}",
            "secret",
        ),
    ] {
        let desk = Desk::new(&format!(
            "{CONFIG}  steps:\n    - {{workflow: pull-request, job: checks, after: checkout, steps: [{step}]}}\n"
        ));
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 2, "{}", ran.stdout);
        let said = format!("would break the rule `{rule}`");
        assert!(ran.stderr.contains(&said), "{}", ran.stderr);
        assert!(!desk.path(".github").exists());
        // for a time, with a reason
        let waived = format!(
            "  waive: [{{rule: {rule}, workflow: pull-request, reason: until it is mended, expires: 2199-01-01}}]\n"
        );
        desk.write(
            "towpath.yaml",
            &format!("{}{waived}", desk.read("towpath.yaml")),
        );
        assert_eq!(desk.run(&[]).exit_code, 0);
        desk.change("towpath.yaml", "2199-01-01", "2020-01-01");
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 2);
        assert!(
            ran.stderr.contains("it ended on 2020-01-01"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_release_has_files_only_from_a_job_that_may_not_write() {
    let desk = Desk::new(&format!(
        "{CONFIG}  release: {{build: make, files: out, verify: \"test -s SHA256SUMS\\nls\", each_merge: true}}\n"
    ));
    let ran = desk.run(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let text = desk.read(".github/workflows/release.yml");
    let workflow: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    assert_eq!(workflow["on"]["push"]["branches"][0], "main");
    let jobs = &workflow["jobs"];
    for job in ["plan", "build"] {
        let grants = jobs[job]["permissions"].as_mapping().unwrap();
        assert_eq!(grants.len(), 1, "{job}");
        assert_eq!(grants["contents"], "read", "{job}");
    }
    let release = &jobs["release"];
    assert_eq!(release["environment"], "release");
    let steps = release["steps"].as_sequence().unwrap();
    let with = &steps.last().unwrap()["with"];
    assert_eq!(with["verify"], "test -s SHA256SUMS\nls\n");
    assert!(!text.contains("dry-run: \"false\""));

    // without files there is nothing to build, and nobody to say who did
    desk.change(
        "towpath.yaml",
        "build: make, files: out, verify: \"test -s SHA256SUMS\\nls\", ",
        "",
    );
    assert_eq!(desk.run(&[]).exit_code, 0);
    let text = desk.read(".github/workflows/release.yml");
    let workflow: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let jobs = workflow["jobs"].as_mapping().unwrap();
    assert_eq!(jobs.len(), 2);
    let grants = jobs["release"]["permissions"].as_mapping().unwrap();
    assert_eq!(grants.len(), 1);
    assert_eq!(grants["contents"], "write");
}

#[test]
fn a_release_s_files_are_built_and_belong_to_one_package() {
    for (release, packages, said) in [
        ("{build: make}", "", "only with `build` and `files`"),
        ("{verify: ls}", "", "only with `build` and `files`"),
        (
            "{build: \"make ${{ github.ref }}\", files: out}",
            "",
            "workflows.release.build",
        ),
        (
            "{build: make, files: out}",
            "release: {packages: {a: {paths: [a]}, b: {paths: [b]}}}\n",
            "files belong to one package",
        ),
    ] {
        let desk = Desk::new(&format!("{CONFIG}  release: {release}\n{packages}"));
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 2, "{release}");
        assert!(ran.stderr.contains(said), "{release}: {}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_made_is_said() {
    for (before, after, said) in [
        (
            "  toolkit:",
            "  branch: main\n  #",
            "workflows need `workflows.toolkit`",
        ),
        ("region: eu-central-1, ", "", "workflows need `aws.region`"),
        (
            "account: \"123456789012\"",
            "",
            "workflows need `aws.account`",
        ),
        ("    dev:", "    \"a b\":", "cannot be part of a job's name"),
        ("eu-central-1", "\"eu: [x]\"", "cannot stand in a workflow"),
        (
            "commit: 0123456789abcdef0123456789abcdef01234567",
            "commit: main",
            "is no commit",
        ),
        (
            "workflows:\n",
            "workflows:\n  branch: \"a b\"\n",
            "is no plain name",
        ),
        (
            "workflows:\n",
            "workflows:\n  drift: daily\n",
            "is no schedule",
        ),
        (
            "workflows:\n",
            "workflows:\n  eject: [aply]\n",
            "there is no such file",
        ),
        (
            "workflows:\n",
            "workflows:\n  environments: [test]\n",
            "there is no environment `test`",
        ),
        (
            "workflows:\n",
            "workflows:\n  steps: [{workflow: apply, after: aply, steps: []}]\n",
            "`apply` has no step `aply`",
        ),
        (
            "workflows:\n",
            "workflows:\n  steps: [{workflow: apply, after: apply, steps: [{name: a, uses: a/b@v1}]}]\n",
            "which is not pinned",
        ),
        (
            "workflows:\n",
            "workflows:\n  steps: [{workflow: apply, after: apply, steps: [{name: a, run: \"echo ${{ github.actor }}\"}]}]\n",
            "holds `${{ }}`",
        ),
    ] {
        let desk = Desk::new(CONFIG);
        desk.change("towpath.yaml", before, after);
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 2, "{after}: {ran:?}");
        assert!(ran.stderr.contains(said), "{after}: {}", ran.stderr);
        assert!(!desk.path(".github").exists());
    }
}
