//! Model package groups, packages and tags.

use std::time::Duration;

use serde_json::json;

use crate::client::{IMAGE, Sim};

#[test]
fn versions_are_numbered_and_wait_for_approval() {
    let sim = Sim::start();
    let first = sim.package();
    assert_eq!(
        first,
        "arn:aws:sagemaker:eu-west-1:000000000000:model-package/housing/1"
    );
    assert!(sim.version().ends_with("model-package/housing/2"));

    let shown = sim.ok("DescribeModelPackage", json!({"ModelPackageName": first}));
    assert_eq!(shown["ModelApprovalStatus"], "PendingManualApproval");
    assert_eq!(shown["ModelPackageStatus"], "Completed");
    assert_eq!(shown["ModelPackageVersion"], 1);
    assert_eq!(shown["CreationTime"], 1_700_000_000.0);
    assert_eq!(
        shown["CreatedBy"]["IamIdentity"]["Arn"],
        "arn:aws:sts::000000000000:assumed-role/sandbox/AKIATEST"
    );
    // the image's own digest is taken from its reference
    let container = &shown["InferenceSpecification"]["Containers"][0];
    assert_eq!(
        container["ImageDigest"],
        IMAGE.split_once('@').unwrap().1,
        "{container}"
    );
    assert_eq!(container["ModelDataETag"].as_str().unwrap().len(), 32);
}

#[test]
fn a_given_provenance_is_kept() {
    let sim = Sim::start();
    sim.ok(
        "CreateModelPackageGroup",
        json!({"ModelPackageGroupName": "housing"}),
    );
    let digest = format!("sha256:{}", "b".repeat(64));
    let container = json!({"Image": "housing:7", "ImageDigest": digest, "ModelDataUrl": "s3://m/m", "ModelDataETag": "0123"});
    let arn = sim.ok(
        "CreateModelPackage",
        json!({"ModelPackageGroupName": "housing", "InferenceSpecification": {"Containers": [container]}}),
    )["ModelPackageArn"].clone();
    let shown = sim.ok("DescribeModelPackage", json!({"ModelPackageName": arn}));
    assert_eq!(shown["InferenceSpecification"]["Containers"][0], container);
}

#[test]
fn metadata_alone_leaves_an_approval_as_it_is() {
    let sim = Sim::start();
    let arn = sim.package();
    sim.clock.advance(Duration::from_secs(60));
    let approval = json!({"ModelPackageArn": arn, "ModelApprovalStatus": "Approved", "ApprovalDescription": "pull request 7"});
    assert_eq!(
        sim.call_as("OWNER", "UpdateModelPackage", approval).status,
        200
    );
    let stamp = |change| {
        sim.ok("UpdateModelPackage", change);
        sim.ok("DescribeModelPackage", json!({"ModelPackageName": arn}))
    };
    let shown = stamp(
        json!({"ModelPackageArn": arn, "CustomerMetadataProperties": {"deployed": "yes", "by": "ci"}}),
    );
    assert_eq!(shown["ModelApprovalStatus"], "Approved");
    assert_eq!(shown["ApprovalDescription"], "pull request 7");
    assert_eq!(shown["LastModifiedTime"], 1_700_000_060.0);
    assert_eq!(
        shown["LastModifiedBy"]["IamIdentity"]["Arn"],
        "arn:aws:sts::000000000000:assumed-role/sandbox/AKIATEST"
    );
    let shown =
        stamp(json!({"ModelPackageArn": arn, "CustomerMetadataPropertiesToRemove": ["by"]}));
    assert_eq!(
        shown["CustomerMetadataProperties"],
        json!({"deployed": "yes"})
    );
}

#[test]
fn lists_are_filtered_ordered_and_paged() {
    let sim = Sim::start();
    let first = sim.package();
    for _ in 0..11 {
        sim.clock.advance(Duration::from_secs(1));
        sim.version();
    }
    sim.ok(
        "UpdateModelPackage",
        json!({"ModelPackageArn": first, "ModelApprovalStatus": "Approved"}),
    );
    let list = |mut input: serde_json::Value| {
        input["ModelPackageGroupName"] = "housing".into();
        sim.ok("ListModelPackages", input)
    };
    let versions = |page: &serde_json::Value| -> Vec<u64> {
        let list = page["ModelPackageSummaryList"].as_array().unwrap();
        list.iter()
            .map(|summary| summary["ModelPackageVersion"].as_u64().unwrap())
            .collect()
    };
    let page = list(json!({"SortBy": "CreationTime", "SortOrder": "Descending"}));
    assert_eq!(versions(&page), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
    let page = list(json!({"SortOrder": "Descending", "NextToken": page["NextToken"]}));
    assert_eq!(versions(&page), [2, 1]);
    assert!(page.get("NextToken").is_none());
    assert_eq!(
        versions(&list(json!({"ModelApprovalStatus": "Approved"}))),
        [1]
    );
    // versions are not listed without their group: AWS's default type is Unversioned
    let all = sim.ok("ListModelPackages", json!({}));
    assert_eq!(all["ModelPackageSummaryList"], json!([]));
}

#[test]
fn a_group_with_packages_cannot_be_deleted_and_numbers_do_not_come_back() {
    let sim = Sim::start();
    let arn = sim.package();
    let group = json!({"ModelPackageGroupName": "housing"});
    let (code, _) = sim.refused("DeleteModelPackageGroup", group.clone());
    assert_eq!(code, "ConflictException");
    sim.ok("DeleteModelPackage", json!({"ModelPackageName": arn}));
    assert!(sim.version().ends_with("/2"));
    sim.ok(
        "DeleteModelPackage",
        json!({"ModelPackageName": "housing/2"}),
    );
    sim.ok("DeleteModelPackageGroup", group.clone());
    assert_eq!(
        sim.refused("DescribeModelPackageGroup", group),
        (
            "ValidationException".into(),
            "ModelPackageGroup arn:aws:sagemaker:eu-west-1:000000000000:model-package-group/housing does not exist.".into()
        )
    );
}

#[test]
fn a_repeated_client_token_creates_one_package() {
    let sim = Sim::start();
    sim.package();
    let request = json!({"ModelPackageGroupName": "housing", "ClientToken": "once"});
    let first = sim.ok("CreateModelPackage", request.clone());
    assert_eq!(sim.ok("CreateModelPackage", request), first);
}

#[test]
fn another_accounts_package_is_found_by_its_arn() {
    let sim = Sim::start();
    let theirs = "111122223333";
    let group = json!({"ModelPackageGroupName": "shared"});
    sim.call_as(theirs, "CreateModelPackageGroup", group.clone());
    let created = sim.call_as(theirs, "CreateModelPackage", group).body;
    let arn = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/shared/1";
    assert_eq!(created["ModelPackageArn"], arn);
    sim.ok("DescribeModelPackage", json!({"ModelPackageName": arn}));
    let (_, message) = sim.refused(
        "DescribeModelPackage",
        json!({"ModelPackageName": "shared/1"}),
    );
    assert!(message.contains(":000000000000:model-package/shared/1 does not exist"));
}

#[test]
fn tags_are_kept_beside_what_they_describe() {
    let sim = Sim::start();
    let arn = sim.package();
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    sim.ok(
        "AddTags",
        json!({"ResourceArn": arn, "Tags": [tag("team", "ml"), tag("cost", "7")]}),
    );
    sim.ok(
        "AddTags",
        json!({"ResourceArn": arn, "Tags": [tag("team", "data")]}),
    );
    sim.ok(
        "DeleteTags",
        json!({"ResourceArn": arn, "TagKeys": ["cost"]}),
    );
    let listed = sim.ok("ListTags", json!({"ResourceArn": arn}));
    assert_eq!(listed["Tags"], json!([tag("team", "data")]));
    let many: Vec<_> = (0..50).map(|n| tag(&n.to_string(), "")).collect();
    sim.refused("AddTags", json!({"ResourceArn": arn, "Tags": many}));
    assert_eq!(sim.ok("ListTags", json!({"ResourceArn": arn})), listed);
}
