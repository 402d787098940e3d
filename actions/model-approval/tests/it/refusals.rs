//! When nothing can be looked up: whose fault it is, what to do, and no evidence.

use test_support::Program;

use crate::desk::{CONFIG, Desk};
use crate::plans::Case;

fn without(desk: &Desk, names: &[&str]) -> Program {
    let kept = desk
        .environment()
        .into_iter()
        .filter(|(name, _)| !names.contains(&name.as_str()));
    Program::new(env!("CARGO_BIN_EXE_model-approval"))
        .cwd(desk.path(""))
        .envs(kept)
}

#[test]
fn a_registry_that_does_not_answer() {
    let desk = Desk::new(Case::Release, "Approved");
    // a port on which nobody listens
    let ran = desk
        .program()
        .env("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:9")
        .env("AWS_MAX_ATTEMPTS", "1")
        .run();
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    let lines: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| !line.starts_with("$ "))
        .collect();
    assert!(
        lines[0].starts_with("error: `DescribeModelPackage` on `arn:aws:sagemaker:"),
        "{lines:?}"
    );
    assert!(desk.facts().is_none());
}

#[test]
fn no_region() {
    let desk = Desk::new(Case::Release, "Approved");
    desk.write(
        "towpath.yaml",
        &CONFIG.replace("aws: {region: eu-central-1}\n", ""),
    );
    insta::assert_snapshot!(desk.said(), @"
    exit code: 2
    error: no AWS region is set
    hint: set `AWS_REGION`, or `aws.region` in `towpath.yaml`
    ");
    assert!(desk.facts().is_none());
}

#[test]
fn no_credentials() {
    let desk = Desk::new(Case::Release, "Approved");
    let ran = without(&desk, &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]).run();
    insta::assert_snapshot!(desk.text(&ran), @"
    exit code: 2
    error: AWS does not accept our credentials: there are none
    hint: in a workflow run `aws-actions/configure-aws-credentials` with a role first; locally sign in, or set `AWS_PROFILE`
    ");
    assert!(desk.facts().is_none());
}

#[test]
fn a_release_file_that_pins_nothing() {
    let desk = Desk::new(Case::Release, "Approved");
    desk.pin("release:\n  package: housing/1\n");
    insta::assert_snapshot!(desk.said(), @"
    exit code: 2
    error: release file `models/housing/prod.yaml` does not pin a release
    caused by: release: missing field `image` at line 2 column 3
    hint: it needs `release` with `package`, `image` and `model_data` (`url` and `etag`)
    ");
    assert!(desk.facts().is_none());
}

#[test]
fn no_plan() {
    let desk = Desk::new(Case::Nothing, "Approved");
    std::fs::remove_file(desk.path(".towpath/plans/prod.tfplan")).unwrap();
    insta::assert_snapshot!(desk.said(), @"
    exit code: 2
    error: failed to read the saved plan `.towpath/plans/prod.tfplan`
    caused by: No such file or directory (os error 2)
    hint: make it with `towpath terraform-plan`
    ");
}

#[test]
fn without_models_nobody_is_asked() {
    let desk = Desk::new(Case::Nothing, "Approved");
    std::fs::remove_file(desk.path("models/housing/prod.yaml")).unwrap();
    desk.write(
        "towpath.yaml",
        &CONFIG.replace("aws: {region: eu-central-1}\n", ""),
    );
    let names = [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL_SAGEMAKER",
    ];
    insta::assert_snapshot!(desk.text(&without(&desk, &names).run()), @"
    exit code: 0
    allowed  0 model packages  0 approvals  plan [digest]
    ");
    let facts = desk.facts().unwrap();
    assert_eq!((facts.packages, facts.unresolved), (vec![], vec![]));
}
