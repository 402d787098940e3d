//! An action's inputs are its command-line arguments, by another road.
//!
//! GitHub hands an input over as `INPUT_<NAME>`, and an input that was not set as an empty one. So what is not empty
//! becomes an argument in front of the typed ones, and the parser needs to know only arguments: `true` gives a flag,
//! several lines give an argument several times.

use std::ffi::OsString;

use clap::ArgAction;

use crate::{Class, Failure};

/// An input that cannot be an argument.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("input `{name}` is `{value}`, expected `true` or `false`")]
pub(crate) struct InputError {
    name: String,
    value: String,
}

impl Failure for InputError {
    fn class(&self) -> Class {
        Class::BadInput
    }
}

/// The variable that carries the input called `argument`.
pub fn input_name(argument: &str) -> String {
    format!("INPUT_{}", argument.to_ascii_uppercase().replace('-', "_"))
}

/// `typed`, with what the environment's inputs add in front of it.
pub(crate) fn arguments(
    command: &clap::Command,
    typed: Vec<OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Vec<OsString>, InputError> {
    let mut typed = typed.into_iter();
    let mut arguments: Vec<OsString> = typed.next().into_iter().collect();
    let typed: Vec<OsString> = typed.collect();
    let mut positional = Vec::new();
    for argument in command.get_arguments() {
        let name = argument.get_long().unwrap_or(argument.get_id().as_str());
        let Some(value) = variable(&input_name(name)).filter(|value| !value.trim().is_empty())
        else {
            continue;
        };
        if argument.is_positional() {
            if typed.is_empty() {
                positional.extend(lines(argument, &value).map(OsString::from));
            }
        } else if argument.get_action().takes_values() {
            arguments.extend(
                lines(argument, &value).map(|line| OsString::from(format!("--{name}={line}"))),
            );
        } else if truth(name, &value)? {
            arguments.push(format!("--{name}").into());
        }
    }
    arguments.extend(typed);
    if !positional.is_empty() {
        arguments.push("--".into());
        arguments.extend(positional);
    }
    Ok(arguments)
}

/// The values of one input: an argument that may come several times has one a line.
fn lines<'a>(argument: &clap::Arg, value: &'a str) -> impl Iterator<Item = &'a str> + use<'a> {
    let several = matches!(argument.get_action(), ArgAction::Append);
    let whole = (!several).then(|| value.trim());
    let each = several.then(|| value.lines().map(str::trim).filter(|line| !line.is_empty()));
    whole.into_iter().chain(each.into_iter().flatten())
}

fn truth(name: &str, value: &str) -> Result<bool, InputError> {
    match value.trim() {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        other => Err(InputError {
            name: name.to_owned(),
            value: other.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command, FromArgMatches};

    use super::*;

    #[derive(clap::Args, Debug, PartialEq)]
    struct Sample {
        #[arg(long, default_value = "policy")]
        policy_dir: String,
        #[arg(long)]
        namespace: Vec<String>,
        #[arg(long)]
        fail_on_warn: bool,
        inputs: Vec<String>,
    }

    fn parse(environment: &[(&str, &str)], typed: &[&str]) -> Result<Sample, String> {
        let command = Sample::augment_args(Command::new("sample"));
        let typed = std::iter::once("sample")
            .chain(typed.iter().copied())
            .map(OsString::from)
            .collect();
        let find = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let arguments = arguments(&command, typed, find).map_err(|error| error.to_string())?;
        let matches = command
            .args_override_self(true)
            .try_get_matches_from(arguments)
            .map_err(|error| error.to_string())?;
        Sample::from_arg_matches(&matches).map_err(|error| error.to_string())
    }

    #[test]
    fn inputs_stand_in_front_of_what_was_typed_and_empty_ones_count_as_not_set() {
        let environment = [
            ("INPUT_POLICY_DIR", ""),
            ("INPUT_NAMESPACE", "s3\n\n  iam.*\n"),
            ("INPUT_FAIL_ON_WARN", "true"),
            ("INPUT_INPUTS", "--odd.json"),
        ];
        let read = parse(&environment, &[]).unwrap();
        assert_eq!(read.policy_dir, "policy");
        assert_eq!(read.namespace, ["s3", "iam.*"]);
        assert!(read.fail_on_warn);
        assert_eq!(read.inputs, ["--odd.json"]);

        let read = parse(
            &[("INPUT_POLICY_DIR", "a"), ("INPUT_INPUTS", "x")],
            &["--policy-dir", "b", "y"],
        )
        .unwrap();
        assert_eq!(
            (read.policy_dir.as_str(), read.inputs),
            ("b", vec!["y".to_owned()])
        );
    }

    #[test]
    fn a_flag_is_true_or_false_and_nothing_else() {
        assert!(
            !parse(&[("INPUT_FAIL_ON_WARN", "False")], &[])
                .unwrap()
                .fail_on_warn
        );
        let error = parse(&[("INPUT_FAIL_ON_WARN", "yes")], &[]).unwrap_err();
        assert_eq!(
            error,
            "input `fail-on-warn` is `yes`, expected `true` or `false`"
        );
    }
}
