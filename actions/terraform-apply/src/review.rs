//! Is this the plan that was judged, and would it be judged the same now? A pure comparison.
//!
//! Each check returns the reasons for a refusal and none can take one away, as in [`evidence::judge`]. The texts say what
//! differs, because a refused apply is read by somebody who has to find out whether it was an accident or an attack.

use std::collections::BTreeSet;

use evidence::{
    ApprovalFacts, Case, Decision, Exhibit, Finding, Kind, PlanFacts, PolicyFacts, Reason, Rules,
    Sha256, StateRef, Subject, Verdict, judge,
};
use jiff::Timestamp;

use crate::Error;

/// What was reviewed: the verdict, and the evidence beside it.
#[derive(Debug)]
pub(crate) struct Reviewed {
    pub(crate) verdict: Exhibit<Verdict>,
    pub(crate) case: Case,
}

/// What is found now.
#[derive(Debug)]
pub(crate) struct Now {
    /// The evidence, derived anew.
    pub(crate) case: Case,
    /// The plan in hand.
    pub(crate) subjects: Vec<Subject>,
    /// The state as it is; none before the first apply.
    pub(crate) state: Option<StateRef>,
    /// The state that the plan was made against.
    pub(crate) planned_state: StateRef,
    /// The dependency lock file in the working copy; empty without one.
    pub(crate) pinned: String,
    /// The one inside the plan.
    pub(crate) planned_pins: String,
    /// The time.
    pub(crate) time: Timestamp,
}

/// Everything that speaks against applying the plan in hand.
pub(crate) fn refusals(
    reviewed: &Reviewed,
    now: &Now,
    rules: &Rules,
) -> Result<Vec<Reason>, Error> {
    let mut refusals = Vec::new();
    refusals.extend(verdict_allows(reviewed));
    let another_plan = same_subjects(reviewed, now);
    let is_judged = another_plan.is_empty();
    refusals.extend(another_plan);
    refusals.extend(same_evidence(reviewed, now)?);
    refusals.extend(same_rules(reviewed, rules)?);
    refusals.extend(same_state(now));
    if let (Some(then), Some(plan)) = (&reviewed.case.plan, &now.case.plan) {
        let (then, plan) = (&then.statement.predicate, &plan.statement.predicate);
        refusals.extend(same_place(then, plan, now));
        // that another plan does something else is no news
        if is_judged {
            refusals.extend(same_plan_facts(then, plan));
        }
    }
    for (then, policies) in reviewed.case.policies.iter().zip(&now.case.policies) {
        refusals.extend(same_policies(
            &then.statement.predicate,
            &policies.statement.predicate,
        ));
    }
    for (then, approvals) in reviewed.case.approvals.iter().zip(&now.case.approvals) {
        refusals.extend(same_packages(
            &then.statement.predicate,
            &approvals.statement.predicate,
        ));
    }
    // and whatever agrees with what was reviewed still has to be allowed today
    let today = judge(&now.case, rules, now.time)?;
    for objection in today.objections() {
        if !refusals
            .iter()
            .any(|refusal| refusal.text == objection.text)
        {
            refusals.push(objection.clone());
        }
    }
    Ok(refusals)
}

fn verdict_allows(reviewed: &Reviewed) -> Vec<Reason> {
    let verdict = &reviewed.verdict.statement;
    let decision = verdict.predicate.decision;
    let mut reasons: Vec<Reason> = verdict.objections().cloned().collect();
    if decision != Decision::Allowed {
        let text = format!("the reviewed verdict is `{}`", decision.word());
        reasons.insert(
            0,
            Reason {
                decision,
                from: Kind::Verdict,
                about: None,
                text,
            },
        );
    } else if !reasons.is_empty() {
        // no verdict that was judged here allows in spite of its own reasons
        reasons.insert(
            0,
            denied(
                Kind::Verdict,
                "the verdict contradicts its own reasons".to_owned(),
            ),
        );
    }
    reasons
}

/// The plan in hand is the one that the verdict is about, by its bytes and by what it does.
fn same_subjects(reviewed: &Reviewed, now: &Now) -> Vec<Reason> {
    let differs = |subject: &&Subject| {
        reviewed.verdict.statement.subject(&subject.name) != Some(&subject.digest.sha256)
    };
    let differing: BTreeSet<&str> = now
        .subjects
        .iter()
        .filter(differs)
        .map(|subject| subject.name.as_str())
        .collect();
    if differing.is_empty() {
        return Vec::new();
    }
    let text = if differing.contains("plan-digest") {
        "this is not the plan that was judged: it does something else"
    } else if differing.contains("plan") {
        "this is not the plan that was judged: another file, though it does the same"
    } else {
        "this is the plan that was judged, but terraform reads it in another way than it did then"
    };
    vec![denied(Kind::TerraformPlan, text.to_owned())]
}

/// The evidence in the folder is the evidence that was judged, byte for byte, no more and no less.
fn same_evidence(reviewed: &Reviewed, now: &Now) -> Result<Vec<Reason>, Error> {
    let files: Vec<(Kind, String, Sha256)> = reviewed.case.files().collect();
    let judged = &reviewed.verdict.statement.predicate.evidence;
    let mut reasons = Vec::new();
    for piece in judged {
        match files.iter().find(|(_, file, _)| *file == piece.file) {
            None => reasons.push(missing(
                piece.kind,
                format!("`{}`, which the verdict rests on, is gone", piece.file),
            )),
            Some((.., sha256)) if *sha256 != piece.sha256 => {
                reasons.push(denied(
                    piece.kind,
                    format!("`{}` was changed after the verdict", piece.file),
                ));
            }
            Some(_) => {}
        }
    }
    for (kind, file, _) in &files {
        if !judged.iter().any(|piece| piece.file == *file) {
            reasons.push(denied(
                *kind,
                format!("`{file}` was added after the verdict"),
            ));
        }
    }
    // what was judged together has to be derived again together: one policy set, one look at the registry
    for (kind, then, again) in [
        (
            Kind::PolicyCheck,
            reviewed.case.policies.len(),
            now.case.policies.len(),
        ),
        (
            Kind::ModelApproval,
            reviewed.case.approvals.len(),
            now.case.approvals.len(),
        ),
    ] {
        if then != again {
            reasons.push(missing(kind, format!("there are {then} pieces of {kind} evidence, and only {again} can be derived anew")));
        }
    }
    Ok(reasons)
}

fn same_rules(reviewed: &Reviewed, rules: &Rules) -> Result<Vec<Reason>, Error> {
    let same = reviewed.verdict.statement.predicate.rules == rules.digest()?;
    let text = "the gate's rules in `towpath.yaml` were changed after the verdict";
    Ok(if same {
        Vec::new()
    } else {
        vec![denied(Kind::Verdict, text.to_owned())]
    })
}

fn same_state(now: &Now) -> Vec<Reason> {
    let planned = &now.planned_state;
    let text = match &now.state {
        Some(state) if planned.lineage.is_empty() && planned.serial == 0 => {
            format!(
                "the plan was made before there was a state, and there is one now, at serial {}",
                state.serial
            )
        }
        Some(state) if state.lineage != planned.lineage => {
            "the plan was made against another state".to_owned()
        }
        Some(state) if state.serial != planned.serial => {
            format!(
                "the state has moved on since the plan: serial {} then, {} now",
                planned.serial, state.serial
            )
        }
        None if !planned.lineage.is_empty() => {
            "the state that the plan was made against is gone".to_owned()
        }
        _ => return Vec::new(),
    };
    vec![denied(Kind::TerraformPlan, text)]
}

/// The evidence says of the plan what it says itself.
fn same_plan_facts(then: &PlanFacts, plan: &PlanFacts) -> Vec<Reason> {
    let facts = [
        (
            then.produced_at == plan.produced_at,
            "does not say when the plan was made",
        ),
        (
            then.changes == plan.changes,
            "does not say what the plan does",
        ),
        (
            then.unusable == plan.unusable,
            "does not say what is wrong with the plan",
        ),
        (
            then.state == plan.state,
            "names another state than the plan",
        ),
        (
            then.lock_file == plan.lock_file,
            "names another dependency lock file than the plan",
        ),
    ];
    let lies = facts.into_iter().filter(|(same, _)| !same);
    lies.map(|(_, lie)| denied(Kind::TerraformPlan, format!("the evidence {lie}")))
        .collect()
}

/// The plan is applied where it was made: the commit, the root module, the workspace, the tool and its providers.
fn same_place(then: &PlanFacts, plan: &PlanFacts, now: &Now) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut check = |same: bool, text: String| {
        if !same {
            reasons.push(denied(Kind::TerraformPlan, text));
        }
    };
    let commit = |facts: &PlanFacts| {
        facts
            .commit
            .clone()
            .unwrap_or_else(|| "no commit".to_owned())
    };
    check(
        then.commit == plan.commit,
        format!(
            "{} was planned, and {} is checked out",
            commit(then),
            commit(plan)
        ),
    );
    check(
        then.environment == plan.environment && then.root == plan.root,
        format!("the plan is for `{}` in `{}`", then.environment, then.root),
    );
    check(
        then.workspace == plan.workspace,
        format!("the plan is for the workspace `{}`", plan.workspace),
    );
    check(
        then.tool == plan.tool,
        format!(
            "the plan was made by {}, and this is {}",
            then.tool, plan.tool
        ),
    );
    check(
        pins(&now.planned_pins).eq(pins(&now.pinned)),
        "`.terraform.lock.hcl` was changed since the plan".to_owned(),
    );
    reasons
}

/// What a dependency lock file pins. Terraform puts one into each plan, also when a root that uses no provider has none;
/// that one is a comment.
fn pins(lock_file: &str) -> impl Iterator<Item = &str> {
    let lines = lock_file.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn same_policies(then: &PolicyFacts, now: &PolicyFacts) -> Vec<Reason> {
    if then.bundle != now.bundle {
        let text = format!(
            "the policies were changed since the review: {} then, {} now",
            then.bundle.short(),
            now.bundle.short()
        );
        return vec![denied(Kind::PolicyCheck, text)];
    }
    if then.waivers != now.waivers {
        let text = "the waivers are not those of the review".to_owned();
        return vec![denied(Kind::PolicyCheck, text)];
    }
    let key = |finding: &Finding| {
        (
            finding.rule.clone(),
            finding.resource.clone(),
            finding.message.clone(),
            finding.digest.clone(),
        )
    };
    let findings = |facts: &PolicyFacts| facts.findings.iter().map(key).collect::<BTreeSet<_>>();
    if findings(then) == findings(now)
        && then.namespaces == now.namespaces
        && then.canary == now.canary
    {
        return Vec::new();
    }
    vec![denied(
        Kind::PolicyCheck,
        "the policies find something else than the evidence says".to_owned(),
    )]
}

fn same_packages(then: &ApprovalFacts, now: &ApprovalFacts) -> Vec<Reason> {
    let find = |facts: &ApprovalFacts, arn: &str| {
        facts
            .packages
            .iter()
            .find(|package| package.arn == arn)
            .cloned()
    };
    let mut reasons = Vec::new();
    for package in &now.packages {
        match find(then, &package.arn) {
            None => reasons.push(denied(
                Kind::ModelApproval,
                format!("model package `{}` was not reviewed", package.arn),
            )),
            Some(then) => {
                let made_of = |package: &evidence::ModelPackage| {
                    (
                        package.image_digest.clone(),
                        package.model_data.clone(),
                        package.model_data_etag.clone(),
                    )
                };
                if made_of(&then) != made_of(package) {
                    let text = format!(
                        "model package `{}` is made of something else than was reviewed",
                        package.arn
                    );
                    reasons.push(denied(Kind::ModelApproval, text));
                }
            }
        }
    }
    for package in then
        .packages
        .iter()
        .filter(|package| find(now, &package.arn).is_none())
    {
        let text = format!(
            "model package `{}` was reviewed, and the plan no longer leads to it",
            package.arn
        );
        reasons.push(denied(Kind::ModelApproval, text));
    }
    reasons
}

fn denied(from: Kind, text: String) -> Reason {
    Reason {
        decision: Decision::Denied,
        from,
        about: None,
        text,
    }
}

fn missing(from: Kind, text: String) -> Reason {
    Reason {
        decision: Decision::NotEnoughEvidence,
        from,
        about: None,
        text,
    }
}

#[cfg(test)]
mod tests {
    use super::pins;

    #[test]
    fn a_lock_file_is_what_it_pins() {
        let aws = |version| format!("provider \"aws\" {{\n  version = \"{version}\"\n}}\n");
        let same = |one: &str, other: &str| pins(one).eq(pins(other));
        assert!(same("# This file is maintained automatically\n\n", ""));
        assert!(same(
            &format!("# by hand\n\n{}", aws("5.0.0")),
            &aws("5.0.0")
        ));
        assert!(!same(&aws("5.0.0"), &aws("5.0.1")));
        assert!(!same(&aws("5.0.0"), ""));
    }
}
