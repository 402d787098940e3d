//! Endpoints that are asked: predictions as XGBoost makes them, which fleet answers, what is captured, told and measured of it.

use std::path::Path;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::client::{IMAGE, ROLE, Sim};
use crate::store::Store;

/// How far a prediction may be from XGBoost's own
const TOLERANCE: f32 = 1e-5;
/// The small models that XGBoost saved, and rows that it scored
const MODELS: [&str; 5] = [
    "reg-squarederror",
    "reg-logistic",
    "binary-logitraw",
    "count-poisson",
    "categories",
];

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xgboost-json/fixtures");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Rows as a request has them, and XGBoost's predictions
fn scored(model: &str) -> (String, Vec<f32>) {
    let text = fixture(&format!("{model}.csv"));
    let lines = text.lines().map(|line| line.split_once(';').unwrap());
    let (rows, predictions): (Vec<_>, Vec<_>) = lines.unzip();
    let predictions = predictions.iter().map(|number| number.parse().unwrap());
    (rows.join("\n"), predictions.collect())
}

/// A `model.tar.gz` with one file
fn archive(name: &str, content: &str) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive
        .append_data(&mut header, name, content.as_bytes())
        .unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

/// Both stand-ins, with the fixtures' models in S3
fn ready() -> (Sim, Store) {
    let (sim, store) = (Sim::patient(), Store::start());
    sim.connect(&store.url);
    for model in MODELS {
        let json = fixture(&format!("{model}.json"));
        store.put(
            &format!("models/{model}.tar.gz"),
            archive("./model.json", &json),
        );
    }
    (sim, store)
}

/// A model and a configuration of one variant with four instances, called after the object that it serves
fn configuration(sim: &Sim, model: &str, more: Value) {
    let container = json!({"Image": IMAGE, "ModelDataUrl": format!("s3://models/{model}.tar.gz")});
    sim.ok(
        "CreateModel",
        json!({"ModelName": model, "ExecutionRoleArn": ROLE, "PrimaryContainer": container}),
    );
    let mut config = json!({
        "EndpointConfigName": model,
        "ProductionVariants": [{"VariantName": "main", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 4}],
    });
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    sim.ok("CreateEndpointConfig", config);
}

fn endpoint(config: &str) -> Value {
    json!({"EndpointName": "prod", "EndpointConfigName": config})
}

fn serve(sim: &Sim, model: &str) {
    configuration(sim, model, json!({}));
    sim.ok("CreateEndpoint", endpoint(model));
    let shown = sim.at_rest("prod");
    assert_eq!(shown["EndpointStatus"], "InService", "{shown}");
}

fn numbers(answer: &str) -> Vec<f32> {
    answer.lines().map(|line| line.parse().unwrap()).collect()
}

fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn an_endpoint_predicts_what_xgboost_predicts() {
    for model in MODELS {
        let (sim, _store) = ready();
        serve(&sim, model);
        let (rows, expected) = scored(model);
        let answer = sim.invoke("prod", &rows);
        assert_eq!(answer.status, 200, "{}", answer.text);
        let predicted = numbers(&answer.text);
        assert_eq!(predicted.len(), expected.len());
        for (predicted, expected) in predicted.iter().zip(&expected) {
            assert!(
                (predicted - expected).abs() <= TOLERANCE,
                "{model}: {predicted} {expected}"
            );
        }
    }
}

#[test]
fn what_a_container_refuses_is_a_model_error_and_what_is_not_there_is_said() {
    let (sim, _store) = ready();
    serve(&sim, "reg-squarederror");
    for rows in [
        "",
        "a,b,c,d",
        "1,2,3,4\n",
        "1,2,3,4\n1,2,3",
        "1,2,3,4,5,6,7,8",
    ] {
        let answer = sim.invoke("prod", rows);
        assert_eq!(answer.status, 424, "{rows:?}: {}", answer.text);
        assert_eq!(answer.body["OriginalStatusCode"], 400, "{rows:?}");
        let message = answer.body["Message"].as_str().unwrap();
        assert!(
            message.starts_with("Received client error (400) from primary"),
            "{message}"
        );
    }
    let absent = sim.invoke("staging", "1,2,3,4");
    assert_eq!(absent.status, 400);
    assert_eq!(
        absent.body["Message"],
        "Endpoint staging of account 000000000000 not found."
    );

    // a model without data comes up, as any does while the simulator knows no S3, but has nothing to say
    sim.configuration("empty", 1);
    let empty = json!({"EndpointName": "empty", "EndpointConfigName": "empty"});
    sim.ok("CreateEndpoint", empty);
    sim.at_rest("empty");
    let answer = sim.invoke("empty", "1,2,3,4");
    assert_eq!(
        (answer.status, &answer.body["OriginalStatusCode"]),
        (424, &json!(500))
    );
}

#[test]
fn a_model_that_does_not_load_fails_a_new_endpoint_and_leaves_an_old_one() {
    let (sim, store) = ready();
    store.put("models/script.tar.gz", archive("inference.py", "pass"));
    store.put("models/other.tar.gz", archive("model.json", "{}"));
    serve(&sim, "reg-squarederror");
    for (model, reason) in [
        ("nowhere", "Failed to download model data"),
        ("script", "did not pass the ping health check"),
        ("other", "did not pass the ping health check"),
    ] {
        configuration(&sim, model, json!({}));
        let fresh = json!({"EndpointName": model, "EndpointConfigName": model});
        sim.ok("CreateEndpoint", fresh);
        let shown = sim.at_rest(model);
        assert_eq!(shown["EndpointStatus"], "Failed");
        assert!(
            shown["FailureReason"].as_str().unwrap().contains(reason),
            "{shown}"
        );
        assert_eq!(sim.invoke(model, "1,2,3,4").status, 400);

        sim.ok("UpdateEndpoint", endpoint(model));
        let shown = sim.at_rest("prod");
        assert_eq!(shown["EndpointStatus"], "InService");
        assert_eq!(shown["EndpointConfigName"], "reg-squarederror");
        assert!(
            shown["FailureReason"].as_str().unwrap().contains(reason),
            "{shown}"
        );
        assert_eq!(sim.invoke("prod", "1,2,3,4").status, 200);
    }
}

fn canary() -> Value {
    let mut request = endpoint("reg-logistic");
    request["DeploymentConfig"] = json!({
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25}},
            "TerminationWaitInSeconds": 60,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]},
    });
    request
}

/// Begins that update, and waits until its models are there and it bakes
fn bake(sim: &Sim) {
    configuration(sim, "reg-logistic", json!({}));
    sim.ok("UpdateEndpoint", canary());
    sim.clock.advance(Duration::from_secs(3));
    eventually("it bakes", || {
        let shown = sim.describe("prod");
        let variant = &shown["PendingDeploymentSummary"]["ProductionVariants"][0];
        let stage = variant["VariantStatus"][0]["Status"].clone();
        sim.clock.advance(Duration::from_millis(100));
        (stage == "Baking").then_some(())
    });
}

#[test]
fn a_canary_gets_its_share_of_the_requests() {
    const ASKED: u32 = 1200;
    let (sim, _store) = ready();
    serve(&sim, "reg-squarederror");
    // more than 1, which a probability is not
    let row = scored("reg-squarederror")
        .0
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let share = || {
        let new = (0..ASKED).filter(|_| numbers(&sim.invoke("prod", &row).text)[0] <= 1.0);
        new.count() as f64 / f64::from(ASKED)
    };
    assert_eq!(share(), 0.0);
    bake(&sim);
    let canary = share();
    // four standard deviations of a binomial share
    let bound = 4.0 * (0.25 * 0.75 / f64::from(ASKED)).sqrt();
    assert!((canary - 0.25).abs() < bound, "{canary}, within {bound}");
    sim.clock.advance(Duration::from_secs(60));
    assert_eq!(share(), 1.0, "the second bake");
    assert_eq!(sim.at_rest("prod")["EndpointConfigName"], "reg-logistic");
}

#[test]
fn errors_of_the_new_fleet_alone_turn_it_back() {
    let (sim, _store) = ready();
    let alarm = "AlarmName=errors&Namespace=AWS/SageMaker&MetricName=Invocation5XXErrors&Statistic=Sum&Period=60&EvaluationPeriods=1&Threshold=2&ComparisonOperator=GreaterThanThreshold&Dimensions.member.1.Name=EndpointName&Dimensions.member.1.Value=prod&Dimensions.member.2.Name=VariantName&Dimensions.member.2.Value=main";
    assert_eq!(sim.form("PutMetricAlarm", alarm).status, 200);
    serve(&sim, "reg-squarederror");
    bake(&sim);
    sim.fault(json!({"operation": "InvokeEndpoint", "error": "ModelError", "endpoint_config": "reg-logistic"}));
    let mut failed = 0;
    while sim.describe("prod")["EndpointStatus"] == "Updating" {
        let answer = sim.invoke("prod", "1,2,3,4");
        failed += u32::from(answer.status == 424);
        assert!(failed <= 3);
    }
    assert_eq!(sim.describe("prod")["EndpointStatus"], "RollingBack");
    assert_eq!(
        sim.invoke("prod", "1,2,3,4").status,
        200,
        "the old fleet serves"
    );
    let shown = sim.at_rest("prod");
    assert_eq!(shown["EndpointConfigName"], "reg-squarederror");
    assert!(shown.get("FailureReason").is_none());
}

#[test]
fn a_model_is_wrong_or_slow_on_demand() {
    let (sim, _store) = ready();
    serve(&sim, "reg-squarederror");
    let right = numbers(&sim.invoke("prod", "1,2,3,4").text)[0];
    sim.fault(json!({"operation": "InvokeEndpoint", "error": "WrongPredictions", "factor": 3.0, "times": 1}));
    let wrong = numbers(&sim.invoke("prod", "1,2,3,4").text)[0];
    assert!((wrong - 3.0 * right).abs() < TOLERANCE);
    sim.fault(
        json!({"operation": "InvokeEndpoint", "error": "SlowModel", "seconds": 0.2, "times": 1}),
    );
    let start = Instant::now();
    assert_eq!(numbers(&sim.invoke("prod", "1,2,3,4").text)[0], right);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn variants_are_asked_by_their_weights() {
    const ASKED: u32 = 400;
    let (sim, _store) = ready();
    configuration(&sim, "reg-squarederror", json!({}));
    configuration(&sim, "reg-logistic", json!({}));
    let variant = |model: &str| json!({"VariantName": model, "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": 1.0});
    sim.ok(
        "CreateEndpointConfig",
        json!({"EndpointConfigName": "both", "ProductionVariants": [variant("reg-squarederror"), variant("reg-logistic")]}),
    );
    sim.ok("CreateEndpoint", endpoint("both"));
    sim.at_rest("prod");
    sim.ok(
        "UpdateEndpointWeightsAndCapacities",
        json!({"EndpointName": "prod", "DesiredWeightsAndCapacities": [{"VariantName": "reg-logistic", "DesiredWeight": 3.0}]}),
    );
    let shown = sim.at_rest("prod");
    assert_eq!(shown["ProductionVariants"][1]["CurrentWeight"], 3.0);
    let row = scored("reg-squarederror")
        .0
        .lines()
        .next()
        .unwrap()
        .to_owned();
    let heavy = (0..ASKED).filter(|_| numbers(&sim.invoke("prod", &row).text)[0] <= 1.0);
    let share = heavy.count() as f64 / f64::from(ASKED);
    assert!(
        (share - 0.75).abs() < 4.0 * (0.25 * 0.75 / f64::from(ASKED)).sqrt(),
        "{share}"
    );
}

#[test]
fn requests_and_answers_are_captured_in_s3() {
    let (sim, store) = ready();
    let capture = json!({"DataCaptureConfig": {
        "EnableCapture": true, "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://capture/prod",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }});
    configuration(&sim, "reg-squarederror", capture);
    sim.ok("CreateEndpoint", endpoint("reg-squarederror"));
    sim.at_rest("prod");
    let answers: Vec<String> = ["1,2,3,4", "5,6,,8"]
        .map(|row| sim.invoke("prod", row).text)
        .into();
    sim.clock.advance(Duration::from_secs(60));
    let key = eventually("a capture", || store.keys("capture/").pop());
    // 1,700,000,000 seconds after the epoch, and 4 to come up
    assert!(
        key.starts_with("capture/prod/prod/main/2023/11/14/22/13-24-000-"),
        "{key}"
    );
    assert!(key.ends_with(".jsonl"), "{key}");
    let text = String::from_utf8(store.get(&key).unwrap()).unwrap();
    let records: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(records.len(), 2);
    assert_eq!(
        records[1]["captureData"]["endpointInput"],
        json!({"observedContentType": "text/csv", "mode": "INPUT", "data": "5,6,,8", "encoding": "CSV"})
    );
    assert_eq!(
        records[1]["captureData"]["endpointOutput"]["data"],
        answers[1].as_str()
    );
    assert_eq!(
        records[1]["eventMetadata"]["inferenceTime"],
        "2023-11-14T22:13:24Z"
    );
    assert_eq!(records[1]["eventVersion"], "0");
}

#[test]
fn event_bridge_hears_of_endpoints_and_packages_and_twice_on_demand() {
    let (sim, store) = ready();
    serve(&sim, "reg-squarederror");
    let states = || store.events("SageMaker Endpoint State Change");
    let state = eventually("a state", || {
        states()
            .into_iter()
            .find(|state| state["EndpointStatus"] == "IN_SERVICE")
    });
    assert_eq!(state["EndpointConfigName"], "reg-squarederror");
    assert_eq!(state["CreationTime"], 1.7e12);

    sim.fault(json!({"operation": "PutEvents", "error": "DuplicateEvent", "times": 1}));
    let arn = sim.package();
    let approve = json!({"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"});
    sim.ok("UpdateModelPackage", approve);
    let told = eventually("three events", || {
        let events = store.events("SageMaker Model Package State Change");
        (events.len() == 3).then_some(events)
    });
    let approvals: Vec<&Value> = told
        .iter()
        .filter(|event| event["ModelApprovalStatus"] == "Approved")
        .collect();
    assert_eq!(approvals.len(), 1);
    assert_eq!(
        approvals[0]["UpdatedModelPackageFields"],
        json!(["ModelApprovalStatus"])
    );
}
