//! `POST /predict`: rows to features, features to the endpoint, its numbers to dollars.

use std::time::Instant;

use data_contract::{Contract, Formula, Row, Warning};
use serde_json::{Value, json};

use crate::body;
use crate::endpoint::Endpoint;
use crate::http::{Request, Response};
use crate::problem::Problem;
use crate::telemetry::Measures;

pub(crate) async fn answer(
    contract: &Contract,
    endpoint: &Endpoint,
    request: &Request,
) -> Result<Response, Problem> {
    let rows = body::rows(contract, request)?;
    let lines: Vec<String> = rows.iter().map(Row::line).collect();
    let asked = Instant::now();
    let predicted = endpoint.predict(&lines, request.deadline).await;
    let model_time = Some(asked.elapsed());
    let predicted = match predicted {
        Ok(predicted) => predicted,
        Err(trouble) => {
            let mut response = trouble.problem.response();
            response.measures.model_time = model_time;
            response.measures.trouble = Some(trouble.detail);
            return Ok(response);
        }
    };
    let unit = match contract.target.formula {
        Formula::Scaled(_, unit) => unit,
        _ => 1.0,
    };
    // to the cent: what is behind it is an artefact of counting in another unit
    let dollars = predicted
        .values
        .iter()
        .map(|value| (value * unit * 100.0).round() / 100.0);
    let dollars: Vec<f64> = dollars.collect();
    let predictions = rows.iter().zip(&dollars);
    let predictions: Vec<Value> = predictions
        .map(|(row, value)| prediction(row, *value))
        .collect();
    let seen = contract.columns.iter().enumerate();
    let seen = seen.filter(|(index, _)| contract.is_target(*index));
    let seen = seen
        .filter_map(|(_, column)| column.observed.as_ref())
        .next();
    let is_implausible = |value: &&f64| seen.is_some_and(|range| !range.contains(*value));
    let mut response = Response::ok(&json!({
        "predictions": predictions,
        "model": {"endpoint": endpoint.name, "variant": predicted.variant},
    }));
    response.measures = Measures {
        imputed: rows
            .iter()
            .filter(|row| row.imputed().next().is_some())
            .count(),
        outside: rows
            .iter()
            .filter(|row| row.warnings().next().is_some())
            .count(),
        implausible: dollars.iter().filter(is_implausible).count(),
        predictions: dollars,
        model_time,
        trouble: None,
    };
    Ok(response)
}

fn prediction(row: &Row<'_>, value: f64) -> Value {
    let imputed: Vec<&str> = row.imputed().map(|column| column.name.as_str()).collect();
    let warnings: Vec<Value> = row.warnings().map(|warning| doubt(&warning)).collect();
    json!({"median_house_value": value, "imputed": imputed, "warnings": warnings})
}

fn doubt(Warning { column, value }: &Warning<'_>) -> Value {
    let seen = column.observed.as_ref();
    let seen = seen.map(|range| format!("{} to {}", range.start(), range.end()));
    json!({
        "field": column.name,
        "code": "outside_training_range",
        "detail": format!("{value} is outside of {}, which is what the model has seen", seen.unwrap_or_default()),
    })
}
