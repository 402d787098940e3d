//! References: each leads to something that exists, that has run by then, and that has the named part.

use super::{Lint, Rule};
use crate::definition::{Definition, Step};
use crate::document::Node;
use crate::reference::{self, Reference, Source};

const DANGLING: Rule = Rule {
    name: "dangling-reference",
    remedy: "correct the name: SageMaker finds out only when the pipeline runs",
};
const UNKNOWN_PROPERTY: Rule = Rule {
    name: "unknown-property",
    remedy: "use a member of what the step's `Describe` call answers",
};
const PROPERTY_FILE: Rule = Rule {
    name: "property-file",
    remedy: "declare it in the step's `PropertyFiles`, for one of the step's outputs",
};
const CYCLE: Rule = Rule {
    name: "cycle",
    remedy: "break the circle: none of these steps could ever start",
};
const OTHER_BRANCH: Rule = Rule {
    name: "other-branch",
    remedy: "move one of the steps: what it waits for may never run",
};
const UNUSED_PARAMETER: Rule = Rule {
    name: "unused-parameter",
    remedy: "use it or remove it: whoever sets it expects something to change",
};
const FUNCTION: Rule = Rule {
    name: "function",
    remedy: "`Std:Join` takes `On` and `Values`, `Std:JsonGet` takes `Path` and `PropertyFile` or `S3Uri`",
};

pub(super) const RULES: &[Rule] = &[
    DANGLING,
    UNKNOWN_PROPERTY,
    PROPERTY_FILE,
    CYCLE,
    OTHER_BRANCH,
    UNUSED_PARAMETER,
    FUNCTION,
];

const EXECUTION: [&str; 7] = [
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
    "TrainingJobName",
];
/// What can be asked of a step, by its type; of other types anything
const PROPERTIES: &[(&str, &[&str])] = &[
    (
        "Processing",
        &[
            "ProcessingInputs",
            "ProcessingOutputConfig",
            "ProcessingJobName",
            "ProcessingJobArn",
            "ProcessingJobStatus",
            "ProcessingResources",
            "ProcessingStartTime",
            "ProcessingEndTime",
            "AppSpecification",
            "AutoMLJobArn",
            "CreationTime",
            "Environment",
            "ExitMessage",
            "ExperimentConfig",
            "FailureReason",
            "LastModifiedTime",
            "MonitoringScheduleArn",
            "NetworkConfig",
            "PropertyFiles",
            "RoleArn",
            "StoppingCondition",
            "TrainingJobArn",
        ],
    ),
    (
        "Training",
        &[
            "AlgorithmSpecification",
            "AutoMLJobArn",
            "BillableTimeInSeconds",
            "CheckpointConfig",
            "CreationTime",
            "DebugHookConfig",
            "DebugRuleConfigurations",
            "DebugRuleEvaluationStatuses",
            "EnableInterContainerTrafficEncryption",
            "EnableManagedSpotTraining",
            "EnableNetworkIsolation",
            "Environment",
            "ExperimentConfig",
            "FailureReason",
            "FinalMetricDataList",
            "HyperParameters",
            "InfraCheckConfig",
            "InputDataConfig",
            "LabelingJobArn",
            "LastModifiedTime",
            "ModelArtifacts",
            "ModelPackageConfig",
            "OutputDataConfig",
            "OutputModelPackageArn",
            "ProfilerConfig",
            "ProfilerRuleConfigurations",
            "ProfilerRuleEvaluationStatuses",
            "ProfilingStatus",
            "RemoteDebugConfig",
            "ResourceConfig",
            "RetryStrategy",
            "RoleArn",
            "SecondaryStatus",
            "SecondaryStatusTransitions",
            "StoppingCondition",
            "TensorBoardOutputConfig",
            "TrainingEndTime",
            "TrainingJobArn",
            "TrainingJobName",
            "TrainingJobStatus",
            "TrainingStartTime",
            "TrainingTimeInSeconds",
            "TuningJobArn",
            "VpcConfig",
            "WarmPoolStatus",
        ],
    ),
    ("Lambda", &["OutputParameters"]),
    ("Callback", &["OutputParameters"]),
    ("Condition", &["Outcome"]),
    ("Fail", &["ErrorMessage"]),
    (
        "ForEach",
        &[
            "Status",
            "InputItemCount",
            "TotalStepCount",
            "SucceededStepCount",
            "FailedStepCount",
            "StoppedStepCount",
            "IterationOutputs",
            "Selected",
        ],
    ),
    ("Cleanup", &[]),
];

pub(super) fn check(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    for (user, reference) in &definition.references {
        dangling(lint, *user, reference);
    }
    for (index, step) in definition.steps.iter().enumerate() {
        for other in step.depends_on() {
            if definition.step(other.name).is_none() {
                let name = other.name;
                let message = format!("`DependsOn` names `{name}`, and there is no such step");
                lint.say_of(DANGLING, index, other.node, message);
            }
        }
        property_files(lint, index, step);
        functions(lint, index, step);
        branches(lint, index, step);
    }
    cycles(lint);
    for parameter in &definition.parameters {
        let used = definition
            .references
            .iter()
            .any(|(_, reference)| reference.source == Source::Parameter(parameter.name));
        if !used {
            let message = format!("nothing reads the parameter `{}`", parameter.name);
            lint.say(UNUSED_PARAMETER, parameter.node, message);
        }
    }
}

fn dangling(lint: &mut Lint<'_>, user: Option<usize>, reference: &Reference<'_>) {
    let definition = lint.definition;
    let text = reference.text;
    let problem = match &reference.source {
        Source::Unknown => Some((DANGLING, format!("`{text}` is no reference"))),
        Source::Parameter(name) => definition.parameter(name).is_none().then(|| {
            (
                DANGLING,
                format!("`{text}`: there is no parameter `{name}`"),
            )
        }),
        Source::Execution(name) => (!EXECUTION.contains(name))
            .then(|| (DANGLING, format!("`{text}`: an execution has no `{name}`"))),
        Source::Step { step, path } => match definition.step(step) {
            None => Some((DANGLING, format!("`{text}`: there is no step `{step}`"))),
            Some(step) => wrong_part(definition, step, path)
                .map(|(rule, why)| (rule, format!("`{text}`: {why}"))),
        },
        Source::Item => {
            let inside = user.is_some_and(|user| definition.steps[user].inside.is_some());
            (!inside).then(|| (DANGLING, format!("`{text}`: there is no loop around it")))
        }
        Source::Round { step, path } => match (user, definition.step(step)) {
            (Some(user), Some(inner)) if inner.inside == Some(user) => {
                wrong_part(definition, inner, path)
                    .map(|(rule, why)| (rule, format!("`{text}`: {why}")))
            }
            _ => Some((
                DANGLING,
                format!("`{text}`: no loop here has a step `{step}` to select by"),
            )),
        },
    };
    if let Some((rule, message)) = problem {
        lint.place(rule, reference.node.span, user, message);
    }
}

/// What is wrong with the part of a step that `path` names.
fn wrong_part(
    definition: &Definition<'_>,
    step: &Step<'_>,
    path: &[&str],
) -> Option<(Rule, String)> {
    let Some((first, rest)) = path.split_first() else {
        return Some((
            UNKNOWN_PROPERTY,
            "it names a step, and no property of it".to_owned(),
        ));
    };
    let known = PROPERTIES.iter().find(|(kind, _)| *kind == step.kind);
    if let Some((kind, known)) = known
        && !known.contains(first)
    {
        return Some((UNKNOWN_PROPERTY, format!("a {kind} step has no `{first}`")));
    }
    let declared = |list: Option<&Node>, member: &str, name: &str| {
        list.is_some_and(|list| {
            list.list()
                .iter()
                .any(|each| each.text_of(member) == Some(name))
        })
    };
    match (*first, rest) {
        ("ProcessingOutputConfig", ["Outputs", name, ..]) => {
            let outputs = step.argument(&["ProcessingOutputConfig", "Outputs"]);
            (!declared(outputs, "OutputName", name)).then(|| {
                let step = step.name;
                (DANGLING, format!("`{step}` has no output `{name}`"))
            })
        }
        ("OutputParameters", [name, ..]) => {
            let outputs = step.node.get("OutputParameters");
            (!declared(outputs, "OutputName", name)).then(|| {
                let step = step.name;
                (DANGLING, format!("`{step}` declares no output `{name}`"))
            })
        }
        ("PropertyFiles", [name, ..]) => {
            let files = step.node.get("PropertyFiles");
            (!declared(files, "PropertyFileName", name)).then(|| {
                let step = step.name;
                (
                    PROPERTY_FILE,
                    format!("`{step}` declares no property file `{name}`"),
                )
            })
        }
        ("IterationOutputs", [round, name, rest @ ..])
            if round.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            match definition
                .step(name)
                .filter(|inner| definition.is_in(inner, step))
            {
                Some(inner) => wrong_part(definition, inner, rest),
                None => Some((
                    DANGLING,
                    format!("the body of `{}` has no step `{name}`", step.name),
                )),
            }
        }
        ("IterationOutputs", _) => Some((
            UNKNOWN_PROPERTY,
            "it is read as `IterationOutputs[<round>].<step>.<property>`".to_owned(),
        )),
        ("Selected", rest) => {
            match step
                .argument(&["Selector", "Field"])
                .and_then(reference::of)
            {
                None => Some((
                    UNKNOWN_PROPERTY,
                    format!("`{}` has no `Selector`", step.name),
                )),
                Some(found) => match found.source {
                    Source::Round { step: name, .. } => definition
                        .step(name)
                        .and_then(|inner| wrong_part(definition, inner, rest)),
                    _ => None,
                },
            }
        }
        ("ModelArtifacts", []) => Some((
            UNKNOWN_PROPERTY,
            "the address of the model is `ModelArtifacts.S3ModelArtifacts`".to_owned(),
        )),
        ("ModelArtifacts", [member, ..]) if *member != "S3ModelArtifacts" => Some((
            UNKNOWN_PROPERTY,
            format!("`ModelArtifacts` has no `{member}`, only `S3ModelArtifacts`"),
        )),
        _ => None,
    }
}

fn property_files(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let outputs = step.argument(&["ProcessingOutputConfig", "Outputs"]);
    let files = step.node.get("PropertyFiles").map(Node::list);
    for file in files.unwrap_or_default() {
        let name = file.text_of("OutputName").unwrap_or_default();
        let there = outputs.is_some_and(|outputs| {
            outputs
                .list()
                .iter()
                .any(|output| output.text_of("OutputName") == Some(name))
        });
        if step.kind == "Processing" && !there {
            let message =
                format!("a property file lies in the output `{name}`, which the step has not");
            lint.say_of(PROPERTY_FILE, index, file, message);
        }
    }
}

fn functions(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let mut wrong = Vec::new();
    step.own(&mut |node| {
        let [member] = node.members() else { return };
        let value = &member.value;
        let complaint = match member.name.as_str() {
            "Get" if value.text().is_none() => Some("`Get` takes a text"),
            "Std:Join" => {
                let whole = value.get("On").is_some() && value.get("Values").is_some();
                (!whole).then_some("`Std:Join` lacks `On` or `Values`")
            }
            "Std:JsonGet" => {
                let from = value.get("PropertyFile").is_some() || value.get("S3Uri").is_some();
                (!from || value.get("Path").is_none())
                    .then_some("`Std:JsonGet` lacks `Path`, or what it is read from")
            }
            name if name.starts_with("Std:") => Some("there is no such function"),
            _ => None,
        };
        wrong.extend(complaint.map(|complaint| (node, complaint)));
        if let Some(file) = value.get("PropertyFile")
            && member.name == "Std:JsonGet"
            && !file
                .text_of("Get")
                .is_some_and(|text| text.contains(".PropertyFiles."))
        {
            wrong.push((
                file,
                "`PropertyFile` names `Steps.<step>.PropertyFiles.<name>`",
            ));
        }
    });
    for (node, complaint) in wrong {
        lint.say_of(FUNCTION, index, node, complaint.to_owned());
    }
}

/// A step outside of a branch must not wait for one inside of it.
fn branches(lint: &mut Lint<'_>, index: usize, step: &Step<'_>) {
    let definition = lint.definition;
    for need in &step.needs {
        let other = &definition.steps[*need];
        let missing = other.branches.iter().find(|branch| {
            // the condition itself stands outside of its branches
            !step.branches.contains(branch)
        });
        if let Some((condition, truth)) = missing {
            let branch = if *truth { "IfSteps" } else { "ElseSteps" };
            let message = format!(
                "it waits for `{}`, which runs only in `{branch}` of `{}`",
                other.name, definition.steps[*condition].name
            );
            lint.say_of(
                OTHER_BRANCH,
                index,
                step.node.get("Name").unwrap_or(step.node),
                message,
            );
        }
    }
}

fn cycles(lint: &mut Lint<'_>) {
    let definition = lint.definition;
    let mut told = std::collections::BTreeSet::new();
    for (index, step) in definition.steps.iter().enumerate() {
        let needs = definition.all_needs(index);
        if !needs.contains(&index) || told.contains(&index) {
            continue;
        }
        let circle: Vec<usize> = needs
            .into_iter()
            .filter(|other| definition.all_needs(*other).contains(&index))
            .collect();
        let names: Vec<&str> = circle
            .iter()
            .map(|other| definition.steps[*other].name)
            .collect();
        let message = format!("these steps wait for one another: {}", names.join(", "));
        lint.say_of(
            CYCLE,
            index,
            step.node.get("Name").unwrap_or(step.node),
            message,
        );
        told.extend(circle);
    }
}
