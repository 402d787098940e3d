//! Compares what the endpoint is asked now, and what it says, with what the model was approved on. Once an hour, or when somebody asks.
//!
//! SageMaker captures requests as files in S3 ([`capture`]); the package behind what serves names its [`baseline`]; [`compare`] says which columns
//! have moved, and holds how often it does so without reason to one look in a hundred. A report is written beside the model's other
//! artifacts, and the number of drifted columns is a metric with an alarm (`iac/modules/drift`).
//!
//! It tells people. It trains nothing and deploys nothing: whether the world or a sender has changed is not in the numbers.

pub mod baseline;
pub mod capture;
pub mod compare;
mod sagemaker;

use aws_config::SdkConfig;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use trigger::{
    Answer, Function, Invocation, Store, StoreError, Trouble, Unfit, Variables, WrongVariable,
};

use crate::baseline::{Baseline, BaselineError};
use crate::capture::Captured;
use crate::compare::{Counted, FALSE_ALARMS, Shift};
use crate::sagemaker::{SageMaker, Serving, Variant};

/// How far back is looked without being told
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Enough to see any shift that matters; the newest files are read first
const MOST_ROWS: u64 = 200_000;

/// The function
#[derive(Debug)]
pub struct DriftMonitor {
    sagemaker: SageMaker,
    store: Store,
    endpoint: String,
    /// Bucket and the beginning of keys
    reports: (String, String),
}

/// Why nothing could be compared
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not an event of a schedule, nor a question
    #[error("the event is none that this function knows")]
    Event(#[source] serde_json::Error),
    /// SageMaker failed, or refused
    #[error("`{operation}` of `{name}` failed")]
    SageMaker {
        /// What was asked
        operation: &'static str,
        /// Of what
        name: String,
        /// Why
        #[source]
        trouble: Trouble,
    },
    /// S3 failed
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The package names one that is none
    #[error("`{uri}` is no baseline")]
    Baseline {
        /// Its address
        uri: String,
        /// Why
        #[source]
        source: BaselineError,
    },
    /// It is gone, or its address is none
    #[error("the package `{package}` names a baseline that is not there: `{uri}`")]
    NoBaseline {
        /// The package
        package: String,
        /// Its address
        uri: String,
    },
}

/// What is asked: an event of EventBridge's scheduler has a time, a person may say since when
#[derive(Debug, Deserialize)]
struct Question {
    time: Option<Timestamp>,
    since: Option<Timestamp>,
}

/// What was found of a variant
#[derive(Debug, Serialize)]
struct Report {
    endpoint: String,
    variant: String,
    package: String,
    since: Timestamp,
    until: Timestamp,
    rows: u64,
    undecodable: u64,
    /// Of one look, without any drift
    false_alarms: f64,
    /// None when there were too few rows
    columns: Option<Vec<Shift>>,
}

impl Report {
    fn drifted(&self) -> impl Iterator<Item = &Shift> {
        let columns = self.columns.iter().flatten();
        columns.filter(|shift| shift.drifted)
    }
}

impl Function for DriftMonitor {
    const NAME: &'static str = "drift-monitor";
    type Error = Error;

    fn new(variables: &Variables, config: &SdkConfig) -> Result<Self, Unfit> {
        let reports = variables.required("REPORTS_URI")?;
        let reports = place(&reports)
            .ok_or_else(|| WrongVariable::new("REPORTS_URI", "is no `s3://` address"))?;
        Ok(Self {
            sagemaker: SageMaker::new(config),
            store: Store::new(config),
            endpoint: variables.required("ENDPOINT_NAME")?,
            reports,
        })
    }

    async fn handle(&self, event: Value, _: &Invocation) -> Result<Answer, Error> {
        let question: Question = serde_json::from_value(event).map_err(Error::Event)?;
        let until = question.time.unwrap_or_else(Timestamp::now);
        let serving = match self.sagemaker.serving(&self.endpoint).await? {
            Ok(serving) => serving,
            Err(reason) => return Ok(nothing(&self.endpoint, &reason)),
        };
        let Some(capture) = serving.capture.as_deref().and_then(place) else {
            return Ok(nothing(&self.endpoint, "its requests are not captured"));
        };
        // what was asked of the model before this one says nothing about this one
        let asked = question
            .since
            .unwrap_or_else(|| until.saturating_sub(DAY).unwrap_or(until));
        let since = second(asked.max(serving.since));
        let mut reports = Vec::new();
        for variant in &serving.variants {
            let window = (since, until);
            if let Some(report) = self.compare(variant, &capture, window).await? {
                self.keep(&report).await?;
                reports.push(report);
            }
        }
        Ok(self.answer(&serving, &reports))
    }
}

impl DriftMonitor {
    /// Compares a variant; none when its package names no baseline
    async fn compare(
        &self,
        variant: &Variant,
        (bucket, folder): &(String, String),
        (since, until): (Timestamp, Timestamp),
    ) -> Result<Option<Report>, Error> {
        let (Some(package), Some(uri)) = (&variant.package, &variant.statistics) else {
            return Ok(None);
        };
        let baseline = self.baseline(package, uri).await?;
        let mut counted = Counted::new(&baseline);
        let mut undecodable = 0;
        let variant = &variant.name;
        for hour in hours(since, until) {
            let prefix = format!(
                "{folder}{}/{variant}/{}/",
                self.endpoint,
                hour.strftime("%Y/%m/%d/%H")
            );
            for key in self.store.keys(bucket, &prefix).await?.iter().rev() {
                if counted.rows >= MOST_ROWS {
                    break;
                }
                let Some(file) = self.store.open_current(bucket, key).await? else {
                    continue;
                };
                let file = file.to_end().await?;
                for line in String::from_utf8_lossy(&file).lines() {
                    match capture::read(line, baseline.features(), since) {
                        Captured::Rows(rows) => rows.iter().for_each(|row| counted.add(row)),
                        Captured::Undecodable => undecodable += 1,
                        Captured::Earlier => {}
                    }
                }
            }
        }
        Ok(Some(Report {
            endpoint: self.endpoint.clone(),
            variant: variant.clone(),
            package: package.clone(),
            since,
            until,
            rows: counted.rows,
            undecodable,
            false_alarms: FALSE_ALARMS,
            columns: counted.shifts(),
        }))
    }

    async fn baseline(&self, package: &str, uri: &str) -> Result<Baseline, Error> {
        let absent = || Error::NoBaseline {
            package: package.to_owned(),
            uri: uri.to_owned(),
        };
        let (bucket, key) = uri
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(absent)?;
        let found = self.store.open_current(bucket, key).await?;
        let text = found.ok_or_else(absent)?.to_end().await?;
        Baseline::parse(&text).map_err(|source| Error::Baseline {
            uri: uri.to_owned(),
            source,
        })
    }

    /// Writes a report where people find it, by the time of the look
    async fn keep(&self, report: &Report) -> Result<(), StoreError> {
        let (bucket, folder) = &self.reports;
        let time = report.until.strftime("%Y/%m/%d/%H-%M-%S");
        let key = format!("{folder}{}/{}/{time}.json", report.endpoint, report.variant);
        self.store
            .put(bucket, &key, &json!(report).to_string())
            .await
    }

    fn answer(&self, serving: &Serving, reports: &[Report]) -> Answer {
        let sum = |count: fn(&Report) -> u64| reports.iter().map(count).sum::<u64>();
        let drifted = sum(|report| report.drifted().count() as u64);
        let outcome = if reports.is_empty() {
            "no baseline"
        } else if drifted > 0 {
            "drift"
        } else if reports.iter().all(|report| report.columns.is_none()) {
            "too few rows"
        } else {
            "steady"
        };
        let without = serving.variants.len() - reports.len();
        if without > 0 {
            tracing::warn!(
                endpoint = self.endpoint,
                without,
                "variants without a baseline"
            );
        }
        Answer {
            value: json!({"outcome": outcome, "endpoint": self.endpoint, "reports": reports}),
            counts: vec![
                ("RowsCompared", sum(|report| report.rows)),
                ("RecordsUndecodable", sum(|report| report.undecodable)),
                ("ColumnsDrifted", drifted),
            ],
        }
    }
}

fn nothing(endpoint: &str, reason: &str) -> Answer {
    Answer {
        value: json!({"outcome": "nothing to compare", "endpoint": endpoint, "reason": reason}),
        counts: Vec::new(),
    }
}

/// Bucket, and the beginning of keys with a slash at its end
fn place(uri: &str) -> Option<(String, String)> {
    let (bucket, key) = uri.strip_prefix("s3://")?.split_once('/')?;
    let key = key.trim_end_matches('/');
    (!bucket.is_empty() && !key.is_empty()).then(|| (bucket.to_owned(), format!("{key}/")))
}

/// What is captured has the time to the second
fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The hours of a window, the newest first
fn hours(since: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> {
    let hour = |time: Timestamp| time.as_second().div_euclid(3600);
    (hour(since)..=hour(until))
        .rev()
        .filter_map(|hour| Timestamp::from_second(hour * 3600).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_every_hour_that_it_touches() {
        let time = |text: &str| text.parse::<Timestamp>().unwrap();
        let shown = |since, until| {
            let hours = hours(time(since), time(until));
            hours
                .map(|hour| hour.strftime("%d/%H").to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            shown("2026-01-01T22:59:59Z", "2026-01-02T00:00:00Z"),
            ["02/00", "01/23", "01/22"]
        );
        assert_eq!(
            shown("2026-01-01T22:00:00Z", "2026-01-01T22:00:00Z"),
            ["01/22"]
        );
    }

    #[test]
    fn a_place_is_a_folder_of_a_bucket() {
        let found = place("s3://bucket/drift/").unwrap();
        assert_eq!(found, ("bucket".to_owned(), "drift/".to_owned()));
        for wrong in ["bucket/drift", "s3://bucket", "s3://bucket/", "s3:///drift"] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }
}
