//! An action says what it takes and gives in three places: its `Args`, `action.yml`, and `README.md`.
//!
//! `Args` is the one that cannot be wrong, because the program reads by it; the other two are written by hand and held
//! against it here, word by word. A composite step gets no `INPUT_*` by itself, so an input that is missing from `env`
//! would be ignored in silence: the mapping has to be complete, and nothing may stand in it that no argument reads.
//! What an action gives is read from its sources, where it sets its outputs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Command};
use gha::{Class, Outcome};
use serde::Deserialize;

/// `action.yml`, and nothing beside what these actions need of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionFile {
    name: String,
    description: String,
    branding: Branding,
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
    runs: Runs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Branding {
    icon: String,
    color: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Input {
    description: String,
    required: bool,
    default: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Output {
    description: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Runs {
    using: String,
    steps: Vec<Step>,
}

/// A step that runs a script; `uses` is not among its fields, so a step that names another action is refused.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Step {
    name: String,
    id: String,
    shell: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    run: String,
}

/// An action, by all that it says of itself.
struct Action {
    name: &'static str,
    command: Command,
    file: ActionFile,
    readme: String,
    outputs: BTreeSet<String>,
}

impl Action {
    fn new<A: Args>(name: &'static str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../actions")
            .join(name);
        let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        let mut command = A::augment_args(Command::new(name)).disable_help_flag(true);
        // gives flags their default
        command.build();
        let sources = std::fs::read_dir(folder.join("src")).unwrap();
        // below them are only unit tests
        let files = sources
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file());
        let outputs = files
            .flat_map(|file| outputs_in(&std::fs::read_to_string(file).unwrap()))
            .collect();
        Self {
            name,
            command,
            file: serde_yaml::from_str(&text("action.yml"))
                .unwrap_or_else(|error| panic!("actions/{name}/action.yml: {error}")),
            readme: text("README.md"),
            outputs,
        }
    }

    fn arguments(&self) -> impl Iterator<Item = (&str, &Arg)> {
        self.command.get_arguments().map(|argument| {
            let id = argument.get_id().as_str();
            (argument.get_long().unwrap_or(id), argument)
        })
    }

    fn about(&self) -> String {
        self.command.get_about().unwrap().to_string()
    }
}

fn actions() -> [Action; 12] {
    [
        Action::new::<workflows::Args>("workflows"),
        Action::new::<report::Args>("report"),
        Action::new::<terraform_plan::Args>("terraform-plan"),
        Action::new::<policy_check::Args>("policy-check"),
        Action::new::<model_approval::Args>("model-approval"),
        Action::new::<model_promote::Args>("model-promote"),
        Action::new::<gate::Args>("gate"),
        Action::new::<terraform_apply::Args>("terraform-apply"),
        Action::new::<pipeline_lint::Args>("pipeline-lint"),
        Action::new::<image_push::Args>("image-push"),
        Action::new::<eks_rollout::Args>("eks-rollout"),
        Action::new::<release_tag::Args>("release-tag"),
    ]
}

/// The names in `host.output("<name>", ..)`.
fn outputs_in(source: &str) -> Vec<String> {
    let calls = source.split("host.output(").skip(1);
    let name = |call: &str| {
        let (name, _) = call.trim_start().strip_prefix('"')?.split_once('"')?;
        Some(name.to_owned())
    };
    calls
        .map(|call| name(call).expect("an output is named by a literal"))
        .collect()
}

fn default_of(argument: &Arg) -> Option<String> {
    let default = argument.get_default_values().first()?;
    Some(default.to_str().unwrap().to_owned())
}

fn help_of(argument: &Arg) -> String {
    argument.get_help().unwrap().to_string()
}

#[test]
fn every_action_is_here() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../actions");
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let folders: BTreeSet<_> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let known = actions().map(|action| action.name.to_owned());
    assert_eq!(folders, BTreeSet::from(known));
}

#[test]
fn action_files_take_what_the_arguments_take() {
    for action in actions() {
        let expected: BTreeMap<_, _> = action
            .arguments()
            .map(|(name, argument)| {
                let input = Input {
                    description: help_of(argument),
                    required: argument.is_required_set(),
                    default: default_of(argument),
                };
                (name.to_owned(), input)
            })
            .collect();
        assert_eq!(action.file.inputs, expected, "{}", action.name);
    }
}

#[test]
fn action_files_run_the_program_with_every_input_and_nothing_else() {
    for action in actions() {
        let inputs = action.arguments().map(|(name, _)| {
            let value = format!("${{{{ inputs.{name} }}}}");
            (gha::input_name(name), value)
        });
        let program = "${{ steps.fetch.outputs.program }}";
        let program = ("TOWPATH_PROGRAM".to_owned(), program.to_owned());
        let [fetch, run] = action.file.runs.steps.as_slice() else {
            panic!("actions/{} has not two steps", action.name);
        };
        let script = format!("\"$GITHUB_ACTION_PATH/../fetch.sh\" {}", action.name);
        assert_eq!((fetch.id.as_str(), &fetch.run), ("fetch", &script));
        assert_eq!(fetch.env, BTreeMap::new());
        assert_eq!(
            (run.id.as_str(), run.run.as_str()),
            ("run", "\"$TOWPATH_PROGRAM\"")
        );
        assert_eq!(
            run.env,
            std::iter::once(program).chain(inputs).collect(),
            "{}",
            action.name
        );
        for step in [fetch, run] {
            assert_eq!(step.shell, "bash", "{}", action.name);
            assert!(!step.name.is_empty(), "{}", action.name);
            assert!(!step.run.contains("${{"), "{}", action.name);
        }
        assert_eq!(action.file.runs.using, "composite");
    }
}

#[test]
fn action_files_give_what_the_program_sets() {
    for action in actions() {
        let given: BTreeSet<_> = action.file.outputs.keys().cloned().collect();
        assert_eq!(given, action.outputs, "{}", action.name);
        for (name, output) in &action.file.outputs {
            let value = format!("${{{{ steps.run.outputs.{name} }}}}");
            assert_eq!(output.value, value, "{}", action.name);
        }
    }
}

#[test]
fn action_files_say_who_they_are() {
    for action in actions() {
        let file = &action.file;
        assert_eq!(file.description, action.about(), "{}", action.name);
        let words = file.name.strip_prefix("Towpath ").unwrap().to_lowercase();
        assert_eq!(words.replace(' ', "-"), action.name);
        assert!(!file.branding.icon.is_empty());
        // the only ones that GitHub's marketplace draws
        let colours = [
            "white",
            "black",
            "yellow",
            "blue",
            "green",
            "orange",
            "red",
            "purple",
            "gray-dark",
        ];
        assert!(colours.contains(&file.branding.color.as_str()));
    }
}

#[test]
fn readmes_describe_the_inputs() {
    for action in actions() {
        let expected: Vec<_> = action
            .arguments()
            .map(|(name, argument)| {
                let value = match (argument.get_action(), default_of(argument)) {
                    (ArgAction::SetTrue, _) => "`true` or `false`".to_owned(),
                    (ArgAction::Append, _) => "one a line".to_owned(),
                    (_, Some(default)) => format!("`{default}` by default"),
                    (_, None) => String::new(),
                };
                vec![format!("`{name}`"), help_of(argument), value]
            })
            .collect();
        assert_eq!(table(&action, "Inputs"), expected, "{}", action.name);
    }
}

#[test]
fn readmes_describe_the_outputs() {
    for action in actions() {
        let written: BTreeSet<_> = table(&action, "Outputs").into_iter().collect();
        let outputs = action.file.outputs.iter();
        let expected = outputs
            .map(|(name, output)| vec![format!("`{name}`"), output.description.clone()])
            .collect();
        assert_eq!(written, expected, "{}", action.name);
    }
}

#[test]
fn readmes_know_the_exit_codes() {
    let expected = [
        (Outcome::Allowed.code(), "allowed"),
        (Class::Ours.code(), "our failure"),
        (Class::BadInput.code(), "bad input or configuration"),
        (Outcome::Denied.code(), "denied"),
        (Outcome::Missing.code(), "approval or evidence missing"),
        (Outcome::Drift.code(), "drift"),
        (Class::OutsideService.code(), "an outside service failed"),
    ]
    .map(|(code, meaning)| vec![code.to_string(), meaning.to_owned()]);
    for action in actions() {
        assert_eq!(table(&action, "Exit codes"), expected, "{}", action.name);
    }
}

/// A job as far as an example shows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    permissions: BTreeMap<String, String>,
    steps: Vec<Use>,
}

#[derive(Deserialize)]
struct Use {
    uses: String,
    #[serde(default)]
    with: BTreeMap<String, String>,
}

#[test]
fn readmes_begin_with_an_example_that_holds() {
    for action in actions() {
        let Action { name, readme, .. } = &action;
        assert!(readme.contains(&format!("\n\n{}.\n\n", action.about())));
        let (_, example) = readme.split_once("```yaml\n").unwrap();
        let (text, _) = example.split_once("```\n").unwrap();
        let example: Example = serde_yaml::from_str(text).unwrap();
        assert_eq!(example.permissions["contents"], "read", "{name}");
        let pins = text.lines().filter(|line| line.contains("uses:"));
        for pin in pins {
            assert!(pin.contains("@<commit> # v"), "{name}: {pin}");
        }
        let this = format!("towpath-dev/towpath/actions/{name}@<commit>");
        let step = example.steps.iter().find(|step| step.uses == this).unwrap();
        for input in step.with.keys() {
            assert!(action.file.inputs.contains_key(input), "{name}: {input}");
        }
    }
}

/// The cells of the table under a heading of the README, without its head.
fn table(action: &Action, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = action
        .readme
        .split_once(&format!("\n## {heading}\n"))
        .unwrap();
    let rows = section.lines().take_while(|line| !line.starts_with("## "));
    rows.filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|row| {
            let cells = row.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}
