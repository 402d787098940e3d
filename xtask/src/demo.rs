//! `cargo xtask demo`: the main job, on real parts, on a laptop without an AWS account.
//!
//! A working copy of the reference system is planned and applied with the real Terraform and AWS provider against local
//! stand-ins. In dev a file arrives, is checked, cleaned, trained on, and becomes a registered model. A pull request is
//! proposed that puts it into prod. There a colleague's bucket is denied on its line and taken back; the model waits for
//! its approval; the plan that was denied is slipped in for the judged one and refused; the judged one is applied, what
//! serves is proven, and the API and the page answer. Each step states what proves it, and the first one that is not
//! proven ends the demo.

mod place;

use std::process::Command;

use crate::failure::Failure;
use crate::package;
use crate::process::{self, Ran};
use crate::screen;
use crate::steps::{Outcome, Steps};
use crate::workspace::Workspace;
use place::Place;

/// A bucket as somebody in a hurry writes it
const CARELESS: &str = "
# a place for experiments
resource \"aws_s3_bucket\" \"scratch\" {
  bucket = \"${var.name}-scratch-${var.account_id}\"
}
";
/// There is no GitHub here: what a job would ask it is said
const PULL_REQUEST: &str = "https://github.com/towpath-dev/housing/pull/7";
const MERGE_COMMIT: &str = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
const CARELESS_FILE: &str = "iac/modules/data-lake/main.tf";
/// How much of what a step says is shown
const SHOWN: usize = 24;
/// How much of a proof fits into the table
const PROOF: usize = 90;

/// Whether `towpath` has to be built first
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Programs {
    /// Somebody wants to see the demo.
    ToBuild,
    /// The tests have built everything.
    Built,
}

/// Tells the story. Says whether every step was proven.
pub(crate) fn run(programs: Programs) -> Result<bool, Failure> {
    let workspace = Workspace::find()?;
    let mut demo = Demo {
        steps: Steps::default(),
        place: None,
        going: true,
    };
    demo.tell(&workspace, programs);
    // the stand-ins end before the table says so
    drop(demo.place.take());
    Ok(demo.steps.conclude())
}

struct Demo {
    steps: Steps,
    place: Option<Place>,
    going: bool,
}

impl Demo {
    fn tell(&mut self, workspace: &Workspace, programs: Programs) {
        self.step("build towpath and the functions", |_| {
            if programs == Programs::Built {
                return Ok(Outcome::passed().noting("by the tests"));
            }
            let mut build = workspace.cargo();
            build.args(["build", "--locked", "--package", "towpath"]);
            for function in package::functions(&workspace.root.join("lambdas"))? {
                build.args(["--package", &function]);
            }
            Ok(Outcome::of(process::with_progress(&mut build)?))
        });
        if !self.going {
            return;
        }
        let mut place = None;
        self.going = self
            .steps
            .step("a working copy, and stand-ins for AWS", || {
                place = Some(Place::prepare(workspace)?);
                Ok(Outcome::passed().noting("S3, Lambda, Glue, SageMaker, ... on loopback"))
            });
        self.place = place;
        self.training();
        self.promotion();
        self.gate();
        self.serving();
    }

    /// From a delivered file to a registered model
    fn training(&mut self) {
        self.aws("a bucket for Terraform's state", "seed", "created");
        self.dev("dev is planned", "terraform-plan", "planned");
        self.dev("and judged", "policy-check", "allowed");
        self.dev("its models are looked up", "model-approval", "allowed");
        self.dev("its gate opens", "gate", "allowed");
        self.dev("dev is applied", "terraform-apply", "applied");
        self.aws("a spoilt file is delivered", "spoil", "0 workflow runs");
        self.aws(
            "the data is delivered, and told three times",
            "deliver",
            "delivered",
        );
        self.aws(
            "it is cleaned, trained on, registered",
            "trained",
            "registered arn:",
        );
        self.aws("dev tries the model", "tried", "dev serves");
    }

    /// From a registered model to a commit that pins it
    fn promotion(&mut self) {
        self.prod("a pull request is proposed", &["model-promote"], 0, "## ");
        self.edit("the pull request", |_| Ok(()));
    }

    /// From a commit to an applied plan
    fn gate(&mut self) {
        self.edit("a colleague adds a bucket", |place| {
            place.append(CARELESS_FILE, CARELESS)
        });
        self.prod("plan", &["terraform-plan"], 0, "planned");
        self.keep("the plan is kept for later", "denied.tfplan");
        self.prod(
            "policies deny it, on its line",
            &["policy-check"],
            3,
            "iac/modules/data-lake/main.tf:",
        );
        self.edit("the colleague takes it back", |place| {
            place.git(&["revert", "--no-edit", "HEAD"])
        });
        self.prod("plan again", &["terraform-plan"], 0, "planned");
        self.prod("policies allow it", &["policy-check"], 0, "allowed");
        self.prod(
            "the model is not approved",
            &["model-approval"],
            4,
            "waits for approval",
        );
        self.prod("the gate stays closed", &["gate"], 4, "not enough evidence");
        self.prod(
            "merging is the approval",
            &[
                "model-promote",
                "--record",
                "--pull-request",
                PULL_REQUEST,
                "--merge-commit",
                MERGE_COMMIT,
                "--approved-by",
                "colleague",
            ],
            0,
            "recorded  package",
        );
        self.prod(
            "the model is approved",
            &["model-approval"],
            0,
            "approved  arn:aws:sagemaker:",
        );
        self.prod("the gate opens", &["gate"], 0, "allowed");
        self.keep("the judged plan is set aside", "judged.tfplan");
        self.slip("the denied plan is slipped in", "denied.tfplan");
        self.prod(
            "it is refused",
            &["terraform-apply"],
            3,
            "this is not the plan that was judged",
        );
        self.slip("the judged plan is put back", "judged.tfplan");
        self.prod("it is applied", &["terraform-apply"], 0, "applied");
        self.aws("AWS has what was planned", "read", "InService serves");
        self.prod(
            "a second plan has no changes",
            &["terraform-plan"],
            0,
            "0 to add, 0 to change, 0 to replace, 0 to destroy",
        );
    }

    /// What the world gets
    fn serving(&mut self) {
        self.prod(
            "what serves is proven",
            &["model-promote", "--verify"],
            0,
            "serves",
        );
        self.aws("the API predicts", "ask", "predicted");
        self.there("the page, in a browser", |place| {
            proven(&mut place.page()?, 0, "the page")
        });
    }

    fn step(&mut self, name: &str, work: impl FnOnce(Option<&Place>) -> Result<Outcome, Failure>) {
        if self.going {
            let place = self.place.as_ref();
            self.going = self.steps.step(name, || work(place));
        }
    }

    /// A step in the working copy
    fn there(&mut self, name: &str, work: impl FnOnce(&Place) -> Result<Outcome, Failure>) {
        self.step(name, |place| match place {
            Some(place) => work(place),
            None => Ok(Outcome::not_run("there is no working copy")),
        });
    }

    /// `towpath`, as a person would call it: it has to end with `code` and say `proof`.
    fn towpath(&mut self, name: &str, arguments: &[&str], code: i32, proof: &str) {
        self.there(name, |place| {
            screen::say(format!("    $ towpath {}", arguments.join(" ")));
            let mut command = place.command(place.towpath());
            command.args(arguments);
            proven(&mut command, code, proof)
        });
    }

    /// `towpath` for an environment
    fn prod(&mut self, name: &str, arguments: &[&str], code: i32, proof: &str) {
        let arguments = [arguments, &["--environment", "prod"]].concat();
        self.towpath(name, &arguments, code, proof);
    }

    fn dev(&mut self, name: &str, command: &str, proof: &str) {
        self.towpath(name, &[command, "--environment", "dev"], 0, proof);
    }

    /// What people and machines do on AWS's side
    fn aws(&mut self, name: &str, what: &str, proof: &str) {
        self.there(name, |place| proven(&mut place.aws(what), 0, proof));
    }

    fn edit(&mut self, name: &str, edit: impl FnOnce(&Place) -> Result<(), Failure>) {
        self.there(name, |place| {
            edit(place)?;
            place.commit(name)?;
            Ok(Outcome::passed().noting(place.head()?))
        });
    }

    fn keep(&mut self, name: &str, copy: &str) {
        self.there(name, |place| {
            place
                .keep_plan(copy)
                .map(|()| Outcome::passed().noting(copy))
        });
    }

    fn slip(&mut self, name: &str, copy: &str) {
        self.there(name, |place| {
            place
                .slip_plan(copy)
                .map(|()| Outcome::passed().noting(copy))
        });
    }
}

/// Runs `command`, shows its answer, and holds it to its exit code and to what it has to say.
fn proven(command: &mut Command, code: i32, proof: &str) -> Result<Outcome, Failure> {
    let (
        Ran {
            code: ended,
            output,
            ..
        },
        progress,
    ) = process::apart(command)?;
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
