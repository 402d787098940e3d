//! How the action gets from a plan to its packages, and what it says when it does not.

use evidence::Standing;
use serde_json::json;

use crate::desk::Desk;
use crate::plans::Case;
use crate::registry::{OURS, THEIRS, arn, release};

#[test]
fn a_package_that_the_registry_does_not_have() {
    let desk = Desk::new(Case::Missing, "Approved");
    desk.pin(&release(OURS).replace("housing/1", "housing/99"));
    insta::assert_snapshot!(desk.said(), @"
    exit code: 4
    who approved what
      unknown  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/99  last changed by nobody known at an unknown time

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/99` could not be looked up: SageMaker has no `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/99` (ModelPackage arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/99 does not exist.)
    not enough evidence  1 model package  0 approvals  plan [digest]
    ");
    assert_eq!(desk.standing(), (4, Standing::Unknown));
}

#[test]
fn a_package_without_its_version() {
    insta::assert_snapshot!(Desk::new(Case::Unversioned, "Approved").said(), @"
    exit code: 4
    who approved what
      approved  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - `aws_sagemaker_model.housing[0]` names `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing`, which is not one version of a model package
    not enough evidence  1 model package  1 approval  plan [digest]
    ");
}

#[test]
fn a_package_of_another_account() {
    let desk = Desk::new(Case::OtherAccount, "Rejected");
    desk.registry.register(THEIRS, "Approved");
    desk.pin(&release(THEIRS));
    assert_eq!(desk.standing(), (0, Standing::Approved));
    assert_eq!(desk.facts().unwrap().packages[0].arn, arn(THEIRS));
}

#[test]
fn a_model_that_is_there_already_is_followed_through_the_registry() {
    for (case, by) in [
        (
            Case::ExistingModel,
            "aws_sagemaker_endpoint_configuration.housing[0]",
        ),
        (Case::ExistingConfig, "aws_sagemaker_endpoint.housing[0]"),
    ] {
        let desk = Desk::new(case, "Approved");
        desk.registry.serve(json!({"ModelPackageName": arn(OURS)}));
        assert_eq!(desk.standing(), (0, Standing::Approved), "{case:?}");
        assert_eq!(desk.facts().unwrap().packages[0].used_by, [by]);
    }
}

#[test]
fn a_model_that_belongs_to_no_package() {
    let desk = Desk::new(Case::ExistingModel, "Approved");
    desk.registry
        .serve(json!({"Image": "000000000000.dkr.ecr.eu-central-1.amazonaws.com/x:1"}));
    insta::assert_snapshot!(desk.said(), @"
    exit code: 4
    who approved what
      approved  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - `aws_sagemaker_endpoint_configuration.housing[0]` uses model `old`, which belongs to no model package
    not enough evidence  1 model package  1 approval  plan [digest]
    ");
}

#[test]
fn a_configuration_that_is_not_there() {
    insta::assert_snapshot!(Desk::new(Case::ExistingConfig, "Approved").said(), @r#"
    exit code: 4
    who approved what
      approved  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by arn:aws:sts::000000000000:assumed-role/sandbox/000000000000 at [time]: RMSE 0.441

      - `aws_sagemaker_endpoint.housing[0]` uses an endpoint configuration that is not known: SageMaker has no `old` (Could not find endpoint configuration "arn:aws:sagemaker:eu-central-1:000000000000:endpoint-config/old".)
    not enough evidence  1 model package  1 approval  plan [digest]
    "#);
}

#[test]
fn a_call_that_is_denied_names_the_missing_statement() {
    let desk = Desk::new(Case::Release, "Approved");
    desk.registry.deny("DescribeModelPackage");
    insta::assert_snapshot!(desk.said(), @r#"
    exit code: 4
    who approved what
      unknown  arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1  last changed by nobody known at an unknown time

      - model package `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` could not be looked up: `DescribeModelPackage` on `arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1` is denied; the role lacks {"Effect": "Allow", "Action": "sagemaker:DescribeModelPackage", "Resource": "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/1"}
    not enough evidence  1 model package  0 approvals  plan [digest]
    "#);
    assert_eq!(desk.standing(), (4, Standing::Unknown));
}
