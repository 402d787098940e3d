//! Somebody who can write into the folders of the plan and the evidence, and wants another plan applied.
//!
//! Most of it is tried twice: by an editor, which leaves the digests in the verdict as they were, and by somebody who
//! writes the matching digests as well ([`Project::seal`](crate::project::Project::seal)). What remains then is what
//! is derived anew.

use std::time::Duration;

use serde_json::{Value, json};

use crate::judged::{APPLIED, OTHER, TWIN};
use crate::project::{EVIDENCE, PLAN, Project};

#[test]
fn another_plan_that_does_something_else() {
    let mut project = Project::allowed();
    let other = project.read(OTHER);
    project.write(PLAN, other);
    project.refused(
        3,
        &["this is not the plan that was judged: it does something else"],
    );
}

#[test]
fn another_plan_that_does_the_same() {
    let mut project = Project::allowed();
    let twin = project.read(TWIN);
    project.write(PLAN, twin);
    project.refused(
        3,
        &["this is not the plan that was judged: another file, though it does the same"],
    );
}

#[test]
fn another_plan_named_on_the_command_line() {
    let project = Project::allowed();
    let ran = project
        .program("terraform-apply")
        .args(["--plan", OTHER])
        .run();
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("it does something else"),
        "{}",
        ran.stdout
    );
    assert!(project.record().is_none());
}

#[test]
fn plan_json_that_was_edited_before_policies_saw_it() {
    let mut project = Project::public();
    let json = ".towpath/plans/prod.json";
    project.replace(json, "\"public\"", "\"private\"");
    let policies = project.program("policy-check").arg(json).run();
    assert_eq!(policies.exit_code, 0, "{}", policies.stdout);

    let gate = project.program("gate").run();
    assert_eq!(gate.exit_code, 4, "{}", gate.stdout);
    let other = "policy-check evidence is about another plan: its `plan.json` is";
    assert!(gate.stdout.contains(other), "{}", gate.stdout);
    project.refused(
        3,
        &[
            "the reviewed verdict is `not enough evidence`",
            other,
            "the policies find something else than the evidence says",
            "`terraform_data.processed` would be public",
        ],
    );
}

/// The plan is denied by a policy; the denial is taken out of everything that was written down.
#[test]
fn findings_that_were_taken_out() {
    let mut project = Project::public();
    project.edit("policy-check", |statement| {
        statement["predicate"]["findings"] = json!([]);
    });
    project.edit("verdict", |verdict| {
        verdict["predicate"]["decision"] = json!("allowed");
        verdict["predicate"]["reasons"] = json!([]);
    });
    let again = [
        "the policies find something else than the evidence says",
        "`terraform_data.processed` would be public",
    ];
    project.refused(
        3,
        &[
            "`policy-check.json` was changed after the verdict",
            again[0],
            again[1],
        ],
    );
    project.seal();
    project.refused(3, &again);
}

/// The plan is denied for a destroy; the destroy is taken out of everything that was written down.
#[test]
fn destroys_that_were_taken_out() {
    let mut project = Project::destroying();
    project.edit("terraform-plan", |statement| {
        statement["predicate"]["changes"] = json!([]);
    });
    project.edit("verdict", |verdict| {
        verdict["predicate"]["decision"] = json!("allowed");
        verdict["predicate"]["reasons"] = json!([]);
    });
    let again = [
        "the evidence does not say what the plan does",
        "delete of `terraform_data.old`",
    ];
    project.refused(
        3,
        &[
            "`terraform-plan.json` was changed after the verdict",
            again[0],
            again[1],
        ],
    );
    project.seal();
    project.refused(3, &again);
}

#[test]
fn a_verdict_that_was_turned_round() {
    let mut project = Project::public();
    let finding = "`terraform_data.processed` would be public";
    project.refused(3, &["the reviewed verdict is `denied`", finding]);

    let allow = |verdict: &mut Value| verdict["predicate"]["decision"] = json!("allowed");
    project.edit("verdict", allow);
    project.refused(3, &["the verdict contradicts its own reasons", finding]);

    project.edit("verdict", |verdict| {
        verdict["predicate"]["reasons"] = json!([]);
    });
    project.refused(3, &[finding]);
}

/// Everything that is written down about a plan that is allowed, beside one that is not.
#[test]
fn the_papers_of_another_plan() {
    let allowed = Project::allowed();
    let mut project = Project::public();
    for name in [
        "terraform-plan",
        "policy-check",
        "model-approval",
        "verdict",
    ] {
        let file = format!("{EVIDENCE}/{name}.json");
        project.write(&file, allowed.read(&file));
    }
    project.refused(
        3,
        &[
            "this is not the plan that was judged: it does something else",
            "was planned, and",
            "the policies find something else than the evidence says",
            "`terraform_data.processed` would be public",
        ],
    );
}

/// Whatever a piece of evidence says is derived anew: one lie at a time, with matching digests.
#[test]
fn every_fact_is_held_against_what_is_so() {
    let mut project = Project::allowed();
    let sha256 = "00000000".repeat(8);
    let plan = |pointer, value, reason| ("terraform-plan", pointer, value, reason);
    let policies = |pointer, value, reason| ("policy-check", pointer, value, reason);
    let approval = |pointer, value, reason| ("model-approval", pointer, value, reason);
    let year = json!("2126-11-23T20:00:00Z");
    let when = "the evidence does not say when the plan was made";
    let what = "the evidence does not say what the plan does";
    let wrong = "the evidence does not say what is wrong with the plan";
    let state = "the evidence names another state than the plan";
    let lock = "the evidence names another dependency lock file than the plan";
    let tool = "the plan was made by Terraform 1.6.0, and this is";
    let bundle = "the policies were changed since the review: 00000000 then,";
    let findings = "the policies find something else than the evidence says";
    let package = "is made of something else than was reviewed";
    let changes = [
        plan("/produced_at", year, when),
        plan("/environment", json!("dev"), "the plan is for `dev` in"),
        plan("/root", json!("dev"), "the plan is for `prod` in `dev`"),
        plan("/commit", Value::Null, "no commit was planned, and"),
        plan("/workspace", json!("dev"), "the plan is for the workspace"),
        plan("/tool", json!("Terraform 1.6.0"), tool),
        plan("/state/serial", json!(99), state),
        plan("/lock_file", json!(sha256), lock),
        plan("/changes/0/action", json!("read"), what),
        plan("/unusable", json!(["it errored"]), wrong),
        policies("/bundle", json!(sha256), bundle),
        policies("/canary", json!("absent"), findings),
        policies("/findings/0/message", json!("fine"), findings),
        approval("/packages/0/image_digest", json!("sha256:0"), package),
    ];
    for (name, pointer, value, reason) in changes {
        let file = format!("{EVIDENCE}/{name}.json");
        let honest = project.read(&file);
        project.edit(name, |statement| {
            *statement["predicate"].pointer_mut(pointer).unwrap() = value;
        });
        project.seal();
        project.refused(3, &[reason]);
        project.write(&file, honest);
    }
    project.seal();
    let ran = project.program("terraform-apply").run();
    assert_eq!(ran.exit_code, 0, "{}", ran.stdout);
}

#[test]
fn evidence_that_is_gone() {
    let mut project = Project::allowed();
    let file = project.path(EVIDENCE).join("policy-check.json");
    std::fs::remove_file(file).unwrap();
    let missing = "there is no policy-check evidence";
    project.refused(
        4,
        &[
            "`policy-check.json`, which the verdict rests on, is gone",
            missing,
        ],
    );
    project.edit("verdict", |verdict| {
        let evidence = verdict["predicate"]["evidence"].as_array_mut().unwrap();
        evidence.retain(|piece| piece["file"] != "policy-check.json");
    });
    project.refused(4, &[missing]);
}

#[test]
fn evidence_that_was_added() {
    let mut project = Project::allowed();
    let policies = project.read(&format!("{EVIDENCE}/policy-check.json"));
    project.write(&format!("{EVIDENCE}/policy-check-2.json"), policies);
    project.refused(
        3,
        &[
            "`policy-check-2.json` was added after the verdict",
            "there are 2 pieces of policy-check evidence, and only 1 can be derived anew",
        ],
    );
}

#[test]
fn a_plan_that_is_too_old() {
    let mut project = Project::new(APPLIED);
    let towpath = String::from_utf8(project.read("towpath.yaml")).unwrap();
    project
        .write("towpath.yaml", towpath + "gate: {max_age: 1s}\n")
        .commit("hurry");
    project.judge();
    std::thread::sleep(Duration::from_secs(2));
    let gate = project.program("gate").run();
    assert_eq!(gate.exit_code, 4, "{}", gate.stdout);
    let old = "old, at most 1s is allowed";
    assert_eq!(gate.stdout.matches(old).count(), 3, "{}", gate.stdout);

    project.edit("verdict", |verdict| {
        verdict["predicate"]["decision"] = json!("allowed");
        verdict["predicate"]["reasons"] = json!([]);
    });
    // policies and the registry are asked anew, and the plan is as old as it is
    project.refused(4, &[old]);
}

#[test]
fn what_is_not_evidence() {
    let mut project = Project::allowed();
    project.write(&format!("{EVIDENCE}/notes.txt"), "approved by Ada");
    project.fails(
        &project.program("terraform-apply"),
        2,
        &[
            "notes.txt` is not evidence",
            "hint: keep nothing but evidence",
        ],
    );
}
