//! What is answered instead of an answer.

use std::time::{Duration, Instant};

use insta::assert_snapshot;
use predict_api::{Api, Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::stand_in::{ENDPOINT, Mood, StandIn, ask, config, instance, seen};

async fn refused(body: impl Into<Vec<u8>>) -> Response {
    let standin = StandIn::new(Mood::Scores).await;
    let response = ask(&standin.api(), "POST", "/predict", body).await;
    assert_eq!(standin.asked(), [""; 0], "the model was asked");
    response
}

async fn predicted(mood: Mood) -> Response {
    let standin = StandIn::new(mood).await;
    ask(&standin.api(), "POST", "/predict", instance().to_string()).await
}

#[tokio::test]
async fn every_field_at_fault_is_named() {
    let mut wrong = instance();
    wrong["longitude"] = json!(121.5);
    wrong["ocean_proximity"] = json!("LAKE");
    wrong["total_rooms"] = json!([2000]);
    wrong["ro/o~ms"] = json!(1);
    wrong.as_object_mut().unwrap().remove("households");
    let body = json!({"instances": [instance(), wrong, 7]});
    assert_snapshot!(seen(&refused(body.to_string()).await), @r#"
    422 application/problem+json
    {
      "detail": "6 faults were found",
      "errors": [
        {
          "detail": "121.5 is not within -125 to -114",
          "field": "longitude",
          "pointer": "/instances/1/longitude"
        },
        {
          "detail": "must be a number, not an array",
          "field": "total_rooms",
          "pointer": "/instances/1/total_rooms"
        },
        {
          "detail": "a value is required",
          "field": "households",
          "pointer": "/instances/1/households"
        },
        {
          "detail": "must be one of `<1H OCEAN`, `INLAND`, `ISLAND`, `NEAR BAY`, `NEAR OCEAN`",
          "field": "ocean_proximity",
          "pointer": "/instances/1/ocean_proximity"
        },
        {
          "detail": "is not a field of the contract",
          "field": "ro/o~ms",
          "pointer": "/instances/1/ro~1o~0ms"
        },
        {
          "detail": "must be an object, not a number",
          "field": "",
          "pointer": "/instances/2"
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
}

#[tokio::test]
async fn a_field_that_is_given_twice_is_named() {
    let body = instance()
        .to_string()
        .replacen('{', r#"{"population": 7,"#, 1);
    assert_snapshot!(seen(&refused(body).await), @r#"
    422 application/problem+json
    {
      "detail": "one fault was found",
      "errors": [
        {
          "detail": "is given twice",
          "field": "population",
          "pointer": "/population"
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
}

#[tokio::test]
async fn no_json_and_not_the_right_json() {
    assert_snapshot!(seen(&refused("{\"longitude\": NaN}").await), @r#"
    400 application/problem+json
    {
      "detail": "expected value at line 1 column 15",
      "status": 400,
      "title": "The body is not JSON",
      "type": "urn:towpath:problem:not-json"
    }
    "#);
    assert_snapshot!(seen(&refused("{\"instances\": []}").await), @r#"
    422 application/problem+json
    {
      "detail": "one fault was found",
      "errors": [
        {
          "detail": "must be 1 to 1000 instances, not 0",
          "field": "instances",
          "pointer": "/instances"
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
    assert_snapshot!(seen(&refused("[1, 2]").await), @r#"
    422 application/problem+json
    {
      "detail": "one fault was found",
      "errors": [
        {
          "detail": "the body must be an object, not an array",
          "field": "",
          "pointer": ""
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
    let both = json!({"instances": [instance()], "model": "other"});
    assert_snapshot!(seen(&refused(both.to_string()).await), @r#"
    422 application/problem+json
    {
      "detail": "one fault was found",
      "errors": [
        {
          "detail": "must not be there beside `instances`",
          "field": "model",
          "pointer": "/model"
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
    let many: Vec<Value> = std::iter::repeat_n(instance(), 1_001).collect();
    assert_snapshot!(seen(&refused(json!({"instances": many}).to_string()).await), @r#"
    422 application/problem+json
    {
      "detail": "one fault was found",
      "errors": [
        {
          "detail": "must be 1 to 1000 instances, not 1001",
          "field": "instances",
          "pointer": "/instances"
        }
      ],
      "status": 422,
      "title": "The input breaks the data contract",
      "type": "urn:towpath:problem:invalid-input"
    }
    "#);
    assert_snapshot!(seen(&refused(vec![b' '; 10 << 20]).await), @r#"
    413 application/problem+json
    {
      "detail": "at most 1048576 bytes are taken",
      "status": 413,
      "title": "The body is too large",
      "type": "urn:towpath:problem:too-large"
    }
    "#);
}

#[tokio::test]
async fn of_a_thousand_faults_a_hundred_are_named() {
    let response = refused(json!({"instances": vec![json!({}); 1_000]}).to_string()).await;
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(document["errors"].as_array().unwrap().len(), 100);
    assert_eq!(
        document["detail"],
        "8000 faults were found; `errors` names the first 100"
    );
}

#[tokio::test]
async fn media_types_encodings_paths_and_methods() {
    let standin = StandIn::new(Mood::Scores).await;
    let api = standin.api();
    let request = |kind: Option<&str>, encoding: Option<&str>| {
        let body = instance().to_string();
        let mut request = Request::new("POST", "/predict", body, Duration::from_secs(5));
        request.content_type = kind.map(str::to_owned);
        request.content_encoding = encoding.map(str::to_owned);
        request
    };
    for kind in [
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/json;charset=\"utf-8\"",
    ] {
        assert_eq!(
            api.answer(&request(Some(kind), Some("identity")))
                .await
                .status,
            200,
            "{kind}"
        );
    }
    for kind in [
        None,
        Some("text/csv"),
        Some("application/json; charset=latin1"),
        Some(""),
    ] {
        assert_eq!(
            api.answer(&request(kind, None)).await.status,
            415,
            "{kind:?}"
        );
    }
    let gzip = api
        .answer(&request(Some("application/json"), Some("gzip")))
        .await;
    assert_snapshot!(seen(&gzip), @r#"
    415 application/problem+json
    accept-post: application/json
    {
      "detail": "the body must not be compressed",
      "status": 415,
      "title": "The body has the wrong media type",
      "type": "urn:towpath:problem:wrong-media-type"
    }
    "#);
    assert_snapshot!(seen(&ask(&api, "GET", "/predict", "").await), @r#"
    405 application/problem+json
    allow: POST
    {
      "detail": "the methods are: POST",
      "status": 405,
      "title": "This path has no such method",
      "type": "urn:towpath:problem:wrong-method"
    }
    "#);
    assert_snapshot!(seen(&ask(&api, "POST", "/Predict/", "").await), @r#"
    404 application/problem+json
    {
      "detail": "the paths are `/predict`, `/health`, `/model`, `/districts` and `/openapi.json`",
      "status": 404,
      "title": "There is nothing here",
      "type": "urn:towpath:problem:no-such-path"
    }
    "#);
    assert_eq!(ask(&api, "DELETE", "/model", "").await.status, 405);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_away() {
    let gone = "Endpoint towpath-test-housing of account 000000000000 not found.";
    assert_snapshot!(seen(&predicted(Mood::Fails(400, "ValidationError", gone)).await), @r#"
    503 application/problem+json
    retry-after: 30
    {
      "detail": "try again in 30 seconds",
      "status": 503,
      "title": "The model's endpoint is away",
      "type": "urn:towpath:problem:endpoint-away"
    }
    "#);
    for mood in [
        Mood::Fails(503, "ServiceUnavailable", "later"),
        Mood::Fails(429, "ModelNotReadyException", "it is loading"),
        Mood::Fails(429, "ThrottlingException", "Rate exceeded"),
        Mood::Fails(500, "InternalFailure", "we are sorry"),
        Mood::Fails(530, "InternalDependencyException", "S3"),
    ] {
        let response = predicted(mood.clone()).await;
        assert_eq!(response.status, 503, "{mood:?}: {:?}", response.measures);
        assert!(response.measures.trouble.is_some());
    }
    // a port that was free a moment ago
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let api = Api::new(ENDPOINT, &config(address)).unwrap();
    let response = ask(&api, "POST", "/predict", instance().to_string()).await;
    assert_eq!(response.status, 503, "{:?}", response.measures);
}

#[tokio::test]
async fn a_model_that_talks_nonsense_has_failed() {
    for text in [
        "",
        "1\n2\n",
        "NaN\n",
        "inf",
        "[3.75]",
        "<html>",
        "3,75\n4,1",
    ] {
        let response = predicted(Mood::Says(text)).await;
        assert_eq!(response.status, 502, "{text:?}: {:?}", response.measures);
    }
    let failed = Mood::Fails(
        424,
        "ModelError",
        "Received server error (500) from primary",
    );
    assert_snapshot!(seen(&predicted(failed).await), @r#"
    502 application/problem+json
    {
      "detail": "the endpoint's answer could not be used; it was written to the log",
      "status": 502,
      "title": "The model did not answer with predictions",
      "type": "urn:towpath:problem:model-failed"
    }
    "#);
}

#[tokio::test]
async fn our_own_fault_says_nothing_of_the_inside() {
    let denied = Mood::Fails(
        403,
        "AccessDeniedException",
        "arn:aws:sts::000000000000:assumed-role/api",
    );
    let response = predicted(denied).await;
    assert_snapshot!(seen(&response), @r#"
    500 application/problem+json
    {
      "detail": "it was written to the log",
      "status": 500,
      "title": "This is a bug in the API",
      "type": "urn:towpath:problem:internal"
    }
    "#);
    assert!(response.measures.trouble.unwrap().contains("assumed-role"));
}

#[tokio::test]
async fn an_answer_comes_before_the_deadline() {
    let standin = StandIn::new(Mood::Hangs).await;
    let time = Duration::from_millis(800);
    let request = Request::new("POST", "/predict", instance().to_string(), time);
    let started = Instant::now();
    let response = standin.api().answer(&request).await;
    assert!(started.elapsed() < time, "{:?}", started.elapsed());
    assert_snapshot!(seen(&response), @r#"
    504 application/problem+json
    {
      "detail": "try again, with fewer instances if there were many",
      "status": 504,
      "title": "The model did not answer in time",
      "type": "urn:towpath:problem:timed-out"
    }
    "#);
}
