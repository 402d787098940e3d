//! Going back: one command, and only to what is still there.

use serde_json::json;

use crate::desk::{Desk, GOOD, arn};

/// Version 2 released, version 1 before it.
fn second() -> Desk {
    let desk = Desk::released();
    desk.register(GOOD);
    assert_eq!(desk.run(&[]).exit_code, 0);
    desk.approve(2);
    desk
}

fn approval(desk: &Desk, version: u64) -> String {
    let package = desk.call(
        "DescribeModelPackage",
        json!({"ModelPackageName": arn(version)}),
    );
    format!(
        "{} {}",
        package["ModelApprovalStatus"], package["ApprovalDescription"]
    )
}

#[test]
fn back_swaps_and_back_again_is_the_same_file() {
    let desk = second();
    let before = desk.release_file();
    let ran = desk.run(&["--back"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout
            .starts_with("## Go back from housing 2 to housing 1 in prod"),
        "{}",
        ran.stdout
    );
    assert!(
        desk.release_file()
            .contains(&format!("release:\n  package: {}\n", arn(1)))
    );
    desk.store
        .put("artifacts/housing/2/model.tar.gz", "bytes".to_owned());
    assert_eq!(desk.run(&["--back"]).exit_code, 0);
    assert_eq!(desk.release_file(), before);
}

#[test]
fn revoking_rejects_and_leaves_no_way_back() {
    let desk = second();
    let ran = desk.run(&["--revoke", "predicts prices below zero"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    assert_eq!(
        approval(&desk, 2),
        r#""Rejected" "Rejected: predicts prices below zero""#
    );
    let file = desk.release_file();
    assert!(
        file.contains(&format!("release:\n  package: {}\n", arn(1))),
        "{file}"
    );
    assert!(file.contains("\nprevious: null\n"), "{file}");
    let said = desk.said(&["--back"]);
    assert!(said.starts_with("exit code: 4\n"), "{said}");
    assert!(
        said.contains("keeps no previous release to go back to"),
        "{said}"
    );
}

#[test]
fn revoking_another_package_leaves_the_file() {
    let desk = second();
    let before = desk.release_file();
    desk.register(GOOD);
    assert_eq!(
        desk.run(&["--package", &arn(3), "--revoke", "no"])
            .exit_code,
        0
    );
    assert_eq!(approval(&desk, 3), r#""Rejected" "Rejected: no""#);
    assert_eq!(desk.release_file(), before);
}

#[test]
fn nobody_goes_back_to_what_is_gone() {
    let desk = second();
    let before = desk.release_file();
    desk.store.remove("artifacts/housing/1/model.tar.gz");
    let said = desk.said(&["--back"]);
    assert!(said.starts_with("exit code: 4\n"), "{said}");
    assert!(
        said.contains("`s3://artifacts/housing/1/model.tar.gz` is gone"),
        "{said}"
    );
    desk.decide(1, "Rejected");
    let said = desk.said(&["--back"]);
    assert!(said.contains("housing 1 cannot be gone back to"), "{said}");
    assert_eq!(desk.release_file(), before);
}
