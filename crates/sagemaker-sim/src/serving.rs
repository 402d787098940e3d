//! Models behind an endpoint: fetched from S3 when a fleet is asked for, and asked for predictions as XGBoost's container is.
//!
//! Of `model.tar.gz` only the saved booster is used, `model.json` or `xgboost-model`: a script beside it is not run. The container's rules for
//! a request are kept (no header, no newline at either end, an empty field is missing), and so is what it answers.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use xgboost_json::Model;

use crate::aws::{Aws, S3Uri, Trouble};
use crate::site::Task;
use crate::world::{Call, World, string};
use crate::{endpoints, models};

/// A variant's model: not there yet, there, or why it never will be
pub(crate) type Slot = Arc<OnceLock<Result<Model, String>>>;

/// What the container's archive may call a booster that was saved as JSON
const BOOSTERS: [&str; 2] = ["model.json", "xgboost-model"];

/// Begins to load a variant's model, if the simulator can
pub(crate) fn load(world: &mut World, call: &Call, variant: &Value) -> Option<Slot> {
    if !(world.connected && world.loads_models) {
        return None;
    }
    let model = models::find(
        world,
        &call.caller.arn("model", &string(variant, "ModelName")),
    );
    let url = models::data(world, call, model.ok()?)?;
    let slot = Slot::default();
    let (filled, caller) = (Arc::clone(&slot), call.caller.clone());
    let (variant, pace) = (string(variant, "VariantName"), call.pace);
    let arn = call.caller.arn("endpoint", call.text("EndpointName"));
    world.tasks.push(Task::new(move |site| {
        let loaded = site
            .aws(&caller)
            .and_then(|aws| fetch(&aws, &url))
            .map_err(|trouble| format!(
                "Failed to download model data for container \"container_1\" from URL: \"{url}\". Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the object. ({trouble})"
            ))
            .and_then(|archive| read(&archive).map_err(|trouble| format!(
                "The primary container for production variant {variant} did not pass the ping health check. Please check CloudWatch logs for this endpoint. ({trouble})"
            )));
        site.change(|world, now| {
            // nobody else fills it
            filled.set(loaded).ok();
            endpoints::loaded(world, &arn, now, pace);
        });
    }));
    Some(slot)
}

fn fetch(aws: &Aws, url: &str) -> Result<Vec<u8>, Trouble> {
    aws.read(&S3Uri::parse(url)?)
}

fn read(archive: &[u8]) -> Result<Model, Trouble> {
    let mut archive = tar::Archive::new(GzDecoder::new(archive));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let name = path.strip_prefix("./").unwrap_or(&path);
        if BOOSTERS.iter().any(|booster| name.as_os_str() == *booster) {
            let mut json = Vec::new();
            entry.read_to_end(&mut json)?;
            return Model::parse(&json).map_err(|error| Trouble::new(chain(&error)));
        }
    }
    Err(Trouble::new(format!(
        "the archive has neither {}",
        BOOSTERS.join(" nor ")
    )))
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// The predictions for a request's body, or what the container says of it
pub(crate) fn predict(model: &Model, kind: &str, body: &[u8]) -> Result<Vec<f32>, (u16, String)> {
    let unreadable = |said: String| (400, format!("Unable to evaluate payload provided: {said}"));
    let rows = match kind {
        "text/csv" => std::str::from_utf8(body)
            .map_err(|error| error.to_string())
            .and_then(csv),
        "application/json" => json_rows(body),
        other => return Err((415, format!("Content type {other} is not supported."))),
    };
    rows.map_err(unreadable)?
        .iter()
        .map(|row| {
            model
                .score(row)
                .map_err(|error| unreadable(error.to_string()))
        })
        .collect()
}

/// Rows of numbers, without a header
fn csv(text: &str) -> Result<Vec<Vec<f32>>, String> {
    if text.is_empty() || text.starts_with('\n') || text.ends_with('\n') {
        return Err("the payload is empty, or begins or ends with a newline".into());
    }
    let field = |field: &str| match field.trim() {
        "" => Ok(f32::NAN),
        number => number
            .parse()
            .map_err(|_| format!("could not convert string to float: '{number}'")),
    };
    let rows: Vec<Vec<f32>> = text
        .lines()
        .map(|line| line.split(',').map(field).collect())
        .collect::<Result<_, _>>()?;
    match rows.iter().all(|row| row.len() == rows[0].len()) {
        true => Ok(rows),
        false => Err("the rows have different numbers of fields".into()),
    }
}

/// `[[1, null], [2, 3]]`, bare or as `instances`, whose rows may be objects with `features`
fn json_rows(body: &[u8]) -> Result<Vec<Vec<f32>>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let rows = value.get("instances").unwrap_or(&value).as_array();
    let row = |row: &Value| -> Option<Vec<f32>> {
        let values = row.get("features").unwrap_or(row).as_array()?.iter();
        let number = |value: &Value| match value {
            Value::Null => Some(f32::NAN),
            value => value.as_f64().map(|number| number as f32),
        };
        values.map(number).collect()
    };
    rows.and_then(|rows| rows.iter().map(row).collect())
        .ok_or_else(|| "the payload is no list of rows of numbers".into())
}

/// Content type and text of an answer
pub(crate) fn answer(predictions: &[f32], accept: &str) -> (&'static str, String) {
    if accept.starts_with("application/json") {
        let scores: Vec<Value> = predictions
            .iter()
            .map(|score| json!({ "score": score }))
            .collect();
        return (
            "application/json",
            json!({ "predictions": scores }).to_string(),
        );
    }
    let lines: Vec<String> = predictions
        .iter()
        .map(|score| format!("{score:?}"))
        .collect();
    ("text/csv; charset=utf-8", lines.join("\n"))
}
