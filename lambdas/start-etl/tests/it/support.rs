//! The buckets around the function, and Glue as far as it is asked here.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_contract::{Contract, HOUSING};
use rehearsal::{Line, Stage, Standin, lambda};
use serde_json::{Value, json};
use start_etl::StartEtl;
use trigger::{Answer, Function as _, Variables};

pub(crate) const WORKFLOW: &str = "towpath-dev-housing";
/// What an attempt has, where nothing is said about it
pub(crate) const TIME: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Glue {
    runs: Vec<Value>,
    refusals: Option<(u16, &'static str, usize)>,
    /// Starts a run and fails all the same
    deaf: usize,
}

pub(crate) struct Bench {
    pub(crate) stage: Stage,
    pub(crate) raw: String,
    pub(crate) artifacts: String,
    glue: Arc<Mutex<Glue>>,
    url: String,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        let stage = Stage::new();
        let (raw, artifacts) = (stage.make("raw").await, stage.make("artifacts").await);
        let glue = Arc::new(Mutex::new(Glue::default()));
        let answering = Arc::clone(&glue);
        let standin = Standin::start(move |operation, input| {
            answering.lock().unwrap().answer(operation, &input)
        });
        Self {
            url: standin.await.url(),
            stage,
            raw,
            artifacts,
            glue,
        }
    }

    pub(crate) fn line(&self) -> Line {
        Line::new(&[("AWSGlue.", self.url.clone())])
    }

    pub(crate) fn function(&self, line: &Line) -> StartEtl {
        self.function_for(Contract::parse(HOUSING).unwrap(), line)
    }

    pub(crate) fn function_for(&self, contract: Contract, line: &Line) -> StartEtl {
        let variables = Variables::new([
            ("WORKFLOW_NAME", WORKFLOW),
            ("ARTIFACTS_BUCKET", &self.artifacts),
            ("PROCESSED_BUCKET", "towpath-dev-processed-000000000000"),
        ]);
        StartEtl::with(contract, &variables, &Stage::config(line)).unwrap()
    }

    /// One delivery of an event, as a request of its own
    pub(crate) async fn deliver(&self, event: &Value) -> Answer {
        let function = self.function(&self.line());
        let invocation = lambda::invocation(&lambda::request(), TIME);
        function.handle(event.clone(), &invocation).await.unwrap()
    }

    pub(crate) fn runs(&self) -> Vec<Value> {
        self.glue.lock().unwrap().runs.clone()
    }

    /// Lets the next starts fail
    pub(crate) fn refuse(&self, status: u16, name: &'static str, times: usize) {
        self.glue.lock().unwrap().refusals = Some((status, name, times));
    }

    /// Lets the next starts happen, and be answered with a fault of the service
    pub(crate) fn start_without_saying_so(&self, times: usize) {
        self.glue.lock().unwrap().deaf = times;
    }
}

impl Glue {
    fn answer(&mut self, operation: &str, input: &Value) -> rehearsal::Said {
        assert_eq!(input["Name"], WORKFLOW);
        match operation {
            "StartWorkflowRun" => self.start(input),
            "GetWorkflowRuns" => Ok(self.page(input)),
            other => panic!("nobody asked for {other}"),
        }
    }

    fn start(&mut self, input: &Value) -> rehearsal::Said {
        if let Some((status, name, times)) = &mut self.refusals
            && *times > 0
        {
            *times -= 1;
            return Err((*status, name));
        }
        let run = format!("wr_{}", self.runs.len());
        self.runs.push(json!({
            "Name": input["Name"], "WorkflowRunId": run, "WorkflowRunProperties": input["RunProperties"],
        }));
        if self.deaf > 0 {
            self.deaf -= 1;
            return Err((500, "InternalServiceException"));
        }
        Ok(json!({ "RunId": run }))
    }

    /// Two runs at a time, so that there are pages
    fn page(&self, input: &Value) -> Value {
        let first = input["NextToken"]
            .as_str()
            .map_or(0, |token| token.parse().unwrap());
        let runs: Vec<&Value> = self.runs.iter().skip(first).take(2).collect();
        let mut page = json!({ "Runs": runs });
        if first + 2 < self.runs.len() {
            page["NextToken"] = (first + 2).to_string().into();
        }
        page
    }
}
