//! What is counted and logged: lines of JSON on standard output, where Lambda picks them up. No value of a request is in them.
//!
//! Metrics are written in CloudWatch's embedded format, so that counting costs no call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// As many values as one metric may have in one line
const MOST_VALUES: usize = 100;

/// What one request gives to count
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measures {
    /// Predictions in US dollars
    pub predictions: Vec<f64>,
    /// Rows of which something was filled in
    pub imputed: usize,
    /// Rows with a value that training has not seen
    pub outside: usize,
    /// Predictions that no training row has: a model that is broken gives many of them
    pub implausible: usize,
    /// How long the endpoint took
    pub model_time: Option<Duration>,
    /// What the endpoint said when it did not predict, for the log
    pub trouble: Option<String>,
}

/// Where metrics go: the alarm that ends a rollout reads them there
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meter {
    /// CloudWatch's namespace
    pub namespace: String,
    /// The endpoint, which is their dimension
    pub endpoint: String,
}

impl Meter {
    /// Of an endpoint called `<project>-<environment>-<model>`: the namespace is `towpath/<project>`
    pub fn of(endpoint: &str) -> Self {
        let mut parts = endpoint.rsplitn(3, '-');
        let project = parts.nth(2).unwrap_or(endpoint);
        Self {
            namespace: format!("towpath/{project}"),
            endpoint: endpoint.to_owned(),
        }
    }
}

/// A request's metrics and log as one line
pub fn embedded(
    meter: &Meter,
    request: (&str, &str),
    status: u16,
    took: Duration,
    measures: &Measures,
) -> Value {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    let (path, request_id) = request;
    let rows = measures.predictions.len();
    let mut values: Vec<(&str, &str, Value)> = vec![
        ("Requests", "Count", 1.into()),
        ("Latency", "Milliseconds", milliseconds(took).into()),
        (
            "ClientErrors",
            "Count",
            u8::from((400..500).contains(&status)).into(),
        ),
        ("ServerErrors", "Count", u8::from(status >= 500).into()),
    ];
    if let Some(time) = measures.model_time {
        values.push(("ModelLatency", "Milliseconds", milliseconds(time).into()));
    }
    if rows > 0 {
        let share = |part: usize| part as f64 / rows as f64;
        values.extend([
            ("Predictions", "Count", rows.into()),
            (
                "PredictedValue",
                "None",
                sample(&measures.predictions).into(),
            ),
            (
                "OutOfRangeShare",
                "None",
                share(measures.implausible).into(),
            ),
            (
                "InputOutOfRangeShare",
                "None",
                share(measures.outside).into(),
            ),
            ("ImputedShare", "None", share(measures.imputed).into()),
        ]);
    }
    let names = values
        .iter()
        .map(|(name, unit, _)| json!({"Name": name, "Unit": unit}));
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut line = json!({
        "_aws": {
            "Timestamp": since.as_millis() as u64,
            "CloudWatchMetrics": [{
                "Namespace": meter.namespace,
                "Dimensions": [["EndpointName"]],
                "Metrics": names.collect::<Vec<_>>(),
            }],
        },
        "EndpointName": meter.endpoint,
        "level": if status >= 500 { "ERROR" } else { "INFO" },
        "request_id": request_id,
        "path": path,
        "status": status,
    });
    for (name, _, value) in values {
        line[name] = value;
    }
    if let Some(trouble) = &measures.trouble {
        line["trouble"] = trouble.as_str().into();
    }
    line
}

/// At most so many values as a line may hold, from least to greatest at equal distances: their distribution is about the same
fn sample(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    if sorted.len() <= MOST_VALUES {
        return sorted;
    }
    let last = sorted.len() - 1;
    let at = |place: usize| sorted[place * last / (MOST_VALUES - 1)];
    (0..MOST_VALUES).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_predictions_are_a_hundred_of_them() {
        let values: Vec<f64> = (0..1_000).rev().map(f64::from).collect();
        let sample = sample(&values);
        assert_eq!((sample.len(), sample[0], sample[99]), (100, 0.0, 999.0));
        let mean = sample.iter().sum::<f64>() / 100.0;
        assert!((mean - 499.5).abs() < 2.0, "{mean}");
    }

    #[test]
    fn every_metric_is_declared_and_has_its_value() {
        let measures = Measures {
            predictions: vec![200_000.0, 100_000.0],
            imputed: 1,
            outside: 2,
            implausible: 0,
            model_time: Some(Duration::from_micros(2_500)),
            trouble: None,
        };
        let took = Duration::from_millis(4);
        let line = embedded(
            &Meter::of("a-b-prod-housing"),
            ("/predict", "r"),
            200,
            took,
            &measures,
        );
        let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array();
        let metrics = metrics.into_iter().flatten();
        let told = metrics.map(|metric| {
            format!(
                "{} {}",
                metric["Name"],
                line[metric["Name"].as_str().unwrap()]
            )
        });
        let told: Vec<String> = told.map(|text| text.replace('"', "")).collect();
        assert_eq!(
            told,
            [
                "Requests 1",
                "Latency 4.0",
                "ClientErrors 0",
                "ServerErrors 0",
                "ModelLatency 2.5",
                "Predictions 2",
                "PredictedValue [100000.0,200000.0]",
                "OutOfRangeShare 0.0",
                "InputOutOfRangeShare 1.0",
                "ImputedShare 0.5",
            ]
        );
        let about = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(about["Namespace"], "towpath/a-b");
        assert_eq!(line["EndpointName"], "a-b-prod-housing");
    }
}
