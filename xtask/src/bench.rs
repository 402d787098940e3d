//! `cargo xtask bench`: what the reference system and the actions take, measured where they run, beside a peer in the same run.
//!
//! Nothing here passes or fails by a time: machines are noisy. A figure stands in the table with its limit and its peer; what fails is a
//! measurement that could not be made, or an answer that was wrong.
//!
//! `image` and `rollout` are benches of their actions, which lie beside them; here they are only built and begun. Of the system, the functions are built as AWS would run them, dev is planned, judged and applied as in the demo, the data is delivered and trained on, and
//! then `bench/measure.py` asks the questions.

use std::process::Command;

use crate::failure::Failure;
use crate::package::{self, Arch, Packages};
use crate::place::Functions;
use crate::process;
use crate::steps::Outcome;
use crate::story::{Story, proven};
use crate::workspace::Workspace;

const PUSHES: &str = "actions/image-push/bench/compare.sh";
const MEASURE: &str = "xtask/src/bench/measure.py";
/// The API on loopback: an example of the function
const API: (&str, &str) = ("predict-api", "local");
/// A load generator that may be on the path, and where Go finds it
const GENERATOR: (&str, &str) = ("hey", "github.com/rakyll/hey@v0.1.4");

/// Measures it. Says whether everything could be.
pub(crate) fn run() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let mut story = Story::default();
    story.build(&workspace);
    let mut packages = None;
    story.step("build the functions as AWS runs them", |_| {
        let made = package::make(&workspace, Arch::of_this_machine())?;
        let sizes = made.functions.iter().map(|each| (each.zip, &each.name));
        let largest = sizes.max().map_or_else(String::new, |(zip, name)| {
            format!(
                "the largest zip is {name}, {:.2} MB",
                zip as f64 / f64::from(1 << 20)
            )
        });
        packages = Some(made);
        Ok(Outcome::passed().noting(largest))
    });
    let Some(packages) = packages else {
        return Ok(story.conclude());
    };
    story.prepare(&workspace, &Functions::Small(&packages));
    system(&mut story);
    figures(&mut story, &workspace, &packages);
    Ok(story.conclude())
}

/// Pushes of one image. Says whether all could be measured.
pub(crate) fn image() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let mut build = workspace.cargo();
    build.args(["build", "--locked", "--release", "--package", "image-push"]);
    if !shown(&mut build)? {
        return Ok(false);
    }
    let program = workspace.target().join("release/image-push");
    shown(
        Command::new("bash")
            .arg(workspace.root.join(PUSHES))
            .arg(program),
    )
}

/// Rollouts on a control plane. Says whether every promise held.
pub(crate) fn rollout() -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let mut held = true;
    for table in ["classes", "transient", "stale", "scale"] {
        let mut bench = workspace.cargo();
        bench.args(["run", "--locked", "--release", "--package", "eks-rollout"]);
        held &= shown(bench.args(["--example", "bench", "--", table]))?;
    }
    Ok(held)
}

/// Runs it and shows what it says as it says it. Says whether it succeeded.
fn shown(command: &mut Command) -> Result<bool, Failure> {
    let ended = command.status().map_err(|error| {
        let program = command.get_program().to_string_lossy();
        Failure::new(format!("failed to run `{program}`")).because(error)
    })?;
    Ok(ended.success())
}

/// The system in dev, with a model that was trained there
fn system(story: &mut Story) {
    story.apply_dev();
    story.people("the data is delivered", "deliver", "delivered");
    story.people("a model is trained and registered", "trained", "rmse");
    story.people("dev serves it", "tried", "dev serves");
}

fn figures(story: &mut Story, workspace: &Workspace, packages: &Packages) {
    let measure = workspace.root.join(MEASURE);
    let zips = packages.lambda.as_str();
    story.there("from a file to a run of the workflow", |place| {
        let mut command = place.python();
        proven(command.args([measure.as_str(), "starts"]), 0, "measured:")
    });
    story.there("the first answer of a new process", |place| {
        let mut command = place.python();
        proven(
            command.args([measure.as_str(), "cold", zips]),
            0,
            "measured:",
        )
    });
    story.there("the API under load for two minutes", |place| {
        let Some(generator) = generator() else {
            return Ok(Outcome::not_run(format!(
                "there is no load generator: install `{}`, or Go",
                GENERATOR.0
            )));
        };
        let api = package::example(workspace, Arch::of_this_machine(), API.0, API.1)?;
        let mut command = place.python();
        command.args([measure.as_str(), "load", api.as_str()]);
        proven(command.args(generator), 0, "measured:")
    });
}

/// A load generator's program and first arguments
fn generator() -> Option<Vec<&'static str>> {
    let answers =
        |program: &str, argument| process::quietly(Command::new(program).arg(argument)).is_ok();
    if answers(GENERATOR.0, "-h") {
        return Some(vec![GENERATOR.0]);
    }
    answers("go", "version").then(|| vec!["go", "run", GENERATOR.1])
}
