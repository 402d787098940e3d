//! The committed OpenAPI document is the one that is served.

use data_contract::Contract;
use serde_json::Value;

use crate::stand_in::{Mood, StandIn, ask};

const COMMITTED: &str = include_str!("../../../../docs/openapi.json");

#[tokio::test]
async fn the_committed_document_is_what_is_served() {
    let committed: Value = serde_json::from_str(COMMITTED).unwrap();
    let written = predict_api::openapi(&Contract::housing().unwrap());
    let hint = "run `cargo run -p predict-api --example openapi > docs/openapi.json`";
    assert_eq!(committed, written, "{hint}");
    let response = ask(
        &StandIn::new(Mood::Scores).await.api(),
        "GET",
        "/openapi.json",
        "",
    )
    .await;
    assert_eq!(
        serde_json::from_str::<Value>(&response.body).unwrap(),
        committed
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut references = 0;
    let mut open = vec![&document];
    while let Some(value) = open.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
            references += 1;
        }
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            _ => {}
        }
    }
    assert!(references > 10);
}
