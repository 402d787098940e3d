//! Plans: a finding points at the block that it is about, and what was found becomes evidence.

use std::os::unix::fs::PermissionsExt as _;

use evidence::{Canary, Level};

use crate::desk::{CANARY, Desk, POLICY, plan_json};

#[test]
fn a_finding_on_a_saved_plan_shows_the_line_of_terraform() {
    let ran = Desk::with_plan().check(&[]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    let (text, digest) = ran.stdout.trim_end().rsplit_once(' ').unwrap();
    assert_eq!(digest.len(), 8);
    insta::assert_snapshot!(text, @r#"
      x main/public: `terraform_data.raw` would be public
       ,-[iac/main.tf:8:3]
     8 |   input = "public"
       :   --------+-------
       :           `-- created as terraform_data.raw
       `----
      help: say `private` (policy/main.rego:10)
            https://example.com/public

    denied  1 of 1 rule  2 resources  plan
    "#);
}

#[test]
fn what_was_found_is_evidence_that_only_its_owner_reads() {
    let desk = Desk::with_plan();
    desk.check(&[]);
    let statement = desk.evidence().unwrap();
    for subject in ["plan", "plan.json", "plan-digest"] {
        assert!(statement.subject(subject).is_some(), "no {subject}");
    }
    let facts = statement.predicate;
    assert_eq!(facts.canary, Canary::Denied);
    assert_eq!(facts.namespaces, ["main"]);
    assert_eq!(
        (facts.rules, facts.read_from.as_str()),
        (1, "the working copy")
    );
    let [finding] = facts.findings.as_slice() else {
        panic!("{:?}", facts.findings);
    };
    assert_eq!(
        (finding.rule.as_str(), finding.level),
        ("main/public", Level::Deny)
    );
    assert_eq!(finding.resource.as_deref(), Some("terraform_data.raw"));
    let location = finding.location.as_ref().unwrap();
    assert_eq!((location.file.as_str(), location.line), ("iac/main.tf", 8));
    assert_eq!(finding.remedy.as_deref(), Some("say `private`"));
    assert_eq!(finding.link.as_deref(), Some("https://example.com/public"));
    let file = desk.path(".towpath/evidence/prod/policy-check.json");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_plan_that_nothing_denies_is_allowed_and_has_evidence_too() {
    let desk = Desk::with_plan();
    desk.write(
        "policy/main.rego",
        POLICY.replace("== \"public\"", "== \"open\""),
    );
    desk.write(
        "policy/canary.json",
        CANARY.replace("\"public\"", "\"open\""),
    );
    let ran = desk.check(&[]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with("allowed  1 rule  2 resources  plan "),
        "{}",
        ran.stdout
    );
    assert_eq!(desk.evidence().unwrap().predicate.findings, []);
}

#[test]
fn a_saved_plan_may_lie_anywhere_and_its_root_be_named() {
    let desk = Desk::with_policy(POLICY)
        .with("prod/main.tf", crate::desk::MAIN_TF)
        .with("elsewhere/plan", crate::desk::saved_plan());
    let ran = desk.check(&["elsewhere/plan", "--root", "prod"]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    let place = desk.evidence().unwrap().predicate.findings[0]
        .location
        .clone();
    assert_eq!(place.unwrap().file, "prod/main.tf");
}

#[test]
fn a_plan_as_json_needs_neither_terraform_nor_an_environment() {
    let desk = Desk::with_policy(POLICY).with("plan.json", plan_json());
    let ran = desk.program().args(["plan.json"]).env("PATH", "").run();
    insta::assert_snapshot!(crate::desk::said(&ran, &desk.path("")), @"
    exit code: 3
      x main/public: `terraform_data.raw` would be public
      | --> plan.json:1
      | created as terraform_data.raw
      help: say `private` (policy/main.rego:10)
            https://example.com/public

    denied  1 of 1 rule
    no evidence is written: no environment was named
    ");
    assert!(!desk.path(".towpath").exists(), "evidence was written");
}

#[test]
fn a_plan_as_json_in_an_environment_has_evidence_about_that_json_alone() {
    let desk = Desk::with_plan().with("plan.json", plan_json());
    assert_eq!(desk.check(&["plan.json"]).exit_code, 3);
    let statement = desk.evidence().unwrap();
    let subjects = statement
        .subject
        .iter()
        .map(|subject| subject.name.as_str());
    assert_eq!(subjects.collect::<Vec<_>>(), ["plan.json"]);
}

#[test]
fn other_documents_have_no_evidence() {
    let desk = Desk::with_plan().with("a.yaml", "resource: []\n");
    let ran = desk.check(&["a.yaml"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout, "allowed  1 rule\n");
    assert!(!desk.path(".towpath/evidence").exists());
}

#[test]
fn without_a_known_bad_plan_the_evidence_says_so() {
    let desk = Desk::with_plan();
    std::fs::remove_file(desk.path("policy/canary.json")).unwrap();
    assert_eq!(desk.check(&[]).exit_code, 3);
    assert_eq!(desk.evidence().unwrap().predicate.canary, Canary::Absent);
}

#[test]
fn policies_that_let_the_known_bad_plan_pass_are_not_believed() {
    let desk = Desk::with_plan();
    desk.write(
        "policy/main.rego",
        "package main\ndeny contains \"no\" if input.open\n",
    );
    let said = desk.said(&[]);
    let (_, refusal) = said.split_once("error: ").unwrap();
    insta::assert_snapshot!(refusal, @"
    the policies let `policy/canary.json` pass, a plan that is known to be bad
    hint: select the namespaces that are meant to judge plans, or mend the rules that stopped working
    ");
    assert!(said.starts_with("exit code: 2\n"), "{said}");
    assert!(
        !desk.path(".towpath/evidence").exists(),
        "evidence was written"
    );
}
