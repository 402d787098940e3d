//! Whether the applied objects are there yet, or have failed: the judgement over time.
//!
//! [`Tracker::look`] is a function of what is known, of what it saw before, and of the time that it is told. It never asks a clock.
//! A sign starts to count when it is first seen, keeps counting over the short gaps in which a kubelet tries again, and is forgotten when
//! it stays away. Progress of a workload (one more ready pod) gives signs that may heal a new start.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::failure::{Budgets, Class, Failure, Judgement, Sign};
use crate::object::{ObjectRef, one_line, text, uid};
use crate::status::{Stage, stage};
use crate::workload;
use crate::world::World;

/// A sign that was away for so long is over: the longest pause of a kubelet between two tries is what matters here.
const FORGOTTEN: Duration = Duration::from_secs(20);
/// How long a controller of somebody else's may take to say the first thing.
const SILENCE: Duration = Duration::from_secs(5);

/// An object that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its name.
    pub object: ObjectRef,
    /// The id that the server answered with.
    pub uid: String,
    /// The generation that the server answered with.
    pub generation: i64,
}

/// What a look says.
#[derive(Clone, Debug)]
pub struct Look {
    /// How it stands.
    pub state: State,
    /// What is new since the last look, for a line of a log each.
    pub news: Vec<String>,
    /// When to look again even if nothing happens.
    pub again: Duration,
}

/// How a rollout stands.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// On its way.
    Underway,
    /// Everything is as it was asked to be, and has stayed so.
    Settled,
    /// It failed; the logs are still to be fetched.
    Failed(Box<Failure>),
}

/// The judge of one rollout.
#[derive(Debug)]
pub struct Tracker {
    applied: Vec<Applied>,
    budgets: Budgets,
    since: BTreeMap<(ObjectRef, Class), Seen>,
    told: BTreeMap<ObjectRef, String>,
    ready: BTreeMap<ObjectRef, (usize, Duration)>,
    settled_at: Option<Duration>,
}

#[derive(Debug, Clone)]
struct Seen {
    first: Duration,
    last: Duration,
    text: String,
}

impl Tracker {
    /// A judge of these objects.
    pub fn new(applied: Vec<Applied>, budgets: Budgets) -> Self {
        Self {
            applied,
            budgets,
            since: BTreeMap::new(),
            told: BTreeMap::new(),
            ready: BTreeMap::new(),
            settled_at: None,
        }
    }

    /// Looks at the world, `now` after the apply.
    pub fn look(&mut self, world: &World, now: Duration) -> Look {
        let mut news = Vec::new();
        let mut open = Vec::new();
        let mut failure: Option<Failure> = None;
        for applied in self.applied.clone() {
            let Some(object) = world
                .get(&applied.object)
                .filter(|object| uid(object) == applied.uid)
            else {
                open.push((applied.object.clone(), "is not seen yet".to_owned()));
                continue;
            };
            let mut stage = stage(object, applied.generation);
            if stage == Stage::Silent {
                stage = if now < SILENCE {
                    Stage::Underway("its controller has said nothing yet".into())
                } else {
                    Stage::Settled
                };
            }
            let counts = !matches!(&stage, Stage::Underway(text) if text.contains("not seen"));
            let signs = if counts && stage != Stage::Settled {
                workload::signs(object, world, &self.budgets)
            } else {
                Vec::new()
            };
            self.progressed(object, world, now);
            for sign in &signs {
                self.see(&applied.object, sign, now, &mut news);
            }
            let found = self.verdict(&applied.object, &stage, &signs, object, world, now);
            failure = failure.or(found);
            if let Stage::Underway(text) | Stage::Broken(_, text) = stage {
                open.push((applied.object.clone(), text));
            }
        }
        for (object, text) in &open {
            if self.told.get(object) != Some(text) && !text.contains("not seen") {
                news.push(format!("{object}: {text}"));
            }
        }
        self.told = open.iter().cloned().collect();
        self.since
            .retain(|_, seen| now.saturating_sub(seen.last) < FORGOTTEN);
        let state = match failure.or_else(|| self.late(&open, world, now)) {
            Some(failure) => State::Failed(Box::new(failure)),
            None if open.is_empty() => {
                let since = *self.settled_at.get_or_insert(now);
                if now.saturating_sub(since) >= self.budgets.steady {
                    State::Settled
                } else {
                    State::Underway
                }
            }
            None => {
                self.settled_at = None;
                State::Underway
            }
        };
        Look {
            state,
            news,
            again: Duration::from_millis(500),
        }
    }

    /// What is not there yet, for a person.
    pub fn open(&self) -> impl Iterator<Item = (&ObjectRef, &str)> {
        self.told
            .iter()
            .map(|(object, text)| (object, text.as_str()))
    }

    /// One more ready pod gives what may heal a new start.
    fn progressed(&mut self, object: &Value, world: &World, now: Duration) {
        let name = ObjectRef::of(object);
        let (ready, _) = workload::ready(object, world);
        let known = self.ready.entry(name.clone()).or_insert((ready, now));
        if ready > known.0 {
            *known = (ready, now);
            for ((of, _), seen) in &mut self.since {
                if *of == name {
                    seen.first = now;
                }
            }
        } else {
            known.0 = ready;
        }
    }

    fn see(&mut self, workload: &ObjectRef, sign: &Sign, now: Duration, news: &mut Vec<String>) {
        let key = (workload.clone(), sign.class);
        let text = format!("{}: {}", sign.object, sign.text);
        match self.since.get_mut(&key) {
            Some(seen) => {
                if seen.text != text && !same_trouble(&seen.text, &text) {
                    news.push(text.clone());
                }
                seen.last = now;
                seen.text = text;
            }
            None => {
                news.push(text.clone());
                let seen = Seen {
                    first: now,
                    last: now,
                    text,
                };
                self.since.insert(key, seen);
            }
        }
    }

    fn verdict(
        &self,
        name: &ObjectRef,
        stage: &Stage,
        signs: &[Sign],
        object: &Value,
        world: &World,
        now: Duration,
    ) -> Option<Failure> {
        let worst = signs.iter().find(|sign| {
            let seen = self
                .since
                .get(&(name.clone(), sign.class))
                .map_or(now, |seen| seen.first);
            match sign.judgement {
                Judgement::Permanent => true,
                Judgement::Budget(budget) => {
                    now.saturating_sub(seen) >= budget
                        && !self.waits_for_others(sign, object, world)
                }
                Judgement::Transient => false,
            }
        });
        if let Some(sign) = worst {
            return Some(failure(name, sign, world));
        }
        let Stage::Broken(class, says) = stage else {
            return None;
        };
        // what a pod shows tells more than what its controller sums up
        Some(match signs.first() {
            Some(sign) => failure(name, sign, world),
            None => Failure {
                class: *class,
                workload: name.clone(),
                object: name.clone(),
                container: None,
                sentence: format!("{name}: {}", one_line(says)),
                events: events(uid(object), world),
                logs: Vec::new(),
                remedy: class.remedy().map(str::to_owned),
            },
        })
    }

    /// A quota is freed by pods that are still ending.
    fn waits_for_others(&self, sign: &Sign, workload: &Value, world: &World) -> bool {
        let ending = |pod: &Value| pod.pointer("/metadata/deletionTimestamp").is_some();
        let namespace = text(workload, "/metadata/namespace");
        sign.class == Class::Quota
            && world
                .of_kind("Pod")
                .any(|pod| text(pod, "/metadata/namespace") == namespace && ending(pod))
    }

    fn late(&self, open: &[(ObjectRef, String)], world: &World, now: Duration) -> Option<Failure> {
        let (object, text) = open.first().filter(|_| now >= self.budgets.deadline)?;
        let seconds = self.budgets.deadline.as_secs();
        // a trouble that was seen all the time is the better answer
        let known = world
            .get(object)
            .map(|found| workload::signs(found, world, &self.budgets))
            .unwrap_or_default();
        let mut failed = match known.first() {
            Some(sign) => failure(object, sign, world),
            None => Failure {
                class: Class::Deadline,
                workload: object.clone(),
                object: object.clone(),
                container: None,
                sentence: format!("{object} {text}"),
                events: world
                    .get(object)
                    .map(|found| events(uid(found), world))
                    .unwrap_or_default(),
                logs: Vec::new(),
                remedy: None,
            },
        };
        failed.sentence.push_str(&format!(", after {seconds} s"));
        Some(failed)
    }
}

/// Whether two texts tell of one trouble in two pods, which is told once.
fn same_trouble(one: &str, other: &str) -> bool {
    let tail = |text: &str| text.split_once(": ").map(|(_, tail)| tail.to_owned());
    tail(one) == tail(other)
}

fn failure(workload: &ObjectRef, sign: &Sign, world: &World) -> Failure {
    let id = world.get(&sign.object).map(uid).unwrap_or_default();
    Failure {
        class: sign.class,
        workload: workload.clone(),
        object: sign.object.clone(),
        container: sign.container.clone(),
        sentence: if sign.object.kind == "Pod" {
            format!("{} (pod {})", sign.text, sign.object.name)
        } else {
            sign.text.clone()
        },
        events: events(id, world),
        logs: Vec::new(),
        remedy: sign.class.remedy().map(str::to_owned),
    }
}

/// Warnings about an object, newest first.
fn events(id: &str, world: &World) -> Vec<String> {
    let warnings = world.events(id).iter().rev().filter(|event| event.warning);
    warnings
        .take(5)
        .map(|event| format!("{}: {}", event.reason, event.message))
        .collect()
}

#[cfg(test)]
mod tests;
