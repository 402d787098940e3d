//! The frame: members, parameters, steps, and what each must have.

use std::collections::BTreeSet;

use super::{Lint, Rule};
use crate::document::{Json, Node};

const VERSION: Rule = Rule {
    name: "version",
    remedy: "write `\"Version\": \"2020-12-01\"`: it is the only one",
};
const UNKNOWN_MEMBER: Rule = Rule {
    name: "unknown-member",
    remedy: "correct or remove it: SageMaker refuses what it does not know",
};
const REPEATED_MEMBER: Rule = Rule {
    name: "repeated-member",
    remedy: "keep one of them: which one counts is not defined",
};
const PARAMETER: Rule = Rule {
    name: "parameter",
    remedy: "give it a name, one of the types String, Integer, Float and Boolean, and a default that fits",
};
const STEP_NAME: Rule = Rule {
    name: "step-name",
    remedy: "give each step a name of its own: 1 to 64 letters, digits and hyphens",
};
const STEP_TYPE: Rule = Rule {
    name: "step-type",
    remedy: "use one of the types of SageMaker Pipelines; they are written as in `Training`",
};
const MISSING_MEMBER: Rule = Rule {
    name: "missing-member",
    remedy: "add it: SageMaker demands it",
};
const NO_STEPS: Rule = Rule {
    name: "no-steps",
    remedy: "add steps: a pipeline has at least one",
};

pub(super) const RULES: &[Rule] = &[
    VERSION,
    UNKNOWN_MEMBER,
    REPEATED_MEMBER,
    PARAMETER,
    STEP_NAME,
    STEP_TYPE,
    MISSING_MEMBER,
    NO_STEPS,
];

const TOP: [&str; 6] = [
    "Version",
    "Metadata",
    "Parameters",
    "PipelineExperimentConfig",
    "MlflowConfig",
    "Steps",
];
const STEP: [&str; 28] = [
    "Name",
    "Type",
    "Arguments",
    "DependsOn",
    "Description",
    "DisplayName",
    "CacheConfig",
    "RetryPolicies",
    "PropertyFiles",
    "OutputParameters",
    "FunctionArn",
    "SqsQueueUrl",
    "ClusterId",
    "ClusterConfig",
    "ExecutionRoleArn",
    "ApplicationId",
    "ApplicationConfig",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineConstraints",
    "SuppliedBaselineStatistics",
    "SuppliedBaselineConstraintsFile",
    "CheckType",
    "ModelPackageGroupName",
    "QualityCheckConfig",
    "ClarifyCheckConfig",
    "StepSpecificMetadata",
];
/// Each type, with what its arguments must hold
const TYPES: &[(&str, &[&[&str]])] = &[
    (
        "Processing",
        &[
            &["AppSpecification", "ImageUri"],
            &["ProcessingResources", "ClusterConfig", "InstanceType"],
            &["RoleArn"],
        ],
    ),
    (
        "Training",
        &[
            &["AlgorithmSpecification"],
            &["OutputDataConfig", "S3OutputPath"],
            &["ResourceConfig"],
            &["RoleArn"],
        ],
    ),
    ("Tuning", &[]),
    ("Transform", &[&["ModelName"], &["TransformOutput"]]),
    ("Model", &[]),
    ("RegisterModel", &[&["InferenceSpecification"]]),
    ("Condition", &[&["Conditions"]]),
    ("Fail", &[&["ErrorMessage"]]),
    ("Lambda", &[]),
    ("Callback", &[]),
    ("ClarifyCheck", &[]),
    ("QualityCheck", &[]),
    ("EMR", &[]),
    ("EMRServerless", &[]),
    ("AutoML", &[]),
    ("EndpointConfig", &[&["ProductionVariants"]]),
    ("Endpoint", &[&["EndpointConfigName"]]),
    ("InferenceComponent", &[]),
    ("Lineage", &[]),
    ("Job", &[]),
    (
        "ForEach",
        &[&["IterableItems"], &["MaxConcurrency"], &["ForEachBody"]],
    ),
    ("Cleanup", &[&["Resources", "S3"]]),
    ("BedrockCustomModel", &[]),
    ("BedrockCustomModelDeployment", &[]),
    ("BedrockProvisionedModelThroughput", &[]),
    ("BedrockModelImport", &[]),
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    let root = definition.root;
    if root.text_of("Version") != Some("2020-12-01") {
        let place = root.get("Version").unwrap_or(root);
        lint.say(VERSION, place, "the version is not 2020-12-01".to_owned());
    }
    for member in root.members() {
        if !TOP.contains(&member.name.as_str()) {
            let message = format!("a definition has no member `{}`", member.name);
            lint.place(UNKNOWN_MEMBER, member.span, None, message);
        }
    }
    let mut repeated = Vec::new();
    root.walk(&mut |node| {
        let mut seen = BTreeSet::new();
        let members = node.members().iter();
        repeated.extend(members.filter(|member| !seen.insert(&member.name)));
    });
    for member in repeated {
        let message = format!("`{}` stands here more than once", member.name);
        lint.place(REPEATED_MEMBER, member.span, None, message);
    }
    parameters(lint);
    steps(lint);
}

fn parameters(lint: &mut Lint<'_>) {
    let mut names = BTreeSet::new();
    for parameter in &lint.definition.parameters {
        let (node, name, kind) = (parameter.node, parameter.name, parameter.kind);
        if name.is_empty() || !names.insert(name) {
            let message = match name {
                "" => "a parameter without a name".to_owned(),
                name => format!("there are two parameters `{name}`"),
            };
            lint.say(PARAMETER, node, message);
        }
        if !["String", "Integer", "Float", "Boolean"].contains(&kind) {
            let message = format!("parameter `{name}` has no type that there is: `{kind}`");
            lint.say(PARAMETER, node.get("Type").unwrap_or(node), message);
            continue;
        }
        let Some(default) = node.get("DefaultValue") else {
            continue;
        };
        if !fits(default, kind) {
            let message = format!(
                "the default of `{name}` is {}, not a {kind}",
                default.kind()
            );
            lint.say(PARAMETER, default, message);
        }
        let Some(values) = node.get("EnumValues") else {
            continue;
        };
        let default_text = default.text();
        if default_text.is_some() && !values.list().iter().any(|v| v.text() == default_text) {
            let message = format!("the default of `{name}` is none of its `EnumValues`");
            lint.say(PARAMETER, default, message);
        }
    }
}

fn fits(value: &Node, kind: &str) -> bool {
    match (&value.value, kind) {
        (Json::Text(_), "String") | (Json::Bool(_), "Boolean") | (Json::Number(_), "Float") => true,
        (Json::Number(number), "Integer") => number.fract() == 0.0,
        _ => false,
    }
}

fn steps(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    if definition.steps.is_empty() {
        lint.say(NO_STEPS, definition.root, "there are no steps".to_owned());
    }
    let mut names = BTreeSet::new();
    for (index, step) in definition.steps.iter().enumerate() {
        let name = step.node.get("Name").unwrap_or(step.node);
        if !is_name(step.name) {
            let message = format!("`{}` is no name for a step", step.name);
            lint.say_of(STEP_NAME, index, name, message);
        } else if !names.insert(step.name) {
            let message = format!("there are two steps `{}`", step.name);
            lint.say_of(STEP_NAME, index, name, message);
        }
        for member in step.node.members() {
            if !STEP.contains(&member.name.as_str()) {
                let message = format!("a step has no member `{}`", member.name);
                lint.place(UNKNOWN_MEMBER, member.span, Some(index), message);
            }
        }
        let Some((_, demanded)) = TYPES.iter().find(|(kind, _)| *kind == step.kind) else {
            let message = format!("there is no step type `{}`", step.kind);
            let place = step.node.get("Type").unwrap_or(step.node);
            lint.say_of(STEP_TYPE, index, place, message);
            continue;
        };
        for path in *demanded {
            // what is computed as a whole cannot be looked into
            let whole = step.arguments().is_some_and(Node::is_computed);
            if !whole && step.argument(path).is_none() {
                let place = step.arguments().unwrap_or(step.node);
                let message = format!("`{}` is missing", path.join("."));
                lint.say_of(MISSING_MEMBER, index, place, message);
            }
        }
        let beside = match step.kind {
            "Lambda" => Some("FunctionArn"),
            "Callback" => Some("SqsQueueUrl"),
            _ => None,
        };
        if let Some(member) = beside.filter(|member| step.node.get(member).is_none()) {
            let message = format!("`{member}` is missing");
            lint.say_of(MISSING_MEMBER, index, step.node, message);
        }
    }
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.chars().count() <= 64 && name.chars().all(plain)
}
