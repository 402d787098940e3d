//! From the evidence of several environments to one report.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use evidence::{
    Case, Decision, Finding, Kind, Level, PlanFacts, PlannedChange, Sha256, Standing, Verdict,
    excused,
};
use evidence_store::Store;
use project::ProjectError;
use report_formats::{Fact, Outcome, Report, Section, Sources};

use crate::Error;

/// Most modules in a picture: more of them show nothing.
const MODULES: usize = 30;

/// What the evidence says.
#[derive(Debug)]
pub(crate) struct Told {
    /// The worst of all verdicts.
    pub(crate) decision: Decision,
    environments: Vec<Environment>,
    findings: Vec<Finding>,
    sources: Sources,
}

#[derive(Debug)]
struct Environment {
    name: String,
    case: Case,
    verdict: Option<Verdict>,
}

impl Told {
    /// Reads the evidence of these environments below `folder`. One without a verdict was not judged, which is no pass.
    pub(crate) fn gather(folder: &Utf8Path, names: &[String]) -> Result<Self, Error> {
        let mut environments = Vec::new();
        let mut findings: Vec<Finding> = Vec::new();
        for name in names {
            let contents = Store::new(folder, name)
                .read()
                .map_err(ProjectError::from)?;
            let verdict = contents.verdict.map(|exhibit| exhibit.statement.predicate);
            for policy in &contents.case.policies {
                let facts = &policy.statement.predicate;
                let judged_at = verdict
                    .as_ref()
                    .map_or(facts.produced_at, |verdict| verdict.judged_at);
                for finding in excused(&facts.findings, &facts.waivers, judged_at) {
                    // two environments that share a module are told once
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
            }
            environments.push(Environment {
                name: name.clone(),
                case: contents.case,
                verdict,
            });
        }
        let decisions = environments.iter().map(Environment::decision);
        Ok(Self {
            decision: decisions.max().unwrap_or(Decision::NotEnoughEvidence),
            environments,
            findings,
            sources: Sources::new(),
        })
    }

    /// The report. `since` are the findings that were told before, by fingerprint.
    pub(crate) fn report(&self, since: Option<&[String]>) -> Report<'_> {
        let mut facts: Vec<Fact> = Vec::new();
        let mut reasons = Vec::new();
        let mut sections = Vec::new();
        for environment in &self.environments {
            facts.extend(environment.facts());
            reasons.extend(environment.reasons(self));
        }
        let commit = self
            .environments
            .iter()
            .find_map(|environment| environment.verdict.as_ref()?.commit.as_ref());
        facts.extend(commit.map(|commit| Fact::name("commit", &commit[..commit.len().min(7)])));
        if let Some(since) = since {
            sections.extend(self.news(since, &mut facts));
        }
        for environment in &self.environments {
            sections.extend(environment.changes());
        }
        sections.extend(self.picture());
        Report {
            tool: "towpath",
            title: "Towpath",
            outcome: Outcome {
                label: self.decision.word(),
                ok: self.decision == Decision::Allowed,
            },
            facts,
            reasons,
            findings: &self.findings,
            sections,
            sources: &self.sources,
        }
    }

    /// Denials that were not there at the last push, and how many are gone.
    fn news(&self, since: &[String], facts: &mut Vec<Fact>) -> Option<Section> {
        let denials: Vec<&Finding> = self
            .findings
            .iter()
            .filter(|finding| finding.level == Level::Deny)
            .collect();
        let now: BTreeSet<String> = denials.iter().map(|finding| fingerprint(finding)).collect();
        let new: Vec<&&Finding> = denials
            .iter()
            .filter(|finding| !since.contains(&fingerprint(finding)))
            .collect();
        let gone = since.iter().filter(|each| !now.contains(*each)).count();
        if new.is_empty() && gone == 0 {
            return None;
        }
        facts.push(Fact::Plain {
            name: "since-last-push".to_owned(),
            text: format!(
                "since the last push: {} new, {gone} gone",
                Fact::count("denial", new.len()).shown()
            ),
        });
        let line = |finding: &&&Finding| {
            let place = finding.location.as_ref();
            let place = place.map(|place| format!(" ({}:{})", place.file, place.line));
            format!(
                "{}: {}{}",
                finding.rule,
                finding.message,
                place.unwrap_or_default()
            )
        };
        (!new.is_empty()).then(|| Section {
            title: "new since the last push".to_owned(),
            language: "",
            lines: new.iter().map(line).collect(),
        })
    }

    /// Which modules change, as a picture, where there are several.
    fn picture(&self) -> Option<Section> {
        let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
        for environment in &self.environments {
            for change in environment.planned() {
                let module = module_of(&change.address);
                *counts
                    .entry((environment.name.clone(), module))
                    .or_default() += 1;
            }
        }
        if counts.len() < 2 || counts.len() > MODULES {
            return None;
        }
        let mut lines = vec!["graph LR".to_owned()];
        for (index, environment) in self.environments.iter().enumerate() {
            let of = counts
                .iter()
                .filter(|((name, _), _)| *name == environment.name);
            for (number, ((name, module), count)) in of.enumerate() {
                lines.push(format!(
                    "  e{index}[\"{}\"] --> e{index}m{number}[\"{}: {}\"]",
                    plain(name),
                    plain(module),
                    Fact::count("change", *count).shown()
                ));
            }
        }
        Some(Section {
            title: "where the changes are".to_owned(),
            language: "mermaid",
            lines,
        })
    }
}

impl Environment {
    fn decision(&self) -> Decision {
        let verdict = self.verdict.as_ref();
        verdict.map_or(Decision::NotEnoughEvidence, |verdict| verdict.decision)
    }

    fn plan(&self) -> Option<&PlanFacts> {
        self.case
            .plan
            .as_ref()
            .map(|plan| &plan.statement.predicate)
    }

    fn planned(&self) -> &[PlannedChange] {
        self.plan().map_or(&[], |plan| &plan.changes)
    }

    /// `prod: 3 to add, 1 to change, 1 to replace, 0 to destroy`, and the plan's digest.
    fn facts(&self) -> Vec<Fact> {
        let Some(exhibit) = &self.case.plan else {
            return Vec::new();
        };
        let count = |names: &[&str]| {
            let changes = self.planned().iter();
            changes
                .filter(|change| names.contains(&change.action.as_str()))
                .count()
        };
        let (add, change) = (count(&["create"]), count(&["update"]));
        let (replace, destroy) = (count(&["replace"]), count(&["delete", "forget"]));
        let other = self.planned().len() - add - change - replace - destroy;
        let mut text = format!(
            "{}: {add} to add, {change} to change, {replace} to replace, {destroy} to destroy",
            self.name
        );
        if other > 0 {
            text.push_str(&format!(", {other} otherwise"));
        }
        let digest = exhibit.statement.subject("plan-digest");
        let digest = digest.map(|digest| Fact::name("plan", digest.short()));
        let name = format!("changes-{}", self.name);
        [Some(Fact::Plain { name, text }), digest]
            .into_iter()
            .flatten()
            .collect()
    }

    /// What no finding says: why it is not allowed, what would be lost, and where the models stand.
    fn reasons(&self, told: &Told) -> Vec<String> {
        let said = |text: &str| format!("{}: {text}", self.name);
        let mut reasons = Vec::new();
        let Some(verdict) = &self.verdict else {
            return vec![said(
                "it was not judged: the checks did not come so far, see their logs",
            )];
        };
        // what a finding says stands with the finding
        let with_a_finding = |text: &str| {
            told.findings
                .iter()
                .any(|finding| text.starts_with(&format!("{}: {}", finding.rule, finding.message)))
        };
        for reason in &verdict.reasons {
            let told = reason.from == Kind::PolicyCheck && with_a_finding(&reason.text);
            if !told && reason.from != Kind::ModelApproval {
                reasons.push(said(&reason.text));
            }
        }
        for change in self.planned().iter().filter(|change| change.destroys) {
            let because = match change.because.is_empty() {
                true => String::new(),
                false => format!(", forced by {}", change.because.join(", ")),
            };
            reasons.push(said(&format!(
                "{} `{}`{because}",
                change.action, change.address
            )));
        }
        for approval in &self.case.approvals {
            let facts = &approval.statement.predicate;
            reasons.extend(facts.reasons().iter().map(|reason| said(&reason.text)));
            for package in &facts.packages {
                if package.standing == Standing::Approved {
                    let by = package.approved_by.as_deref().unwrap_or("somebody");
                    reasons.push(said(&format!(
                        "model package `{}` is approved by {by}",
                        package.arn
                    )));
                }
            }
        }
        reasons
    }

    /// Every change, by module.
    fn changes(&self) -> Option<Section> {
        let mut by_module: BTreeMap<String, Vec<&PlannedChange>> = BTreeMap::new();
        for change in self.planned() {
            by_module
                .entry(module_of(&change.address))
                .or_default()
                .push(change);
        }
        let mut lines = Vec::new();
        for (module, changes) in by_module {
            lines.push(format!("@@ {module} @@"));
            lines.extend(changes.into_iter().map(|change| {
                let mark = match change.action.as_str() {
                    "create" => '+',
                    "delete" | "forget" | "replace" => '-',
                    _ => '!',
                };
                format!("{mark} {} {}", change.action, change.address)
            }));
        }
        (!lines.is_empty()).then(|| Section {
            title: format!("all changes of {}", self.name),
            language: "diff",
            lines,
        })
    }
}

/// What makes a finding the same from push to push: its line may move.
pub(crate) fn fingerprint(finding: &Finding) -> String {
    let parts = [
        finding.rule.as_str(),
        finding.resource.as_deref().unwrap_or_default(),
        finding.message.as_str(),
    ];
    Sha256::of(parts.join("\0")).to_string()[..8].to_owned()
}

/// `module.a.module.b` of `module.a["x"].module.b.aws_s3_bucket.raw[0]`, without instance keys.
fn module_of(address: &str) -> String {
    let mut module = Vec::new();
    let mut rest = address;
    while let Some(after) = rest.strip_prefix("module.") {
        let end = after.find(['.', '[']).unwrap_or(after.len());
        module.push(format!("module.{}", &after[..end]));
        rest = &after[end..];
        if rest.starts_with('[') {
            // a key may hold anything, quotes with a backslash before them too
            let closing = rest.replace("\\\"", "__").find("\"]").map(|at| at + 2);
            let closing = match rest.starts_with("[\"") {
                true => closing,
                false => rest.find(']').map(|at| at + 1),
            };
            rest = &rest[closing.unwrap_or(rest.len())..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    if module.is_empty() {
        return "root module".to_owned();
    }
    module.join(".")
}

/// A label of a picture: nothing in it is read as anything else.
fn plain(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || " ._-".contains(c);
    let kept = text.chars().map(|c| if safe(c) { c } else { '_' });
    kept.take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_an_address_has_no_keys() {
        for (address, module) in [
            ("aws_s3_bucket.raw", "root module"),
            ("module.a.aws_s3_bucket.raw[0]", "module.a"),
            (
                "module.a[\"x\"].module.b[3].aws_s3_bucket.raw",
                "module.a.module.b",
            ),
            ("module.a[\"x.module.y\"].aws_s3_bucket.raw", "module.a"),
            ("module.a[\"q\\\"]\"].module.b.x.y", "module.a.module.b"),
            ("module.a[", "module.a"),
            ("", "root module"),
        ] {
            assert_eq!(module_of(address), module, "{address}");
        }
    }
}
