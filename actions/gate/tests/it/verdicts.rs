//! What the gate answers, with which exit code, and what it writes down about it.

use std::os::unix::fs::PermissionsExt as _;

use evidence::{Canary, Decision, Judged, Kind, Level, Sha256, Standing, Statement, Unresolved};
use jiff::{SignedDuration, Timestamp};

use crate::desk::{Desk, approvals, approvals_at, change, finding, plan, policies, subjects};

#[test]
fn allowed() {
    let desk = Desk::in_order();
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 0
    allowed  15 rules  1 change  plan 0bf47489  commit 8d21f0c
    ");
}

#[test]
fn denied_by_a_policy_and_for_a_destroy() {
    let mut facts = policies();
    facts.findings = vec![finding(Level::Warn), finding(Level::Deny)];
    let mut plan = plan();
    plan.changes.push(change("aws_s3_bucket.old", "delete"));
    plan.changes.push(change("aws_s3_bucket.moved", "replace"));
    let desk = Desk::in_order().with(facts).with(plan);
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 3
      x s3/encryption: bucket `housing-raw` would keep objects unencrypted
      | --> iac/main.tf:14
      | created as aws_s3_bucket.raw
      help: add a server-side encryption configuration (policy/s3/encryption.rego)

      ! s3/encryption: bucket `housing-raw` would keep objects unencrypted
      | --> iac/main.tf:14
      | created as aws_s3_bucket.raw
      help: add a server-side encryption configuration (policy/s3/encryption.rego)

      - delete of `aws_s3_bucket.old` is not allowed by any rule
      - replace of `aws_s3_bucket.moved` (forced by `bucket`) is not allowed by any rule
    denied  15 rules  3 changes  plan 0bf47489  commit 8d21f0c
    ");
}

#[test]
fn not_enough_evidence() {
    let mut facts = approvals_at(Standing::Pending);
    facts.unresolved.push(Unresolved {
        what: "aws_sagemaker_endpoint.shadow".to_owned(),
        because: "serves a configuration that is known only after apply".to_owned(),
    });
    let mut weak = policies();
    weak.canary = Canary::Absent;
    let mut plan = plan();
    plan.clean = false;
    let desk = Desk::in_order().with(facts).with(weak).with(plan);
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 4
      - the plan was made with uncommitted changes in the working copy
      - the policies have not denied a plan that is known to be bad
      - `aws_sagemaker_endpoint.shadow` serves a configuration that is known only after apply
      - model package `arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/7` waits for approval
    not enough evidence  15 rules  1 change  plan 0bf47489  commit 8d21f0c
    ");
}

#[test]
fn nothing_on_the_desk() {
    let desk = Desk::empty();
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 4
      - there is no terraform-plan evidence: run `terraform-plan`
      - there is no policy-check evidence: run `policy-check`
      - there is no model-approval evidence: run `model-approval`
    not enough evidence  0 rules
    ");
    assert_eq!(
        desk.verdict().predicate.decision,
        Decision::NotEnoughEvidence
    );
    // no folder holds as little as an empty one
    let judged = desk.judged(&["--evidence", "elsewhere"]);
    assert!(judged.starts_with("exit code: 4\n"), "{judged}");
}

#[test]
fn a_destroy_is_allowed_by_address_with_its_reason_shown() {
    let mut plan = plan();
    plan.changes.push(change("aws_s3_bucket.old[0]", "delete"));
    plan.changes.push(change("aws_s3_bucket.older", "delete"));
    let rules = "  allow_destroy:\n    - {address: 'aws_s3_bucket.old[*]', reason: moved to the data lake}\n";
    let desk = Desk::in_order().with(plan.clone()).rules(rules);
    assert!(desk.judged(&[]).starts_with("exit code: 3\n"));
    plan.changes.pop();
    let desk = desk.with(plan);
    insta::assert_snapshot!(desk.judged(&[]), @"
    exit code: 0
      - delete of `aws_s3_bucket.old[0]` is expected: moved to the data lake
    allowed  15 rules  2 changes  plan 0bf47489  commit 8d21f0c
    ");
}

#[test]
fn old_evidence_counts_only_within_max_age() {
    let mut old = policies();
    old.produced_at = Timestamp::now() - SignedDuration::from_mins(90);
    let desk = Desk::in_order().with(old);
    assert!(desk.judged(&[]).starts_with("exit code: 0\n"));
    let desk = desk.rules("  max_age: 1h\n");
    let judged = desk.judged(&[]);
    assert!(judged.starts_with("exit code: 4\n"), "{judged}");
    assert!(
        judged.contains("policy-check evidence is 1h 30m"),
        "{judged}"
    );
    assert!(judged.contains("old, at most 1h is allowed"), "{judged}");
}

#[test]
fn evidence_about_another_plan_does_not_count() {
    let desk = Desk::in_order();
    let mut other = subjects();
    other[0].digest.sha256 = Sha256::of("another file");
    desk.store()
        .save(&Statement::new(other, approvals()))
        .unwrap();
    let judged = desk.judged(&[]);
    assert!(judged.starts_with("exit code: 4\n"), "{judged}");
    assert!(
        judged.contains("model-approval evidence is about another plan: its `plan` is"),
        "{judged}"
    );
}

#[test]
fn the_rules_say_what_is_required() {
    let desk = Desk::empty().with(plan()).with(policies());
    assert!(desk.judged(&[]).starts_with("exit code: 4\n"));
    let desk = desk.rules("  require: [policy-check]\n");
    assert!(desk.judged(&[]).starts_with("exit code: 0\n"));
}

#[test]
fn explain_shows_the_evidence_and_the_rules() {
    let rules =
        "  max_age: 12h\n  allow_destroy:\n    - {address: aws_s3_bucket.old, reason: moved}\n";
    let mut approvals = approvals();
    approvals.packages.push(approvals.packages[0].clone());
    let desk = Desk::in_order().with(approvals).rules(rules);
    let judged = desk.judged(&["--explain"]);
    insta::with_settings!({filters => vec![(r"\([0-9a-f]{8}\)", "([digest])")]}, {
        insta::assert_snapshot!(judged, @"
        exit code: 0
        evidence
          terraform-plan.json ([digest]): 1 change of [sha1] by Terraform 1.11.4, [time]
          policy-check.json ([digest]): 0 findings of 15 rules ([digest]), read from working copy, known-bad plan denied, [time]
          model-approval.json ([digest]): 2 model packages, 0 unresolved, [time]

        rules
          evidence: terraform-plan, policy-check, model-approval, at most 12h old
          from a commit: yes
          policies that denied a known-bad plan: yes
          `aws_s3_bucket.old` may be destroyed: moved

        allowed  15 rules  1 change  plan 0bf47489  commit 8d21f0c
        ");
    });
}

#[test]
fn json_is_one_document_with_the_reasons() {
    let desk = Desk::in_order().with(approvals_at(Standing::Rejected));
    let ran = desk.program().args(["--output", "json"]).run();
    assert_eq!(ran.exit_code, 3);
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["outcome"], "denied", "{report:#}");
    let reasons = report["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{report:#}");
    assert!(reasons[0].as_str().unwrap().ends_with("is rejected"));
}

#[test]
fn the_verdict_names_everything_it_rests_on_by_its_bytes() {
    let desk = Desk::in_order();
    for _ in 0..2 {
        // the second time the first verdict lies there too, and is no evidence
        desk.judged(&[]);
    }
    let verdict = desk.verdict();
    assert_eq!(verdict.subject, subjects());
    let judged = [Kind::TerraformPlan, Kind::PolicyCheck, Kind::ModelApproval].map(|kind| {
        let file = format!("{kind}.json");
        let bytes = std::fs::read(desk.store().folder().join(&file)).unwrap();
        let sha256 = Sha256::of(bytes);
        Judged { kind, file, sha256 }
    });
    assert_eq!(verdict.predicate.evidence, judged);
    assert_eq!(verdict.predicate.environment, "prod");
    assert_eq!(verdict.predicate.commit, plan().commit);
    let file = desk.store().folder().join("verdict.json");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let rules = verdict.predicate.rules;
    let desk = desk.rules("  max_age: 12h\n");
    desk.judged(&[]);
    assert_ne!(desk.verdict().predicate.rules, rules);
}
