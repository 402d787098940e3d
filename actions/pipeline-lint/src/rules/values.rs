//! Values: of the type that SageMaker takes, within its bounds, and not secret.

use std::collections::BTreeSet;

use super::{Lint, Rule};
use crate::definition::Step;
use crate::document::{Json, Node};
use crate::reference::{self, Source};

const NOT_TEXT: Rule = Rule {
    name: "not-text",
    remedy: "write it as a text, in quotes: SageMaker takes nothing else here",
};
const NOT_NUMBER: Rule = Rule {
    name: "not-number",
    remedy: "write a number, or name a parameter of type Integer",
};
const BOUNDS: Rule = Rule {
    name: "bounds",
    remedy: "stay within SageMaker's bounds",
};
const CACHE: Rule = Rule {
    name: "cache",
    remedy: "write `ExpireAfter` as an ISO 8601 duration, such as `P30D` or `PT12H`",
};
const RETRY: Rule = Rule {
    name: "retry",
    remedy: "name exceptions that SageMaker retries, with `MaxAttempts` (1 to 20) or `ExpireAfterMin`, not both",
};
const CONDITION: Rule = Rule {
    name: "condition",
    remedy: "use a condition that SageMaker knows, with what it compares",
};
const REPEATED_NAME: Rule = Rule {
    name: "repeated-name",
    remedy: "give each of them a name of its own",
};
const S3_ADDRESS: Rule = Rule {
    name: "s3-address",
    remedy: "write `s3://<bucket>/<key>`",
};
const LOCAL_PATH: Rule = Rule {
    name: "local-path",
    remedy: "use a path below `/opt/ml/processing`, for each input and output its own",
};
const SPOT: Rule = Rule {
    name: "spot",
    remedy: "set `MaxWaitTimeInSeconds` to at least `MaxRuntimeInSeconds`",
};
const SECRET: Rule = Rule {
    name: "secret",
    remedy: "keep it in Secrets Manager, and give the job the right to read it: definitions are readable and logged",
};

pub(super) const RULES: &[Rule] = &[
    NOT_TEXT,
    NOT_NUMBER,
    BOUNDS,
    CACHE,
    RETRY,
    CONDITION,
    REPEATED_NAME,
    S3_ADDRESS,
    LOCAL_PATH,
    SPOT,
    SECRET,
];

/// Numbers of a step, with their least and greatest values
const NUMBERS: &[(&[&str], f64, f64)] = &[
    (&["ResourceConfig", "InstanceCount"], 1.0, 1e6),
    (&["ResourceConfig", "VolumeSizeInGB"], 1.0, 65536.0),
    (
        &["StoppingCondition", "MaxRuntimeInSeconds"],
        1.0,
        2_419_200.0,
    ),
    (
        &["StoppingCondition", "MaxWaitTimeInSeconds"],
        1.0,
        2_419_200.0,
    ),
    (
        &["ProcessingResources", "ClusterConfig", "InstanceCount"],
        1.0,
        100.0,
    ),
    (
        &["ProcessingResources", "ClusterConfig", "VolumeSizeInGB"],
        1.0,
        16384.0,
    ),
    (&["TransformResources", "InstanceCount"], 1.0, 1e6),
];
/// Lists whose members have names of their own
const NAMED: &[(&[&str], &str)] = &[
    (&["ProcessingInputs"], "InputName"),
    (&["ProcessingOutputConfig", "Outputs"], "OutputName"),
    (&["InputDataConfig"], "ChannelName"),
    (&["ProductionVariants"], "VariantName"),
];
const EXCEPTIONS: [&str; 8] = [
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
    "SageMaker.INSUFFICIENT_CAPACITY",
    "Step.TIMEOUT",
    "Step.ALL",
];
const SECRET_WORDS: [&str; 8] = [
    "password",
    "passwd",
    "secret_access_key",
    "secret_key",
    "api_key",
    "apikey",
    "access_token",
    "private_key",
];

pub(super) fn check(lint: &mut Lint<'_>) {
    for (index, step) in lint.definition.steps.iter().enumerate() {
        texts(lint, index, step);
        numbers(lint, index, step);
        cache(lint, index, step);
        retries(lint, index, step);
        if step.kind == "Condition" {
            let conditions = step.argument(&["Conditions"]).map(Node::list);
            conditions
                .unwrap_or_default()
                .iter()
                .for_each(|condition| condition_shape(lint, index, condition));
        }
        names(lint, index, step);
        addresses(lint, index, step);
        paths(lint, index, step);
        spot(lint, index, step);
    }
}

/// Hyperparameters, environments, arguments: texts and nothing else.
fn texts(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    for map in ["HyperParameters", "Environment"] {
        let members = step.argument(&[map]).filter(|map| !map.is_computed());
        for member in members.map(Node::members).unwrap_or_default() {
            // the SDK writes a reference to any parameter here: SageMaker makes it a text
            if !member.value.is_computed() && member.value.text().is_none() {
                let message = format!("`{map}.{}` is {}", member.name, member.value.kind());
                lint.say_of(NOT_TEXT, index, &member.value, message);
            }
            let name = member.name.to_lowercase().replace('-', "_");
            let literal = member.value.text().is_some_and(|text| !text.is_empty());
            if literal && SECRET_WORDS.iter().any(|word| name.contains(word)) {
                let message = format!("`{map}.{}` stands here for everybody to read", member.name);
                lint.say_of(SECRET, index, &member.value, message);
            }
        }
    }
    for list in ["ContainerArguments", "ContainerEntrypoint"] {
        let values = step.argument(&["AppSpecification", list]).map(Node::list);
        for value in values.unwrap_or_default() {
            if !value.is_computed() && value.text().is_none() {
                let message = format!("`{list}` holds {}", value.kind());
                lint.say_of(NOT_TEXT, index, value, message);
            }
        }
    }
}

fn numbers(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    for (path, least, most) in NUMBERS {
        let Some(node) = step.argument(path) else {
            continue;
        };
        let name = path.last().copied().unwrap_or_default();
        if let Some(Source::Parameter(parameter)) = reference::of(node).map(|r| r.source)
            && let Some(parameter) = lint.definition.parameter(parameter)
            && !matches!(parameter.kind, "Integer" | "Float")
        {
            let message = format!("`{name}` reads `{}`, a {}", parameter.name, parameter.kind);
            lint.say_of(NOT_NUMBER, index, node, message);
            continue;
        }
        let Some(value) = lint.definition.settled(node) else {
            continue;
        };
        match value.number() {
            None => {
                let message = format!("`{name}` is {}", value.kind());
                lint.say_of(NOT_NUMBER, index, node, message);
            }
            Some(number) if !(*least..=*most).contains(&number) || number.fract() != 0.0 => {
                let message = format!("`{name}` is {number}; it may be {least} to {most}");
                lint.say_of(BOUNDS, index, node, message);
            }
            Some(_) => {}
        }
    }
}

fn cache(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let Some(cache) = step.node.get("CacheConfig") else {
        return;
    };
    let enabled = cache.get("Enabled");
    if !enabled.is_some_and(|node| matches!(node.value, Json::Bool(_))) {
        let message = "`Enabled` is not true or false".to_owned();
        lint.say_of(CACHE, index, enabled.unwrap_or(cache), message);
    }
    if let Some(after) = cache.get("ExpireAfter")
        && !after.text().is_some_and(is_duration)
    {
        let message = "`ExpireAfter` is no duration".to_owned();
        lint.say_of(CACHE, index, after, message);
    }
}

/// `P30D`, `PT1H30M`: ISO 8601, and in small letters as well, as SageMaker's own documentation has it.
fn is_duration(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let Some(rest) = text.strip_prefix('P') else {
        return false;
    };
    let (days, time) = rest.split_once('T').unwrap_or((rest, ""));
    let part = |text: &str, units: &str| {
        let numbers = text.split_inclusive(|c: char| c.is_ascii_alphabetic());
        numbers.into_iter().all(|part| {
            let digits = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let unit = &part[digits.len()..];
            unit.len() == 1
                && units.contains(unit)
                && !digits.is_empty()
                && digits.chars().all(|c| c.is_ascii_digit())
        })
    };
    !rest.is_empty() && !rest.ends_with('T') && part(days, "YMWD") && part(time, "HMS")
}

fn retries(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let policies = step.node.get("RetryPolicies").map(Node::list);
    for policy in policies.unwrap_or_default() {
        let exceptions = policy.get("ExceptionType");
        let named = exceptions.map(Node::list).unwrap_or_default();
        if named.is_empty() {
            let message = "a retry policy names no exception".to_owned();
            lint.say_of(RETRY, index, policy, message);
        }
        for exception in named {
            if !exception
                .text()
                .is_some_and(|name| EXCEPTIONS.contains(&name))
            {
                let name = exception.text().unwrap_or_default();
                let message = format!("nothing raises `{name}`");
                lint.say_of(RETRY, index, exception, message);
            }
        }
        let (attempts, minutes) = (policy.get("MaxAttempts"), policy.get("ExpireAfterMin"));
        if attempts.is_some() && minutes.is_some() {
            let message = "`MaxAttempts` and `ExpireAfterMin` exclude each other".to_owned();
            lint.say_of(RETRY, index, policy, message);
        }
        if let Some(attempts) = attempts
            && let Some(number) = attempts.number()
            && !(1.0..=20.0).contains(&number)
        {
            let message = format!("`MaxAttempts` is {number}");
            lint.say_of(RETRY, index, attempts, message);
        }
    }
}

fn condition_shape(lint: &mut Lint<'_>, index: usize, condition: &Node) {
    let kind = condition.text_of("Type").unwrap_or_default();
    let demanded: &[&str] = match kind {
        "Equals" | "GreaterThan" | "GreaterThanOrEqualTo" | "LessThan" | "LessThanOrEqualTo" => {
            &["LeftValue", "RightValue"]
        }
        "In" => &["QueryValue", "Values"],
        "Not" => &["Expression"],
        "Or" => &["Conditions"],
        _ => {
            let message = format!("there is no condition `{kind}`");
            let place = condition.get("Type").unwrap_or(condition);
            lint.say_of(CONDITION, index, place, message);
            return;
        }
    };
    for member in demanded {
        if condition.get(member).is_none() {
            let message = format!("`{kind}` lacks `{member}`");
            lint.say_of(CONDITION, index, condition, message);
        }
    }
    if let Some(inner) = condition.get("Expression") {
        condition_shape(lint, index, inner);
    }
    let inner = condition.get("Conditions").map(Node::list);
    for inner in inner.unwrap_or_default() {
        condition_shape(lint, index, inner);
    }
}

fn names(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    for (path, member) in NAMED {
        let mut seen = BTreeSet::new();
        for node in step.argument(path).map(Node::list).unwrap_or_default() {
            let Some(name) = node.text_of(member) else {
                continue;
            };
            if !seen.insert(name) {
                let message = format!("there are two of the {member} `{name}`");
                lint.say_of(REPEATED_NAME, index, node, message);
            }
        }
    }
}

fn addresses(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let mut wrong = Vec::new();
    let mut look = |name: &str, node: &'_ Node| {
        let named = matches!(
            name,
            "S3Uri" | "S3OutputPath" | "ModelDataUrl" | "DestinationS3Uri"
        );
        if let Some(text) = node.text().filter(|_| named)
            && !is_s3(text)
            && !text.starts_with("https://")
        {
            wrong.push((node.span, format!("`{text}` is no address in S3")));
        }
    };
    step.own(&mut |node| {
        for member in node.members() {
            look(&member.name, &member.value);
        }
    });
    for (span, message) in wrong {
        lint.place(S3_ADDRESS, span, Some(index), message);
    }
}

fn is_s3(text: &str) -> bool {
    text.strip_prefix("s3://").is_some_and(|rest| {
        let bucket = rest.split('/').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        (3..=63).contains(&bucket.len()) && bucket.chars().all(plain)
    })
}

fn paths(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    if step.kind != "Processing" {
        return;
    }
    let inputs = step.argument(&["ProcessingInputs"]).map(Node::list);
    let outputs = step.argument(&["ProcessingOutputConfig", "Outputs"]);
    let inputs = inputs
        .unwrap_or_default()
        .iter()
        .map(|node| ("S3Input", node));
    let outputs = outputs.map(Node::list).unwrap_or_default().iter();
    let mut seen = BTreeSet::new();
    for (member, node) in inputs.chain(outputs.map(|node| ("S3Output", node))) {
        let Some(path) = node.at(&[member, "LocalPath"]) else {
            continue;
        };
        let Some(text) = path.text() else { continue };
        if !text.starts_with("/opt/ml/processing") {
            let message = format!("`{text}` is not below `/opt/ml/processing`");
            lint.say_of(LOCAL_PATH, index, path, message);
        } else if !seen.insert((member, text)) {
            let message = format!("two of the step's channels share `{text}`");
            lint.say_of(LOCAL_PATH, index, path, message);
        }
    }
}

fn spot(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let Some(spot) = step.argument(&["EnableManagedSpotTraining"]) else {
        return;
    };
    if !matches!(spot.value, Json::Bool(true)) {
        return;
    }
    let limit = |name| {
        step.argument(&["StoppingCondition", name])
            .and_then(|node| lint.definition.settled(node))
            .and_then(Node::number)
    };
    let (runtime, wait) = (limit("MaxRuntimeInSeconds"), limit("MaxWaitTimeInSeconds"));
    if wait.is_none()
        && step
            .argument(&["StoppingCondition", "MaxWaitTimeInSeconds"])
            .is_none()
    {
        let message = "spot training without `MaxWaitTimeInSeconds`".to_owned();
        lint.say_of(SPOT, index, spot, message);
    } else if let (Some(runtime), Some(wait)) = (runtime, wait)
        && wait < runtime
    {
        let message = format!("it waits {wait} s for {runtime} s of work");
        lint.say_of(SPOT, index, spot, message);
    }
}
