//! Starts the training pipeline for what the ETL job has finished: once for each content of a manifest.
//!
//! The job writes its manifest last. Every file that it names is read and compared with it, size and hash, before the pipeline is asked for; what does
//! not agree is refused with `rejected.json` beside the manifest, and nothing is started. The pipeline is asked with a token that follows from
//! the manifest's bytes, so that SageMaker itself makes one execution of however many requests; nothing has to be remembered here.

pub mod manifest;
mod pipeline;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::SdkConfig;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use trigger::{
    Answer, EventError, Function, Invocation, Object, OutOfTime, Store, StoreError, Trouble, Unfit,
    Variables, hex,
};

use crate::manifest::{Manifest, NAME, Objection, Output};
use crate::pipeline::Pipeline;

/// A manifest of a dozen files has some kilobytes
const LARGEST_MANIFEST: u64 = 1024 * 1024;
/// Written beside a manifest that is refused. It must not end as the manifest does, or it would be an event of its own.
const REJECTED: &str = "rejected.json";
/// What is left of the time for giving up in order
const RESERVE: Duration = Duration::from_secs(1);

/// The function
#[derive(Debug)]
pub struct StartTraining {
    store: Store,
    pipeline: Pipeline,
}

/// Why an event is to be tried again
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is none of ours
    #[error("failed to read the event")]
    Event(#[from] EventError),
    /// S3 failed
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SageMaker will not
    #[error("SageMaker does not start the pipeline `{pipeline}`")]
    Refused {
        /// Its name
        pipeline: String,
        /// Why
        #[source]
        trouble: Trouble,
    },
    /// SageMaker cannot now, and there is no time to wait
    #[error("SageMaker cannot start the pipeline `{pipeline}` yet: {trouble}")]
    Busy {
        /// Its name
        pipeline: String,
        /// What SageMaker said last
        trouble: Trouble,
        /// Why we do not wait
        #[source]
        source: OutOfTime,
    },
}

impl Function for StartTraining {
    const NAME: &'static str = "start-training";
    type Error = Error;

    fn new(variables: &Variables, config: &SdkConfig) -> Result<Self, Unfit> {
        Ok(Self {
            store: Store::new(config),
            pipeline: Pipeline::new(config, variables.required("PIPELINE_NAME")?),
        })
    }

    async fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, Error> {
        let object = Object::of(event)?;
        if object.file_name() != NAME {
            return Ok(answer(&object, "ignored", json!({}), &[]));
        }
        let text = match self.store.open(&object).await? {
            Some(found) if found.size <= LARGEST_MANIFEST => found.to_end().await?,
            Some(found) => {
                let objection = Objection::new("manifest-too-large", "the manifest is too large");
                let objection = objection.instead(LARGEST_MANIFEST, found.size);
                return self.reject(&object, &objection).await;
            }
            None => return Ok(answer(&object, "gone", json!({}), &[("ObjectsGone", 1)])),
        };
        let manifest = match Manifest::read(&object.key, &text) {
            Ok(manifest) => manifest,
            Err(objection) => return self.reject(&object, &objection).await,
        };
        let folder = object.key.strip_suffix(NAME).unwrap_or_default();
        let folder = folder.strip_suffix('/').unwrap_or_default();
        for (name, output) in &manifest.outputs {
            let key = format!("{folder}/{name}");
            let compared = self.compare(&object.bucket, &key, output).await?;
            if let Some(objection) = compared {
                return self.reject(&object, &objection.about(name)).await;
            }
        }
        let features = manifest.features().map(|features| features.sha256.clone());
        let parameters = BTreeMap::from([
            ("InputUri", format!("s3://{}/{folder}", object.bucket)),
            ("DataSha256", features.unwrap_or_default()),
            ("InputSha256", manifest.input.sha256.clone()),
        ]);
        let token = hex(&Sha256::digest(&text));
        let mut patience = invocation.patience(RESERVE);
        let execution = self
            .pipeline
            .start(&token, &parameters, &mut patience)
            .await?;
        let told = json!({"execution_arn": execution, "parameters": parameters});
        Ok(answer(
            &object,
            "started",
            told,
            &[("ManifestsAccepted", 1)],
        ))
    }
}

impl StartTraining {
    /// What is wrong with a file that a manifest names
    async fn compare(
        &self,
        bucket: &str,
        key: &str,
        expected: &Output,
    ) -> Result<Option<Objection>, StoreError> {
        let mut found = match self.store.open_current(bucket, key).await? {
            Some(found) => found,
            None => {
                let message = "the manifest names a file that is not there";
                return Ok(Some(Objection::new("output-missing", message)));
            }
        };
        if found.size != expected.bytes {
            let objection = Objection::new(
                "output-size",
                "a file has another size than the manifest says",
            );
            return Ok(Some(objection.instead(expected.bytes, found.size)));
        }
        let mut hash = Sha256::new();
        while let Some(piece) = found.piece().await? {
            hash.update(piece);
        }
        let hash = hex(&hash.finalize());
        if hash != expected.sha256 {
            let objection = Objection::new(
                "output-hash-mismatch",
                "a file has another content than the manifest says",
            );
            return Ok(Some(objection.instead(&expected.sha256, hash)));
        }
        Ok(None)
    }

    /// Says beside the manifest why nothing is trained on it
    async fn reject(&self, object: &Object, objection: &Objection) -> Result<Answer, Error> {
        let folder = object.key.strip_suffix(NAME).unwrap_or_default();
        let key = format!("{folder}{REJECTED}");
        let document = json!({
            "objection": objection,
            "manifest": {"uri": object.uri(), "version_id": object.version_id, "etag": object.etag},
        });
        let text = format!("{document:#}\n");
        self.store.put(&object.bucket, &key, &text).await?;
        tracing::warn!(
            code = objection.code,
            output = objection.output,
            "rejected: {}",
            objection.message
        );
        let told =
            json!({"code": objection.code, "reason_uri": format!("s3://{}/{key}", object.bucket)});
        Ok(answer(
            object,
            "rejected",
            told,
            &[("ManifestsRejected", 1)],
        ))
    }
}

fn answer(object: &Object, outcome: &str, mut told: Value, counts: &[trigger::Count]) -> Answer {
    told["outcome"] = outcome.into();
    told["manifest_uri"] = object.uri().into();
    Answer {
        value: told,
        counts: counts.to_vec(),
    }
}
