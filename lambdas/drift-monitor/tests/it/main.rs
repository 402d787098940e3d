//! The function against SageMaker's simulator and S3 as ministack has it: an endpoint with a captured day behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use aws_sdk_sagemaker::Client;
use aws_sdk_sagemaker::types::{
    CaptureContentTypeHeader, CaptureMode, CaptureOption, ContainerDefinition, DataCaptureConfig,
    DriftCheckBaselines, DriftCheckModelDataQuality, InferenceSpecification, MetricsSource,
    ModelPackageContainerDefinition, ProductionVariant, ProductionVariantInstanceType,
};
use drift_monitor::{DriftMonitor, Error};
use jiff::Timestamp;
use rehearsal::{Line, Stage, lambda};
use serde_json::{Value, json};
use trigger::{Answer, Function as _, Variables};

const TIME: Duration = Duration::from_secs(60);
const ROLE: &str = "arn:aws:iam::000000000000:role/serving";

/// Buckets, and the endpoint that is watched
struct Scene {
    stage: Stage,
    client: Client,
    artifacts: String,
    capture: String,
    endpoint: String,
}

fn line() -> Line {
    Line::new(&[("SageMaker.", Stage::sagemaker_url())])
}

/// Two features and the predictions, each with ten bins of 400 rows from 0 to 1
fn statistics() -> String {
    let bucket = |index: u32| json!({"lower_bound": f64::from(index) / 10.0, "upper_bound": f64::from(index + 1) / 10.0, "count": 400});
    let buckets: Vec<Value> = (0..10).map(bucket).collect();
    let feature = |name: &str| json!({"name": name, "numerical_statistics": {"distribution": {"kll": {"buckets": buckets}}}});
    json!({"version": 0, "features": [feature("income"), feature("age"), feature("prediction")]})
        .to_string()
}

impl Scene {
    async fn new() -> Self {
        let stage = Stage::new();
        let scene = Self {
            client: Client::new(&Stage::config(&line())),
            artifacts: stage.make("artifacts").await,
            capture: stage.make("capture").await,
            endpoint: stage.bucket("endpoint"),
            stage,
        };
        scene
            .stage
            .put(&scene.artifacts, "baseline/statistics.json", statistics())
            .await;
        scene
    }

    fn function(&self) -> DriftMonitor {
        let reports = format!("s3://{}/drift", self.artifacts);
        let variables =
            Variables::new([("ENDPOINT_NAME", &self.endpoint), ("REPORTS_URI", &reports)]);
        DriftMonitor::new(&variables, &Stage::config(&line())).unwrap()
    }

    async fn look(&self, event: Value) -> Result<Answer, Error> {
        let invocation = lambda::invocation("look", TIME);
        self.function().handle(event, &invocation).await
    }

    /// Puts a package into service whose baseline is at `baseline`
    async fn serve(&self, baseline: Option<&str>) {
        let name = self.endpoint.as_str();
        let call = self.client.create_model_package_group();
        call.model_package_group_name(name).send().await.unwrap();
        let container = ModelPackageContainerDefinition::builder()
            .image(format!(
                "000000000000.dkr.ecr.eu-central-1.amazonaws.com/h@sha256:{}",
                "a".repeat(64)
            ))
            .model_data_url("s3://models/model.tar.gz");
        let mut call = self
            .client
            .create_model_package()
            .model_package_group_name(name)
            .inference_specification(
                InferenceSpecification::builder()
                    .containers(container.build())
                    .build(),
            );
        if let Some(key) = baseline {
            let source = MetricsSource::builder()
                .content_type("application/json")
                .s3_uri(format!("s3://{}/{key}", self.artifacts));
            let quality = DriftCheckModelDataQuality::builder().statistics(source.build());
            let baselines = DriftCheckBaselines::builder().model_data_quality(quality.build());
            call = call.drift_check_baselines(baselines.build());
        }
        let package = call.send().await.unwrap();
        let package = package.model_package_arn().unwrap();
        let container = ContainerDefinition::builder().model_package_name(package);
        let call = self.client.create_model().model_name(name);
        let call = call
            .execution_role_arn(ROLE)
            .primary_container(container.build());
        call.send().await.unwrap();
        let types = CaptureContentTypeHeader::builder().csv_content_types("text/csv");
        let option = |mode| CaptureOption::builder().capture_mode(mode).build();
        let capture = DataCaptureConfig::builder()
            .enable_capture(true)
            .initial_sampling_percentage(100)
            .destination_s3_uri(format!("s3://{}/housing", self.capture))
            .capture_options(option(CaptureMode::Input))
            .capture_options(option(CaptureMode::Output))
            .capture_content_type_header(types.build());
        let variant = ProductionVariant::builder()
            .variant_name("primary")
            .model_name(name)
            .instance_type(ProductionVariantInstanceType::MlM5Large)
            .initial_instance_count(1);
        let call = self
            .client
            .create_endpoint_config()
            .endpoint_config_name(name);
        let call = call
            .production_variants(variant.build())
            .data_capture_config(capture.build());
        call.send().await.unwrap();
        let call = self.client.create_endpoint().endpoint_name(name);
        call.endpoint_config_name(name).send().await.unwrap();
        while self.status().await != "InService" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn status(&self) -> String {
        let call = self
            .client
            .describe_endpoint()
            .endpoint_name(&self.endpoint);
        let found = call.send().await.unwrap();
        found.endpoint_status().unwrap().as_str().to_owned()
    }

    /// Captures requests of ten rows, and one that was refused; `bend` is done to incomes
    async fn capture(&self, name: &str, requests: u64, bend: f64) {
        let now = Timestamp::now();
        let mut random = fastrand::Rng::with_seed(requests);
        let mut text = record(now, "nonsense", "");
        for _ in 0..requests {
            let mut number = |power: f64| random.f64().powf(power);
            let rows: Vec<String> = (0..10)
                .map(|_| format!("{},{}", number(bend), number(1.0)))
                .collect();
            let said: Vec<String> = (0..10).map(|_| number(1.0).to_string()).collect();
            text += &record(now, &rows.join("\n"), &said.join("\n"));
        }
        let hour = now.strftime("%Y/%m/%d/%H");
        let key = format!("housing/{}/primary/{hour}/{name}.jsonl", self.endpoint);
        self.stage.put(&self.capture, &key, text).await;
    }
}

fn record(time: Timestamp, input: &str, output: &str) -> String {
    let part = |data: &str, mode: &str| json!({"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": "CSV"});
    let record = json!({
        "captureData": {"endpointInput": part(input, "INPUT"), "endpointOutput": part(output, "OUTPUT")},
        "eventMetadata": {"eventId": "e", "inferenceTime": time.to_string()}, "eventVersion": "0",
    });
    format!("{record}\n")
}

fn drifted(answer: &Answer) -> Vec<&str> {
    let columns = answer.value["reports"][0]["columns"].as_array().unwrap();
    let drifted = columns.iter().filter(|column| column["drifted"] == true);
    drifted
        .map(|column| column["name"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shifted_feature_is_named_and_a_steady_day_is_not() {
    let scene = Scene::new().await;
    scene.serve(Some("baseline/statistics.json")).await;
    let answer = scene.look(json!({})).await.unwrap();
    assert_eq!(answer.value["outcome"], "too few rows");

    scene.capture("steady", 60, 1.0).await;
    let answer = scene.look(json!({})).await.unwrap();
    assert_eq!(answer.value["outcome"], "steady", "{}", answer.value);
    assert_eq!(
        answer.counts,
        [
            ("RowsCompared", 600),
            ("RecordsUndecodable", 1),
            ("ColumnsDrifted", 0)
        ]
    );

    scene.capture("bent", 61, 0.5).await;
    let event = json!({"time": Timestamp::now(), "source": "aws.scheduler", "detail": {}});
    let answer = scene.look(event).await.unwrap();
    assert_eq!(answer.value["outcome"], "drift");
    assert_eq!(drifted(&answer), ["income"]);
    assert_eq!(answer.counts[0], ("RowsCompared", 1210));
    assert_eq!(answer.counts[2], ("ColumnsDrifted", 1));

    // what was written down is what was answered
    let folder = format!("drift/{}/primary/", scene.endpoint);
    let keys = scene.stage.keys(&scene.artifacts).await;
    let reports: Vec<&String> = keys.iter().filter(|key| key.starts_with(&folder)).collect();
    let last = reports.last().unwrap();
    assert_eq!(
        scene.stage.json(&scene.artifacts, last).await,
        answer.value["reports"][0]
    );

    // nothing of it is in a window that begins later
    let later = Timestamp::now() + Duration::from_secs(3600);
    let event = json!({"since": later, "time": later});
    let answer = scene.look(event).await.unwrap();
    assert_eq!(answer.value["outcome"], "too few rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_compared_is_said() {
    let scene = Scene::new().await;
    let answer = scene.look(json!({})).await.unwrap();
    assert_eq!(answer.value["reason"], "there is no such endpoint");
    let error = scene.look(json!({"since": "yesterday"})).await.unwrap_err();
    assert!(matches!(error, Error::Event(_)), "{error}");

    scene.serve(None).await;
    let answer = scene.look(json!({})).await.unwrap();
    assert_eq!(answer.value["outcome"], "no baseline");

    for (key, content, expected) in [
        ("gone.json", None, "that is not there"),
        ("other.json", Some("{}"), "is no baseline"),
    ] {
        let scene = Scene::new().await;
        if let Some(content) = content {
            scene.stage.put(&scene.artifacts, key, content).await;
        }
        scene.serve(Some(key)).await;
        let error = scene.look(json!({})).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
