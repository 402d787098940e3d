//! `GET /health` and `GET /model`.

use std::time::Duration;

use insta::assert_snapshot;
use predict_api::Request;
use serde_json::Value;

use crate::stand_in::{Mood, StandIn, ask, seen};

#[tokio::test]
async fn the_model_is_described_once_a_minute() {
    let standin = StandIn::new(Mood::Scores).await;
    let api = standin.api();
    let response = ask(&api, "GET", "/model", "").await;
    assert_snapshot!(seen(&response), @r#"
    200 application/json
    {
      "approval_description": null,
      "approval_status": "Approved",
      "deployed_at": "2023-11-14T22:13:20Z",
      "endpoint": "towpath-test-housing",
      "endpoint_config": "housing-7-abc",
      "endpoint_status": "InService",
      "evaluation": {
        "baseline": {
          "random": {
            "rmse": 0.73
          }
        },
        "random": {
          "rmse": 0.434
        },
        "rows": {
          "test": 200,
          "train": 800
        },
        "segments": {
          "INLAND": {
            "rmse": 0.36,
            "rows": 120
          }
        },
        "spatial": {
          "rmse": 0.62
        }
      },
      "lineage": {
        "contract_version": "1.0.0",
        "evaluation_uri": "s3://artifacts/training/7/evaluation.json",
        "input_sha256": "1234"
      },
      "metrics": {
        "rmse": 0.434,
        "rmse_spatial": 0.62
      },
      "model_package_arn": "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7",
      "registered_at": "2020-09-13T12:26:40Z",
      "variants": [
        {
          "instances": 2,
          "model": "housing-7",
          "model_package_arn": "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7",
          "name": "champion",
          "weight": 1.0
        }
      ],
      "version": 7
    }
    "#);
    assert_eq!(ask(&api, "GET", "/model", "").await.body, response.body);
    let operations: Vec<String> = standin.asked();
    let operations: Vec<&str> = operations
        .iter()
        .filter_map(|asked| asked.split(' ').next())
        .collect();
    let wanted = [
        "DescribeEndpoint",
        "DescribeEndpointConfig",
        "DescribeModel",
        "DescribeModelPackage",
        "training/7/evaluation.json",
    ];
    assert_eq!(operations, wanted);
}

#[tokio::test]
async fn health_is_that_of_the_endpoint() {
    let standin = StandIn::new(Mood::Scores).await;
    let response = ask(&standin.api(), "GET", "/health", "").await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((response.status, &document["status"]), (200, &"ok".into()));
    assert_eq!(document["endpoint_status"], "InService");

    let standin = StandIn::new(Mood::Fails(
        400,
        "ValidationException",
        "Could not find endpoint",
    ))
    .await;
    let response = ask(&standin.api(), "GET", "/health", "").await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(
        (response.status, &document["status"]),
        (503, &"unavailable".into())
    );
    assert_eq!(ask(&standin.api(), "GET", "/model", "").await.status, 503);
}

#[tokio::test]
async fn who_does_not_answer_is_unavailable() {
    let standin = StandIn::new(Mood::Hangs).await;
    for path in ["/health", "/model"] {
        let request = Request::new("GET", path, "", Duration::from_millis(700));
        assert_eq!(standin.api().answer(&request).await.status, 503, "{path}");
    }
}
