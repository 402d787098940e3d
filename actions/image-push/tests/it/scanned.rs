//! The scan of what was pushed, against what is deployed.

use ecr_sim::Finding;

use crate::desk::Desk;

fn finding(name: &str) -> Finding {
    Finding {
        name: name.to_owned(),
        severity: "HIGH".to_owned(),
        package: "openssl".to_owned(),
    }
}

/// Pushes two images; gives both digests.
fn two(desk: &Desk) -> (String, String) {
    desk.configure(
        "    scan: {wait: 0s, exceptions: [{name: CVE-4, reason: no way in, until: 2999-01-01}]}\n",
    );
    let one = desk.layout("one", &[("a", b"1")]);
    let two = desk.layout("two", &[("a", b"2")]);
    for name in ["one", "two"] {
        let layout = format!("layout/{name}");
        let ran = desk.run(&["--layout", &layout, "--tag", name]);
        // nobody scans here
        assert_eq!(ran.exit_code, 4, "{}", ran.stdout);
        assert!(
            ran.stdout.contains("the scan was not begun"),
            "{}",
            ran.stdout
        );
    }
    (one.digest().to_string(), two.digest().to_string())
}

#[test]
fn only_what_is_new_against_the_deployed_image_denies() {
    let desk = Desk::new();
    let (one, two) = two(&desk);
    desk.sim.scan("app", &one, "ACTIVE", vec![finding("CVE-1")]);
    desk.sim.scan(
        "app",
        &two,
        "COMPLETE",
        vec![finding("CVE-1"), finding("CVE-4")],
    );
    let arguments = ["--layout", "layout/two", "--tag", "two", "--deployed", &one];
    let text = desk.runs(&arguments);
    assert!(
        text.contains("CVE-1 in openssl is in the deployed image as well"),
        "{text}"
    );
    assert!(
        text.contains("CVE-4 in openssl is taken until 2999-01-01"),
        "{text}"
    );
    desk.sim.scan(
        "app",
        &two,
        "COMPLETE",
        vec![finding("CVE-1"), finding("CVE-2")],
    );
    let ran = desk.run(&arguments);
    assert_eq!(ran.exit_code, 3, "{}", ran.stdout);
    assert!(
        ran.stdout.contains("CVE-2 in openssl is high and new"),
        "{}",
        ran.stdout
    );
}

#[test]
fn every_state_without_findings_is_missing_evidence() {
    let desk = Desk::new();
    let (_, two) = two(&desk);
    for (state, says) in [
        ("PENDING", "waits for its turn"),
        ("IN_PROGRESS", "has begun and is not done"),
        ("FAILED", "the scan failed"),
        ("UNSUPPORTED_IMAGE", "cannot read this kind of image"),
        ("FINDINGS_UNAVAILABLE", "has no findings to be had"),
        ("LIMIT_EXCEEDED", "the account's limit is reached"),
        ("SCAN_ELIGIBILITY_EXPIRED", "the image is too old"),
        ("IMAGE_ARCHIVED", "the image is archived"),
        ("SOMETHING_NEW", "does not know"),
    ] {
        desk.sim.scan("app", &two, state, Vec::new());
        let ran = desk.run(&["--layout", "layout/two", "--tag", "two"]);
        assert_eq!(ran.exit_code, 4, "{state}: {}", ran.stdout);
        assert!(ran.stdout.contains(says), "{state}: {}", ran.stdout);
    }
    desk.sim.scan("app", &two, "COMPLETE", Vec::new());
    desk.runs(&["--layout", "layout/two", "--tag", "two"]);
}
