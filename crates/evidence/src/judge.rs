//! Evidence and rules in, a verdict out.
//!
//! Each check looks at one thing and returns reasons; the verdict is the worst of all reasons. Nothing in here can
//! take a reason away, which is why one more finding never makes a verdict more permissive; a waiver excuses findings one
//! by one, and only that a waiver has nothing to excuse ends with a finding. The time is an argument.

use jiff::{SignedDuration, Timestamp};

use crate::{
    ApprovalFacts, Canary, Decision, Judged, Kind, Level, PlanFacts, PolicyFacts, Predicate,
    Reason, Rules, Sha256, Statement, Subject, Verdict, waive,
};

/// Clocks of two machines differ a little; evidence from further ahead is not believed.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// One piece of evidence with the file that it was read from.
#[derive(Clone, Debug)]
pub struct Exhibit<P> {
    /// The file's name in the evidence folder.
    pub file: String,
    /// The file's digest.
    pub sha256: Sha256,
    /// What it says.
    pub statement: Statement<P>,
}

/// Everything that is known about one plan.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// What the plan does.
    pub plan: Option<Exhibit<PlanFacts>>,
    /// What policies found; every set of policies counts.
    pub policies: Vec<Exhibit<PolicyFacts>>,
    /// What the model registry says.
    pub approvals: Vec<Exhibit<ApprovalFacts>>,
}

/// Judges `case` by `rules` as of `now`.
///
/// # Errors
/// None in practice; the digest of the rules goes through serde.
pub fn judge(
    case: &Case,
    rules: &Rules,
    now: Timestamp,
) -> Result<Statement<Verdict>, serde_json::Error> {
    let mut reasons = presence(case, rules);
    if let Some(plan) = &case.plan {
        let facts = &plan.statement.predicate;
        reasons.extend(age(
            Kind::TerraformPlan,
            &plan.file,
            facts.produced_at,
            rules,
            now,
        ));
        reasons.extend(plan_reasons(facts, rules));
    }
    for policy in &case.policies {
        let facts = &policy.statement.predicate;
        reasons.extend(age(
            Kind::PolicyCheck,
            &policy.file,
            facts.produced_at,
            rules,
            now,
        ));
        reasons.extend(same_plan(
            case,
            policy,
            &["plan", "plan.json", "plan-digest"],
        ));
        reasons.extend(policy_reasons(facts, rules, now));
    }
    for approval in &case.approvals {
        let facts = &approval.statement.predicate;
        reasons.extend(age(
            Kind::ModelApproval,
            &approval.file,
            facts.produced_at,
            rules,
            now,
        ));
        reasons.extend(same_plan(case, approval, &["plan", "plan-digest"]));
        reasons.extend(facts.reasons());
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.decision));

    let plan = case.plan.as_ref().map(|plan| &plan.statement);
    let verdict = Verdict {
        decision: reasons
            .first()
            .map_or(Decision::Allowed, |worst| worst.decision),
        reasons,
        evidence: case
            .files()
            .map(|(kind, file, sha256)| Judged { kind, file, sha256 })
            .collect(),
        rules: rules.digest()?,
        judged_at: now,
        environment: plan
            .map(|plan| plan.predicate.environment.clone())
            .unwrap_or_default(),
        commit: plan.and_then(|plan| plan.predicate.commit.clone()),
    };
    Ok(Statement::new(
        plan.map(|plan| plan.subject.clone()).unwrap_or_default(),
        verdict,
    ))
}

impl Case {
    /// Every piece of evidence: its kind, its file and that file's digest.
    pub fn files(&self) -> impl Iterator<Item = (Kind, String, Sha256)> {
        fn file<P: Predicate>(exhibit: &Exhibit<P>) -> (Kind, String, Sha256) {
            (P::KIND, exhibit.file.clone(), exhibit.sha256.clone())
        }
        let plan = self.plan.iter().map(file);
        let policies = self.policies.iter().map(file);
        plan.chain(policies).chain(self.approvals.iter().map(file))
    }

    fn has(&self, kind: Kind) -> bool {
        self.files().any(|(found, ..)| found == kind)
    }
}

fn presence(case: &Case, rules: &Rules) -> Vec<Reason> {
    let required = rules.require.iter().map(|requirement| requirement.kind());
    std::iter::once(Kind::TerraformPlan)
        .chain(required)
        .filter(|kind| !case.has(*kind))
        .map(|kind| {
            missing(
                kind,
                None,
                format!("there is no {kind} evidence: run `{kind}`"),
            )
        })
        .collect()
}

fn age(
    kind: Kind,
    file: &str,
    produced_at: Timestamp,
    rules: &Rules,
    now: Timestamp,
) -> Option<Reason> {
    let age = now.duration_since(produced_at);
    let about = Some(file.to_owned());
    if age > rules.max_age {
        let text = format!(
            "{kind} evidence is {:#} old, at most {:#} is allowed",
            whole(age),
            rules.max_age
        );
        return Some(missing(kind, about, text));
    }
    (age < -CLOCK_SKEW).then(|| {
        missing(
            kind,
            about,
            format!("{kind} evidence is dated {produced_at}, in the future"),
        )
    })
}

fn whole(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
}

/// Evidence counts only when it is about the very plan that is judged.
fn same_plan<P: Predicate>(case: &Case, exhibit: &Exhibit<P>, names: &[&str]) -> Vec<Reason> {
    let Some(plan) = &case.plan else {
        return Vec::new();
    };
    let about = |subject: &Subject| names.contains(&subject.name.as_str());
    if !exhibit.statement.subject.iter().any(about) {
        return vec![missing(
            P::KIND,
            Some(exhibit.file.clone()),
            format!("{} evidence names no plan", P::KIND),
        )];
    }
    let other = |subject: &&Subject| {
        about(subject) && plan.statement.subject(&subject.name) != Some(&subject.digest.sha256)
    };
    exhibit
        .statement
        .subject
        .iter()
        .filter(other)
        .map(|subject| {
            let text = format!(
                "{} evidence is about another plan: its `{}` is {}",
                P::KIND,
                subject.name,
                subject.digest.sha256.short()
            );
            missing(P::KIND, Some(exhibit.file.clone()), text)
        })
        .collect()
}

fn plan_reasons(plan: &PlanFacts, rules: &Rules) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for text in &plan.unusable {
        reasons.push(denied(Kind::TerraformPlan, None, text.clone()));
    }
    for change in plan.changes.iter().filter(|change| change.destroys) {
        let about = Some(change.address.clone());
        match rules
            .allow_destroy
            .iter()
            .find(|allowed| allowed.covers(&change.address))
        {
            Some(allowed) => reasons.push(Reason {
                decision: Decision::Allowed,
                from: Kind::TerraformPlan,
                about,
                text: format!(
                    "{} of `{}` is expected: {}",
                    change.action, change.address, allowed.reason
                ),
            }),
            None => {
                let forced = if change.because.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", change.because.join(", "))
                };
                let text = format!(
                    "{} of `{}`{forced} is not allowed by any rule",
                    change.action, change.address
                );
                reasons.push(denied(Kind::TerraformPlan, about, text));
            }
        }
    }
    if rules.require_commit {
        if plan.commit.is_none() {
            reasons.push(missing(
                Kind::TerraformPlan,
                None,
                "the plan was not made from a commit".to_owned(),
            ));
        } else if !plan.clean {
            let text = "the plan was made with uncommitted changes in the working copy".to_owned();
            reasons.push(missing(Kind::TerraformPlan, None, text));
        }
    }
    reasons
}

fn policy_reasons(policies: &PolicyFacts, rules: &Rules, now: Timestamp) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if policies.rules == 0 {
        reasons.push(missing(
            Kind::PolicyCheck,
            None,
            "no rule was evaluated".to_owned(),
        ));
    }
    if rules.require_canary && policies.canary == Canary::Absent {
        let text = "the policies have not denied a plan that is known to be bad".to_owned();
        reasons.push(missing(Kind::PolicyCheck, None, text));
    }
    let waived = waive(&policies.findings, &policies.waivers, now);
    for (finding, waiver) in policies.findings.iter().zip(&waived.excuses) {
        if let Some(waiver) = waiver {
            reasons.push(Reason {
                decision: Decision::Allowed,
                from: Kind::PolicyCheck,
                about: finding.resource.clone(),
                text: format!(
                    "{}: {} ({})",
                    finding.rule,
                    finding.message,
                    waiver.excuse().shown()
                ),
            });
        } else if finding.level == Level::Deny {
            let text = format!("{}: {}", finding.rule, finding.message);
            reasons.push(denied(Kind::PolicyCheck, finding.resource.clone(), text));
        }
    }
    reasons.extend(waived.faults);
    reasons
}

fn missing(from: Kind, about: Option<String>, text: String) -> Reason {
    Reason {
        decision: Decision::NotEnoughEvidence,
        from,
        about,
        text,
    }
}

fn denied(from: Kind, about: Option<String>, text: String) -> Reason {
    Reason {
        decision: Decision::Denied,
        from,
        about,
        text,
    }
}

#[cfg(test)]
mod tests;
