//! Models: containers under a name, from an image or from a model package.
//!
//! A package only has to exist; that it is approved is not asked here, because who may serve what is the gate's question.

use serde_json::{Value, json};

use crate::packages;
use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World, string};

const KIND: &str = "model";

pub(crate) fn create(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("ModelName"));
    if world.models.contains_key(&arn) {
        return Err(Failure::validation(format!(
            "Cannot create already existing model \"{arn}\"."
        )));
    }
    let mut model = call.resource();
    if model.contains_key("PrimaryContainer") == model.contains_key("Containers") {
        return Err(Failure::validation(
            "Exactly one of PrimaryContainer and Containers must be provided.",
        ));
    }
    for container in containers(&model) {
        let package = string(container, "ModelPackageName");
        if !package.is_empty() {
            packages::exists(world, &call.caller.resolve("model-package", &package))?;
        } else if string(container, "Image").is_empty() {
            return Err(Failure::validation(
                "Each container must name an Image or a ModelPackageName.",
            ));
        }
    }
    for container in containers_mut(&mut model) {
        container
            .entry("Mode")
            .or_insert_with(|| "SingleModel".into());
    }
    model.insert("ModelArn".into(), arn.clone().into());
    model
        .entry("EnableNetworkIsolation")
        .or_insert(Value::Bool(false));
    world.models.insert(arn.clone(), model);
    world.tag(&arn, call);
    Ok(json!({ "ModelArn": arn }))
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("ModelName"));
    Ok(Value::Object(find(world, &arn)?.clone()))
}

pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let arn = call.caller.arn(KIND, call.text("ModelName"));
    find(world, &arn)?;
    world.models.remove(&arn);
    world.tags.remove(&arn);
    Ok(Value::Null)
}

/// The model, or AWS's words for its absence
pub(crate) fn find<'w>(world: &'w World, arn: &str) -> Result<&'w Object, Failure> {
    world
        .models
        .get(arn)
        .ok_or_else(|| Failure::validation(format!("Could not find model \"{arn}\".")))
}

/// The images that a model runs, through its packages where it names them
pub(crate) fn images(world: &World, call: &Call, model: &Object) -> Vec<String> {
    let mut images = Vec::new();
    for container in containers(model) {
        let package = string(container, "ModelPackageName");
        if package.is_empty() {
            images.push(string(container, "Image"));
        } else {
            images.extend(packages::images(
                world,
                &call.caller.resolve("model-package", &package),
            ));
        }
    }
    images
}

/// Where the data of a model's first container is, through its package where it names one
pub(crate) fn data(world: &World, call: &Call, model: &Object) -> Option<String> {
    let container = containers(model).next()?;
    let package = string(container, "ModelPackageName");
    if package.is_empty() {
        return data_of(container);
    }
    let arn = call.caller.resolve("model-package", &package);
    packages::containers(world, &arn).next().and_then(data_of)
}

fn data_of(container: &Value) -> Option<String> {
    let source = &container["ModelDataSource"]["S3DataSource"]["S3Uri"];
    let url = container.get("ModelDataUrl").unwrap_or(source).as_str();
    url.map(str::to_owned)
}

fn containers(model: &Object) -> impl Iterator<Item = &Value> {
    let several = model.get("Containers").and_then(Value::as_array);
    model
        .get("PrimaryContainer")
        .into_iter()
        .chain(several.into_iter().flatten())
}

fn containers_mut(model: &mut Object) -> Vec<&mut Object> {
    let mut found = Vec::new();
    for (member, value) in model {
        match (member.as_str(), value) {
            ("PrimaryContainer", Value::Object(container)) => found.push(container),
            ("Containers", Value::Array(several)) => {
                found.extend(several.iter_mut().filter_map(Value::as_object_mut));
            }
            _ => {}
        }
    }
    found
}
