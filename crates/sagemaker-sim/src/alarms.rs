//! CloudWatch's metric alarms: kept, described and tagged as they were put.
//!
//! An alarm whose metric was measured here (`metrics.rs`) is evaluated when it is described and when it watches a rollout. Any other stays in the
//! state that `SetAlarmState` gave it, begins as `INSUFFICIENT_DATA`, and none runs actions. Composite alarms are not kept.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use crate::rollout::Pace;
use crate::wire::{Failure, Object};
use crate::world::{Answer, Call, World};
use crate::{metrics, tags};

/// AWS's page size when the request does not say one
const PAGE: usize = 50;
/// What a description always has, if only empty
const LISTS: [&str; 4] = [
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "Dimensions",
];
/// What belongs to the state, and outlives a change of the alarm
const STATE: [&str; 5] = [
    "StateValue",
    "StateReason",
    "StateReasonData",
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
];

pub(crate) fn put(world: &mut World, call: &Call) -> Answer {
    check(call)?;
    let arn = call.caller.alarm(call.text("AlarmName"));
    let mut alarm = call.input.clone();
    // tags given for an alarm that exists are ignored, as AWS does
    alarm.remove("Tags");
    for list in LISTS {
        alarm.entry(list).or_insert_with(|| json!([]));
    }
    alarm.entry("ActionsEnabled").or_insert(true.into());
    alarm.insert("AlarmArn".into(), arn.clone().into());
    let now = timestamp(call.now);
    alarm.insert("AlarmConfigurationUpdatedTimestamp".into(), now.clone());
    if let Some(former) = world.alarms.get(&arn) {
        let state = former
            .iter()
            .filter(|(member, _)| STATE.contains(&member.as_str()));
        alarm.extend(state.map(|(member, value)| (member.clone(), value.clone())));
    } else {
        alarm.insert("StateValue".into(), "INSUFFICIENT_DATA".into());
        alarm.insert(
            "StateReason".into(),
            "Unchecked: Initial alarm creation".into(),
        );
        alarm.insert("StateUpdatedTimestamp".into(), now.clone());
        alarm.insert("StateTransitionedTimestamp".into(), now);
        world.tag(&arn, call);
    }
    world.alarms.insert(arn, alarm);
    Ok(Value::Null)
}

pub(crate) fn describe(world: &mut World, call: &Call) -> Answer {
    evaluate(world, call.now, call.pace);
    let names = texts(call, "AlarmNames");
    let prefix = call.text("AlarmNamePrefix");
    if call.input.contains_key("AlarmNames") && call.input.contains_key("AlarmNamePrefix") {
        return Err(combination(
            "AlarmNames and AlarmNamePrefix cannot be specified together.",
        ));
    }
    for member in ["ChildrenOfAlarmName", "ParentsOfAlarmName"] {
        if call.input.contains_key(member) {
            return Err(Failure::validation(format!(
                "{member}: the simulator keeps no composite alarms."
            )));
        }
    }
    let types = texts(call, "AlarmTypes");
    let (state, action) = (call.text("StateValue"), call.text("ActionPrefix"));
    let own = call.caller.alarm("");
    let found = world.alarms.iter().filter(|(arn, alarm)| {
        let name = arn.strip_prefix(&own);
        name.is_some_and(|name| {
            name.starts_with(prefix) && (names.is_empty() || names.contains(&name))
        }) && (types.is_empty() || types.contains(&"MetricAlarm"))
            && (state.is_empty() || alarm.get("StateValue").is_some_and(|is| is == state))
            && (action.is_empty() || actions(alarm).any(|is| is.starts_with(action)))
    });
    let found: Vec<&Object> = found.map(|(_, alarm)| alarm).collect();

    let start = match call.text("NextToken") {
        "" => 0,
        token => token
            .parse::<usize>()
            .map_err(|_| Failure::new("InvalidNextToken", "The next token is not valid."))?,
    };
    let size = call.input.get("MaxRecords").and_then(Value::as_u64);
    let page: Vec<&Object> = found
        .iter()
        .skip(start)
        .take(size.map_or(PAGE, |size| size as usize))
        .copied()
        .collect();
    let mut answer = Map::new();
    let end = start.saturating_add(page.len());
    if end < found.len() {
        answer.insert("NextToken".into(), end.to_string().into());
    }
    answer.insert("CompositeAlarms".into(), json!([]));
    answer.insert("MetricAlarms".into(), json!(page));
    Ok(Value::Object(answer))
}

/// Deletes all that are named, or none
pub(crate) fn delete(world: &mut World, call: &Call) -> Answer {
    let names = texts(call, "AlarmNames");
    let arns: Vec<String> = names.iter().map(|name| call.caller.alarm(name)).collect();
    for arn in &arns {
        find(world, arn)?;
    }
    for arn in arns {
        world.alarms.remove(&arn);
        world.tags.remove(&arn);
    }
    Ok(Value::Null)
}

pub(crate) fn set_state(world: &mut World, call: &Call) -> Answer {
    let data = call.input.get("StateReasonData").and_then(Value::as_str);
    if data.is_some_and(|data| serde_json::from_str::<IgnoredAny>(data).is_err()) {
        return Err(Failure::new("InvalidFormat", "StateReasonData is not JSON"));
    }
    let alarm = find(world, &call.caller.alarm(call.text("AlarmName")))?;
    let now = timestamp(call.now);
    if alarm.get("StateValue") != call.input.get("StateValue") {
        alarm.insert("StateTransitionedTimestamp".into(), now.clone());
    }
    alarm.insert("StateUpdatedTimestamp".into(), now);
    for member in ["StateValue", "StateReason", "StateReasonData"] {
        match call.input.get(member) {
            Some(value) => alarm.insert(member.into(), value.clone()),
            None => alarm.remove(member),
        };
    }
    Ok(Value::Null)
}

pub(crate) fn put_metric_data(world: &mut World, call: &Call) -> Answer {
    let data = call.input.get("MetricData").and_then(Value::as_array);
    for datum in data.into_iter().flatten() {
        let metric = (
            call.text("Namespace"),
            datum["MetricName"].as_str().unwrap_or_default(),
        );
        let single = datum.get("Value").into_iter();
        let several = datum["Values"].as_array().into_iter().flatten();
        for value in single.chain(several).filter_map(Value::as_f64) {
            let dimensions = metrics::dimensions(datum.get("Dimensions"));
            world
                .metrics
                .record(&call.caller.account, metric, dimensions, call.now, value);
        }
    }
    evaluate(world, call.now, call.pace);
    Ok(Value::Null)
}

/// Brings every alarm into the state that its metric calls for
pub(crate) fn evaluate(world: &mut World, now: Duration, pace: Pace) {
    for (arn, alarm) in &mut world.alarms {
        let account = arn.split(':').nth(4).unwrap_or_default();
        let Some(state) = world.metrics.judge(account, alarm, now, pace) else {
            continue;
        };
        if alarm.get("StateValue").is_some_and(|is| is == state.name()) {
            continue;
        }
        let now = timestamp(now);
        alarm.insert("StateValue".into(), state.name().into());
        alarm.insert(
            "StateReason".into(),
            "Threshold Crossed: the latest datapoints were compared with the threshold".into(),
        );
        alarm.insert("StateTransitionedTimestamp".into(), now.clone());
        alarm.insert("StateUpdatedTimestamp".into(), now);
    }
}

pub(crate) fn list_tags(world: &mut World, call: &Call) -> Answer {
    Ok(tags::of(world, tagged(world, call)?))
}

pub(crate) fn tag(world: &mut World, call: &Call) -> Answer {
    let arn = tagged(world, call)?;
    tags::put(world, arn, call)?;
    Ok(json!({}))
}

pub(crate) fn untag(world: &mut World, call: &Call) -> Answer {
    let arn = tagged(world, call)?;
    tags::take(world, arn, call);
    Ok(json!({}))
}

/// The rules between members, which no shape can say
fn check(call: &Call) -> Result<(), Failure> {
    let given = |member: &str| call.input.contains_key(member);
    if given("MetricName") && given("Statistic") == given("ExtendedStatistic") {
        return Err(combination(
            "Exactly one of Statistic and ExtendedStatistic must be specified for a metric.",
        ));
    }
    if given("MetricName") && given("Metrics") {
        return Err(combination(
            "MetricName and Metrics cannot be specified together.",
        ));
    }
    match call.input.get("Period").and_then(Value::as_u64) {
        Some(period) if !matches!(period, 10 | 20 | 30) && period % 60 != 0 => Err(
            Failure::validation("Period must be 10, 20, 30 or a multiple of 60"),
        ),
        _ => Ok(()),
    }
}

fn find<'w>(world: &'w mut World, arn: &str) -> Result<&'w mut Object, Failure> {
    world.alarms.get_mut(arn).ok_or_else(|| {
        let name = arn.rsplit_once(":alarm:").map_or(arn, |(_, name)| name);
        Failure::missing("ResourceNotFound", format!("Alarm {name} does not exist"))
    })
}

fn tagged<'c>(world: &World, call: &'c Call) -> Result<&'c str, Failure> {
    let arn = call.text("ResourceARN");
    match world.alarms.contains_key(arn) {
        true => Ok(arn),
        false => Err(Failure::missing(
            "ResourceNotFoundException",
            format!("Resource {arn} does not exist"),
        )),
    }
}

fn combination(message: &str) -> Failure {
    Failure::new("InvalidParameterCombination", message)
}

fn actions(alarm: &Object) -> impl Iterator<Item = &str> {
    LISTS[..3]
        .iter()
        .filter_map(|member| alarm.get(*member)?.as_array())
        .flatten()
        .filter_map(Value::as_str)
}

fn texts<'c>(call: &'c Call, member: &str) -> Vec<&'c str> {
    let given = call.input.get(member).and_then(Value::as_array);
    let texts = given.into_iter().flatten().filter_map(Value::as_str);
    texts.collect()
}

/// A time as XML writes it
fn timestamp(time: Duration) -> Value {
    let since_epoch = SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
    let time = Timestamp::from_duration(since_epoch).unwrap_or(Timestamp::MAX);
    format!("{time:.3}").into()
}
