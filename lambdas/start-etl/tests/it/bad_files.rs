//! Every kind of bad file: quarantined with its own reason, and nothing started.

use data_contract::{Contract, HOUSING};
use rehearsal::lambda;
use serde_json::{Value, json};
use trigger::{Function as _, Object};

use crate::files::{self, Table};
use crate::support::{Bench, TIME};

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_bad_file_has_its_reason() {
    let bench = Bench::new().await;
    let kinds = files::bad();
    assert!(kinds.len() >= 50, "{}", kinds.len());
    let mut wrong = Vec::new();
    for (number, (kind, file, code)) in kinds.iter().enumerate() {
        let key = format!("incoming/{number}.csv");
        let event = bench.stage.put(&bench.raw, &key, file.clone()).await;
        let answer = bench.deliver(&event).await;
        if (&answer.value["outcome"], &answer.value["code"])
            != (&json!("quarantined"), &json!(code))
        {
            wrong.push(format!("{kind}: {} instead of {code}", answer.value));
            continue;
        }
        assert_eq!(answer.counts, [("ObjectsQuarantined", 1)], "{kind}");
        let folder = format!("quarantine/{}", Object::of(event).unwrap().id());
        let reason = bench
            .stage
            .json(&bench.raw, &format!("{folder}/reason.json"))
            .await;
        assert_eq!(reason["code"], *code, "{kind}");
        assert!(!reason["message"].as_str().unwrap().is_empty(), "{kind}");
        let copy = bench
            .stage
            .get(&bench.raw, &format!("{folder}/{number}.csv"))
            .await;
        assert_eq!(copy.as_ref(), Some(file), "{kind}");
        let original = bench.stage.get(&bench.raw, &key).await;
        assert_eq!(original.as_ref(), Some(file), "{kind}");
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(bench.runs(), [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_looks_odd_is_taken() {
    let bench = Bench::new().await;
    let good = files::good();
    for (kind, file) in &good {
        let event = bench
            .stage
            .put(&bench.raw, "incoming/a.csv", file.clone())
            .await;
        let answer = bench.deliver(&event).await;
        assert_eq!(
            answer.value["outcome"], "started",
            "{kind}: {}",
            answer.value
        );
    }
    assert_eq!(bench.runs().len(), good.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_says_where_and_is_safe_to_open() {
    let bench = Bench::new().await;
    let kinds = files::bad();
    let formula = kinds
        .iter()
        .find(|(kind, ..)| *kind == "a formula that runs a program");
    let event = bench
        .stage
        .put(&bench.raw, "incoming/a+b c.csv", formula.unwrap().1.clone())
        .await;
    bench.deliver(&event).await;
    let object = Object::of(event).unwrap();
    let folder = format!("quarantine/{}", object.id());
    let reason = bench
        .stage
        .json(&bench.raw, &format!("{folder}/reason.json"))
        .await;
    assert_eq!(
        reason,
        json!({
            "code": "value-not-allowed",
            "message": "a text is not among those that there are, in line 702, `ocean_proximity`",
            "line": 702, "column": 10, "field": "ocean_proximity",
            "expected": "<1H OCEAN | INLAND | ISLAND | NEAR BAY | NEAR OCEAN",
            "found": "'@SUM(1)*cmd|'/C calc'!A0",
            "object": {
                "uri": format!("s3://{}/incoming/a+b c.csv", bench.raw),
                "version_id": object.version_id, "etag": object.etag, "bytes": object.size,
                "copy": format!("s3://{}/{folder}/a+b c.csv", bench.raw),
            },
            "contract": {"id": "urn:towpath:data-contract:housing", "version": "1.0.0"},
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_not_read() {
    let bench = Bench::new().await;
    let mut contract = Contract::parse(HOUSING).unwrap();
    contract.maximum_bytes = 1_000;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/large.csv", Table::good().bytes())
        .await;
    let function = bench.function_for(contract, &bench.line());
    let answer = function
        .handle(event, &lambda::invocation("r", TIME))
        .await
        .unwrap();
    assert_eq!(answer.value["code"], "too-large");
    assert_eq!(bench.runs(), [Value::Null; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_called_as_the_reason_keeps_its_content() {
    let bench = Bench::new().await;
    let event = bench
        .stage
        .put(&bench.raw, "incoming/reason.json", "{}")
        .await;
    let answer = bench.deliver(&event).await;
    assert_eq!(answer.value["outcome"], "quarantined");
    let folder = format!("quarantine/{}", Object::of(event).unwrap().id());
    let copy = bench
        .stage
        .get(&bench.raw, &format!("{folder}/delivered-reason.json"))
        .await;
    assert_eq!(copy.as_deref(), Some(b"{}".as_slice()));
    let reason = bench
        .stage
        .json(&bench.raw, &format!("{folder}/reason.json"))
        .await;
    assert_eq!(reason["code"], "header");
}
