//! The Model Registry that a test's project is judged against: the simulator, with one package approved.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use sagemaker_sim::{Config, Simulator};
use serde_json::{Value, json};

/// The digest of the image that the reviewed package serves with.
pub(crate) const IMAGE: &str =
    "sha256:1111111111111111111111111111111111111111111111111111111111111111";
/// The digest of an image that nobody reviewed.
pub(crate) const OTHER_IMAGE: &str =
    "sha256:2222222222222222222222222222222222222222222222222222222222222222";
/// Where the model's data lies, and its entity tag.
pub(crate) const DATA: (&str, &str) = (
    "s3://artifacts/housing/model.tar.gz",
    "0123456789abcdef0123456789abcdef",
);

/// A registry that ends with its test.
#[derive(Debug)]
pub(crate) struct Registry(Simulator);

impl Registry {
    /// A registry whose group `housing` holds version 1, approved.
    pub(crate) fn new() -> Self {
        let registry = Self(Simulator::start(Config::default()).unwrap());
        registry.call(
            "CreateModelPackageGroup",
            &json!({"ModelPackageGroupName": "housing"}),
        );
        registry.register();
        registry
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// One more version, approved, made of the same.
    pub(crate) fn register(&self) {
        let created = self.call(
            "CreateModelPackage",
            &json!({"ModelPackageGroupName": "housing", "InferenceSpecification": made_of(IMAGE)}),
        );
        self.update(json!({"ModelPackageArn": created["ModelPackageArn"], "ModelApprovalStatus": "Approved"}));
    }

    /// Changes the approval of version 1.
    pub(crate) fn approval(&self, status: &str) {
        self.update(json!({"ModelPackageArn": arn(1), "ModelApprovalStatus": status}));
    }

    /// Puts another image into version 1.
    pub(crate) fn replace_image(&self) {
        self.update(
            json!({"ModelPackageArn": arn(1), "InferenceSpecification": made_of(OTHER_IMAGE)}),
        );
    }

    fn update(&self, change: Value) {
        self.call("UpdateModelPackage", &change);
    }

    /// The answer to an operation, which must work.
    fn call(&self, operation: &str, input: &Value) -> Value {
        let url = self.url();
        let address = url.strip_prefix("http://").unwrap();
        let body = input.to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: SageMaker.{operation}\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=OWNER/20261123/eu-central-1/sagemaker/aws4_request, \
             SignedHeaders=host, Signature=0\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "{operation} failed: {answer}"
        );
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

/// The ARN of a version.
pub(crate) fn arn(version: u32) -> String {
    format!("arn:aws:sagemaker:eu-central-1:000000000000:model-package/housing/{version}")
}

/// The image, as a release file and the registry name it.
pub(crate) fn image(digest: &str) -> String {
    format!("000000000000.dkr.ecr.eu-central-1.amazonaws.com/housing@{digest}")
}

fn made_of(digest: &str) -> Value {
    let (url, etag) = DATA;
    json!({"Containers": [{
        "Image": image(digest), "ImageDigest": digest, "ModelDataUrl": url, "ModelDataETag": etag,
    }]})
}
