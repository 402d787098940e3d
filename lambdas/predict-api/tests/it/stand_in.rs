//! A server in the place of SageMaker, its runtime and S3: it writes down what it is asked, and says what a test wants it to.

use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sagemakerruntime::config::Credentials;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response as Answer};
use predict_api::{Api, Request, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const ENDPOINT: &str = "towpath-test-housing";

/// How the endpoint behaves
#[derive(Debug, Clone)]
pub(crate) enum Mood {
    /// The prediction of a row is its fourth feature, the income
    Scores,
    /// This, whatever is asked
    Says(&'static str),
    /// An error of SageMaker, by status, name and message
    Fails(u16, &'static str, &'static str),
    /// The package that serves does not say where it was evaluated
    Unexplained,
    /// S3 lets nobody read
    Sealed,
    /// Nothing, ever
    Hangs,
}

#[derive(Debug)]
struct Inner {
    mood: Mood,
    asked: Vec<String>,
}

/// The server; it ends with the runtime of its test
#[derive(Debug, Clone)]
pub(crate) struct StandIn {
    pub(crate) address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

impl StandIn {
    pub(crate) async fn new(mood: Mood) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let asked = Vec::new();
        let this = Self {
            address: listener.local_addr().unwrap(),
            inner: Arc::new(Mutex::new(Inner { mood, asked })),
        };
        let app = Router::new().fallback(answer).with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        this
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(ENDPOINT, &config(self.address)).unwrap()
    }

    /// What it was asked: bodies for the endpoint, operations for SageMaker
    pub(crate) fn asked(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.asked.clone()
    }

    fn note(&self, asked: String) -> Mood {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.asked.push(asked);
        inner.mood.clone()
    }
}

/// What leads the SDKs to this address
pub(crate) fn config(address: SocketAddr) -> SdkConfig {
    let key = Credentials::new("test", "test", None, None, "a test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(aws_sdk_sagemakerruntime::config::SharedCredentialsProvider::new(key))
        .endpoint_url(format!("http://{address}"))
        .build()
}

/// One request with five seconds
pub(crate) async fn ask(api: &Api, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Response {
    api.answer(&Request::new(method, path, body, Duration::from_secs(5)))
        .await
}

/// A row in the middle of what was seen
pub(crate) fn instance() -> Value {
    json!({
        "longitude": -121.5, "latitude": 38.25, "housing_median_age": 30, "total_rooms": 2000, "total_bedrooms": 400,
        "population": 1200, "households": 380, "median_income": 3.75, "ocean_proximity": "INLAND",
    })
}

/// Status, what matters of the headers, and the document
pub(crate) fn seen(response: &Response) -> String {
    let mut document: Value = serde_json::from_str(&response.body).unwrap();
    // their order depends on what else is built: another crate asks serde_json to keep it
    document.sort_all_objects();
    let told = ["allow", "retry-after", "accept-post"];
    let headers = response
        .headers
        .iter()
        .filter(|(name, _)| told.contains(name));
    let headers: String = headers
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let kind = response
        .headers
        .iter()
        .find(|(name, _)| *name == "content-type");
    let kind = kind.map_or("", |(_, value)| value);
    let document = serde_json::to_string_pretty(&document).unwrap();
    format!("{} {kind}\n{headers}{document}", response.status)
}

async fn answer(State(this): State<StandIn>, uri: Uri, headers: HeaderMap, body: Bytes) -> Answer {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let target = headers
        .get("x-amz-target")
        .map(|target| target.to_str().unwrap());
    let operation = target.and_then(|target| target.strip_prefix("SageMaker."));
    let file = uri.path().strip_prefix("/artifacts/");
    let mood = this.note(match (operation, file) {
        (Some(operation), _) => format!("{operation} {body}"),
        (None, Some(file)) => file.to_owned(),
        (None, None) => body.clone(),
    });
    let said =
        |text: String| ([("x-amzn-invoked-production-variant", "champion")], text).into_response();
    match (mood, operation) {
        (Mood::Hangs, _) => pending().await,
        (Mood::Fails(status, name, message), _) => {
            let status = StatusCode::from_u16(status).unwrap();
            let document = json!({"__type": name, "message": message, "Message": message});
            (status, [("x-amzn-errortype", name)], document.to_string()).into_response()
        }
        (Mood::Unexplained, Some("DescribeModelPackage")) => {
            let mut package = described("DescribeModelPackage");
            package["CustomerMetadataProperties"] = json!({});
            package.to_string().into_response()
        }
        (_, Some(operation)) => described(operation).to_string().into_response(),
        (Mood::Sealed, None) => (StatusCode::FORBIDDEN, DENIED).into_response(),
        (_, None) if file.is_some() => match file {
            Some("training/7/evaluation.json") => EVALUATION.into_response(),
            Some("training/7/districts.json") => DISTRICTS.into_response(),
            other => panic!("nobody should read {other:?}"),
        },
        (Mood::Says(text), None) => said(text.to_owned()),
        (Mood::Scores | Mood::Unexplained, None) => {
            assert_eq!(uri.path(), format!("/endpoints/{ENDPOINT}/invocations"));
            assert_eq!(headers["content-type"], "text/csv");
            let incomes = body
                .lines()
                .map(|line| line.split(',').nth(3).unwrap().to_owned() + "\n");
            said(incomes.collect())
        }
    }
}

pub(crate) const EVALUATION: &str = r#"{
    "rows": {"train": 800, "test": 200}, "random": {"rmse": 0.434}, "spatial": {"rmse": 0.62},
    "segments": {"INLAND": {"rows": 120, "rmse": 0.36}}, "baseline": {"random": {"rmse": 0.73}}, "features": ["a"]
}"#;
pub(crate) const DISTRICTS: &str = r#"{"longitude": [-121.5], "median_house_value": [250000.0]}"#;
const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
const PACKAGE: &str = "arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/7";

fn described(operation: &str) -> Value {
    match operation {
        "DescribeEndpoint" => json!({
            "EndpointName": ENDPOINT, "EndpointArn": "arn:e", "EndpointConfigName": "housing-7-abc",
            "EndpointStatus": "InService", "CreationTime": 1.7e9, "LastModifiedTime": 1.7e9,
            "ProductionVariants": [
                {"VariantName": "champion", "CurrentWeight": 1.0, "CurrentInstanceCount": 2},
            ],
        }),
        "DescribeEndpointConfig" => json!({
            "EndpointConfigName": "housing-7-abc", "EndpointConfigArn": "arn:c", "CreationTime": 1.7e9,
            "ProductionVariants": [{"VariantName": "champion", "ModelName": "housing-7"}],
        }),
        "DescribeModel" => json!({
            "ModelName": "housing-7", "ModelArn": "arn:m", "CreationTime": 1.7e9,
            "PrimaryContainer": {"ModelPackageName": PACKAGE},
        }),
        "DescribeModelPackage" => json!({
            "ModelPackageName": "housing/7", "ModelPackageArn": PACKAGE, "ModelPackageVersion": 7,
            "ModelPackageGroupName": "housing", "ModelApprovalStatus": "Approved", "CreationTime": 1.6e9,
            "ModelPackageStatus": "Completed", "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "CustomerMetadataProperties": {
                "rmse": "0.434", "rmse_spatial": "0.62", "input_sha256": "1234", "contract_version": "1.0.0",
                "evaluation_uri": "s3://artifacts/training/7/evaluation.json",
            },
        }),
        other => panic!("nobody should ask for {other}"),
    }
}
