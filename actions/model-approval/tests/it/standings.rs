//! Where a package stands: what is said, the exit code, and the evidence.

use evidence::Standing;

use crate::desk::Desk;
use crate::plans::Case;
use crate::registry::{DATA, DIGEST, OURS, release};

const OTHER: &str = "sha256:2222222222222222222222222222222222222222222222222222222222222222";

#[test]
fn approved_completed_and_as_pinned() {
    let desk = Desk::new(Case::Release, "Approved");
    insta::assert_snapshot!(desk.said(), @"
    exit code: 0
    who approved what
      approved  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

    allowed  1 model package  1 approval  plan [digest]
    ");
    let facts = desk.facts().unwrap();
    assert_eq!(facts.unresolved, []);
    let [package] = facts.packages.as_slice() else {
        panic!("{:?}", facts.packages);
    };
    assert_eq!(package.standing, Standing::Approved);
    // the configuration and the endpoint refer to the model, whose name is only known after apply
    assert_eq!(package.used_by, ["aws_sagemaker_model.housing[0]"]);
    assert_eq!(package.pinned_by, ["models/housing/prod.yaml"]);
    assert_eq!(package.image_digest.as_deref(), Some(DIGEST));
    assert_eq!(package.model_data_etag.as_deref(), Some(DATA.1));
    assert_eq!(package.approval_note.as_deref(), Some("RMSE 0.441"));
    assert!(package.approved_by.as_ref().unwrap().contains(OURS));
    assert!(package.approved_at.is_some());
}

#[test]
fn not_approved_yet() {
    let desk = Desk::new(Case::Release, "PendingManualApproval");
    insta::assert_snapshot!(desk.said(), @"
    exit code: 4
    who approved what
      waiting  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` waits for approval: its status is PendingManualApproval
    not enough evidence  1 model package  0 approvals  plan [digest]
    ");
    assert_eq!(desk.standing(), (4, Standing::Pending));
}

#[test]
fn rejected() {
    let desk = Desk::new(Case::Release, "Rejected");
    insta::assert_snapshot!(desk.said(), @r#"
    exit code: 3
    who approved what
      rejected  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` is rejected: "RMSE 0.441"; by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000
    denied  1 model package  0 approvals  plan [digest]
    "#);
    assert_eq!(desk.standing(), (3, Standing::Rejected));
}

#[test]
fn approved_and_pinned_by_nobody() {
    let desk = Desk::new(Case::Release, "Approved");
    std::fs::remove_file(desk.path("models/housing/prod.yaml")).unwrap();
    insta::assert_snapshot!(desk.said(), @"
    exit code: 3
    who approved what
      not pinned  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` is pinned by no release file
    denied  1 model package  0 approvals  plan [digest]
    ");
    assert_eq!(desk.standing(), (3, Standing::NotPinned));
}

#[test]
fn another_image_or_other_data_than_was_reviewed() {
    let desk = Desk::new(Case::Release, "Approved");
    desk.pin(
        &release(OURS)
            .replace(DIGEST, OTHER)
            .replace(DATA.1, "another"),
    );
    insta::assert_snapshot!(desk.said(), @"
    exit code: 3
    who approved what
      not as pinned  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` is not what was pinned: its image digest is sha256:[sha256], `models/housing/prod.yaml` pins sha256:[sha256]; its model data's entity tag is 0123456789abcdef0123456789abcdef, `models/housing/prod.yaml` pins another
    denied  1 model package  0 approvals  plan [digest]
    ");
    assert_eq!(desk.standing(), (3, Standing::Mismatch));
}
