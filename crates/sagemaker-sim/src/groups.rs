//! Model package groups: the shelves on which model versions stand.

use serde_json::{Value, json};

use crate::listing;
use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World};

const KIND: &str = "model-package-group";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("ModelPackageGroupName"));
    if world.groups.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Model Package Group already exists: {arn}"
        )));
    }
    let mut group = call.resource();
    group.insert("ModelPackageGroupArn".into(), arn.clone().into());
    group.insert("ModelPackageGroupStatus".into(), "Completed".into());
    group.insert("CreatedBy".into(), call.caller.user_context());
    world.groups.insert(arn.clone(), group);
    world.tag(&arn, call);
    Ok(json!({ "ModelPackageGroupArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let (_, group) = find(world, call)?;
    Ok(Value::Object(group.clone()))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let (arn, _) = find(world, call)?;
    if world
        .packages
        .values()
        .any(|package| package.group.as_deref() == Some(&arn))
    {
        return Err(Failure::new(
            "ConflictException",
            format!(
                "Model Package Group {arn} cannot be deleted because it still contains Model Packages."
            ),
        ));
    }
    world.groups.remove(&arn);
    world.tags.remove(&arn);
    Ok(Value::Null)
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    let prefix = call.caller.arn(KIND, "");
    let mine = world
        .groups
        .iter()
        .filter(|(arn, _)| arn.starts_with(&prefix));
    let summaries = mine.map(|(_, group)| summary(group)).collect();
    listing::page(
        call,
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
        summaries,
    )
}

/// The group that the request names, by name or ARN
pub(crate) fn find<'w>(world: &'w World, call: &Call) -> Result<(String, &'w Object), Failure> {
    let arn = call
        .caller
        .resolve(KIND, call.text("ModelPackageGroupName"));
    match world.groups.get(&arn) {
        Some(group) => Ok((arn, group)),
        None => Err(Failure::validation(format!(
            "ModelPackageGroup {arn} does not exist."
        ))),
    }
}

fn summary(group: &Object) -> Value {
    const SHOWN: [&str; 5] = [
        "ModelPackageGroupName",
        "ModelPackageGroupArn",
        "ModelPackageGroupDescription",
        "CreationTime",
        "ModelPackageGroupStatus",
    ];
    let shown = group
        .iter()
        .filter(|(member, _)| SHOWN.contains(&member.as_str()));
    Value::Object(
        shown
            .map(|(member, value)| (member.clone(), value.clone()))
            .collect(),
    )
}
