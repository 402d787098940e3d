//! Model packages: versions of a model, their approval and their provenance.
//!
//! A package is `Completed` at once; validation jobs are not simulated. In AWS the registry fills in `ImageDigest` and `ModelDataETag` of each container.
//! Here they are kept when given, and otherwise derived from the image reference and the data's address: stable and plausible,
//! but they say nothing about any content.
//!
//! `UpdateModelPackage` changes the members it is given and no others: metadata alone leaves an approval as it is.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, string, timestamp};
use crate::{events, groups, listing};

const KIND: &str = "model-package";

/// One package and the two things about it that `DescribeModelPackage` does not show
#[derive(Debug)]
pub(crate) struct Package {
    /// ARN of the group of a version; a package of its own has none
    pub(crate) group: Option<String>,
    client_token: Option<String>,
    shown: Object,
}

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let token = call.input.get("ClientToken").and_then(Value::as_str);
    if let Some(arn) = token.and_then(|token| created_by(world, token)) {
        return Ok(json!({ "ModelPackageArn": arn }));
    }
    let mut shown = call.resource();
    shown.remove("ClientToken");
    let (arn, group) = match (
        shown.contains_key("ModelPackageName"),
        shown.contains_key("ModelPackageGroupName"),
    ) {
        (false, true) => version(world, call, &mut shown)?,
        (true, false) => (named(world, call)?, None),
        _ => {
            return Err(Failure::validation(
                "Exactly one of ModelPackageName and ModelPackageGroupName must be provided.",
            ));
        }
    };
    if let Some(specification) = shown.get_mut("InferenceSpecification") {
        add_provenance(specification);
    }
    shown.insert("ModelPackageArn".into(), arn.clone().into());
    shown.insert("ModelPackageStatus".into(), "Completed".into());
    shown.insert(
        "ModelPackageStatusDetails".into(),
        json!({ "ValidationStatuses": [], "ImageScanStatuses": [] }),
    );
    shown.insert("CreatedBy".into(), call.caller.user_context());
    world.packages.insert(
        arn.clone(),
        Package {
            group,
            client_token: token.map(str::to_owned),
            shown,
        },
    );
    world.tag(&arn, call);
    tell(world, call, &arn, &[]);
    Ok(json!({ "ModelPackageArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("ModelPackageName"));
    let package = world.packages.get(&arn).ok_or_else(|| missing(&arn))?;
    Ok(Value::Object(package.shown.clone()))
}

pub(crate) fn update(world: &mut World, call: &Call) -> Answer {
    let arn = call.text("ModelPackageArn");
    let package = world.packages.get_mut(arn).ok_or_else(|| missing(arn))?;
    let shown = &mut package.shown;
    for member in [
        "ModelApprovalStatus",
        "ApprovalDescription",
        "ModelPackageRegistrationType",
        "InferenceSpecification",
        "SourceUri",
        "ModelCard",
        "ModelLifeCycle",
    ] {
        if let Some(value) = call.input.get(member) {
            shown.insert(member.into(), value.clone());
        }
    }
    if let Some(specification) = shown.get_mut("InferenceSpecification") {
        add_provenance(specification);
    }
    if let Some(more) = call
        .input
        .get("AdditionalInferenceSpecificationsToAdd")
        .and_then(Value::as_array)
    {
        let specifications = shown
            .entry("AdditionalInferenceSpecifications")
            .or_insert_with(|| json!([]));
        if let Some(list) = specifications.as_array_mut() {
            list.extend(more.iter().cloned());
        }
    }
    update_metadata(shown, call)?;
    shown.insert("LastModifiedTime".into(), timestamp(call.now));
    shown.insert("LastModifiedBy".into(), call.caller.user_context());
    let about = ["ModelPackageArn", "ClientToken"];
    let changed = call
        .input
        .keys()
        .filter(|member| !about.contains(&member.as_str()));
    let changed: Vec<&str> = changed.map(String::as_str).collect();
    tell(world, call, arn, &changed);
    Ok(json!({ "ModelPackageArn": arn }))
}

/// EventBridge hears of a package as it is now, and of what an update changed
fn tell(world: &mut World, call: &Call, arn: &str, changed: &[&str]) {
    let Some(package) = world.packages.get(arn).filter(|_| world.connected) else {
        return;
    };
    let mut detail = package.shown.clone();
    if !changed.is_empty() {
        detail.insert("UpdatedModelPackageFields".into(), json!(changed));
    }
    let outbox = (&mut world.tasks, &mut world.faults);
    let kind = "SageMaker Model Package State Change";
    events::tell(outbox, &call.caller, kind, arn, &Value::Object(detail));
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.resolve(KIND, call.text("ModelPackageName"));
    world.packages.remove(&arn).ok_or_else(|| missing(&arn))?;
    world.tags.remove(&arn);
    Ok(Value::Null)
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    let group = match call.input.contains_key("ModelPackageGroupName") {
        true => Some(groups::find(world, call)?.0),
        false => None,
    };
    let prefix = call.caller.arn(KIND, "");
    let wanted = |arn: &str, package: &Package| match &group {
        Some(group) => package.group.as_ref() == Some(group),
        None => {
            arn.starts_with(&prefix)
                && match call.text("ModelPackageType") {
                    "Versioned" => package.group.is_some(),
                    "Both" => true,
                    // AWS's default
                    _ => package.group.is_none(),
                }
        }
    };
    let approval = call.text("ModelApprovalStatus");
    let mut packages: Vec<&Package> = world
        .packages
        .iter()
        .filter(|(arn, package)| wanted(arn, package))
        .map(|(_, package)| package)
        .filter(|package| {
            approval.is_empty()
                || package
                    .shown
                    .get("ModelApprovalStatus")
                    .is_some_and(|status| status == approval)
        })
        .collect();
    packages.sort_by_key(|package| package.number());
    let summaries = packages.into_iter().map(Package::summary).collect();
    listing::page(
        call,
        "ModelPackageSummaryList",
        if group.is_some() {
            "ModelPackageGroupName"
        } else {
            "ModelPackageName"
        },
        summaries,
    )
}

/// Whether a model may name this package
pub(crate) fn exists(world: &World, arn: &str) -> Result<(), Failure> {
    match world.packages.contains_key(arn) {
        true => Ok(()),
        false => Err(missing(arn)),
    }
}

/// A package as `DescribeModelPackage` shows it
pub(crate) fn shown(world: &World, arn: &str) -> Value {
    let package = world.packages.get(arn);
    package.map_or(Value::Null, |package| Value::Object(package.shown.clone()))
}

/// The images of a package
pub(crate) fn images(world: &World, arn: &str) -> Vec<String> {
    containers(world, arn)
        .map(|container| string(container, "Image"))
        .collect()
}

/// The containers of a package
pub(crate) fn containers<'w>(
    world: &'w World,
    arn: &str,
) -> impl Iterator<Item = &'w Value> + use<'w> {
    let containers = world
        .packages
        .get(arn)
        .and_then(|package| package.shown.get("InferenceSpecification"))
        .and_then(|specification| specification["Containers"].as_array());
    containers.into_iter().flatten()
}

impl Package {
    fn number(&self) -> u64 {
        self.shown
            .get("ModelPackageVersion")
            .and_then(Value::as_u64)
            .unwrap_or_default()
    }

    fn summary(&self) -> Value {
        const SHOWN: [&str; 10] = [
            "ModelPackageName",
            "ModelPackageGroupName",
            "ModelPackageVersion",
            "ModelPackageArn",
            "ModelPackageDescription",
            "CreationTime",
            "ModelPackageStatus",
            "ModelApprovalStatus",
            "ModelLifeCycle",
            "ModelPackageRegistrationType",
        ];
        let shown = self
            .shown
            .iter()
            .filter(|(member, _)| SHOWN.contains(&member.as_str()));
        Value::Object(
            shown
                .map(|(member, value)| (member.clone(), value.clone()))
                .collect(),
        )
    }
}

/// The ARN and the members of the next version in a group; numbers of deleted versions do not come back
fn version(
    world: &mut World,
    call: &Call,
    shown: &mut Object,
) -> Result<(String, Option<String>), Failure> {
    let (group, _) = groups::find(world, call)?;
    let name = group.rsplit('/').next().unwrap_or_default().to_owned();
    let last = world.last_versions.entry(group.clone()).or_default();
    *last += 1;
    // the package stands in the group's own account and region
    let arn = format!(
        "{}/{last}",
        group.replacen(":model-package-group/", ":model-package/", 1)
    );
    shown.insert("ModelPackageGroupName".into(), name.clone().into());
    shown.insert("ModelPackageName".into(), name.into());
    shown.insert("ModelPackageVersion".into(), (*last).into());
    shown
        .entry("ModelApprovalStatus")
        .or_insert_with(|| "PendingManualApproval".into());
    Ok((arn, Some(group)))
}

fn named(world: &World, call: &Call) -> Result<String, Failure> {
    let arn = call.caller.arn(KIND, call.text("ModelPackageName"));
    if world.packages.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Cannot create already existing model package \"{arn}\"."
        )));
    }
    if call.input.contains_key("ModelApprovalStatus") {
        return Err(Failure::validation(
            "ModelApprovalStatus is only supported for versioned model packages.",
        ));
    }
    Ok(arn)
}

fn created_by<'w>(world: &'w World, token: &str) -> Option<&'w str> {
    world
        .packages
        .iter()
        .find(|(_, package)| package.client_token.as_deref() == Some(token))
        .map(|(arn, _)| arn.as_str())
}

fn update_metadata(shown: &mut Object, call: &Call) -> Result<(), Failure> {
    let mut properties = match shown.get("CustomerMetadataProperties") {
        Some(Value::Object(properties)) => properties.clone(),
        _ => Object::new(),
    };
    if let Some(given) = call
        .input
        .get("CustomerMetadataProperties")
        .and_then(Value::as_object)
    {
        properties.extend(given.clone());
    }
    let removed = call
        .input
        .get("CustomerMetadataPropertiesToRemove")
        .and_then(Value::as_array);
    for key in removed.into_iter().flatten().filter_map(Value::as_str) {
        properties.remove(key);
    }
    if properties.len() > 50 {
        return Err(Failure::validation(
            "A model package can have at most 50 customer metadata properties.",
        ));
    }
    if properties.is_empty() {
        shown.remove("CustomerMetadataProperties");
    } else {
        shown.insert(
            "CustomerMetadataProperties".into(),
            Value::Object(properties),
        );
    }
    Ok(())
}

fn add_provenance(specification: &mut Value) {
    let containers = specification
        .get_mut("Containers")
        .and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten() {
        let image = string(container, "Image");
        let data = string(container, "ModelDataUrl");
        let Some(container) = container.as_object_mut() else {
            continue;
        };
        if !image.is_empty() && !container.contains_key("ImageDigest") {
            let digest = match image.split_once("@sha256:") {
                Some((_, hex)) => hex.to_owned(),
                None => hex(&image),
            };
            container.insert("ImageDigest".into(), format!("sha256:{digest}").into());
        }
        if !data.is_empty() && !container.contains_key("ModelDataETag") {
            container.insert("ModelDataETag".into(), hex(&data)[..32].into());
        }
    }
}

fn hex(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn missing(arn: &str) -> Failure {
    Failure::validation(format!("ModelPackage {arn} does not exist."))
}
