//! The gate: nothing is registered or deployed that has not been measured, and nothing approves itself.

use super::{Lint, Rule};
use crate::definition::Step;
use crate::document::Node;
use crate::reference::{self, Source};

const UNGATED: Rule = Rule {
    name: "ungated",
    remedy: "put it into the branch of a condition on what an evaluation measured",
};
const CONSTANT_GATE: Rule = Rule {
    name: "constant-gate",
    remedy: "compare a measured value, such as `Std:JsonGet` of an evaluation, with a bound",
};
const OTHER_MODEL: Rule = Rule {
    name: "other-model",
    remedy: "evaluate the model that is registered",
};
const INVERTED: Rule = Rule {
    name: "inverted-gate",
    remedy: "turn the comparison around, or exchange the branches",
};
const APPROVAL: Rule = Rule {
    name: "approval",
    remedy: "register as `PendingManualApproval`: a pipeline does not approve its own work",
};
const GROUP: Rule = Rule {
    name: "model-package-group",
    remedy: "name the `ModelPackageGroupName`, so that the package has a version and waits for approval",
};
const MODEL_DATA: Rule = Rule {
    name: "model-data",
    remedy: "register what this execution trained: `Steps.<training>.ModelArtifacts.S3ModelArtifacts`",
};

pub(super) const RULES: &[Rule] = &[
    UNGATED,
    CONSTANT_GATE,
    OTHER_MODEL,
    INVERTED,
    APPROVAL,
    GROUP,
    MODEL_DATA,
];

/// Measures that are better when they are smaller
const ERRORS: [&str; 9] = [
    "rmse", "mse", "mae", "mape", "error", "loss", "logloss", "rmsle", "wer",
];
/// Measures that are better when they are greater
const SCORES: [&str; 9] = [
    "accuracy",
    "auc",
    "f1",
    "r2",
    "precision",
    "recall",
    "ndcg",
    "bleu",
    "map",
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    for (index, step) in definition.steps.iter().enumerate() {
        match step.kind {
            "RegisterModel" => {
                gated(lint, index, step);
                registered(lint, index, step);
            }
            "Endpoint" | "InferenceComponent" => gated(lint, index, step),
            "Condition" => constant(lint, index, step),
            _ => {}
        }
    }
}

/// Whether a condition around the step, or around one that it waits for, decides on it.
fn gated(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let definition = lint.definition;
    let mut gates: Vec<(usize, bool)> = step.branches.clone();
    for need in definition.all_needs(index) {
        gates.extend(&definition.steps[need].branches);
    }
    if gates.is_empty() {
        let message = match step.kind {
            "RegisterModel" => "a model is registered whatever its quality",
            _ => "a model is deployed whatever its quality",
        };
        let place = step.node.get("Name").unwrap_or(step.node);
        lint.say_of(UNGATED, index, place, message.to_owned());
        return;
    }
    inverted(lint, index, &step.branches);
    let failing = step
        .depends_on()
        .find(|other| other.trigger.is_some_and(|t| t.text() != Some("Completed")));
    if let Some(other) = failing {
        let message = format!("it does not need `{}` to complete", other.name);
        lint.say_of(UNGATED, index, other.node, message);
    }
    let trained = models(step, definition);
    let measured = gates.iter().any(|(condition, _)| {
        let needs = definition.all_needs(*condition);
        trained.iter().any(|model| needs.contains(model))
    });
    if step.kind == "RegisterModel" && !trained.is_empty() && !measured {
        let names: Vec<&str> = trained.iter().map(|i| definition.steps[*i].name).collect();
        let message = format!(
            "the condition looks at nothing that depends on `{}`, whose model is registered",
            names.join("`, `")
        );
        let place = step.node.get("Name").unwrap_or(step.node);
        lint.say_of(OTHER_MODEL, index, place, message);
    }
}

/// The steps whose model artifacts a step takes.
fn models(step: &Step<'_>, definition: &crate::definition::Definition<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    step.own(&mut |node| {
        let Some(Source::Step { step: name, path }) = reference::of(node).map(|r| r.source) else {
            return;
        };
        let training = definition.steps.iter().position(|step| step.name == name);
        // in a loop behind `Selected` or a round
        if path.contains(&"ModelArtifacts") {
            found.extend(training);
        }
    });
    found
}

fn registered(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let definition = lint.definition;
    let status = step.argument(&["ModelApprovalStatus"]);
    if let Some(node) = status
        && let Some(settled) = definition.settled(node)
        && settled.text() != Some("PendingManualApproval")
    {
        let message = format!(
            "the model is registered as `{}`",
            settled.text().unwrap_or("something that is no text")
        );
        lint.say_of(APPROVAL, index, node, message);
    }
    if step.argument(&["ModelPackageGroupName"]).is_none()
        && step.argument(&["ModelPackageName"]).is_none()
        && step.arguments().is_some_and(|node| !node.is_computed())
    {
        let message = "the model belongs to no group".to_owned();
        lint.say_of(
            GROUP,
            index,
            step.node.get("Name").unwrap_or(step.node),
            message,
        );
    }
    let containers = step.argument(&["InferenceSpecification", "Containers"]);
    for container in containers.map(Node::list).unwrap_or_default() {
        if let Some(url) = container.get("ModelDataUrl")
            && url.text().is_some()
        {
            let message = "the model's data is a fixed address".to_owned();
            lint.say_of(MODEL_DATA, index, url, message);
        }
    }
}

fn constant(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let Some(conditions) = step.argument(&["Conditions"]) else {
        return;
    };
    if conditions.list().is_empty() {
        let message = "a condition without conditions is always true".to_owned();
        lint.say_of(CONSTANT_GATE, index, conditions, message);
        return;
    }
    for condition in conditions.list() {
        let mut reads = false;
        condition.walk(&mut |node| {
            let measured = matches!(
                reference::of(node).map(|reference| reference.source),
                Some(Source::Step { .. } | Source::Parameter(_) | Source::Execution(_))
            );
            reads |= measured || node.get("Std:JsonGet").is_some();
        });
        if !reads {
            let message = "it compares constants, so it always ends the same way".to_owned();
            lint.say_of(CONSTANT_GATE, index, condition, message);
        }
    }
}

/// A large error or a small score must not be what opens the way.
fn inverted(lint: &mut Lint<'_>, index: usize, branches: &[(usize, bool)]) {
    let definition = lint.definition;
    for (condition, truth) in branches {
        let conditions = definition.steps[*condition].argument(&["Conditions"]);
        for node in conditions.map(Node::list).unwrap_or_default() {
            let Some((name, grows)) = direction(node) else {
                continue;
            };
            // the value grows on the way here: good for a score, bad for an error
            let grows = grows == *truth;
            let bad = (ERRORS.contains(&name.as_str()) && grows)
                || (SCORES.contains(&name.as_str()) && !grows);
            if bad {
                let step = definition.steps[index].name;
                let message = format!("`{step}` runs when `{name}` is bad");
                lint.say_of(INVERTED, *condition, node, message);
            }
        }
    }
}

/// The measure that a condition looks at, and whether it is true for a great value.
fn direction(condition: &Node) -> Option<(String, bool)> {
    let kind = condition.text_of("Type")?;
    let greater = match kind {
        "GreaterThan" | "GreaterThanOrEqualTo" => true,
        "LessThan" | "LessThanOrEqualTo" => false,
        _ => return None,
    };
    let measure = |side: &str| {
        let path = condition.get(side)?.get("Std:JsonGet")?.text_of("Path")?;
        let parts: Vec<&str> = path.split(['.', '/', '[', ']', '\'']).collect();
        let known = |part: &&&str| {
            let part = part.to_lowercase();
            ERRORS.contains(&part.as_str()) || SCORES.contains(&part.as_str())
        };
        let part = parts.iter().rev().find(known)?;
        Some(part.to_lowercase())
    };
    match (measure("LeftValue"), measure("RightValue")) {
        (Some(left), None) => Some((left, greater)),
        (None, Some(right)) => Some((right, !greater)),
        // one model against another: which of them is meant cannot be told
        _ => None,
    }
}
