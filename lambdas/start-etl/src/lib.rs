//! Starts the ETL workflow for a new file in the raw bucket: once for each version of each object that is what the contract says.
//!
//! An object below `incoming/` is claimed ([`claim`]), read once as a stream, checked against the contract and hashed on the way. A file that is not
//! what the contract says goes to [`quarantine`], and nothing is started. For a good one Glue is asked for a run of the workflow ([`runs`]),
//! with what the job needs to know as run properties.
//!
//! Everything may happen twice, late, or stop halfway: EventBridge delivers at least once and in any order, Lambda tries again,
//! Glue refuses while runs are under way. What an attempt finds done, it does not do again.

mod check;
pub mod claim;
pub mod quarantine;
pub mod runs;

use std::collections::HashMap;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_glue::Client;
use data_contract::{Contract, HOUSING};
use serde_json::{Value, json};
use trigger::{
    Answer, EventError, Function, Invocation, Object, Store, StoreError, Unfit, Variables,
};

use crate::check::Checked;
use crate::claim::{ClaimError, Held, State, Taken};
use crate::quarantine::{ContractName, Reason};
use crate::runs::{Run, RunError, Workflow};

/// What is delivered is put here; `quarantine/` is in the same bucket
const INCOMING: &str = "incoming/";
/// What is left of the time for giving up in order
const RESERVE: Duration = Duration::from_secs(2);

/// The function
#[derive(Debug)]
pub struct StartEtl {
    store: Store,
    workflow: Workflow,
    contract: Contract,
    artifacts: String,
    processed: String,
}

/// Why an event is to be tried again
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is none of ours; trying again ends in the dead-letter queue, where a person looks
    #[error("failed to read the event")]
    Event(#[from] EventError),
    /// Nobody knows who deals with the object
    #[error("failed to claim `{uri}`")]
    Claim {
        /// Which object
        uri: String,
        /// Why
        #[source]
        source: ClaimError,
    },
    /// S3 failed
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Glue did not start a run
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Function for StartEtl {
    const NAME: &'static str = "start-etl";
    type Error = Error;

    fn new(variables: &Variables, config: &SdkConfig) -> Result<Self, Unfit> {
        Self::with(Contract::parse(HOUSING)?, variables, config)
    }

    async fn handle(&self, event: Value, invocation: &Invocation) -> Result<Answer, Error> {
        let object = Object::of(event)?;
        if !object.key.starts_with(INCOMING) || object.file_name().is_empty() {
            return Ok(answer(&object, "ignored", json!({}), &[]));
        }
        let mut patience = invocation.patience(RESERVE);
        let taken = claim::take(
            &self.store,
            &self.artifacts,
            &object,
            invocation,
            &mut patience,
        );
        let taken = taken.await.map_err(|source| Error::Claim {
            uri: object.uri(),
            source,
        })?;
        let held = match taken {
            Taken::Held(held) => *held,
            Taken::Busy => return Ok(duplicate(&object, json!({"state": "claimed"}))),
            Taken::Settled(state) => return Ok(duplicate(&object, json!(state))),
        };
        let reading = match self.store.open(&object).await? {
            Some(reading) => reading,
            None => return gone(&object, held).await,
        };
        // from here on it is this very version, also where the event did not name it
        let object_id = object.id();
        let version = reading.version_id.clone();
        match check::check(&self.contract, reading).await? {
            Checked::Good { sha256, rows } => {
                tracing::info!(rows, sha256, "the file keeps the contract");
                let properties = HashMap::from([
                    ("object_id".to_owned(), object_id.clone()),
                    ("input_uri".to_owned(), object.uri()),
                    // S3's own name for the version of an object in a bucket that keeps none
                    (
                        "input_version_id".to_owned(),
                        version.unwrap_or_else(|| "null".into()),
                    ),
                    ("input_sha256".to_owned(), sha256.clone()),
                    (
                        "output_uri".to_owned(),
                        format!("s3://{}/housing", self.processed),
                    ),
                ]);
                self.start(&object, held, properties, sha256, &mut patience)
                    .await
            }
            Checked::Bad(reason) => self.refuse(&object, held, &reason).await,
        }
    }
}

impl StartEtl {
    /// The function for files of this contract
    ///
    /// # Errors
    /// A variable is missing.
    pub fn with(
        contract: Contract,
        variables: &Variables,
        config: &SdkConfig,
    ) -> Result<Self, Unfit> {
        let workflow = variables.required("WORKFLOW_NAME")?;
        Ok(Self {
            store: Store::new(config),
            workflow: Workflow::new(Client::new(config), workflow),
            contract,
            artifacts: variables.required("ARTIFACTS_BUCKET")?,
            processed: variables.required("PROCESSED_BUCKET")?,
        })
    }

    async fn start(
        &self,
        object: &Object,
        mut held: Held<'_>,
        properties: HashMap<String, String>,
        sha256: String,
        patience: &mut trigger::Patience,
    ) -> Result<Answer, Error> {
        if !held.starting().await? {
            return Ok(duplicate(object, json!({"state": "claimed"})));
        }
        let asked = held.was_asked();
        let id = object.id();
        let run = match self.workflow.run(&id, &properties, asked, patience).await {
            Ok(run) => run,
            Err(error) => {
                // so that the next attempt need not wait until our time is over
                held.release(error.asked()).await?;
                return Err(error.into());
            }
        };
        let (run_id, counts): (_, &[_]) = match run {
            Run::Started(run_id) => (run_id, &[("ObjectsAccepted", 1), ("RunsStarted", 1)]),
            Run::Found(run_id) => (run_id, &[("ObjectsAccepted", 1)]),
        };
        let state = State::Started {
            run_id,
            input_sha256: sha256,
        };
        let told = json!(state);
        if !held.settle(state).await? {
            tracing::warn!("somebody else wrote the record of this run");
        }
        Ok(answer(object, "started", told, counts))
    }

    async fn refuse(
        &self,
        object: &Object,
        held: Held<'_>,
        reason: &Reason,
    ) -> Result<Answer, Error> {
        let contract = ContractName {
            id: &self.contract.id,
            version: &self.contract.version,
        };
        let written = quarantine::quarantine(&self.store, object, reason, contract).await?;
        let Some(reason_uri) = written else {
            return gone(object, held).await;
        };
        tracing::warn!(
            code = reason.code,
            line = reason.line,
            field = reason.field,
            reason = reason_uri,
            "quarantined: {}",
            reason.message
        );
        let state = State::Quarantined {
            code: reason.code.clone(),
            reason_uri,
        };
        let told = json!(state);
        held.settle(state).await?;
        let counts = [("ObjectsQuarantined", 1)];
        Ok(answer(object, "quarantined", told, &counts))
    }
}

/// The version was deleted before it was read: nothing is wrong with that
async fn gone(object: &Object, held: Held<'_>) -> Result<Answer, Error> {
    held.settle(State::Gone).await?;
    Ok(answer(object, "gone", json!({}), &[("ObjectsGone", 1)]))
}

fn duplicate(object: &Object, told: Value) -> Answer {
    answer(object, "duplicate", told, &[("EventsDuplicated", 1)])
}

fn answer(object: &Object, outcome: &str, mut told: Value, counts: &[trigger::Count]) -> Answer {
    told["outcome"] = outcome.into();
    told["object_id"] = object.id().into();
    told["input_uri"] = object.uri().into();
    Answer {
        value: told,
        counts: counts.to_vec(),
    }
}
