//! Steps that run for each of many items, steps that clean up, and how a step that is waited for has to end.

use super::{Lint, Rule};
use crate::definition::Step;
use crate::document::{Json, Node};
use crate::reference::{self, Source};

const LOOP: Rule = Rule {
    name: "loop",
    remedy: "give a loop 1 to 100 items, or one text that is a JSON list; 1 to 50 rounds at once; no Condition, Fail or ForEach in its body",
};
const SELECTOR: Rule = Rule {
    name: "selector",
    remedy: "pick `MaxBy` or `MinBy` a field `IterationOutput.<step of the body>.<property>`",
};
const ROUND: Rule = Rule {
    name: "round",
    remedy: "read `Steps.<loop>.IterationOutputs[<round>].<step>` or `Steps.<loop>.Selected`",
};
const TRIGGER: Rule = Rule {
    name: "trigger",
    remedy: "wait for `Completed`, `Failed`, `Stopped` or `Any`",
};
const CLEANUP: Rule = Rule {
    name: "cleanup",
    remedy: "name steps of this pipeline, and wait for each in `DependsOn`",
};

pub(super) const RULES: &[Rule] = &[LOOP, SELECTOR, ROUND, TRIGGER, CLEANUP];

pub(super) fn check(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    for (index, step) in definition.steps.iter().enumerate() {
        triggers(lint, index, step);
        match step.kind {
            "ForEach" => {
                rounds(lint, index, step);
                selector(lint, index, step);
            }
            "Cleanup" => sources(lint, index, step),
            _ => {}
        }
        if let Some(around) = step.inside
            && matches!(step.kind, "Condition" | "Fail" | "ForEach")
        {
            let message = format!(
                "a {} may not stand in the body of `{}`",
                step.kind, definition.steps[around].name
            );
            lint.say_of(LOOP, index, named(step), message);
        }
        names_of_rounds(lint, index, step);
    }
    for (user, reference) in &definition.references {
        if let Source::Step { step: name, .. } = &reference.source
            && let Some(step) = definition.step(name)
            && let Some(around) = step.inside
            && user.and_then(|user| definition.steps[user].inside) != Some(around)
        {
            let message = format!(
                "`{}`: `{name}` runs once for each item of `{}`, and not under its own name",
                reference.text, definition.steps[around].name
            );
            lint.place(ROUND, reference.node.span, *user, message);
        }
    }
}

fn rounds(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    if let Some(items) = step.argument(&["IterableItems"]) {
        let complaint = match lint.definition.settled(items) {
            Some(settled) => match &settled.value {
                Json::List(list) if settled.span == items.span => (!(1..=100)
                    .contains(&list.len()))
                .then(|| format!("`IterableItems` has {} items", list.len())),
                // a literal text is not read, the text of a parameter is
                Json::Text(text) if settled.span != items.span => (!text.is_empty()
                    && !is_json_list(text))
                .then(|| "the text that is iterated over is no JSON list".to_owned()),
                _ => Some(format!("`IterableItems` is {}", settled.kind())),
            },
            None => None,
        };
        if let Some(message) = complaint {
            lint.say_of(LOOP, index, items, message);
        }
    }
    if let Some(body) = step.argument(&["ForEachBody"])
        && body.list().is_empty()
    {
        lint.say_of(LOOP, index, body, "the body has no step".to_owned());
    }
    if let Some(most) = step.argument(&["MaxConcurrency"]) {
        let number = most.number();
        if !number.is_some_and(|number| (1.0..=50.0).contains(&number) && number.fract() == 0.0) {
            let message = match number {
                Some(number) => format!("`MaxConcurrency` is {number}; it may be 1 to 50"),
                None => format!("`MaxConcurrency` is {}, not a number", most.kind()),
            };
            lint.say_of(LOOP, index, most, message);
        }
    }
}

fn is_json_list(text: &str) -> bool {
    crate::document::parse(text).is_ok_and(|node| matches!(node.value, Json::List(_)))
}

/// What a selector compares is something that a step of the same body gives.
fn selector(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let Some(selector) = step.argument(&["Selector"]) else {
        return;
    };
    if !matches!(selector.text_of("Pick"), Some("MaxBy" | "MinBy")) {
        let place = selector.get("Pick").unwrap_or(selector);
        lint.say_of(
            SELECTOR,
            index,
            place,
            "`Pick` is neither `MaxBy` nor `MinBy`".to_owned(),
        );
    }
    let field = selector.get("Field");
    let source = field.and_then(reference::of).map(|found| found.source);
    let fits = match &source {
        Some(Source::Round { step: name, path }) => {
            let inner = lint.definition.step(name);
            !path.is_empty() && inner.is_some_and(|inner| inner.inside == Some(index))
        }
        _ => false,
    };
    if !fits {
        let message = "`Field` names no property of a step of the body".to_owned();
        lint.say_of(SELECTOR, index, field.unwrap_or(selector), message);
    }
}

/// Rounds of `Try` are the steps `Try-0`, `Try-1`, which must be nobody else's names.
fn names_of_rounds(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let Some((stem, number)) = step.name.rsplit_once('-') else {
        return;
    };
    let counted = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let other = lint.definition.step(stem);
    if counted && step.inside.is_none() && other.is_some_and(|other| other.inside.is_some()) {
        let message = format!("`{}` is the name of a round of `{stem}`", step.name);
        lint.say_of(LOOP, index, named(step), message);
    }
}

fn triggers(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    for node in step
        .node
        .get("DependsOn")
        .map(Node::list)
        .unwrap_or_default()
    {
        let complaint = match &node.value {
            Json::Text(_) => None,
            Json::Object(members) => {
                let known = |name: &str| matches!(name, "Step" | "Trigger");
                let trigger = node.get("Trigger");
                if node.text_of("Step").is_none() || members.iter().any(|m| !known(&m.name)) {
                    Some("a dependency is a name, or `Step` with `Trigger`".to_owned())
                } else if trigger.is_some_and(|trigger| {
                    !matches!(
                        trigger.text(),
                        Some("Completed" | "Failed" | "Stopped" | "Any")
                    )
                }) {
                    Some("no step ends like that".to_owned())
                } else {
                    None
                }
            }
            _ => Some(format!("a dependency is {}", node.kind())),
        };
        if let Some(message) = complaint {
            lint.say_of(TRIGGER, index, node, message);
        }
    }
}

fn sources(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let sources = step.argument(&["Resources", "S3"]);
    let list = sources.map(Node::list).unwrap_or_default();
    if let Some(node) = sources.filter(|_| list.is_empty()) {
        lint.say_of(CLEANUP, index, node, "it cleans nothing up".to_owned());
    }
    for source in list {
        let name = source.text_of("StepName").unwrap_or_default();
        let complaint = if lint.definition.step(name).is_none() {
            Some(format!("there is no step `{name}` to clean up after"))
        } else if !step.depends_on().any(|other| other.name == name) {
            Some(format!("it does not wait for `{name}`, which it deletes"))
        } else {
            let given = source.get("S3Uris");
            given
                .is_some_and(|given| given.list().is_empty())
                .then(|| "`S3Uris` is empty".to_owned())
        };
        if let Some(message) = complaint {
            lint.say_of(CLEANUP, index, source, message);
        }
    }
}

fn named<'d>(step: &Step<'d>) -> &'d Node {
    step.node.get("Name").unwrap_or(step.node)
}
