//! The state: every resource by its ARN, so that accounts and regions need no level of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::endpoints::Endpoint;
use crate::faults::Faults;
use crate::glue::Glue;
use crate::metrics::Metrics;
use crate::packages::Package;
use crate::pipelines::Pipelines;
use crate::random::Random;
use crate::rollout::Pace;
use crate::site::Task;
use crate::wire::{Caller, Failure, Object};

/// Everything that the simulator remembers
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) groups: BTreeMap<String, Object>,
    pub(crate) packages: BTreeMap<String, Package>,
    /// The highest version ever given out in a group, by its ARN
    pub(crate) last_versions: BTreeMap<String, u64>,
    pub(crate) models: BTreeMap<String, Object>,
    pub(crate) endpoint_configs: BTreeMap<String, Object>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) alarms: BTreeMap<String, Object>,
    pub(crate) tags: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) faults: Faults,
    pub(crate) metrics: Metrics,
    pub(crate) random: Random,
    /// Whether there is a stand-in for the rest of AWS: without it nothing is served, captured or told
    pub(crate) connected: bool,
    pub(crate) loads_models: bool,
    pub(crate) glue: Glue,
    pub(crate) pipelines: Pipelines,
    /// Folders of what processes wrote, by the id of the run or the name of the job
    pub(crate) logs: BTreeMap<String, PathBuf>,
    /// What the current request leaves to be done outside of the lock
    pub(crate) tasks: Vec<Task>,
}

/// One request: its operation, checked input, caller and time
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a str,
    pub(crate) input: Object,
    pub(crate) caller: Caller,
    pub(crate) now: Duration,
    pub(crate) pace: Pace,
}

/// What an operation answers; `Null` is an empty body
pub(crate) type Answer = Result<Value, Failure>;

impl Call<'_> {
    /// A string member; empty when absent, which the shape has already refused where it is required
    pub(crate) fn text(&self, member: &str) -> &str {
        self.input
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(crate) fn flag(&self, member: &str) -> bool {
        self.input
            .get(member)
            .and_then(Value::as_bool)
            .unwrap_or_default()
    }

    /// The request as a resource: everything given, without tags, which are kept beside it
    pub(crate) fn resource(&self) -> Object {
        let mut resource = self.input.clone();
        resource.remove("Tags");
        resource.insert("CreationTime".into(), timestamp(self.now));
        resource
    }
}

impl World {
    /// Keeps the tags of a request for the resource it created
    pub(crate) fn tag(&mut self, arn: &str, call: &Call) {
        let given = call.input.get("Tags").and_then(Value::as_array);
        let tags = self.tags.entry(arn.to_owned()).or_default();
        for tag in given.into_iter().flatten() {
            tags.insert(string(tag, "Key"), string(tag, "Value"));
        }
    }
}

/// A time as awsJson1.1 writes it: seconds since the epoch, to the millisecond
pub(crate) fn timestamp(time: Duration) -> Value {
    Value::from(time.as_millis() as f64 / 1000.0)
}

/// A string member of a JSON object, or nothing
pub(crate) fn string(value: &Value, member: &str) -> String {
    value
        .get(member)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
