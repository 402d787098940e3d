//! What is answered when all is well.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::stand_in::{Mood, StandIn, ask, instance, seen};

#[tokio::test]
async fn an_instance_alone_is_predicted_in_dollars() {
    let standin = StandIn::new(Mood::Scores).await;
    let response = ask(&standin.api(), "POST", "/predict", instance().to_string()).await;
    assert_snapshot!(seen(&response), @r#"
    200 application/json
    {
      "model": {
        "endpoint": "towpath-test-housing",
        "variant": "champion"
      },
      "predictions": [
        {
          "imputed": [],
          "median_house_value": 375000.0,
          "warnings": []
        }
      ]
    }
    "#);
    let row = "-121.5,38.25,30,3.75,1200,5.2631578947368425,1.0526315789473684,3.1578947368421053,0,1,0,0,0";
    assert_eq!(standin.asked(), [row]);
}

#[tokio::test]
async fn what_was_filled_in_and_what_is_doubtful_is_said() {
    let standin = StandIn::new(Mood::Scores).await;
    let mut strange = instance();
    strange["median_income"] = json!(20);
    strange["total_bedrooms"] = Value::Null;
    let body = json!({"instances": [instance(), strange]});
    let response = ask(&standin.api(), "POST", "/predict", body.to_string()).await;
    assert_snapshot!(seen(&response), @r#"
    200 application/json
    {
      "model": {
        "endpoint": "towpath-test-housing",
        "variant": "champion"
      },
      "predictions": [
        {
          "imputed": [],
          "median_house_value": 375000.0,
          "warnings": []
        },
        {
          "imputed": [
            "total_bedrooms"
          ],
          "median_house_value": 2000000.0,
          "warnings": [
            {
              "code": "outside_training_range",
              "detail": "20 is outside of 0.4999 to 15.0001, which is what the model has seen",
              "field": "median_income"
            }
          ]
        }
      ]
    }
    "#);
    let measures = response.measures;
    assert_eq!(
        (measures.imputed, measures.outside, measures.implausible),
        (1, 1, 1)
    );
    assert_eq!(measures.predictions, [375_000.0, 2_000_000.0]);
    assert!(measures.model_time.is_some());
}

#[tokio::test]
async fn a_thousand_instances_are_one_call_and_keep_their_order() {
    let standin = StandIn::new(Mood::Scores).await;
    let rows = (0..1_000).map(|number| {
        let mut row = instance();
        row["median_income"] = json!(f64::from(number) / 100.0);
        row
    });
    let body = json!({"instances": rows.collect::<Vec<_>>()});
    let response = ask(&standin.api(), "POST", "/predict", body.to_string()).await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    let predictions = document["predictions"].as_array().unwrap().iter();
    let values: Vec<f64> = predictions
        .map(|one| one["median_house_value"].as_f64().unwrap())
        .collect();
    let wanted: Vec<f64> = (0..1_000)
        .map(|number| f64::from(number) * 1_000.0)
        .collect();
    assert_eq!(values, wanted);
    assert_eq!(standin.asked().len(), 1);
}

#[tokio::test]
async fn a_browser_is_told_what_it_may_not_take_it_for() {
    let standin = StandIn::new(Mood::Scores).await;
    let response = ask(&standin.api(), "POST", "/predict", instance().to_string()).await;
    let names: Vec<&str> = response.headers.iter().map(|(name, _)| *name).collect();
    for name in [
        "x-content-type-options",
        "cache-control",
        "content-security-policy",
        "strict-transport-security",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}
