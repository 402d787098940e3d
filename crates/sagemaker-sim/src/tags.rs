//! Tags of any resource, by ARN.

use serde_json::{Value, json};

use crate::wire::Failure;
use crate::world::{Answer, Call, World};

/// AWS's limit for one resource
const MOST: usize = 50;

pub(crate) fn add(world: &mut World, call: &Call) -> Answer {
    let arn = existing(world, call)?;
    put(world, arn, call)?;
    Ok(of(world, arn))
}

pub(crate) fn list(world: &mut World, call: &Call) -> Answer {
    Ok(of(world, existing(world, call)?))
}

pub(crate) fn remove(world: &mut World, call: &Call) -> Answer {
    let arn = existing(world, call)?;
    take(world, arn, call);
    Ok(json!({}))
}

/// Adds the request's tags to a resource, or none of them
pub(crate) fn put(world: &mut World, arn: &str, call: &Call) -> Result<(), Failure> {
    let before = world.tags.get(arn).cloned();
    world.tag(arn, call);
    if world.tags.get(arn).is_some_and(|tags| tags.len() > MOST) {
        world
            .tags
            .insert(arn.to_owned(), before.unwrap_or_default());
        return Err(Failure::validation(format!(
            "A resource can have at most {MOST} tags."
        )));
    }
    Ok(())
}

/// The tags of a resource, as both services answer them
pub(crate) fn of(world: &World, arn: &str) -> Value {
    let tags: Vec<Value> = world
        .tags
        .get(arn)
        .into_iter()
        .flatten()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    json!({ "Tags": tags })
}

/// Removes the tags whose keys the request names
pub(crate) fn take(world: &mut World, arn: &str, call: &Call) {
    let keys = call.input.get("TagKeys").and_then(Value::as_array);
    if let Some(tags) = world.tags.get_mut(arn) {
        for key in keys.into_iter().flatten().filter_map(Value::as_str) {
            tags.remove(key);
        }
    }
}

fn existing<'c>(world: &World, call: &'c Call) -> Result<&'c str, Failure> {
    let arn = call.text("ResourceArn");
    let known = world.groups.contains_key(arn)
        || world.packages.contains_key(arn)
        || world.models.contains_key(arn)
        || world.endpoint_configs.contains_key(arn)
        || world.endpoints.contains_key(arn)
        || world.pipelines.pipelines.contains_key(arn);
    match known {
        true => Ok(arn),
        false => Err(Failure::validation(format!(
            "Could not find resource \"{arn}\"."
        ))),
    }
}
