//! One waiver, one finding, and all that must not follow from it.

use super::*;
use crate::Level;

fn now() -> Timestamp {
    "2026-12-31T23:59:59Z".parse().unwrap()
}

fn tomorrow() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

fn waiver(rule: &str, address: &str) -> Waiver {
    Waiver {
        rule: rule.into(),
        address: address.into(),
        owner: "ada".into(),
        reason: "moved next week".into(),
        expires: "2026-12-31".parse().unwrap(),
        unused_until: None,
        digest: None,
        place: "policy/waivers.yaml:2".into(),
    }
}

fn finding(rule: &str, address: &str) -> Finding {
    Finding {
        rule: rule.into(),
        level: Level::Deny,
        message: "unencrypted".into(),
        title: None,
        resource: Some(address.into()),
        location: None,
        remedy: Some("encrypt it".into()),
        link: None,
        policy_file: None,
        metadata: Default::default(),
        digest: Some(Sha256::of(address)),
        waived: None,
    }
}

fn faults(findings: &[Finding], waiver: Waiver, now: Timestamp) -> Vec<String> {
    let waivers = [waiver];
    let waived = waive(findings, &waivers, now);
    waived.faults.into_iter().map(|fault| fault.text).collect()
}

#[test]
fn it_excuses_its_rule_on_its_resource_and_nothing_else() {
    let findings = [
        finding("s3/encryption", "aws_s3_bucket.raw"),
        finding("s3/encryption", "aws_s3_bucket.raw2"),
        finding("s3/encryption", "module.a.aws_s3_bucket.raw"),
        finding("s3/public", "aws_s3_bucket.raw"),
    ];
    let waivers = [waiver("s3/encryption", "aws_s3_bucket.raw")];
    let waived = waive(&findings, &waivers, now());
    let excused: Vec<bool> = waived.excuses.iter().map(Option::is_some).collect();
    assert_eq!(excused, [true, false, false, false]);
    assert!(waived.faults.is_empty(), "{:?}", waived.faults);
    let shown = super::excused(&findings, &waivers, now());
    assert_eq!(shown[0].level, Level::Warn);
    assert_eq!(
        shown[0].remedy.as_deref(),
        Some("waived until 2026-12-31 by ada: moved next week (policy/waivers.yaml:2)")
    );
    assert_eq!(shown[1..], findings[1..]);
}

#[test]
fn a_star_is_itself_in_quotes_and_anything_elsewhere() {
    for (pattern, address, covered) in [
        ("module.old.*", "module.old.aws_s3_bucket.raw", true),
        ("module.old.*", "module.older.aws_s3_bucket.raw", false),
        ("a.b[*]", "a.b[0]", true),
        ("a.b[*]", "a.b[\"x\"]", true),
        ("a.b[*]", "a.b", false),
        ("a.b[\"s3:*\"]", "a.b[\"s3:*\"]", true),
        ("a.b[\"s3:*\"]", "a.b[\"s3:Get\"]", false),
        ("a.b[\"x?\"]", "a.b[\"xy\"]", false),
        ("a.b[\"x?\"]", "a.b[\"x?\"]", true),
        ("a.b[\"q\\\"*\"]", "a.b[\"q\\\"z\"]", false),
        ("*", "a.b[\"s3:*\"]", true),
        ("A.b", "a.b", false),
    ] {
        let covers = waiver("r", pattern).covers(address);
        assert_eq!(covers, covered, "{pattern} {address}");
    }
}

#[test]
fn it_counts_until_the_end_of_its_last_day() {
    let findings = [finding("r", "a.b")];
    assert_eq!(faults(&findings, waiver("r", "a.b"), now()), [""; 0]);
    let waivers = [waiver("r", "a.b")];
    assert!(waive(&findings, &waivers, tomorrow()).excuses[0].is_none());
    assert_eq!(
        faults(&findings, waiver("r", "a.b"), tomorrow()),
        ["the waiver of r for `a.b` (`policy/waivers.yaml:2`) expired on 2026-12-31"]
    );
}

#[test]
fn one_that_excuses_nothing_is_a_fault_unless_it_waits() {
    let unused = "the waiver of r for `a.c` (`policy/waivers.yaml:2`) has nothing to excuse";
    let findings = [finding("r", "a.b")];
    assert_eq!(faults(&findings, waiver("r", "a.c"), now()), [unused]);
    let waiting = |until: &str| Waiver {
        unused_until: Some(until.parse().unwrap()),
        ..waiver("r", "a.c")
    };
    assert_eq!(faults(&findings, waiting("2026-12-31"), now()), [""; 0]);
    assert_eq!(faults(&findings, waiting("2026-12-30"), now()), [unused]);
}

#[test]
fn it_is_void_once_what_it_excuses_changes() {
    let findings = [finding("r", "a.b")];
    let named = |digest: &str| Waiver {
        digest: Some(Sha256::of(digest)),
        ..waiver("r", "a.b")
    };
    assert_eq!(faults(&findings, named("a.b"), now()), [""; 0]);
    let waivers = [named("before")];
    assert!(waive(&findings, &waivers, now()).excuses[0].is_none());
    let fault = &faults(&findings, named("before"), now())[0];
    assert!(
        fault.contains("is void: what it excuses has changed"),
        "{fault}"
    );
    assert!(fault.contains(Sha256::of("a.b").as_str()), "{fault}");
}

#[test]
fn nothing_excuses_a_finding_of_which_it_is_not_certain_what_it_is_about() {
    for vague in [
        Finding {
            digest: None,
            ..finding("r", "a.b")
        },
        Finding {
            resource: None,
            ..finding("r", "a.b")
        },
    ] {
        let waivers = [waiver("r", "*")];
        let findings = [vague];
        let waived = waive(&findings, &waivers, now());
        assert!(waived.excuses[0].is_none());
        assert_eq!(waived.faults.len(), 1);
    }
}
