//! A bucket as the ETL job leaves it, and a SageMaker that starts one execution for a token.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rehearsal::{Line, Stage, Standin};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use start_training::StartTraining;
use trigger::{Function as _, Variables, hex};

pub(crate) const PIPELINE: &str = "towpath-dev-housing";
/// Of the delivered file
pub(crate) const HASH: &str = "8a3727f4cf54ac1a327f69b1d5b4db54c5834ea81c6e4efc0d163300022a685e";

/// What the job writes
pub(crate) struct Folder {
    pub(crate) manifest: Value,
    pub(crate) files: BTreeMap<&'static str, String>,
}

#[derive(Default)]
struct SageMaker {
    executions: Vec<Value>,
    refusals: Option<(&'static str, usize)>,
}

pub(crate) struct Bench {
    pub(crate) stage: Stage,
    pub(crate) bucket: String,
    sagemaker: Arc<Mutex<SageMaker>>,
    url: String,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let stage = Stage::new();
        let bucket = stage.make("processed").await;
        let sagemaker = Arc::new(Mutex::new(SageMaker::default()));
        let answering = Arc::clone(&sagemaker);
        let standin = Standin::start(move |operation, input| {
            assert_eq!(operation, "StartPipelineExecution");
            answering.lock().unwrap().start(input)
        });
        Self {
            url: standin.await.url(),
            stage,
            bucket,
            sagemaker,
        }
    }

    pub(crate) fn line(&self) -> Line {
        Line::new(&[("SageMaker.", self.url.clone())])
    }

    pub(crate) fn function(&self, line: &Line) -> StartTraining {
        let variables = Variables::new([("PIPELINE_NAME", PIPELINE)]);
        StartTraining::new(&variables, &Stage::config(line)).unwrap()
    }

    /// Writes a run's results, the manifest last; the event about it
    pub(crate) async fn finish(&self, change: impl FnOnce(&mut Folder)) -> Value {
        let files = files();
        let mut folder = Folder {
            manifest: self.manifest(),
            files,
        };
        change(&mut folder);
        let key = |name: &str| format!("housing/{HASH}/{name}");
        for (name, content) in folder.files {
            self.stage.put(&self.bucket, &key(name), content).await;
        }
        let manifest = folder.manifest.to_string();
        self.stage
            .put(&self.bucket, &key("manifest.json"), manifest)
            .await
    }

    pub(crate) fn manifest(&self) -> Value {
        let outputs: serde_json::Map<_, _> = files()
            .into_iter()
            .map(|(name, content)| {
                let hash = hex(&Sha256::digest(&content));
                let mut output = json!({"sha256": hash, "bytes": content.len()});
                if name.ends_with(".csv") {
                    output["rows"] = (content.lines().count() - 1).into();
                }
                (name.to_owned(), output)
            })
            .collect();
        json!({
            "contract": {"id": "urn:towpath:data-contract:housing", "version": "1.0.0"},
            "input": {"uri": "s3://raw/incoming/housing.csv", "version_id": "v", "sha256": HASH, "rows": 2},
            "object_id": "o",
            "outputs": outputs,
        })
    }

    pub(crate) fn executions(&self) -> Vec<Value> {
        self.sagemaker.lock().unwrap().executions.clone()
    }

    /// Lets the next calls fail
    pub(crate) fn refuse(&self, name: &'static str, times: usize) {
        self.sagemaker.lock().unwrap().refusals = Some((name, times));
    }
}

fn files() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("features.csv", "value,longitude\n1,2\n3,4\n".to_owned()),
        ("quality.json", "{}".to_owned()),
    ])
}

impl SageMaker {
    fn start(&mut self, input: Value) -> rehearsal::Said {
        if let Some((name, times)) = &mut self.refusals
            && *times > 0
        {
            *times -= 1;
            return Err((400, name));
        }
        let token = input["ClientRequestToken"].clone();
        assert!((32..=128).contains(&token.as_str().unwrap().len()));
        let same = |execution: &Value| execution["ClientRequestToken"] == token;
        let index = self.executions.iter().position(same);
        let index = index.unwrap_or_else(|| {
            self.executions.push(input);
            self.executions.len() - 1
        });
        let arn =
            "arn:aws:sagemaker:eu-central-1:000000000000:pipeline/towpath-dev-housing/execution";
        Ok(json!({"PipelineExecutionArn": format!("{arn}/{index:012}")}))
    }
}
