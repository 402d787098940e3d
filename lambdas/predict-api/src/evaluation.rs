//! What training left in S3 beside a package: how the model errs in each segment, and the districts that it learned from.
//!
//! The package names its `evaluation.json`; `districts.json` lies in the same folder. Neither changes once it is written, so
//! what was read last is kept for as long as it is asked for. Who serves a package from elsewhere has neither, and predicts all the same.

use std::sync::OnceLock;
use std::time::Instant;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::endpoint::in_time;
use crate::http::Response;
use crate::model::Record;
use crate::problem::Problem;

/// Lambda answers with at most 6 MB.
const MOST_BYTES: i64 = 5 << 20;

/// An address and what is there
type File = (String, String);

/// The files of evaluations
#[derive(Debug)]
pub(crate) struct Evaluations {
    config: SdkConfig,
    client: OnceLock<Client>,
    evaluation: Mutex<Option<File>>,
    districts: Mutex<Option<File>>,
}

impl Evaluations {
    pub(crate) fn new(config: &SdkConfig) -> Self {
        Self {
            config: config.clone(),
            client: OnceLock::new(),
            evaluation: Mutex::default(),
            districts: Mutex::default(),
        }
    }

    /// `GET /districts`: those that the model which serves was trained on, a list for each column
    pub(crate) async fn districts(&self, record: &Record, deadline: Instant) -> Response {
        let read = async {
            let description = record.description().await?;
            let Some(evaluation) = address(&description) else {
                return Ok(None);
            };
            let folder = evaluation.rsplit_once('/').map_or("", |(folder, _)| folder);
            let districts = format!("{folder}/districts.json");
            self.read(&self.districts, &districts).await.map(Some)
        };
        let trouble = match in_time(deadline, read).await {
            Some(Ok(Some(text))) => {
                let response = Response::text(200, "application/json", text);
                return response.with("cache-control", "public, max-age=300");
            }
            Some(Ok(None)) => return Problem::NoDistricts.response(),
            Some(Err(error)) => error,
            None => "no answer in time".to_owned(),
        };
        let mut response = Problem::Away { seconds: 10 }.response();
        response.measures.trouble = Some(trouble);
        response
    }

    /// How the model errs, in more detail than its metrics say
    pub(crate) async fn detail(&self, address: &str) -> Result<Value, String> {
        let text = self.read(&self.evaluation, address).await?;
        let evaluation: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        let told = ["rows", "random", "spatial", "segments", "baseline"];
        let told = told.map(|name| (name.to_owned(), evaluation[name].clone()));
        Ok(Value::Object(told.into_iter().collect()))
    }

    /// A JSON document, from where it is kept if it is the one that was read last
    async fn read(&self, kept: &Mutex<Option<File>>, address: &str) -> Result<String, String> {
        let mut kept = kept.lock().await;
        if let Some((known, text)) = kept.as_ref()
            && known == address
        {
            return Ok(text.clone());
        }
        let text = self.fetch(address).await;
        let text = text.map_err(|error| format!("failed to read {address}: {error}"))?;
        *kept = Some((address.to_owned(), text.clone()));
        Ok(text)
    }

    async fn fetch(&self, address: &str) -> Result<String, String> {
        let (bucket, key) = address
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .ok_or("that is not the address of an object in S3")?;
        let object = self.client().get_object().bucket(bucket).key(key);
        let object = object
            .send()
            .await
            .map_err(|error| DisplayErrorContext(error).to_string())?;
        let bytes = object.content_length().unwrap_or_default();
        if bytes > MOST_BYTES {
            return Err(format!("{bytes} bytes are more than can be answered"));
        }
        let body = object.body.collect().await;
        let body = body.map_err(|error| error.to_string())?.to_vec();
        serde_json::from_slice::<Map<String, Value>>(&body)
            .map_err(|error| format!("it is no JSON object: {error}"))?;
        String::from_utf8(body).map_err(|error| error.to_string())
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            // the bucket in the path: AWS takes that, and a stand-in on loopback has no names for buckets
            let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(true);
            Client::from_conf(config.build())
        })
    }
}

/// Where the package of this description was evaluated
pub(crate) fn address(description: &Value) -> Option<&str> {
    description["lineage"]["evaluation_uri"].as_str()
}
