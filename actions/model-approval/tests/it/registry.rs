//! The registry that the action asks: the simulator, with what a test puts there.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use sagemaker_sim::{Config, Simulator};
use serde_json::{Value, json};

/// The digest of the image that was reviewed.
pub(crate) const DIGEST: &str =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";
/// The data that was reviewed, and its entity tag.
pub(crate) const DATA: (&str, &str) = (
    "s3://artifacts/housing/model.tar.gz",
    "0123456789abcdef0123456789abcdef",
);
/// Our account, and another one.
pub(crate) const OURS: &str = "000000000000";
pub(crate) const THEIRS: &str = "111111111111";

/// A registry that ends with its test.
#[derive(Debug)]
pub(crate) struct Registry(Simulator);

impl Registry {
    /// Version 1 of `housing` with this approval, in our account.
    pub(crate) fn with(approval: &str) -> Self {
        let registry = Self(Simulator::start(Config::default()).unwrap());
        registry.register(OURS, approval);
        registry
    }

    /// Version 1 of `housing` with this approval, in `account`.
    pub(crate) fn register(&self, account: &str, approval: &str) {
        self.call(
            account,
            "CreateModelPackageGroup",
            json!({"ModelPackageGroupName": "housing"}),
        );
        let (url, etag) = DATA;
        self.call(account, "CreateModelPackage", json!({
            "ModelPackageGroupName": "housing",
            "InferenceSpecification": {"Containers": [{
                "Image": image(DIGEST), "ImageDigest": DIGEST, "ModelDataUrl": url, "ModelDataETag": etag,
            }]},
        }));
        self.call(
            account,
            "UpdateModelPackage",
            json!({
                "ModelPackageArn": arn(account),
                "ModelApprovalStatus": approval,
                "ApprovalDescription": "RMSE 0.441",
            }),
        );
    }

    /// A model called `old`, served by an endpoint configuration of that name.
    pub(crate) fn serve(&self, container: Value) {
        self.call(
            OURS,
            "CreateModel",
            json!({
                "ModelName": "old",
                "ExecutionRoleArn": "arn:aws:iam::000000000000:role/serving",
                "PrimaryContainer": container,
            }),
        );
        self.call(OURS, "CreateEndpointConfig", json!({
            "EndpointConfigName": "old",
            "ProductionVariants": [{
                "VariantName": "blue", "ModelName": "old", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large",
            }],
        }));
    }

    /// From now on the operation is denied.
    pub(crate) fn deny(&self, operation: &str) {
        let fault = json!({"operation": operation, "error": "AccessDeniedException"});
        self.post("/_sim/faults", "", fault);
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    fn call(&self, account: &str, operation: &str, input: Value) {
        let headers = format!(
            "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: SageMaker.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential={account}/20260102/eu-central-1/sagemaker/aws4_request, \
             SignedHeaders=host, Signature=0\r\n"
        );
        self.post("/", &headers, input);
    }

    fn post(&self, path: &str, headers: &str, input: Value) {
        let url = self.url();
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
    }
}

/// Version 1 of `housing`.
pub(crate) fn arn(account: &str) -> String {
    format!("arn:aws:sagemaker:eu-central-1:{account}:model-package/housing/1")
}

/// The image, as a release file and the registry name it.
pub(crate) fn image(digest: &str) -> String {
    format!("000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing@{digest}")
}

/// What a release file says that pins version 1 as it was reviewed.
pub(crate) fn release(account: &str) -> String {
    let (url, etag) = DATA;
    format!(
        "release:\n  package: {}\n  image: {}\n  model_data:\n    url: {url}\n    etag: {etag}\n",
        arn(account),
        image(DIGEST)
    )
}
