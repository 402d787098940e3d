//! The surroundings of a function: a sandbox, buckets in it, and events about their objects.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration,
    VersioningConfiguration,
};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};

use crate::line::Line;

const REGION: &str = "eu-central-1";

/// One sandbox for all tests of a program; it ends with the program
fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    let options = Options {
        region: REGION.into(),
        ..Options::default()
    };
    SANDBOX.get_or_init(|| Sandbox::start(&options).expect("the sandbox starts"))
}

/// Buckets of one test
#[derive(Debug)]
pub struct Stage {
    client: Client,
    name: String,
}

impl Stage {
    /// A place of its own in the sandbox
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        Self {
            client: Client::new(&Self::config(&Line::new(&[]))),
            name: format!("stage-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// Where SageMaker's stand-in answers
    pub fn sagemaker_url() -> String {
        sandbox().sagemaker_url()
    }

    /// Where everything else answers
    pub fn aws_url() -> String {
        sandbox().aws_url()
    }

    /// The standard variables that lead a program here
    pub fn environment() -> &'static sandbox::Environment {
        sandbox().environment()
    }

    /// What clients are made from, over a line
    pub fn config(line: &Line) -> SdkConfig {
        let keys = Credentials::new("sandbox", "sandbox", None, None, "rehearsal");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(Self::aws_url())
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .http_client(line.clone())
            .build()
    }

    /// A bucket's full name
    pub fn bucket(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// Makes a bucket that keeps versions
    pub async fn make(&self, name: &str) -> String {
        let bucket = self.bucket(name);
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(REGION))
            .build();
        let call = self.client.create_bucket().bucket(&bucket);
        let call = call.create_bucket_configuration(place);
        call.send().await.expect("a bucket is made");
        let versioning = VersioningConfiguration::builder()
            .status(BucketVersioningStatus::Enabled)
            .build();
        let call = self.client.put_bucket_versioning().bucket(&bucket);
        let call = call.versioning_configuration(versioning).send();
        call.await.expect("versions are kept");
        bucket
    }

    /// Puts an object; the event about it
    pub async fn put(&self, bucket: &str, key: &str, content: impl Into<Vec<u8>>) -> Value {
        static SEQUENCE: AtomicU32 = AtomicU32::new(1);
        let content = content.into();
        let size = content.len();
        let call = self.client.put_object().bucket(bucket).key(key);
        let put = call.body(ByteStream::from(content)).send().await;
        let put = put.expect("an object is put");
        let etag = put.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        let mut object = json!({
            "key": key, "size": size, "etag": etag,
            "sequencer": format!("{:018X}", SEQUENCE.fetch_add(1, Ordering::Relaxed)),
        });
        if let Some(version) = put.version_id() {
            object["version-id"] = version.into();
        }
        json!({
            "version": "0", "id": "rehearsal", "detail-type": "Object Created", "source": "aws.s3",
            "account": "000000000000", "region": "eu-central-1", "resources": [],
            "detail": {
                "version": "0", "event-version": "1.0", "bucket": {"name": bucket}, "object": object,
                "request-id": "R", "requester": "000000000000", "reason": "PutObject",
            },
        })
    }

    /// What an object holds; none when there is none
    pub async fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let call = self.client.get_object().bucket(bucket).key(key);
        let found = call.send().await.ok()?;
        let body = found.body.collect().await.expect("an object is read");
        Some(body.to_vec())
    }

    /// What an object of JSON holds
    pub async fn json(&self, bucket: &str, key: &str) -> Value {
        let text = self
            .get(bucket, key)
            .await
            .expect("there is such an object");
        serde_json::from_slice(&text).expect("it is JSON")
    }

    /// The keys of a bucket
    pub async fn keys(&self, bucket: &str) -> Vec<String> {
        let call = self.client.list_objects_v2().bucket(bucket);
        let mut pages = call.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.expect("a bucket is listed");
            keys.extend(
                page.contents()
                    .iter()
                    .filter_map(|object| object.key.clone()),
            );
        }
        keys
    }

    /// Takes a version of an object away
    pub async fn delete_version(&self, event: &Value) {
        let object = &event["detail"]["object"];
        let call = self.client.delete_object();
        let call = call
            .bucket(
                event["detail"]["bucket"]["name"]
                    .as_str()
                    .unwrap_or_default(),
            )
            .key(object["key"].as_str().unwrap_or_default())
            .version_id(object["version-id"].as_str().unwrap_or_default());
        call.send().await.expect("a version is deleted");
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::new()
    }
}
