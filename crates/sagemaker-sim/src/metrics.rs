//! CloudWatch's metrics as far as alarms need them: what endpoints measure themselves, and what `PutMetricData` adds.
//!
//! Periods end now, not at full minutes, and follow the simulator's speed; of each metric the latest values are kept. That is less than
//! CloudWatch, and enough to ask whether a threshold is passed. Alarms on expressions, bands and several metrics are not evaluated.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use crate::rollout::Pace;
use crate::wire::Object;

/// Values kept of one metric
const KEPT: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Metric {
    account: String,
    namespace: String,
    name: String,
    /// By name
    dimensions: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy)]
struct Point {
    at: Duration,
    value: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Metrics(BTreeMap<Metric, VecDeque<Point>>);

/// What an evaluation says of an alarm
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ok,
    Alarm,
    InsufficientData,
}

impl State {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

impl Metrics {
    pub(crate) fn record(
        &mut self,
        account: &str,
        (namespace, name): (&str, &str),
        dimensions: BTreeMap<String, String>,
        at: Duration,
        value: f64,
    ) {
        let metric = Metric {
            account: account.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            dimensions,
        };
        let points = self.0.entry(metric).or_default();
        if points.len() == KEPT {
            points.pop_front();
        }
        points.push_back(Point { at, value });
    }

    /// The state of an alarm of `account`; `None` where nothing was ever measured, or the alarm is of a kind that is not evaluated
    pub(crate) fn judge(
        &self,
        account: &str,
        alarm: &Object,
        now: Duration,
        pace: Pace,
    ) -> Option<State> {
        let text = |member: &str| {
            alarm
                .get(member)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let number = |member: &str| alarm.get(member).and_then(Value::as_f64);
        let metric = Metric {
            account: account.to_owned(),
            namespace: text("Namespace").to_owned(),
            name: text("MetricName").to_owned(),
            dimensions: dimensions(alarm.get("Dimensions")),
        };
        let points = self.0.get(&metric)?;
        let threshold = number("Threshold")?;
        let compare: fn(f64, f64) -> bool = match text("ComparisonOperator") {
            "GreaterThanThreshold" => |value, threshold| value > threshold,
            "GreaterThanOrEqualToThreshold" => |value, threshold| value >= threshold,
            "LessThanThreshold" => |value, threshold| value < threshold,
            "LessThanOrEqualToThreshold" => |value, threshold| value <= threshold,
            _ => return None,
        };
        let statistic = match text("Statistic") {
            "" => text("ExtendedStatistic"),
            simple => simple,
        };
        let seconds = number("Period").unwrap_or(60.0);
        // at no finite speed nothing lasts; the machine's own seconds are as good as any
        let period = match pace.speed.is_finite() {
            true => pace.of(seconds),
            false => Duration::from_secs_f64(seconds),
        };
        let periods = number("EvaluationPeriods").unwrap_or(1.0) as u32;
        let needed = number("DatapointsToAlarm").map_or(periods, |needed| needed as u32);
        let missing = text("TreatMissingData");
        let (mut breaching, mut present) = (0, 0);
        for back in 0..periods {
            let end = now.saturating_sub(period * back);
            let start = now.saturating_sub(period * (back + 1));
            let within = points
                .iter()
                .filter(|point| start < point.at && point.at <= end);
            match measure(statistic, within.map(|point| point.value).collect()) {
                Some(value) => {
                    present += 1;
                    breaching += u32::from(compare(value, threshold));
                }
                None => breaching += u32::from(missing == "breaching"),
            }
        }
        Some(match (breaching >= needed, present, missing) {
            (true, _, _) => State::Alarm,
            (false, 0, "ignore") => return None,
            (false, 0, "" | "missing") => State::InsufficientData,
            (false, _, _) => State::Ok,
        })
    }
}

/// `Dimensions` as alarms and metrics are given them
pub(crate) fn dimensions(list: Option<&Value>) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|one| (text(&one["Name"]), text(&one["Value"])))
        .collect()
}

fn measure(statistic: &str, mut values: Vec<f64>) -> Option<f64> {
    let count = values.len();
    if count == 0 {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let sum: f64 = values.iter().sum();
    match statistic {
        "Sum" => Some(sum),
        "Average" => Some(sum / count as f64),
        "Minimum" => values.first().copied(),
        "Maximum" => values.last().copied(),
        "SampleCount" => Some(count as f64),
        percentile => {
            let percent: f64 = percentile.strip_prefix('p')?.parse().ok()?;
            let rank = (percent / 100.0 * count as f64).ceil() as usize;
            values.get(rank.clamp(1, count) - 1).copied()
        }
    }
}
