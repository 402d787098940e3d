//! How a change of an endpoint goes on in time: which share of the requests the new fleet has, and for how long.
//!
//! Pure: a plan is made from the deployment configuration, and asked what is at a time. As in AWS, a fleet comes up, is let into the traffic,
//! bakes under the alarms, and the old one goes. Coming up and going take the transition; baking takes
//! what the policy says, divided by the simulator's speed. The waits: after each step of a canary or linear shift but the last,
//! `TerminationWaitInSeconds` after the last; after each batch of a rolling update.

use std::time::Duration;

use serde_json::Value;

use crate::world::string;

/// How virtual time passes
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How long an endpoint takes to come up, change or go
    pub(crate) transition: Duration,
    /// Seconds of a policy in one second of the clock
    pub(crate) speed: f64,
}

impl Pace {
    /// How long the clock needs for a policy's seconds
    pub(crate) fn of(self, seconds: f64) -> Duration {
        Duration::try_from_secs_f64(seconds / self.speed).unwrap_or_default()
    }
}

/// AWS's `VariantStatus`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Creating,
    ActivatingTraffic,
    Baking,
    Deleting,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Creating => "Creating",
            Self::ActivatingTraffic => "ActivatingTraffic",
            Self::Baking => "Baking",
            Self::Deleting => "Deleting",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) stage: Stage,
    /// The new fleet's, from 0 to 1
    pub(crate) share: f64,
    /// From here, after the rollout's beginning
    pub(crate) begins: Duration,
    ends: Duration,
}

#[derive(Debug, Clone)]
pub(crate) struct Rollout(Vec<Step>);

impl Rollout {
    /// Nothing but the time that it takes
    pub(crate) fn plain(pace: Pace) -> Self {
        Self::plan(None, &[], pace)
    }

    /// What the policy says for a fleet of `variants`
    pub(crate) fn plan(deployment: Option<&Value>, variants: &[Value], pace: Pace) -> Self {
        let mut rollout = Self(Vec::new());
        let quarter = pace.transition / 4;
        rollout.push(Stage::Creating, 0.0, pace.transition - 2 * quarter);
        rollout.push(Stage::ActivatingTraffic, 0.0, quarter);
        for (share, seconds) in deployment
            .map(|policy| bakes(policy, variants))
            .unwrap_or_default()
        {
            rollout.push(Stage::Baking, share, pace.of(seconds));
        }
        rollout.push(Stage::Deleting, 1.0, quarter);
        rollout
    }

    /// The same, up to the end of the first bake
    pub(crate) fn given_up(mut self) -> Self {
        let first = self.0.iter().position(|step| step.stage == Stage::Baking);
        let last = first.unwrap_or(1);
        self.0.truncate(last + 1);
        self
    }

    pub(crate) fn length(&self) -> Duration {
        self.0.last().map_or(Duration::ZERO, |step| step.ends)
    }

    /// The step at a time after the beginning; the last one when all are over
    pub(crate) fn at(&self, elapsed: Duration) -> Step {
        let now = self.0.iter().find(|step| elapsed < step.ends);
        *now.or(self.0.last()).expect("a rollout has steps")
    }

    /// How long the new fleet takes to come up
    pub(crate) fn comes_up(&self) -> Duration {
        self.0.first().map_or(Duration::ZERO, |step| step.ends)
    }

    /// From when until when alarms are listened to, if at all
    pub(crate) fn watch(&self) -> Option<(Duration, Duration)> {
        let mut baking = self.0.iter().filter(|step| step.stage == Stage::Baking);
        let first = baking.next()?;
        Some((first.begins, baking.next_back().unwrap_or(first).ends))
    }

    fn push(&mut self, stage: Stage, share: f64, lasts: Duration) {
        let begins = self.length();
        self.0.push(Step {
            stage,
            share,
            begins,
            ends: begins + lasts,
        });
    }
}

/// The new fleet's shares, and how many seconds each of them is watched
fn bakes(deployment: &Value, variants: &[Value]) -> Vec<(f64, f64)> {
    // SageMaker falls back to all at once for what has no instances
    let count: f64 = variants
        .iter()
        .filter_map(|variant| variant["InitialInstanceCount"].as_f64())
        .sum();
    let share = |size: &Value| {
        let value = size["Value"].as_f64().unwrap_or(100.0);
        match string(size, "Type").as_str() {
            "INSTANCE_COUNT" => value / count,
            _ => value / 100.0,
        }
    };
    let steps = |each: f64| {
        (1..)
            .map(move |n| each * f64::from(n))
            .take_while(|share| *share < 0.999)
    };
    if let Some(rolling) = deployment.get("RollingUpdatePolicy") {
        let wait = rolling["WaitIntervalInSeconds"]
            .as_f64()
            .unwrap_or_default();
        let before = steps(share(&rolling["MaximumBatchSize"]));
        return before.chain([1.0]).map(|share| (share, wait)).collect();
    }
    let policy = &deployment["BlueGreenUpdatePolicy"];
    let routing = &policy["TrafficRoutingConfiguration"];
    let wait = routing["WaitIntervalInSeconds"]
        .as_f64()
        .unwrap_or_default();
    let mut bakes: Vec<(f64, f64)> = match string(routing, "Type").as_str() {
        "CANARY" if count > 0.0 => vec![(share(&routing["CanarySize"]), wait)],
        "LINEAR" if count > 0.0 => steps(share(&routing["LinearStepSize"]))
            .map(|share| (share, wait))
            .collect(),
        _ => Vec::new(),
    };
    let last = policy["TerminationWaitInSeconds"]
        .as_f64()
        .unwrap_or_default();
    bakes.push((1.0, last));
    bakes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PACE: Pace = Pace {
        transition: Duration::from_secs(4),
        speed: 1.0,
    };

    fn shares(deployment: Value) -> Vec<(f64, f64)> {
        bakes(&deployment, &[json!({ "InitialInstanceCount": 4 })])
    }

    #[test]
    fn every_policy_ends_with_all_requests() {
        let size = json!({ "Type": "CAPACITY_PERCENT", "Value": 25 });
        let instances = json!({ "Type": "INSTANCE_COUNT", "Value": 2 });
        let shift = |routing: Value| json!({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 9}});
        let canary = json!({"Type": "CANARY", "WaitIntervalInSeconds": 5, "CanarySize": size});
        assert_eq!(shares(shift(canary)), [(0.25, 5.0), (1.0, 9.0)]);
        let linear = json!({"Type": "LINEAR", "WaitIntervalInSeconds": 5, "LinearStepSize": size});
        assert_eq!(
            shares(shift(linear)),
            [(0.25, 5.0), (0.5, 5.0), (0.75, 5.0), (1.0, 9.0)]
        );
        let rolling = json!({"RollingUpdatePolicy": {"MaximumBatchSize": instances, "WaitIntervalInSeconds": 5}});
        assert_eq!(shares(rolling), [(0.5, 5.0), (1.0, 5.0)]);
        assert_eq!(shares(shift(json!({"Type": "ALL_AT_ONCE"}))), [(1.0, 9.0)]);
    }

    #[test]
    fn a_rollout_is_asked_by_time() {
        let policy = json!({"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": {
            "Type": "CANARY", "WaitIntervalInSeconds": 10, "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}}}});
        let rollout = Rollout::plan(Some(&policy), &[json!({"InitialInstanceCount": 2})], PACE);
        let at = |seconds| rollout.at(Duration::from_secs(seconds));
        assert_eq!(
            (at(0).stage, at(2).stage),
            (Stage::Creating, Stage::ActivatingTraffic)
        );
        assert_eq!((at(3).stage, at(3).share), (Stage::Baking, 0.5));
        assert_eq!((at(13).stage, at(13).share), (Stage::Deleting, 1.0));
        assert_eq!(rollout.length(), Duration::from_secs(14));
        assert_eq!(rollout.given_up().length(), Duration::from_secs(13));
        assert_eq!(Rollout::plain(PACE).length(), PACE.transition);
    }
}
