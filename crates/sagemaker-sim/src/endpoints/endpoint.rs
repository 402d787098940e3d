//! One endpoint: what serves, what is under way, and what it shows of both.

use std::time::Duration;

use serde_json::{Value, json};

use crate::capture::Batch;
use crate::faults::Rollback;
use crate::fleet::Fleet;
use crate::random::Random;
use crate::rollout::{Pace, Rollout, Stage};
use crate::wire::{Caller, Object};
use crate::world::{Call, string, timestamp};

/// One endpoint
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(super) name: String,
    pub(super) caller: Caller,
    pub(super) created: Duration,
    pub(super) modified: Duration,
    pub(super) serving: Option<Fleet>,
    pub(super) change: Option<Change>,
    pub(super) deployment: Option<Value>,
    pub(super) failure: Option<String>,
    /// In place of `InService`, after something that does not heal
    pub(super) broken: Option<&'static str>,
    pub(crate) captured: Vec<Batch>,
    /// Status and stage that EventBridge was told last
    pub(super) told: Option<(&'static str, Option<Stage>)>,
}

#[derive(Debug)]
pub(super) struct Change {
    started: Duration,
    /// When the rollout began: later than `started` if the models were slow to load
    began: Duration,
    /// Until when the alarms have been looked at
    watched: Duration,
    rollout: Rollout,
    to: Target,
}

#[derive(Debug)]
pub(super) enum Target {
    Serve(Fleet),
    /// The new fleet is only tried; at the end the former one serves
    RollBack(Fleet, Rollback),
    /// The new fleet is being taken away
    Return,
    Gone,
}

impl Change {
    pub(super) fn begin(call: &Call, rollout: Rollout, to: Target) -> Self {
        Self {
            started: call.now,
            began: call.now,
            watched: call.now,
            rollout,
            to,
        }
    }

    /// A model has been loaded: the fleet has come up no earlier than now
    pub(super) fn comes_up(&mut self, now: Duration) {
        self.began = self.began.max(now.saturating_sub(self.rollout.comes_up()));
    }

    /// When an alarm that fires now, and did since it was last looked at, ends this change: while its new fleet bakes
    fn struck(&mut self, now: Duration) -> Option<Duration> {
        let (from, until) = self.rollout.watch()?;
        let since = std::mem::replace(&mut self.watched, now);
        let at = since.max(self.began + from);
        (at <= now && at <= self.began + until).then_some(at)
    }

    /// The fleet that is being tried
    fn fleet(&self) -> Option<&Fleet> {
        match &self.to {
            Target::Serve(fleet) | Target::RollBack(fleet, _) => Some(fleet),
            Target::Return | Target::Gone => None,
        }
    }
}

impl Endpoint {
    /// Whether alarms decide about what is under way
    pub(crate) fn is_watched(&self) -> bool {
        self.change.is_some() && self.alarms().next().is_some()
    }

    /// The fleet that takes a request now, by the share that a rollout has come to
    pub(crate) fn fleet_for(&self, now: Duration, random: &mut Random) -> Option<&Fleet> {
        let serving = self.serving.as_ref()?;
        let Some((change, new)) = self.change.as_ref().and_then(|it| Some((it, it.fleet()?)))
        else {
            return Some(serving);
        };
        let share = change.rollout.at(now.saturating_sub(change.began)).share;
        let ready = matches!(new.loaded(), Some(Ok(())));
        Some(if ready && random.share() < share {
            new
        } else {
            serving
        })
    }

    pub(super) fn alarms(&self) -> impl Iterator<Item = String> {
        let deployment = self.deployment.as_ref();
        let alarms = deployment.map(|it| &it["AutoRollbackConfiguration"]["Alarms"]);
        let alarms = alarms.and_then(Value::as_array).into_iter().flatten();
        alarms.map(|alarm| string(alarm, "AlarmName"))
    }

    /// Lets the change under way take its course; whether the endpoint is still there
    pub(super) fn go_on(&mut self, now: Duration, pace: Pace, alarmed: bool) -> bool {
        let Some(change) = &mut self.change else {
            return true;
        };
        match change.fleet().map(Fleet::loaded) {
            Some(None) => return true,
            Some(Some(Err(reason))) => {
                if self.serving.is_none() {
                    self.broken = Some("Failed");
                }
                self.failure = Some(reason);
                self.change = None;
                self.modified = now;
                return true;
            }
            Some(Some(Ok(()))) | None => {}
        }
        if let Some(at) = change.struck(now).filter(|_| alarmed)
            && matches!(change.to, Target::Serve(_))
            && self.serving.is_some()
        {
            change.to = Target::Return;
            change.rollout = Rollout::plain(pace);
            change.began = at;
        }
        let due = change.began + change.rollout.length();
        if due > now {
            return true;
        }
        self.modified = due;
        match self.change.take().map(|change| change.to) {
            Some(Target::Serve(fleet)) => self.serving = Some(fleet),
            Some(Target::RollBack(_, how)) => self.give_up(how),
            Some(Target::Return) | None => {}
            Some(Target::Gone) => return false,
        }
        true
    }

    /// The former fleet serves on, and what is said about it
    fn give_up(&mut self, how: Rollback) {
        let said = match how {
            Rollback::Silent => return,
            Rollback::Explained => "because it did not become healthy.",
            Rollback::Stuck => "and the rollback failed: the fleet is mixed.",
        };
        self.failure = Some(format!("The deployment was rolled back, {said}"));
        if how == Rollback::Stuck {
            self.broken = Some("UpdateRollbackFailed");
        }
    }

    fn status(&self) -> &'static str {
        match (&self.change, &self.serving) {
            (None, _) => self.broken.unwrap_or("InService"),
            (Some(change), _) if matches!(change.to, Target::Gone) => "Deleting",
            (Some(change), _) if matches!(change.to, Target::Return) => "RollingBack",
            (Some(_), None) => "Creating",
            (Some(_), Some(_)) => "Updating",
        }
    }

    /// What is under way, and since when
    fn step(&self, now: Duration) -> Option<(Stage, Duration)> {
        let change = self.change.as_ref()?;
        let elapsed = match change.fleet()?.loaded() {
            None => Duration::ZERO,
            Some(_) => now.saturating_sub(change.began),
        };
        let step = change.rollout.at(elapsed);
        Some((step.stage, change.began + step.begins))
    }

    /// The kind of an event and what it shows, if the status or the stage is not what was told last
    pub(super) fn news(&mut self, arn: &str, now: Duration) -> Option<(&'static str, Value)> {
        let is = (self.status(), self.step(now).map(|(stage, _)| stage));
        if self.told == Some(is) {
            return None;
        }
        let before = self.told.replace(is);
        let kind = match before {
            Some((status, _)) if status == is.0 => "SageMaker Endpoint Deployment State Change",
            _ => "SageMaker Endpoint State Change",
        };
        Some((kind, self.describe(arn, now)))
    }

    pub(super) fn describe(&self, arn: &str, now: Duration) -> Value {
        let mut shown = Object::new();
        let mut put = |member: &str, value: Value| shown.insert(member.into(), value);
        put("EndpointName", self.name.as_str().into());
        put("EndpointArn", arn.into());
        put("EndpointStatus", self.status().into());
        put("CreationTime", timestamp(self.created));
        put("LastModifiedTime", timestamp(self.modified));
        if let Some(reason) = &self.failure {
            put("FailureReason", reason.as_str().into());
        }
        if let Some(deployment) = &self.deployment {
            put("LastDeploymentConfig", deployment.clone());
        }
        let change = self.change.as_ref();
        let pending = change.and_then(|change| Some((change, change.fleet()?)));
        if let Some(fleet) = &self.serving {
            put("EndpointConfigName", fleet.config.as_str().into());
            put("ProductionVariants", fleet.variants.clone().into());
            if !fleet.shadows.is_empty() {
                put("ShadowProductionVariants", fleet.shadows.clone().into());
            }
            if let Some(capture) = &fleet.data_capture {
                put("DataCaptureConfig", capture.clone());
            }
        } else if let Some((_, fleet)) = pending {
            put("EndpointConfigName", fleet.config.as_str().into());
        }
        if let Some((change, fleet)) = pending.filter(|_| self.serving.is_some()) {
            let mut variants = fleet.variants.clone();
            let (stage, since) = self.step(now).unwrap_or((Stage::Creating, change.began));
            for variant in &mut variants {
                variant["VariantStatus"] =
                    json!([{ "Status": stage.name(), "StartTime": timestamp(since) }]);
            }
            put(
                "PendingDeploymentSummary",
                json!({
                    "EndpointConfigName": fleet.config,
                    "ProductionVariants": variants,
                    "StartTime": timestamp(change.started),
                }),
            );
        }
        Value::Object(shown)
    }
}
