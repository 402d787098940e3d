//! `contracts/agreement.json`: the API says of each row what every other reader says.

use serde_json::{Value, json};

use crate::stand_in::{Mood, StandIn, ask};

const AGREEMENT: &str = include_str!("../../../../contracts/agreement.json");

fn names(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one[key].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn rows_are_judged_as_everywhere() {
    let standin = StandIn::new(Mood::Scores).await;
    let api = standin.api();
    let agreement: Value = serde_json::from_str(AGREEMENT).unwrap();
    let cases = agreement["rows"].as_array().unwrap().iter();
    let mut asked = 0;
    for case in cases.filter(|case| case["purpose"] == "prediction") {
        let name = case["name"].as_str().unwrap();
        let body = json!({"instances": [case["row"]]}).to_string();
        let response = ask(&api, "POST", "/predict", body).await;
        let document: Value = serde_json::from_str(&response.body).unwrap();
        if case["verdict"] == "rejected" {
            assert_eq!(response.status, 422, "{name}");
            assert_eq!(
                json!(names(&document["errors"], "field")),
                case["fields"],
                "{name}"
            );
            continue;
        }
        assert_eq!(response.status, 200, "{name}: {document}");
        let prediction = &document["predictions"][0];
        assert_eq!(prediction["imputed"], case["imputed"], "{name}");
        assert_eq!(
            json!(names(&prediction["warnings"], "field")),
            case["warnings"],
            "{name}"
        );
        let line = &standin.asked()[asked];
        let features = line.split(',').map(|text| text.parse::<f64>().unwrap());
        assert_eq!(
            json!(features.collect::<Vec<_>>()),
            case["features"],
            "{name}"
        );
        asked += 1;
    }
    assert!(asked > 50);
}
