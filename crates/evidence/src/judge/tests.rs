//! The verdict over evidence made by hand, and its monotony over evidence made at random.

use proptest::prelude::*;

use super::*;
use crate::{
    AllowedDestroy, Finding, ModelPackage, PlanDigest, PlannedChange, Requirement, Standing,
    StateRef, Unresolved,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-03-01T12:00:00Z")
}

fn rules() -> Rules {
    Rules {
        require: vec![Requirement::PolicyCheck, Requirement::ModelApproval],
        max_age: SignedDuration::from_hours(24),
        allow_destroy: vec![AllowedDestroy {
            address: "module.old.*".into(),
            reason: "it moved".into(),
        }],
        require_canary: true,
        require_commit: true,
    }
}

fn subjects(seed: &str) -> Vec<Subject> {
    vec![
        Subject::plan_file(Sha256::of(format!("file {seed}"))),
        Subject::plan_json(Sha256::of(format!("json {seed}"))),
        Subject::plan_digest(PlanDigest(Sha256::of(format!("digest {seed}")))),
    ]
}

fn exhibit<P: Predicate>(seed: &str, predicate: P) -> Exhibit<P> {
    let statement = Statement::new(subjects(seed), predicate);
    Exhibit {
        file: format!("{}.json", P::KIND),
        sha256: Sha256::of(statement.to_json().unwrap()),
        statement,
    }
}

fn good() -> Case {
    let plan = PlanFacts {
        produced_at: at("2026-03-01T11:00:00Z"),
        environment: "prod".into(),
        root: "iac/environments/prod".into(),
        commit: Some("8d21f0c".into()),
        clean: true,
        workspace: "default".into(),
        tool: "terraform 1.11.4".into(),
        state: StateRef {
            lineage: String::new(),
            serial: 0,
        },
        lock_file: None,
        changes: vec![change("aws_s3_bucket.raw", false)],
        unusable: vec![],
    };
    let policies = PolicyFacts {
        produced_at: at("2026-03-01T11:00:01Z"),
        bundle: Sha256::of("bundle"),
        engine: "regorus".into(),
        read_from: "the working copy".into(),
        namespaces: vec!["s3.encryption".into()],
        rules: 1,
        canary: Canary::Denied,
        findings: vec![],
        waivers: vec![],
    };
    let approvals = ApprovalFacts {
        produced_at: at("2026-03-01T11:00:02Z"),
        packages: vec![],
        unresolved: vec![],
    };
    Case {
        plan: Some(exhibit("a", plan)),
        policies: vec![exhibit("a", policies)],
        approvals: vec![exhibit("a", approvals)],
    }
}

fn change(address: &str, destroys: bool) -> PlannedChange {
    let action = if destroys { "delete" } else { "create" };
    PlannedChange {
        address: address.into(),
        action: action.into(),
        destroys,
        because: vec![],
    }
}

fn finding(level: Level) -> Finding {
    Finding {
        rule: "s3/encryption".into(),
        level,
        message: "unencrypted".into(),
        title: None,
        resource: None,
        location: None,
        remedy: None,
        link: None,
        policy_file: None,
        metadata: Default::default(),
        digest: None,
        waived: None,
    }
}

fn package(standing: Standing) -> ModelPackage {
    ModelPackage {
        arn: "arn:aws:sagemaker:eu-central-1:1:model-package/housing/7".into(),
        used_by: vec![],
        pinned_by: vec![],
        standing,
        because: vec![],
        approved_by: None,
        approved_at: None,
        approval_note: None,
        image_digest: None,
        model_data: None,
        model_data_etag: None,
    }
}

fn decision(case: &Case) -> Decision {
    judge(case, &rules(), now()).unwrap().predicate.decision
}

fn plan(case: &mut Case) -> &mut PlanFacts {
    &mut case.plan.as_mut().unwrap().statement.predicate
}

#[test]
fn good_evidence_is_allowed_and_the_verdict_names_it() {
    let verdict = judge(&good(), &rules(), now()).unwrap();
    assert_eq!(verdict.predicate.decision, Decision::Allowed);
    assert_eq!(verdict.predicate.reasons, vec![]);
    assert_eq!(verdict.predicate.evidence.len(), 3);
    assert_eq!(verdict.subject, subjects("a"));
}

#[test]
fn each_missing_piece_is_not_enough_evidence() {
    let holes: [fn(&mut Case); 9] = [
        |case| case.plan = None,
        |case| case.policies.clear(),
        |case| case.approvals.clear(),
        |case| plan(case).commit = None,
        |case| plan(case).clean = false,
        |case| case.policies[0].statement.predicate.rules = 0,
        |case| case.policies[0].statement.predicate.canary = Canary::Absent,
        |case| case.policies[0].statement.subject = subjects("b"),
        |case| case.approvals[0].statement.subject = vec![],
    ];
    for (number, hole) in holes.into_iter().enumerate() {
        let mut case = good();
        hole(&mut case);
        assert_eq!(
            decision(&case),
            Decision::NotEnoughEvidence,
            "hole {number}"
        );
    }
}

#[test]
fn old_and_future_evidence_is_not_believed() {
    for produced_at in ["2026-02-28T11:59:59Z", "2026-03-01T12:05:01Z"] {
        let mut case = good();
        plan(&mut case).produced_at = at(produced_at);
        assert_eq!(
            decision(&case),
            Decision::NotEnoughEvidence,
            "{produced_at}"
        );
    }
    let mut case = good();
    plan(&mut case).produced_at = at("2026-02-28T12:00:00Z");
    assert_eq!(
        decision(&case),
        Decision::Allowed,
        "exactly as old as allowed"
    );
}

#[test]
fn a_destroy_needs_a_rule_that_covers_its_address() {
    let mut case = good();
    plan(&mut case)
        .changes
        .push(change("module.old.aws_s3_bucket.raw", true));
    assert_eq!(decision(&case), Decision::Allowed);
    plan(&mut case)
        .changes
        .push(change("module.older.aws_s3_bucket.raw", true));
    assert_eq!(decision(&case), Decision::Denied);
}

#[test]
fn findings_and_standings_lead_where_they_should() {
    let expected = [
        (Standing::Approved, Decision::Allowed),
        (Standing::ApprovedByMerging, Decision::Allowed),
        (Standing::Pending, Decision::NotEnoughEvidence),
        (Standing::Unknown, Decision::NotEnoughEvidence),
        (Standing::Rejected, Decision::Denied),
        (Standing::Mismatch, Decision::Denied),
        (Standing::NotPinned, Decision::Denied),
    ];
    for (standing, wanted) in expected {
        let mut case = good();
        case.approvals[0]
            .statement
            .predicate
            .packages
            .push(package(standing));
        assert_eq!(decision(&case), wanted, "{standing:?}");
    }
    for (level, wanted) in [
        (Level::Warn, Decision::Allowed),
        (Level::Deny, Decision::Denied),
    ] {
        let mut case = good();
        case.policies[0]
            .statement
            .predicate
            .findings
            .push(finding(level));
        assert_eq!(decision(&case), wanted, "{level:?}");
    }
}

#[test]
fn a_statement_of_another_kind_is_refused_by_name() {
    let bytes = good().policies[0].statement.to_json().unwrap();
    let error = Statement::<PlanFacts>::from_json(&bytes).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("urn:towpath:evidence:policy-check:v1"),
        "{error}"
    );
}

/// One more bad thing, of every kind that there is.
fn worsen(case: &mut Case, what: u8) {
    match what % 8 {
        0 => case.policies[0]
            .statement
            .predicate
            .findings
            .push(finding(Level::Deny)),
        1 => case.policies[0]
            .statement
            .predicate
            .findings
            .push(finding(Level::Warn)),
        2 => plan(case).changes.push(change("aws_s3_bucket.gone", true)),
        3 => plan(case).unusable.push("the plan errored".into()),
        4 => case.approvals[0]
            .statement
            .predicate
            .packages
            .push(package(Standing::Pending)),
        5 => case.approvals[0]
            .statement
            .predicate
            .packages
            .push(package(Standing::Rejected)),
        6 => case.approvals[0]
            .statement
            .predicate
            .unresolved
            .push(Unresolved {
                what: "aws_sagemaker_model.m".into(),
                because: "unknown until apply".into(),
            }),
        _ => case
            .policies
            .push(exhibit("b", case.policies[0].statement.predicate.clone())),
    }
}

proptest! {
    #[test]
    fn one_more_finding_never_makes_a_verdict_more_permissive(steps in prop::collection::vec(any::<u8>(), 1..12)) {
        let mut case = good();
        let mut before = decision(&case);
        for step in steps {
            worsen(&mut case, step);
            let after = decision(&case);
            prop_assert!(after >= before, "{after:?} after {before:?} by {}", step % 8);
            before = after;
        }
    }
}
