//! `cargo xtask demo`: the main job, on real parts, on a laptop without an AWS account.
//!
//! A working copy of the reference system is planned and applied with the real Terraform and AWS provider against local
//! stand-ins. In dev a file arrives, is checked, cleaned, trained on, and becomes a registered model. A pull request is
//! proposed that puts it into prod. There a colleague's bucket is denied on its line and taken back; the model waits for
//! its approval; the plan that was denied is slipped in for the judged one and refused; the judged one is applied, what
//! serves is proven, and the API and the page answer. The next delivery becomes the next model, which half of prod tries while
//! alarms watch it. The page's image is built, pushed and rolled out on Kubernetes; one that is missing and one that crashes do no harm. Each step states what proves it, and the first one that is not
//! proven ends the demo.

use crate::failure::Failure;
use crate::place::Functions;
use crate::steps::Outcome;
use crate::story::{Story, Witness, proven};
use crate::workspace::Workspace;

/// A bucket as somebody in a hurry writes it
const CARELESS: &str = "
# a place for experiments
resource \"aws_s3_bucket\" \"scratch\" {
  bucket = \"${var.name}-scratch-${var.account_id}\"
}
";
/// The branch on which a model is proposed for prod
const PROPOSED: &str = "towpath/promote/housing-prod";
/// Where an image to build on is laid out, seen from the working copy
const LAID_OUT: &str = "../base";
const DEPLOYMENT: &str = "frontend/deploy/deployment.yaml";
const CARELESS_FILE: &str = "iac/modules/data-lake/main.tf";

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
    let mut story = Story::default();
    if programs == Programs::ToBuild {
        story.build(&workspace);
    }
    story.prepare(&workspace, &Functions::Tried);
    training(&mut story);
    promotion(&mut story);
    gate(&mut story);
    serving(&mut story);
    renewal(&mut story);
    delivery(&mut story);
    Ok(story.conclude())
}

/// From a delivered file to a registered model
fn training(story: &mut Story) {
    story.apply_dev();
    story.people("a spoilt file is delivered", "spoil", "0 workflow runs");
    story.people(
        "the data is delivered, and told ten times",
        "deliver",
        "delivered",
    );
    story.people(
        "it is cleaned, trained on, registered",
        "trained",
        "registered arn:",
    );
    let once = "1 workflow run, 1 pipeline run";
    story.people("a hundred late events change nothing", "repeat", once);
    story.people("dev tries the model", "tried", "dev serves");
    story.there("as XGBoost predicts, and drift is seen", |place| {
        proven(&mut place.scores()?, 0, "drift monitor: ")
    });
    story.dev(
        "nothing is left to change in dev",
        "terraform-plan",
        "0 to add, 0 to change",
    );
}

/// From a registered model to a pull request, and what becomes of it when a colleague adds something
fn promotion(story: &mut Story) {
    let propose = &["model-promote", "--propose"];
    story.prod("a pull request is proposed", propose, 0, "## ");
    story.edit("its branch is checked out", |place| {
        place.git(&["fetch", "--quiet", "origin", PROPOSED])?;
        place.git(&["checkout", "--quiet", "-b", "proposed", "FETCH_HEAD"])
    });
    story.edit("a colleague adds a bucket", |place| {
        place.append(CARELESS_FILE, CARELESS)
    });
    story.prod("plan", &["terraform-plan"], 0, "planned");
    story.keep("the plan is kept for later", "denied.tfplan");
    let line = "iac/modules/data-lake/main.tf:";
    story.prod("policies deny it, on its line", &["policy-check"], 3, line);
    story.people(
        "without it, it is approved and merged",
        "merge",
        "merged as",
    );
    story.edit("main is pulled", |place| {
        place.git(&["checkout", "--quiet", "main"])?;
        place.git(&["pull", "--quiet", "origin", "main"])
    });
}

/// From a commit on main to an applied plan
fn gate(story: &mut Story) {
    story.prod("plan on main", &["terraform-plan"], 0, "planned");
    story.prod("policies allow it", &["policy-check"], 0, "allowed");
    let waits = "waits for approval";
    story.prod("the model is not approved", &["model-approval"], 4, waits);
    story.prod("the gate stays closed", &["gate"], 4, "not enough evidence");
    let record = &["model-promote", "--record"];
    story.prod("who merged it is recorded", record, 0, "recorded  package");
    let approved = "approved  arn:aws:sagemaker:";
    story.prod("the model is approved", &["model-approval"], 0, approved);
    story.prod("the gate opens", &["gate"], 0, "allowed");
    story.keep("the judged plan is set aside", "judged.tfplan");
    story.slip("the denied plan is slipped in", "denied.tfplan");
    story.prod(
        "it is refused",
        &["terraform-apply"],
        3,
        "this is not the plan that was judged",
    );
    story.slip("the judged plan is put back", "judged.tfplan");
    story.prod("it is applied", &["terraform-apply"], 0, "applied");
    story.people("AWS has what was planned", "read", "InService serves");
    story.prod(
        "a second plan has no changes",
        &["terraform-plan"],
        0,
        "0 to add, 0 to change, 0 to replace, 0 to destroy",
    );
}

/// What the world gets
fn serving(story: &mut Story) {
    story.prod(
        "what serves is proven",
        &["model-promote", "--verify"],
        0,
        "serves",
    );
    story.people("the API predicts", "ask", "predicted");
    story.there("the page, in a browser", |place| {
        proven(&mut place.page()?, 0, "the page")
    });
}

/// The next delivery becomes the next model, and takes over while it is watched
fn renewal(story: &mut Story) {
    story.people("newer data is delivered", "renew", "delivered");
    story.people("it is trained on as well", "retrained", "housing/2 Pending");
    let propose = &["model-promote", "--propose"];
    story.prod("the newer model is proposed", propose, 0, "## ");
    story.people("it is approved and merged", "merge", "merged as");
    story.edit("main is pulled again", |place| {
        place.git(&["pull", "--quiet", "origin", "main"])
    });
    story.prod("plan the move", &["terraform-plan"], 0, "planned");
    story.prod("policies allow it too", &["policy-check"], 0, "allowed");
    let record = &["model-promote", "--record"];
    story.prod(
        "who merged that is recorded",
        record,
        0,
        "recorded  package",
    );
    let approved = "approved  arn:aws:sagemaker:";
    story.prod(
        "the newer model is approved",
        &["model-approval"],
        0,
        approved,
    );
    story.prod("the gate opens again", &["gate"], 0, "allowed");
    let watch = Witness {
        what: "canary",
        proof: "by way of",
    };
    story.witnessed(
        "half of prod tries it first",
        watch,
        &["terraform-apply"],
        "applied",
    );
    let verify = &["model-promote", "--verify"];
    story.prod(
        "it serves, and predicts as promised",
        verify,
        0,
        "serves housing 2",
    );
}

/// From a Dockerfile to pods that serve, and back to them when others do not
fn delivery(story: &mut Story) {
    let mut base = String::new();
    story.there("there is an image to build on", |place| {
        base = place.base(LAID_OUT)?;
        Ok(Outcome::passed().noting(&base))
    });
    let push = ["image-push", "--repository", "python", "--tag", "3.12-slim"];
    let layout = ["--layout", LAID_OUT, "--evidence", "../base-evidence"];
    story.towpath(
        "it is pushed",
        &[&push[..], &layout[..]].concat(),
        0,
        "pushed",
    );
    story.edit("the page is built on it", |place| {
        let dockerfile = "    dockerfile: frontend/Dockerfile\n";
        let with = format!("{dockerfile}    args: {{PYTHON: \"{base}\"}}\n");
        place.replace("towpath.yaml", dockerfile, &with)
    });
    let push = &["image-push", "--image", "frontend"];
    story.towpath("its image is built and pushed", push, 0, "pushed");
    story.towpath("pushed again, not a byte is sent", push, 0, " 0 B");
    story.rollout("it is rolled out", |image| image, 0, "serves");
    let missing = |image: String| {
        let repository = image.split('@').next().unwrap_or_default();
        format!("{repository}@sha256:{}", "0".repeat(64))
    };
    story.rollout("an image that is missing", missing, 3, "no such image");
    story.edit("a colleague breaks its start", |place| {
        let labels = "      labels:\n        app.kubernetes.io/name: frontend\n        app.kubernetes.io/part-of: housing\n    spec:";
        let fate = "      annotations:\n        sandbox.towpath.dev/fate: crash-loop\n";
        place.replace(DEPLOYMENT, labels, &format!("{fate}{labels}"))
    });
    story.rollout(
        "it crashes, and what was proven comes back",
        |image| image,
        3,
        "failed, and rolled back",
    );
}
