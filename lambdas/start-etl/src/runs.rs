//! Runs of the Glue workflow: asking for one, and finding the one that may be there already.
//!
//! `StartWorkflowRun` has no token that makes a second call harmless, so the SDK must not repeat it: a call without a clear answer may
//! have been heard. Then Glue's runs are searched for one with our `object_id` before it is asked again.

use std::collections::HashMap;

use aws_sdk_glue::Client;
use aws_sdk_glue::config::retry::RetryConfig;
use trigger::{OutOfTime, Patience, Trouble, trouble};

/// Glue's names for "not now"
const BUSY: [&str; 2] = [
    "ConcurrentRunsExceededException",
    "ResourceNumberLimitExceededException",
];

/// One workflow
#[derive(Debug)]
pub struct Workflow {
    client: Client,
    name: String,
}

/// How a run came to be
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// We asked, and Glue said so
    Started(String),
    /// It was there
    Found(String),
}

/// Why there is no run, as far as we know
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Glue will not
    #[error("Glue does not start the workflow `{workflow}`")]
    Refused {
        /// Its name
        workflow: String,
        /// Why
        #[source]
        trouble: Trouble,
    },
    /// Glue cannot now, and there is no time to wait
    #[error("Glue cannot start the workflow `{workflow}` yet: {trouble}")]
    Busy {
        /// Its name
        workflow: String,
        /// What Glue said last
        trouble: Trouble,
        /// Whether it may have heard us all the same
        asked: bool,
        /// Why we do not wait
        #[source]
        source: OutOfTime,
    },
}

impl RunError {
    /// Whether there may be a run of which we do not know
    pub fn asked(&self) -> bool {
        match self {
            Self::Refused { .. } => false,
            Self::Busy { asked, .. } => *asked,
        }
    }
}

impl Workflow {
    /// The workflow called `name`
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// One run with these properties, of which `object_id` tells it apart. Whether one may have been `asked` for before decides
    /// if Glue's runs are searched first.
    ///
    /// # Errors
    /// Glue refuses, or the time is over.
    pub async fn run(
        &self,
        object_id: &str,
        properties: &HashMap<String, String>,
        mut asked: bool,
        patience: &mut Patience,
    ) -> Result<Run, RunError> {
        loop {
            let answer = match asked {
                true => match self.find(object_id).await {
                    Ok(Some(run)) => return Ok(Run::Found(run)),
                    Ok(None) => self.start(properties).await,
                    Err(trouble) => Err(trouble),
                },
                false => self.start(properties).await,
            };
            let trouble = match answer {
                Ok(run) => return Ok(Run::Started(run)),
                Err(Trouble::Busy(said)) => Trouble::Busy(said),
                Err(Trouble::Unknown(said)) => {
                    asked = true;
                    Trouble::Unknown(said)
                }
                Err(trouble) => {
                    let workflow = self.name.clone();
                    return Err(RunError::Refused { workflow, trouble });
                }
            };
            tracing::warn!(workflow = self.name, %trouble, "waiting for Glue");
            if let Err(source) = patience.pause().await {
                return Err(RunError::Busy {
                    workflow: self.name.clone(),
                    trouble,
                    asked,
                    source,
                });
            }
        }
    }

    async fn start(&self, properties: &HashMap<String, String>) -> Result<String, Trouble> {
        let once = aws_sdk_glue::config::Builder::new().retry_config(RetryConfig::disabled());
        let call = self.client.start_workflow_run().name(&self.name);
        let call = call.set_run_properties(Some(properties.clone()));
        let answer = call.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| trouble(&error, &BUSY))?;
        // a run that Glue does not name has to be looked for
        answer
            .run_id
            .ok_or_else(|| Trouble::Unknown("Glue names no run".into()))
    }

    async fn find(&self, object_id: &str) -> Result<Option<String>, Trouble> {
        let call = self.client.get_workflow_runs().name(&self.name);
        let mut runs = call.max_results(100).into_paginator().items().send();
        while let Some(run) = runs.next().await {
            let run = run.map_err(|error| trouble(&error, &BUSY))?;
            let properties = run.workflow_run_properties();
            if properties
                .and_then(|all| all.get("object_id"))
                .map(String::as_str)
                == Some(object_id)
            {
                return Ok(run.workflow_run_id);
            }
        }
        Ok(None)
    }
}
