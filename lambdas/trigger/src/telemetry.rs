//! Logs and metrics, both lines of JSON on standard output, where Lambda picks them up.
//!
//! Metrics are written in CloudWatch's embedded format, so that counting costs no call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::{self, Write as _};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

const NAMESPACE: &str = "Towpath";

/// A count, by the metric's name
pub type Count = (&'static str, u64);

/// Sends what is logged to standard output
pub fn log_to_stdout() {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(tracing::Level::INFO)
        .with_writer(io::stdout)
        .init();
}

/// Writes metrics of one function
pub(crate) fn measure(function: &str, counts: &[Count]) {
    if counts.is_empty() {
        return;
    }
    let line = embedded(function, counts, SystemTime::now());
    // nobody is left to be told that standard output is closed
    writeln!(io::stdout().lock(), "{line}").ok();
}

fn embedded(function: &str, counts: &[Count], now: SystemTime) -> Value {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let metrics: Vec<Value> = counts
        .iter()
        .map(|(name, _)| json!({"Name": name, "Unit": "Count"}))
        .collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": since.as_millis() as u64,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["function"]],
                "Metrics": metrics,
            }],
        },
        "function": function,
    });
    for (name, count) in counts {
        line[*name] = (*count).into();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_declared_and_has_its_value() {
        let now = UNIX_EPOCH + std::time::Duration::from_millis(1_700_000_000_123);
        let line = embedded("f", &[("Accepted", 1), ("Started", 0)], now);
        assert_eq!(
            line,
            json!({
                "_aws": {
                    "Timestamp": 1_700_000_000_123_u64,
                    "CloudWatchMetrics": [{
                        "Namespace": "Towpath",
                        "Dimensions": [["function"]],
                        "Metrics": [
                            {"Name": "Accepted", "Unit": "Count"},
                            {"Name": "Started", "Unit": "Count"},
                        ],
                    }],
                },
                "function": "f", "Accepted": 1, "Started": 0,
            })
        );
    }
}
