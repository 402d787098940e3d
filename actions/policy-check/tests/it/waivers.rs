//! What is waived, for how long, and by whose word; and what no waiver can do.

use serde_json::Value;

use crate::desk::{CONFIG, Desk, POLICY};

const WAIVERS: &str = "\
waivers:
  - rule: main/public
    address: terraform_data.raw
    owner: ada
    reason: the site is public on purpose
    expires: 2999-12-31
";

/// A desk whose waivers say this.
fn desk(waivers: &str) -> Desk {
    Desk::with_plan()
        .with(
            "towpath.yaml",
            format!("{CONFIG}policy: {{waivers: [policy/waivers.yaml]}}\n"),
        )
        .with("policy/waivers.yaml", waivers)
}

fn changed(from: &str, to: &str) -> Desk {
    assert!(WAIVERS.contains(from), "{from}");
    desk(&WAIVERS.replace(from, to))
}

/// What a run said, without the command that it ran and the plan's digest.
fn shown(desk: &Desk) -> String {
    let said = desk.said(&[]);
    let lines = said.lines().filter(|line| !line.starts_with("$ "));
    let lines = lines.map(|line| line.split("  plan ").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The end of it: everything but its findings.
fn verdict(desk: &Desk) -> String {
    let said = shown(desk);
    let lines = said.lines().filter(|line| {
        [
            "exit code",
            "error",
            "allowed",
            "denied",
            "  - ",
            "  help: did",
        ]
        .iter()
        .any(|start| line.starts_with(start))
            || line.contains("waivers.yaml:")
            || line.contains("unknown key")
            || line.contains("that could be waived")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_waived_finding_is_shown_and_does_not_deny() {
    let desk = desk(WAIVERS);
    insta::assert_snapshot!(shown(&desk), @r#"
    exit code: 0
      ! main/public: `terraform_data.raw` would be public
       ,-[iac/main.tf:8:3]
     8 |   input = "public"
       :   --------+-------
       :           `-- created as terraform_data.raw
       `----
      help: waived until 2999-12-31 by ada: the site is public on purpose (policy/waivers.yaml:2) (policy/main.rego:10)
            https://example.com/public

    allowed  1 rule  2 resources
    "#);
    let evidence = desk.evidence().unwrap().predicate;
    assert_eq!(evidence.findings.len(), 1);
    assert_eq!(evidence.findings[0].level, evidence::Level::Deny);
    assert_eq!(evidence.waivers[0].place, "policy/waivers.yaml:2");
}

#[test]
fn every_format_says_who_answers_for_it() {
    let desk = desk(WAIVERS);
    for format in ["findings", "sarif", "junit", "markdown", "text"] {
        let ran = desk.check(&["--output", format]);
        assert_eq!(ran.exit_code, 0, "{format}: {}", ran.stderr);
        assert!(
            ran.stdout.contains("waived until 2999-12-31 by ada"),
            "{format}: {}",
            ran.stdout
        );
    }
    let sarif: Value = serde_json::from_str(&desk.check(&["--output", "sarif"]).stdout).unwrap();
    let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(suppression["status"], "accepted", "{sarif:#}");
    // Conftest's word for it is exception
    let ran = desk.check(&["--output", "stdout"]);
    assert!(ran.stdout.contains("1 exception"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("FAIL"), "{}", ran.stdout);
}

#[test]
fn what_fails_says_on_which_line() {
    insta::assert_snapshot!(verdict(&changed("2999-12-31", "2026-01-31")), @"
    exit code: 3
      - the waiver of main/public for `terraform_data.raw` (`policy/waivers.yaml:2`) expired on 2026-01-31
    denied  1 of 1 rule  2 resources
    ");
    insta::assert_snapshot!(verdict(&changed("data.raw", "data.held")), @"
    exit code: 3
      - the waiver of main/public for `terraform_data.held` (`policy/waivers.yaml:2`) has nothing to excuse
    denied  1 of 1 rule  2 resources
    ");
    insta::assert_snapshot!(verdict(&changed("data.raw", "data.ra")), @"
    exit code: 3
      - the waiver of main/public for `terraform_data.ra` (`policy/waivers.yaml:2`) has nothing to excuse
    denied  1 of 1 rule  2 resources
    ");
    insta::assert_snapshot!(verdict(&changed("main/public", "main/pubic")), @"
    exit code: 2
      x there is no rule `main/pubic` that could be waived
       ,-[policy/waivers.yaml:2:11]
      help: did you mean `main/public`?
    ");
    insta::assert_snapshot!(verdict(&changed("owner", "owners")), @"
    exit code: 2
      x unknown key `owners`
       ,-[policy/waivers.yaml:4:5]
      help: did you mean `owner`?
    ");
    let digest = format!("12-31\n    digest: {}", "0".repeat(64));
    let void = verdict(&changed("12-31", &digest));
    assert!(
        void.contains("is void: what it excuses has changed, its digest is"),
        "{void}"
    );
    assert!(void.starts_with("exit code: 3"), "{void}");
}

#[test]
fn a_digest_holds_as_long_as_what_it_excuses() {
    let found = desk(WAIVERS).evidence_after(&[]);
    let digest = found.findings[0].digest.clone().unwrap();
    let named = format!("12-31\n    digest: {digest}");
    assert_eq!(changed("12-31", &named).check(&[]).exit_code, 0);
    // another message about the same value is the same
    let other = changed("12-31", &named).with(
        "policy/main.rego",
        POLICY.replace("would be public", "is open to all"),
    );
    assert_eq!(other.check(&[]).exit_code, 0);
    // the whole of the resource is something else than the one value
    let whole = changed("12-31", &named).with(
        "policy/main.rego",
        POLICY.replace("\t\t\"attribute\": \"input\",\n", ""),
    );
    let ran = whole.check(&[]);
    assert_eq!(ran.exit_code, 3);
    assert!(ran.stdout.contains("is void"), "{}", ran.stdout);
}

#[test]
fn a_waiver_may_wait_for_what_it_excuses_and_counts_in_its_environments() {
    let waits = "data.held\n    unused_until: 2999-01-01";
    let ran = changed("data.raw", waits).check(&[]);
    assert_eq!(ran.exit_code, 3);
    assert!(!ran.stdout.contains("nothing to excuse"), "{}", ran.stdout);
    let elsewhere = "12-31\n    environments: [prod]";
    assert_eq!(changed("12-31", elsewhere).check(&[]).exit_code, 0);
    let config =
        format!("{CONFIG}    dev: {{root: iac}}\npolicy: {{waivers: [policy/waivers.yaml]}}\n");
    let elsewhere = changed("12-31", "12-31\n    environments: [dev]").with("towpath.yaml", config);
    let ran = elsewhere.check(&["--environment", "prod"]);
    assert_eq!(ran.exit_code, 3);
    assert!(!ran.stdout.contains("nothing to excuse"), "{}", ran.stdout);
}

#[test]
fn no_waiver_silences_an_error() {
    for (path, text) in [
        (
            "policy/main.rego",
            "package main\n\ndeny contains 1 if true\n",
        ),
        (
            "policy/main.rego",
            "package main\n\ndeny contains msg if { msg := to_number(\"a\") }\n",
        ),
        ("policy/canary.json", "{}"),
        (".towpath/plans/prod.tfplan", "no plan"),
    ] {
        let rule = changed("main/public", "main");
        let ran = rule.with(path, text).check(&[]);
        assert_eq!(ran.exit_code, 2, "{text}: {}\n{}", ran.stdout, ran.stderr);
    }
    let ran = changed("main/public", "policy-check/hidden-value").check(&[]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stdout);
    assert!(
        ran.stderr.contains("that could be waived"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_message_that_names_two_resources_is_not_waived_for_either() {
    let rego = "package main\n\ndeny_public contains \"terraform_data.raw is open, see terraform_data.held\"\n";
    for address in ["data.raw", "data.held"] {
        let ran = changed("data.raw", address)
            .with("policy/main.rego", rego)
            .check(&[]);
        assert_eq!(ran.exit_code, 3, "{}", ran.stdout);
        assert!(ran.stdout.contains("nothing to excuse"), "{}", ran.stdout);
    }
    let rego = "package main\n\ndeny_public contains \"terraform_data.raw is open\"\n";
    let ran = desk(WAIVERS).with("policy/main.rego", rego);
    // without the known-bad plan, which this rule would not know
    std::fs::remove_file(ran.path("policy/canary.json")).unwrap();
    assert_eq!(ran.check(&[]).exit_code, 0);
}

#[test]
fn files_that_are_not_there_or_not_text() {
    let desk = desk(WAIVERS);
    std::fs::remove_file(desk.path("policy/waivers.yaml")).unwrap();
    insta::assert_snapshot!(shown(&desk), @"
    exit code: 2
    error: failed to read the waivers in `policy/waivers.yaml`
    caused by: No such file or directory (os error 2)
    hint: check `policy.waivers` in `towpath.yaml`
    ");
    desk.write("policy/waivers.yaml", [0xff, 0xfe]);
    assert_eq!(desk.check(&[]).exit_code, 2);
}
