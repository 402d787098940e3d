//! A task told as a story: steps in one working copy among the stand-ins, each with what proves it. The first one that is not proven
//! ends it, and the table says so.

use std::process::Command;
use std::thread;

use crate::failure::Failure;
use crate::package;
use crate::place::{Functions, Place};
use crate::process::{self, Ran};
use crate::screen;
use crate::steps::{Outcome, Steps};
use crate::workspace::Workspace;

/// How much of what a step says is shown
const SHOWN: usize = 24;
/// How much of a proof fits into the table
const PROOF: usize = 90;

/// Somebody who looks on while a step runs, and has to say something in the end
#[derive(Debug, Clone, Copy)]
pub(crate) struct Witness {
    /// One of the people
    pub(crate) what: &'static str,
    /// What they have to say
    pub(crate) proof: &'static str,
}

/// What was told so far, and where it happens
#[derive(Debug, Default)]
pub(crate) struct Story {
    steps: Steps,
    place: Option<Place>,
    ended: bool,
}

impl Story {
    /// Builds `towpath` and the functions as a plain build does.
    pub(crate) fn build(&mut self, workspace: &Workspace) {
        self.step("build towpath and the functions", |_| {
            let mut build = workspace.cargo();
            build.args(["build", "--locked", "--package", "towpath"]);
            for function in package::functions(&workspace.root.join("lambdas"))? {
                build.args(["--package", &function]);
            }
            Ok(Outcome::of(process::with_progress(&mut build)?))
        });
    }

    /// Makes the place in which everything else happens.
    pub(crate) fn prepare(&mut self, workspace: &Workspace, functions: &Functions<'_>) {
        let mut place = None;
        self.step("a working copy, and stand-ins for AWS and GitHub", |_| {
            place = Some(Place::prepare(workspace, functions)?);
            Ok(Outcome::passed().noting("S3, Lambda, Glue, SageMaker, ... on loopback"))
        });
        self.place = place;
    }

    /// Takes dev from its files to what they describe, by way of the gate.
    pub(crate) fn apply_dev(&mut self) {
        self.people("a bucket for Terraform's state", "seed", "created");
        for (name, command, proof) in [
            ("dev is planned", "terraform-plan", "planned"),
            ("and judged", "policy-check", "allowed"),
            ("its models are looked up", "model-approval", "allowed"),
            ("its gate opens", "gate", "allowed"),
            ("dev is applied", "terraform-apply", "applied"),
        ] {
            self.dev(name, command, proof);
        }
    }

    /// Shows the table. Says whether every step was proven.
    pub(crate) fn conclude(mut self) -> bool {
        // the stand-ins end before the table says so
        drop(self.place.take());
        self.steps.conclude()
    }

    /// A step, if all before it were proven
    pub(crate) fn step(
        &mut self,
        name: &str,
        work: impl FnOnce(Option<&Place>) -> Result<Outcome, Failure>,
    ) {
        if !self.ended {
            let place = self.place.as_ref();
            self.ended = !self.steps.step(name, || work(place));
        }
    }

    /// A step in the working copy
    pub(crate) fn there(
        &mut self,
        name: &str,
        work: impl FnOnce(&Place) -> Result<Outcome, Failure>,
    ) {
        self.step(name, |place| match place {
            Some(place) => work(place),
            None => Ok(Outcome::not_run("there is no working copy")),
        });
    }

    /// `towpath`, as a person would call it: it has to end with `code` and say `proof`.
    pub(crate) fn towpath(&mut self, name: &str, arguments: &[&str], code: i32, proof: &str) {
        self.there(name, |place| said(place, arguments, code, proof));
    }

    /// The page's manifests with an image, brought to the cluster if there is one
    pub(crate) fn rollout(
        &mut self,
        name: &str,
        image: impl FnOnce(String) -> String,
        code: i32,
        proof: &str,
    ) {
        self.there(name, |place| {
            if !place.has_cluster() {
                return Ok(Outcome::not_run(
                    "there is no Kubernetes: install Go, or name its programs by `KUBEBUILDER_ASSETS`",
                ));
            }
            let image = format!("app={}", image(place.image()?));
            let address = format!("frontend/api_url={}", place.api()?);
            let arguments = ["eks-rollout", "--environment", "prod"];
            let values = ["--image", &image, "--value", &address];
            said(place, &[&arguments[..], &values[..]].concat(), code, proof)
        });
    }

    /// `towpath` for prod
    pub(crate) fn prod(&mut self, name: &str, arguments: &[&str], code: i32, proof: &str) {
        let arguments = [arguments, &["--environment", "prod"]].concat();
        self.towpath(name, &arguments, code, proof);
    }

    /// `towpath` for dev, which has to succeed
    pub(crate) fn dev(&mut self, name: &str, command: &str, proof: &str) {
        self.towpath(name, &[command, "--environment", "dev"], 0, proof);
    }

    /// `towpath` for prod, which has to succeed before the eyes of a witness
    pub(crate) fn witnessed(
        &mut self,
        name: &str,
        witness: Witness,
        arguments: &[&str],
        proof: &str,
    ) {
        self.there(name, |place| {
            let arguments = [arguments, &["--environment", "prod"]].concat();
            screen::say(format!("    $ towpath {}", arguments.join(" ")));
            let mut command = place.command(place.towpath());
            command.args(arguments);
            thread::scope(|scope| {
                let mut watching = place.people(witness.what);
                let watching = scope.spawn(move || process::apart(&mut watching));
                let done = proven(&mut command, 0, proof)?;
                if done.failed > 0 {
                    return Ok(done);
                }
                let Ok(seen) = watching.join() else {
                    return Ok(Outcome::failed("the witness is gone"));
                };
                held(seen?, 0, witness.proof)
            })
        });
    }

    /// What people and machines do on AWS and on GitHub
    pub(crate) fn people(&mut self, name: &str, what: &str, proof: &str) {
        self.there(name, |place| proven(&mut place.people(what), 0, proof));
    }

    /// Somebody changes the working copy, and commits it.
    pub(crate) fn edit(&mut self, name: &str, edit: impl FnOnce(&Place) -> Result<(), Failure>) {
        self.there(name, |place| {
            edit(place)?;
            place.commit(name)?;
            Ok(Outcome::passed().noting(place.head()?))
        });
    }

    /// Keeps a copy of the saved plan.
    pub(crate) fn keep(&mut self, name: &str, copy: &str) {
        self.there(name, |place| {
            place
                .keep_plan(copy)
                .map(|()| Outcome::passed().noting(copy))
        });
    }

    /// Puts a kept plan where the saved plan is.
    pub(crate) fn slip(&mut self, name: &str, copy: &str) {
        self.there(name, |place| {
            place
                .slip_plan(copy)
                .map(|()| Outcome::passed().noting(copy))
        });
    }
}

/// `towpath` with these arguments, shown and held
fn said(place: &Place, arguments: &[&str], code: i32, proof: &str) -> Result<Outcome, Failure> {
    screen::say(format!("    $ towpath {}", arguments.join(" ")));
    let mut command = place.command(place.towpath());
    proven(command.args(arguments), code, proof)
}

/// Runs `command`, shows its answer, and holds it to its exit code and to what it has to say.
pub(crate) fn proven(command: &mut Command, code: i32, proof: &str) -> Result<Outcome, Failure> {
    held(process::apart(command)?, code, proof)
}

/// The same of a program that has run, with what it said apart
fn held(ran: (Ran, String), code: i32, proof: &str) -> Result<Outcome, Failure> {
    let (
        Ran {
            code: ended,
            output,
            ..
        },
        progress,
    ) = ran;
    let lines: Vec<&str> = output.lines().collect();
    let line = lines.iter().find(|line| line.contains(proof));
    let Some(line) = line.filter(|_| ended == Some(code)) else {
        let ended = ended.map_or_else(
            || "a signal".to_owned(),
            |ended| format!("exit code {ended}"),
        );
        let wanted = format!("expected exit code {code} and `{proof}`, found {ended}");
        return Ok(Outcome::failed(format!("{progress}{output}\n{wanted}")));
    };
    for line in lines.iter().take(SHOWN) {
        screen::say(format!("    {line}"));
    }
    if lines.len() > SHOWN {
        screen::say(format!("    ... and {} lines more", lines.len() - SHOWN));
    }
    let proof: String = line.trim().chars().take(PROOF).collect();
    Ok(Outcome::passed().noting(format!("exit {code}: {proof}")))
}
