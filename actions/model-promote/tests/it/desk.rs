//! A project with a release file, and a registry with packages of the model.

use std::cell::Cell;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use github_sim::GitHub;
use sagemaker_sim::{Clock, Config, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{Normaliser, Program, Ran};

use crate::store::Store;

const CONFIG: &str = "project: towpath\naws: {region: eu-central-1}\nterraform: {environments: {prod: {root: iac}}}\n";
pub(crate) const RELEASE_FILE: &str = "models/housing/prod.yaml";
/// Long after every change is due.
const DONE: Duration = Duration::from_secs(7200);

/// How a package turned out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) rmse: f64,
    pub(crate) rmse_spatial: f64,
    pub(crate) features: &'static [&'static str],
}

pub(crate) const GOOD: Made = Made {
    rmse: 0.4521,
    rmse_spatial: 0.669,
    features: &["longitude", "latitude", "median_income"],
};

pub(crate) struct Desk {
    folder: TempDir,
    simulator: Simulator,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    versions: Cell<u64>,
}

impl Desk {
    /// A release file that pins version 1, of which the registry knows nothing.
    pub(crate) fn new() -> Self {
        let clock = Clock::fixed(Duration::from_secs(1_800_000_000));
        let config = Config {
            clock: clock.clone(),
            ..Config::default()
        };
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            simulator: Simulator::start(config).unwrap(),
            store: Store::start(),
            clock,
            versions: Cell::new(0),
        };
        desk.write("towpath.yaml", CONFIG);
        let ours = test_support::workspace_root().join("models/housing/prod.yaml");
        desk.write(
            "models/housing/prod.yaml",
            &std::fs::read_to_string(ours).unwrap(),
        );
        desk.call(
            "CreateModelPackageGroup",
            json!({"ModelPackageGroupName": "housing"}),
        );
        desk
    }

    /// One whose release is version 1, registered, approved, and pinned as the registry has it.
    pub(crate) fn released() -> Self {
        let desk = Self::new();
        desk.register(GOOD);
        desk.approve(1);
        desk.store
            .put("artifacts/housing/1/model.tar.gz", "bytes".to_owned());
        let ran = desk.run(&[]);
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        desk
    }

    /// The next version of the model, with what the pipeline wrote beside it.
    pub(crate) fn register(&self, made: Made) -> u64 {
        let version = self.versions.get() + 1;
        self.versions.set(version);
        let folder = format!("artifacts/evaluations/{version}");
        self.call("CreateModelPackage", json!({
            "ModelPackageGroupName": "housing",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [{
                    "Image": format!("000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing-xgboost@sha256:{}", "4".repeat(64)),
                    "ModelDataUrl": format!("s3://artifacts/housing/{version}/model.tar.gz"),
                }],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "CustomerMetadataProperties": {
                "rmse": made.rmse.to_string(),
                "rmse_noise": "0.007",
                "rmse_spatial": made.rmse_spatial.to_string(),
                "input_sha256": "8".repeat(64),
                "evaluation_uri": format!("s3://{folder}/evaluation.json"),
                "contract_version": "1.0.0",
                "execution_arn": "arn:aws:sagemaker:eu-central-1:000000000000:pipeline/towpath-dev-housing/execution/abc123",
            },
        }));
        self.store.put(
            &format!("{folder}/evaluation.json"),
            evaluation(made).to_string(),
        );
        let golden = json!({
            "content_type": "text/csv", "features": made.features, "tolerance": 1e-4,
            "rows": [{"csv": "1.5,2,3", "prediction": 1.5}, {"csv": "4.25,5,6", "prediction": 4.25}],
        });
        self.store
            .put(&format!("{folder}/golden.json"), golden.to_string());
        version
    }

    pub(crate) fn decide(&self, version: u64, approval: &str) {
        self.call("UpdateModelPackage", json!({
            "ModelPackageArn": arn(version), "ModelApprovalStatus": approval, "ApprovalDescription": "by hand",
        }));
    }

    /// What the registry says of a version.
    pub(crate) fn package(&self, version: u64) -> Value {
        let input = json!({"ModelPackageName": arn(version)});
        self.call("DescribeModelPackage", input)
    }

    /// Approves a version as it is recorded after a merge.
    pub(crate) fn approve(&self, version: u64) {
        self.call(
            "UpdateModelPackage",
            json!({
                "ModelPackageArn": arn(version),
                "ModelApprovalStatus": "Approved",
                "CustomerMetadataProperties": {"approval_pull_request": "https://github.com/o/r/pull/1"},
            }),
        );
    }

    /// A model and an endpoint configuration of a version, called as Terraform calls them.
    pub(crate) fn configure(&self, version: u64) -> String {
        let model = format!("towpath-prod-housing-{version}");
        let config = format!("{model}-abcd1234");
        self.call(
            "CreateModel",
            json!({
                "ModelName": model,
                "ExecutionRoleArn": "arn:aws:iam::000000000000:role/serving",
                "PrimaryContainer": {"ModelPackageName": arn(version)},
            }),
        );
        self.call("CreateEndpointConfig", variants(&config, &model));
        config
    }

    /// Another endpoint configuration of version 1's model.
    pub(crate) fn configure_again(&self) -> String {
        let config = "towpath-prod-housing-1-again";
        self.call(
            "CreateEndpointConfig",
            variants(config, "towpath-prod-housing-1"),
        );
        config.to_owned()
    }

    /// Creates the endpoint, or updates it, and waits until it is at rest.
    pub(crate) fn deploy(&self, operation: &str, config: &str) {
        self.begin(operation, config);
        self.clock.advance(DONE);
    }

    /// The same without waiting.
    pub(crate) fn begin(&self, operation: &str, config: &str) {
        self.call(operation, json!({
            "EndpointName": "towpath-prod-housing", "EndpointConfigName": config, "DeploymentConfig": policy(),
        }));
    }

    /// The next update goes back without a word.
    pub(crate) fn roll_back_silently(&self) {
        self.post(
            "/_sim/faults",
            "",
            &json!({"operation": "UpdateEndpoint", "error": "SilentRollback", "times": 1}),
        );
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn release_file(&self) -> String {
        std::fs::read_to_string(self.path(RELEASE_FILE)).unwrap()
    }

    fn path(&self, path: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(path)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.program(arguments).run()
    }

    /// The same in a workflow of a repository that has `commit` checked out.
    pub(crate) fn run_on(&self, github: &GitHub, commit: &str, arguments: &[&str]) -> Ran {
        self.program(arguments)
            .envs([
                ("GITHUB_API_URL", github.url()),
                ("GITHUB_REPOSITORY", github_sim::REPOSITORY),
                ("GITHUB_TOKEN", "ghs_invented"),
                ("GITHUB_SHA", commit),
            ])
            .run()
    }

    fn program(&self, arguments: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_model-promote"))
            .args(arguments)
            .cwd(self.path(""))
            .envs([
                ("AWS_ENDPOINT_URL_SAGEMAKER", self.simulator.url().as_str()),
                ("AWS_ENDPOINT_URL_S3", self.store.url()),
                ("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", self.store.url()),
                ("AWS_ACCESS_KEY_ID", "AKIATEST"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_CONFIG_FILE", "/dev/null"),
                ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
                ("AWS_EC2_METADATA_DISABLED", "true"),
            ])
    }

    /// What it says and its exit code, in one text.
    pub(crate) fn said(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        Normaliser::new()
            .path(self.path(""), "[desk]")
            .apply(&format!(
                "exit code: {}\n{}{}",
                ran.exit_code, ran.stdout, ran.stderr
            ))
    }

    pub(crate) fn call(&self, operation: &str, input: Value) -> Value {
        let headers = format!(
            "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: SageMaker.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=AKIATEST/20260102/eu-central-1/sagemaker/aws4_request, \
             SignedHeaders=host, Signature=0\r\n"
        );
        self.post("/", &headers, &input)
    }

    fn post(&self, path: &str, headers: &str, input: &Value) -> Value {
        let url = self.simulator.url();
        let address = url.strip_prefix("http://").unwrap();
        let body = input.to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{path} {input}: {answer}"
        );
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_default()
    }
}

pub(crate) fn arn(version: u64) -> String {
    format!("arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/{version}")
}

fn variants(config: &str, model: &str) -> Value {
    json!({
        "EndpointConfigName": config,
        "ProductionVariants": [{
            "VariantName": "primary", "ModelName": model, "InitialInstanceCount": 2,
            "InstanceType": "ml.m5.large", "InitialVariantWeight": 1.0,
        }],
    })
}

/// The deployment policy that the release file asks for.
fn policy() -> Value {
    json!({
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY", "WaitIntervalInSeconds": 300,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            },
            "TerminationWaitInSeconds": 120,
            "MaximumExecutionTimeoutInSeconds": 3600,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "server-errors"}, {"AlarmName": "latency"}]},
    })
}

fn evaluation(made: Made) -> Value {
    let score = |rmse: f64, noise: f64| json!({"rows": 4128, "rmse": rmse, "mae": 0.3, "r2": 0.84, "rmse_noise": noise});
    json!({
        "model": "xgboost",
        "rows": {"train": 16512, "test": 4128},
        "random": score(made.rmse, 0.007),
        "spatial": score(made.rmse_spatial, 0.02),
        "segments": {
            "INLAND": score(made.rmse - 0.1, 0.01),
            "ISLAND": {"rows": 2, "rmse": 0.5, "mae": 0.4, "r2": null, "rmse_noise": null},
        },
        "baseline": {"random": score(0.7, 0.01), "spatial": score(0.8, 0.02), "segments": {}},
        "features": made.features,
        "data": {"input_sha256": "8".repeat(64), "features_sha256": "9".repeat(64)},
        "model_bytes": 1234567,
        "latency_us_per_row": 2.5,
    })
}
