//! The API in OpenAPI 3.1, made from the contract: fields, limits and texts are said in one place.

use data_contract::{Column, Contract, Kind};
use serde_json::{Map, Value, json};

use crate::body::{MOST_BYTES, MOST_INSTANCES};

/// The document that `GET /openapi.json` answers with
pub fn document(contract: &Contract) -> Value {
    let asked = contract.columns.iter().enumerate();
    let asked = asked.filter(|(index, _)| !contract.is_target(*index));
    let asked: Vec<&Column> = asked.map(|(_, column)| column).collect();
    let required = asked.iter().filter(|column| column.required);
    let required: Vec<&str> = required.map(|column| column.name.as_str()).collect();
    let properties: Map<String, Value> = asked
        .iter()
        .map(|column| (column.name.clone(), schema(column)))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Median house value",
            "version": contract.version,
            "description": format!("Predictions for census block groups, as the data contract `{}` describes them.", contract.id),
        },
        "paths": paths(),
        "components": {"schemas": {
            "Instance": {
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            },
            "Instances": {
                "type": "object",
                "properties": {"instances": {
                    "type": "array", "minItems": 1, "maxItems": MOST_INSTANCES, "items": reference("Instance"),
                }},
                "required": ["instances"],
                "additionalProperties": false,
            },
            "Predictions": predictions(),
            "Health": {
                "type": "object",
                "properties": {
                    "status": {"enum": ["ok", "unavailable"]},
                    "endpoint": {"type": "string"},
                    "endpoint_status": {"type": "string"},
                    "time_ms": {"type": "number"},
                },
                "required": ["status", "endpoint", "endpoint_status", "time_ms"],
            },
            "Model": model(),
            "Districts": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": ["number", "string"]}},
            },
            "Problem": problem(),
        }},
    })
}

fn schema(column: &Column) -> Value {
    let unit = column.unit.as_deref();
    let unit = unit.map(|unit| format!(" In {unit}.")).unwrap_or_default();
    let mut schema = match &column.kind {
        Kind::Number { minimum, maximum } => {
            let kind = if column.required {
                json!("number")
            } else {
                json!(["number", "null"])
            };
            json!({"type": kind, "minimum": minimum, "maximum": maximum})
        }
        Kind::Text { allowed } => json!({"type": "string", "enum": allowed}),
    };
    let filled = if column.imputation.is_some() {
        " Estimated where it is missing."
    } else {
        ""
    };
    schema["description"] = format!("{}{unit}{filled}", column.description).into();
    if let Some(range) = &column.observed {
        schema["x-observed-range"] = json!([range.start(), range.end()]);
    }
    schema
}

fn paths() -> Value {
    json!({
        "/predict": {"post": {
            "operationId": "predict",
            "summary": "Predict the median house value of one block group or many",
            "requestBody": {"required": true, "content": {"application/json": {
                "schema": {"oneOf": [reference("Instances"), reference("Instance")]},
            }}},
            "responses": {
                "200": answer("One prediction for each instance, in their order", "Predictions"),
                "400": refused("The body is not JSON"),
                "413": refused(&format!("The body is larger than {MOST_BYTES} bytes")),
                "415": refused("The body is not `application/json`, or compressed"),
                "422": refused("The input breaks the data contract; `errors` names every field at fault"),
                "502": refused("The model did not answer with predictions"),
                "503": refused("The model's endpoint is away; `Retry-After` says for how long to wait"),
                "504": refused("The model did not answer in time"),
            },
        }},
        "/health": {"get": {
            "operationId": "health",
            "summary": "Whether there is something that can predict",
            "responses": {
                "200": answer("The endpoint serves", "Health"),
                "503": answer("It does not", "Health"),
            },
        }},
        "/model": {"get": {
            "operationId": "model",
            "summary": "Which model package serves, and how good it was found to be",
            "responses": {
                "200": answer("As SageMaker knows it; kept for a minute", "Model"),
                "503": refused("SageMaker does not say"),
            },
        }},
        "/districts": {"get": {
            "operationId": "districts",
            "summary": "The districts that the model was trained on, a list for each column",
            "responses": {
                "200": answer("All lists have one entry for each district", "Districts"),
                "404": refused("The package that serves does not say where it was evaluated"),
                "503": refused("SageMaker or S3 does not say"),
            },
        }},
        "/openapi.json": {"get": {
            "operationId": "openapi",
            "summary": "This document",
            "responses": {"200": {
                "description": "OpenAPI 3.1",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }},
        }},
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn answer(description: &str, name: &str) -> Value {
    json!({"description": description, "content": {"application/json": {"schema": reference(name)}}})
}

fn refused(description: &str) -> Value {
    json!({"description": description, "content": {"application/problem+json": {"schema": reference("Problem")}}})
}

fn predictions() -> Value {
    json!({
        "type": "object",
        "properties": {
            "predictions": {"type": "array", "items": {
                "type": "object",
                "properties": {
                    "median_house_value": {"type": "number", "description": "US dollars of 1990"},
                    "imputed": {"type": "array", "items": {"type": "string"}, "description": "Fields that were filled in"},
                    "warnings": {"type": "array", "items": {
                        "type": "object",
                        "properties": {
                            "field": {"type": "string"},
                            "code": {"const": "outside_training_range"},
                            "detail": {"type": "string"},
                        },
                        "required": ["field", "code", "detail"],
                    }},
                },
                "required": ["median_house_value", "imputed", "warnings"],
            }},
            "model": {
                "type": "object",
                "properties": {"endpoint": {"type": "string"}, "variant": {"type": ["string", "null"]}},
                "required": ["endpoint", "variant"],
            },
        },
        "required": ["predictions", "model"],
    })
}

fn model() -> Value {
    let text = json!({"type": ["string", "null"]});
    json!({
        "type": "object",
        "properties": {
            "endpoint": {"type": "string"},
            "endpoint_status": text,
            "endpoint_config": {"type": "string"},
            "deployed_at": text,
            "variants": {"type": "array", "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "weight": {"type": "number"},
                    "instances": {"type": ["integer", "null"]},
                    "model": {"type": "string"},
                    "model_package_arn": text,
                },
                "required": ["name", "weight", "model"],
            }},
            "model_package_arn": text,
            "version": {"type": ["integer", "null"]},
            "approval_status": text,
            "approval_description": text,
            "registered_at": text,
            "metrics": {"type": "object", "additionalProperties": {"type": "number"}, "description": "In units of the target"},
            "lineage": {"type": "object", "additionalProperties": {"type": "string"}},
            "evaluation": {
                "type": ["object", "null"],
                "description": "Errors on both splits, in each segment, and of the linear baseline; in units of the target",
            },
        },
        "required": ["endpoint", "endpoint_config", "variants", "metrics", "lineage"],
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into the body"},
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                },
                "required": ["pointer", "field", "detail"],
            }},
        },
        "required": ["type", "title", "status", "detail"],
    })
}
