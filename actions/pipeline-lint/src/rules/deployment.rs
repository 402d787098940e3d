//! Deployment from within a pipeline: what SageMaker demands of a canary, and what makes one worth having.

use super::{Lint, Rule};
use crate::definition::Step;
use crate::document::Node;

const CANARY: Rule = Rule {
    name: "canary",
    remedy: "use at least two instances, and a canary of at most half of them",
};
const TIMING: Rule = Rule {
    name: "deployment-timing",
    remedy: "let the timeout be longer than baking and waiting, within 600 to 28800 seconds",
};
const ALARMS: Rule = Rule {
    name: "alarms",
    remedy: "name alarms in `AutoRollbackConfiguration`: without them, baking protects nothing",
};
const VARIANT: Rule = Rule {
    name: "variant",
    remedy: "keep the name of the variant: an update with another one is no gradual one",
};

pub(super) const RULES: &[Rule] = &[CANARY, TIMING, ALARMS, VARIANT];

pub(super) fn check(lint: &mut Lint<'_>) {
    for (index, step) in lint.definition.steps.iter().enumerate() {
        if step.kind != "Endpoint" {
            continue;
        }
        let Some(deployment) = step.argument(&["DeploymentConfig"]) else {
            continue;
        };
        let blue_green = deployment.get("BlueGreenUpdatePolicy");
        let routing = blue_green.and_then(|policy| policy.get("TrafficRoutingConfiguration"));
        if let (Some(policy), Some(routing)) = (blue_green, routing) {
            canary(lint, index, step, routing);
            timing(lint, index, policy, routing);
        }
        let gradual = routing
            .is_some_and(|routing| matches!(routing.text_of("Type"), Some("CANARY" | "LINEAR")))
            || deployment.get("RollingUpdatePolicy").is_some();
        let alarms = deployment.at(&["AutoRollbackConfiguration", "Alarms"]);
        if gradual && alarms.is_none_or(|alarms| alarms.list().is_empty() && !alarms.is_computed())
        {
            let message = "it goes step by step, and no alarm watches".to_owned();
            lint.say_of(ALARMS, index, deployment, message);
        }
        if let Some(alarms) = alarms.filter(|alarms| alarms.list().len() > 10) {
            let message = format!("{} alarms, and 10 are the most", alarms.list().len());
            lint.say_of(ALARMS, index, alarms, message);
        }
    }
    variants(lint);
}

/// The variants of the configurations that the definition makes.
fn configured<'l>(lint: &'l Lint<'_>) -> impl Iterator<Item = (usize, &'l Node)> {
    let steps = lint.definition.steps.iter().enumerate();
    steps
        .filter(|(_, step)| step.kind == "EndpointConfig")
        .flat_map(|(index, step)| {
            let variants = step.argument(&["ProductionVariants"]).map(Node::list);
            variants.unwrap_or_default().iter().map(move |v| (index, v))
        })
}

fn number(lint: &Lint<'_>, node: Option<&Node>) -> Option<f64> {
    lint.definition.settled(node?).and_then(Node::number)
}

fn canary(lint: &mut Lint<'_>, index: usize, step: &Step<'_>, routing: &Node) {
    let (member, least) = match routing.text_of("Type") {
        Some("CANARY") => ("CanarySize", 1.0),
        Some("LINEAR") => ("LinearStepSize", 10.0),
        _ => return,
    };
    let counts: Vec<f64> = configured(lint)
        .filter_map(|(_, variant)| number(lint, variant.get("InitialInstanceCount")))
        .collect();
    for count in &counts {
        if *count < 2.0 {
            let place = step.node.get("Name").unwrap_or(step.node);
            let message = format!("{member} needs two instances, and there is {count}");
            lint.say_of(CANARY, index, place, message);
        }
    }
    let Some(size) = routing.get(member) else {
        let message = format!("`{member}` is missing");
        lint.say_of(CANARY, index, routing, message);
        return;
    };
    let Some(value) = number(lint, size.get("Value")) else {
        return;
    };
    let percents: Vec<f64> = match size.text_of("Type") {
        Some("INSTANCE_COUNT") => counts.iter().map(|count| 100.0 * value / count).collect(),
        _ => vec![value],
    };
    for percent in percents {
        if !(least..=50.0).contains(&percent) {
            let message = format!("{member} is {percent} percent; it may be {least} to 50");
            lint.say_of(CANARY, index, size, message);
            break;
        }
    }
}

fn timing(lint: &mut Lint<'_>, index: usize, policy: &Node, routing: &Node) {
    let wait = routing.get("WaitIntervalInSeconds");
    let waits = number(lint, wait).unwrap_or_default();
    if let Some(node) = wait
        && !(0.0..=3600.0).contains(&waits)
    {
        let message = format!("it bakes {waits} s; 3600 are the most");
        lint.say_of(TIMING, index, node, message);
    }
    let Some(node) = policy.get("MaximumExecutionTimeoutInSeconds") else {
        return;
    };
    let Some(timeout) = number(lint, Some(node)) else {
        return;
    };
    let ends = number(lint, policy.get("TerminationWaitInSeconds")).unwrap_or_default();
    if !(600.0..=28800.0).contains(&timeout) {
        let message = format!("the timeout is {timeout} s; it may be 600 to 28800");
        lint.say_of(TIMING, index, node, message);
    } else if timeout <= waits + ends {
        let message = format!(
            "after {timeout} s it is given up, and it waits {} s",
            waits + ends
        );
        lint.say_of(TIMING, index, node, message);
    }
}

/// Two configurations of one definition whose variants have other names.
fn variants(lint: &mut Lint<'_>) {
    let mut first: Option<(usize, String)> = None;
    let mut wrong = Vec::new();
    for (index, variant) in configured(lint) {
        let Some(node) = variant.get("VariantName") else {
            continue;
        };
        let Some(name) = node.text() else { continue };
        match &first {
            None => first = Some((index, name.to_owned())),
            Some((other, kept)) if *other != index && kept != name => {
                wrong.push((index, node.span, format!("`{name}` is `{kept}` elsewhere")));
            }
            Some(_) => {}
        }
    }
    for (index, span, message) in wrong {
        lint.place(VARIANT, span, Some(index), message);
    }
}
