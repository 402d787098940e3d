//! A pipeline's definition: read, checked as SageMaker checks it, and taken apart into steps and what each of them waits for.
//!
//! Pure. What is wrong is said in SageMaker's words where they are public (`Unable to parse pipeline definition. ...`). Steps of types that
//! the simulator cannot run are refused here, so that no execution fails half-way for that reason.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::shapes::SAGEMAKER;
use crate::wire::{Failure, Object};
use crate::world::string;

const VERSION: &str = "2020-12-01";
/// What `Execution.` may be followed by
const VARIABLES: [&str; 6] = [
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
];
/// What SageMaker runs and the simulator does not
const NOT_RUN: [&str; 11] = [
    "Tuning",
    "AutoML",
    "Model",
    "Transform",
    "Callback",
    "ClarifyCheck",
    "QualityCheck",
    "EMR",
    "EMRServerless",
    "NotebookJob",
    "Endpoint",
];

/// A checked definition
#[derive(Debug, Default)]
pub(super) struct Definition {
    pub(super) parameters: Vec<Parameter>,
    /// In the order of the text; the steps of a condition's branches follow it
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    kind: String,
    default: Option<Value>,
    allowed: Vec<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Processing,
    Training,
    RegisterModel,
    Lambda,
    Condition,
    Fail,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// As it is written; a condition without its branches
    pub(super) text: Object,
    /// The condition in whose branch it is, and what that one has to be
    pub(super) branch: Option<(String, bool)>,
    /// The steps that have to succeed before
    pub(super) needs: BTreeSet<String>,
}

impl Step {
    pub(super) fn arguments(&self) -> &Value {
        &self.text["Arguments"]
    }

    pub(super) fn get(&self, member: &str) -> Option<&Value> {
        self.text.get(member)
    }
}

impl Definition {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let json: Value = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        let Value::Object(json) = json else {
            return Err(broken("Expecting start of Json Object."));
        };
        match json.get("Version").and_then(Value::as_str) {
            Some(VERSION) => {}
            Some(other) => return Err(broken(format!("Unsupported version '{other}'."))),
            None => return Err(broken("Version is missing.")),
        }
        for member in json.keys() {
            let known = [
                "Version",
                "Metadata",
                "Parameters",
                "PipelineExperimentConfig",
                "Steps",
            ];
            if !known.contains(&member.as_str()) {
                return Err(broken(format!("Unknown member '{member}'.")));
            }
        }
        let mut definition = Self::default();
        for parameter in array(json.get("Parameters"))? {
            definition.add_parameter(parameter)?;
        }
        definition.add_steps(array(json.get("Steps"))?, None)?;
        if definition.steps.is_empty() {
            return Err(broken("A pipeline must have at least one step."));
        }
        definition.check_references()?;
        definition.check_order()?;
        Ok(definition)
    }

    pub(super) fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The values with which an execution starts: those given, else the defaults
    pub(super) fn values(&self, given: &[Value]) -> Result<BTreeMap<String, Value>, Failure> {
        let mut values = BTreeMap::new();
        for pair in given {
            let (name, text) = (string(pair, "Name"), string(pair, "Value"));
            let parameter = self.parameters.iter().find(|known| known.name == name);
            let parameter = parameter.ok_or_else(|| {
                Failure::validation(format!("The pipeline has no parameter '{name}'."))
            })?;
            if values
                .insert(name.clone(), parameter.read(&text)?)
                .is_some()
            {
                return Err(Failure::validation(format!(
                    "The parameter '{name}' is given twice."
                )));
            }
        }
        for parameter in &self.parameters {
            if let (None, Some(default)) = (values.get(&parameter.name), &parameter.default) {
                values.insert(parameter.name.clone(), default.clone());
            }
        }
        let absent: Vec<&str> = self
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .filter(|name| !values.contains_key(*name))
            .collect();
        match absent.is_empty() {
            true => Ok(values),
            false => Err(Failure::validation(format!(
                "Parameters without a default must be given a value: [{}]",
                absent.join(", ")
            ))),
        }
    }

    fn add_parameter(&mut self, text: &Value) -> Result<(), Failure> {
        let parameter = Parameter {
            name: string(text, "Name"),
            kind: string(text, "Type"),
            default: text.get("DefaultValue").cloned(),
            allowed: array(text.get("EnumValues"))?.to_vec(),
        };
        if parameter.name.is_empty() {
            return Err(broken("A parameter must have a Name."));
        }
        if self
            .parameters
            .iter()
            .any(|known| known.name == parameter.name)
        {
            return Err(broken(format!(
                "Duplicate parameter name '{}'.",
                parameter.name
            )));
        }
        let fits = match (parameter.kind.as_str(), &parameter.default) {
            ("String" | "Integer" | "Float" | "Boolean", None) => true,
            ("String", Some(value)) => value.is_string(),
            ("Integer", Some(value)) => value.is_i64(),
            ("Float", Some(value)) => value.is_number(),
            ("Boolean", Some(value)) => value.is_boolean(),
            (other, _) => {
                return Err(broken(format!("Unknown parameter type '{other}'.")));
            }
        };
        if !fits {
            return Err(broken(format!(
                "The DefaultValue of parameter '{}' is not of type {}.",
                parameter.name, parameter.kind
            )));
        }
        self.parameters.push(parameter);
        Ok(())
    }

    fn add_steps(&mut self, steps: &[Value], branch: Option<(&str, bool)>) -> Result<(), Failure> {
        for step in steps {
            let Some(text) = step.as_object() else {
                return Err(broken("Expecting start of Json Object."));
            };
            let name = string(step, "Name");
            let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if name.is_empty() || name.len() > 64 || !name.bytes().all(letters) {
                return Err(broken(format!("'{name}' is not the name of a step.")));
            }
            if self.step(&name).is_some() {
                return Err(broken(format!("Duplicate step name '{name}'.")));
            }
            let kind = kind(&name, &string(step, "Type"))?;
            if !step["Arguments"].is_object() {
                return Err(broken(format!("Step '{name}' has no Arguments.")));
            }
            check_members(&name, kind, &step["Arguments"])?;
            let mut text = text.clone();
            let mut branches = Vec::new();
            if kind == Kind::Condition
                && let Some(arguments) = text["Arguments"].as_object_mut()
            {
                for (member, outcome) in [("IfSteps", true), ("ElseSteps", false)] {
                    branches.push((arguments.remove(member), outcome));
                }
            }
            let mut needs: BTreeSet<String> = branch
                .map(|(name, _)| name.to_owned())
                .into_iter()
                .collect();
            for other in array(text.get("DependsOn"))? {
                needs.insert(other.as_str().unwrap_or_default().to_owned());
            }
            let mut found = Vec::new();
            references(&Value::Object(text.clone()), &mut found);
            needs.extend(found.iter().filter_map(|path| step_of(path)));
            self.steps.push(Step {
                name: name.clone(),
                kind,
                text,
                branch: branch.map(|(name, outcome)| (name.to_owned(), outcome)),
                needs,
            });
            for (inner, outcome) in branches {
                self.add_steps(array(inner.as_ref())?, Some((&name, outcome)))?;
            }
        }
        Ok(())
    }

    fn check_references(&self) -> Result<(), Failure> {
        for step in &self.steps {
            let dangling = |path: &str| {
                broken(format!(
                    "Step '{}' refers to '{path}', which does not exist.",
                    step.name
                ))
            };
            for needed in &step.needs {
                self.step(needed).ok_or_else(|| dangling(needed))?;
            }
            let mut found = Vec::new();
            references(&Value::Object(step.text.clone()), &mut found);
            for path in found {
                let parts: Vec<&str> = path.split('.').collect();
                let known = match parts[..] {
                    ["Parameters", name] => self.parameters.iter().any(|known| known.name == name),
                    ["Execution", name] => VARIABLES.contains(&name),
                    ["Steps", of, "PropertyFiles", file] => self
                        .step(of)
                        .is_some_and(|of| of.property_file(file).is_some()),
                    ["Steps", _, _, ..] => true,
                    _ => false,
                };
                if !known {
                    return Err(dangling(&path));
                }
            }
        }
        Ok(())
    }

    /// Every step can have its turn
    fn check_order(&self) -> Result<(), Failure> {
        let mut done: BTreeSet<&str> = BTreeSet::new();
        loop {
            let (free, stuck): (Vec<&Step>, Vec<&Step>) = self
                .steps
                .iter()
                .filter(|step| !done.contains(step.name.as_str()))
                .partition(|step| step.needs.iter().all(|name| done.contains(name.as_str())));
            if stuck.is_empty() {
                return Ok(());
            }
            if free.is_empty() {
                let names: Vec<&str> = stuck.iter().map(|step| step.name.as_str()).collect();
                return Err(broken(format!(
                    "Cycle detected among the steps [{}].",
                    names.join(", ")
                )));
            }
            done.extend(free.iter().map(|step| step.name.as_str()));
        }
    }
}

impl Step {
    /// The declaration of a property file: `OutputName` and `FilePath`
    pub(super) fn property_file(&self, name: &str) -> Option<&Value> {
        let files = self.get("PropertyFiles")?.as_array()?;
        files.iter().find(|file| file["PropertyFileName"] == name)
    }
}

impl Parameter {
    /// A value as a request gives it: always a text
    fn read(&self, text: &str) -> Result<Value, Failure> {
        if text.is_empty() {
            return Err(Failure::validation(
                r#"[string "" is too short (length: 0, required minimum: 1)]"#,
            ));
        }
        let value = match self.kind.as_str() {
            "Integer" => text.parse::<i64>().ok().map(Value::from),
            "Float" => text
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .map(Value::from),
            "Boolean" => text
                .to_ascii_lowercase()
                .parse::<bool>()
                .ok()
                .map(Value::from),
            _ => Some(Value::from(text)),
        };
        let value = value.ok_or_else(|| {
            Failure::validation(format!(
                "The value '{text}' of parameter '{}' is not of type {}.",
                self.name, self.kind
            ))
        })?;
        match self.allowed.is_empty() || self.allowed.contains(&value) {
            true => Ok(value),
            false => Err(Failure::validation(format!(
                "The value '{text}' of parameter '{}' is none of its EnumValues.",
                self.name
            ))),
        }
    }
}

fn kind(step: &str, text: &str) -> Result<Kind, Failure> {
    Ok(match text {
        "Processing" => Kind::Processing,
        "Training" => Kind::Training,
        "RegisterModel" => Kind::RegisterModel,
        "Lambda" => Kind::Lambda,
        "Condition" => Kind::Condition,
        "Fail" => Kind::Fail,
        other if NOT_RUN.contains(&other) => {
            return Err(Failure::validation(format!(
                "The simulator does not run steps of type '{other}' (step '{step}')."
            )));
        }
        other => {
            return Err(broken(format!(
                "Unknown step type '{other}' of step '{step}'."
            )));
        }
    })
}

/// A job's arguments are its request's, without the name, which the execution gives
fn check_members(step: &str, kind: Kind, arguments: &Value) -> Result<(), Failure> {
    let (operation, name) = match kind {
        Kind::Processing => ("CreateProcessingJob", "ProcessingJobName"),
        Kind::Training => ("CreateTrainingJob", "TrainingJobName"),
        Kind::RegisterModel => ("CreateModelPackage", "ModelPackageName"),
        Kind::Lambda | Kind::Condition | Kind::Fail => return Ok(()),
    };
    let known = SAGEMAKER.members(operation);
    for member in arguments.as_object().into_iter().flat_map(Object::keys) {
        if member == name || !known.contains(&member.as_str()) {
            return Err(broken(format!(
                "Unknown Argument member '{member}' of step '{step}'."
            )));
        }
    }
    Ok(())
}

/// The paths of every `Get` in a value
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(members) => match (members.len(), members.get("Get").and_then(Value::as_str))
        {
            (1, Some(path)) => found.push(path.to_owned()),
            _ => members.values().for_each(|item| references(item, found)),
        },
        _ => {}
    }
}

fn step_of(path: &str) -> Option<String> {
    let rest = path.strip_prefix("Steps.")?;
    Some(rest.split('.').next().unwrap_or(rest).to_owned())
}

fn array(value: Option<&Value>) -> Result<&[Value], Failure> {
    match value {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(broken("Expecting start of Json Array.")),
    }
}

fn broken(message: impl AsRef<str>) -> Failure {
    Failure::validation(format!(
        "Unable to parse pipeline definition. {}",
        message.as_ref()
    ))
}
