//! Security configurations: how Glue encrypts what jobs write. Kept and shown; nothing here is encrypted by them.

use serde_json::json;

use super::{exists, missing};
use crate::world::{Answer, Call, World, timestamp};

const KIND: &str = "securityConfiguration";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    let arn = call.caller.glue(KIND, name);
    if world.glue.security.contains_key(&arn) {
        return Err(exists("Security configuration", name));
    }
    let mut made = call.input.clone();
    made.insert("CreatedTimeStamp".into(), timestamp(call.now));
    world.glue.security.insert(arn, made);
    Ok(json!({ "Name": name, "CreatedTimestamp": timestamp(call.now) }))
}

pub(crate) fn get(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    match world.glue.security.get(&call.caller.glue(KIND, name)) {
        Some(found) => Ok(json!({ "SecurityConfiguration": found })),
        None => Err(missing("Security configuration", name)),
    }
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let name = call.text("Name");
    match world.glue.security.remove(&call.caller.glue(KIND, name)) {
        Some(_) => Ok(json!({})),
        None => Err(missing("Security configuration", name)),
    }
}
