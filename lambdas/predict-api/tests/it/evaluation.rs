//! What is told of the training: `evaluation` in `GET /model`, and `GET /districts`.

use serde_json::{Value, json};

use crate::stand_in::{DISTRICTS, Mood, StandIn, ask};

#[tokio::test]
async fn errors_by_segment_are_part_of_the_model() {
    let standin = StandIn::new(Mood::Scores).await;
    let response = ask(&standin.api(), "GET", "/model", "").await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    let evaluation = &document["evaluation"];
    assert_eq!(
        evaluation["segments"],
        json!({"INLAND": {"rows": 120, "rmse": 0.36}})
    );
    assert_eq!(evaluation["baseline"]["random"]["rmse"], 0.73);
    assert_eq!(evaluation.get("features"), None, "that is not for readers");
}

#[tokio::test]
async fn districts_are_those_beside_the_evaluation_and_read_once() {
    let standin = StandIn::new(Mood::Scores).await;
    let api = standin.api();
    for _ in 0..2 {
        let response = ask(&api, "GET", "/districts", "").await;
        assert_eq!((response.status, response.body.as_str()), (200, DISTRICTS));
    }
    let asked = standin.asked();
    let reads = asked
        .iter()
        .filter(|asked| *asked == "training/7/districts.json");
    assert_eq!(reads.count(), 1);
}

#[tokio::test]
async fn a_package_from_elsewhere_has_no_districts() {
    let standin = StandIn::new(Mood::Unexplained).await;
    let api = standin.api();
    let response = ask(&api, "GET", "/model", "").await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(
        (response.status, &document["evaluation"]),
        (200, &Value::Null)
    );
    assert_eq!(ask(&api, "GET", "/districts", "").await.status, 404);
}

#[tokio::test]
async fn what_may_not_be_read_is_left_out_and_logged() {
    let standin = StandIn::new(Mood::Sealed).await;
    let api = standin.api();
    let response = ask(&api, "GET", "/model", "").await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(
        (response.status, &document["evaluation"]),
        (200, &Value::Null)
    );
    let trouble = response.measures.trouble.unwrap();
    assert!(trouble.contains("AccessDenied"), "{trouble}");

    let response = ask(&api, "GET", "/districts", "").await;
    assert_eq!(response.status, 503);
    assert!(
        response
            .measures
            .trouble
            .unwrap()
            .contains("districts.json")
    );
}
