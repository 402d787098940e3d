//! What keeps the gate from judging: evidence or rules that it cannot read. None of it is a verdict.

use crate::desk::{CONFIG, Desk, plan};

#[test]
fn a_foreign_file_among_the_evidence() {
    let desk = Desk::in_order();
    desk.write(".towpath/evidence/prod/notes.txt", "remember the milk");
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 2
    error: `.towpath/evidence/prod/notes.txt` is not evidence
    caused by: it does not have the shape of policy-check evidence
    caused by: expected value at line 1 column 1
    hint: keep nothing but evidence in this folder; remove the file, or run the action that writes it again
    ");
    assert!(desk.store().folder().join("notes.txt").exists());
    assert!(!desk.store().folder().join("verdict.json").exists());
}

#[test]
fn evidence_that_was_damaged_or_says_more_than_it_may() {
    let desk = Desk::in_order();
    let file = ".towpath/evidence/prod/terraform-plan.json";
    let whole = std::fs::read_to_string(desk.path(file)).unwrap();
    for (from, to) in [
        ("\"clean\": true", "\"clean\": \"yes\""),
        ("\"clean\": true", "\"clean\": true, \"approved\": true"),
        ("terraform-plan:v1", "terraform-plan:v2"),
        ("in-toto.io/Statement/v1", "in-toto.io/Statement/v9"),
        ("}", ""),
    ] {
        let damaged = whole.replace(from, to);
        assert_ne!(damaged, whole);
        desk.write(file, &damaged);
        let judged = desk.judged(&[]);
        assert!(judged.starts_with("exit code: 2\nerror: `"), "{judged}");
        assert!(judged.contains("terraform-plan.json` is not evidence"));
    }
}

#[test]
fn evidence_that_cannot_be_opened() {
    let desk = Desk::in_order();
    std::fs::create_dir(desk.store().folder().join("policy-check-2.json")).unwrap();
    let judged = desk.judged(&[]);
    assert!(judged.starts_with("exit code: 2\n"), "{judged}");
    assert!(judged.contains("failed to read evidence from"), "{judged}");
}

#[test]
fn two_plans_at_once() {
    let desk = Desk::in_order();
    let other = desk.put(plan());
    std::fs::copy(other, desk.store().folder().join("terraform-plan-2.json")).unwrap();
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 2
    error: `terraform-plan-2.json` and `terraform-plan.json` both are terraform-plan evidence
    hint: remove the one that is not about this plan
    ");
}

#[test]
fn rules_without_meaning() {
    let desk = Desk::in_order().rules("  max_age: soon\n");
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 2
      x `soon` is not an age
       ,-[towpath.yaml:6:12]
     5 | gate:
     6 |   max_age: soon
       :            ^^|^
       :              `-- here
       `----
      help: write hours, minutes and seconds, for example `24h` or `90m`
    ");
    let rules = "  allow_destroy:\n    - {address: 'module.old.*', reason: ''}\n";
    insta::assert_snapshot!(desk.rules(rules).judged(&[]), @"
    exit code: 2
      x the destroy of `module.old.*` is allowed without a reason
       ,-[towpath.yaml:7:18]
     6 |   allow_destroy:
     7 |     - {address: 'module.old.*', reason: ''}
       :                  ^^^^^^|^^^^^
       :                        `-- here
       `----
      help: say in `reason` why it may go
    ");
}

#[test]
fn rules_that_ask_for_what_there_is_not() {
    let desk = Desk::in_order().rules("  require: [policy-check, image-scan]\n");
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 2
      x gate.require[1]: unknown variant `image-scan`, expected `policy-check` or `model-approval`
       ,-[towpath.yaml:6:27]
     5 | gate:
     6 |   require: [policy-check, image-scan]
       :                           ^^^^^|^^^^^
       :                                `-- here
       `----
    ");
}

#[test]
fn environments_to_choose_from() {
    let desk = Desk::in_order();
    desk.write(
        "towpath.yaml",
        &format!("{CONFIG}    stage: {{root: iac}}\n"),
    );
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 2
    error: no environment was named
    hint: name one with `--environment`: `prod`, `stage`
    ");
    assert!(
        desk.judged(&["--environment", "prod"])
            .starts_with("exit code: 0\n")
    );
    // the evidence about one environment says nothing about another
    assert!(
        desk.judged(&["--environment", "stage"])
            .starts_with("exit code: 4\n")
    );
}
