//! Results as people and programs read them: our own formats, and Conftest's for those who come from there.

use std::str::FromStr;

use evidence::{Finding, Level, excused, waive};
use gha::{Host, Outcome};
use jiff::Timestamp;
use project::Plan;
use rego_policy::{CheckResult, TestOutcome, VerifyReport, formats};
use report_formats::{Fact, Format, Report, Section, Sources};

use crate::{Error, JudgedPlan, Waivers};

/// A format that a user can name.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Output {
    /// One of ours.
    Ours(Format),
    /// One of Conftest's.
    Conftest(Conftest),
}

/// Conftest's own formats, under its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conftest {
    Stdout,
    Json,
    Tap,
    Table,
    Github,
}

impl Conftest {
    fn render(self, results: &[CheckResult]) -> String {
        match self {
            Self::Stdout => formats::text(results),
            // results hold nothing that JSON could not
            Self::Json => formats::json(results).unwrap_or_default(),
            Self::Tap => formats::tap(results),
            Self::Table => formats::table(results),
            Self::Github => formats::github(results),
        }
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Ok(match name {
            "text" => Self::Ours(Format::Text),
            "findings" => Self::Ours(Format::Json),
            "sarif" => Self::Ours(Format::Sarif),
            "junit" => Self::Ours(Format::Junit),
            "markdown" => Self::Ours(Format::Markdown),
            "stdout" => Self::Conftest(Conftest::Stdout),
            "json" => Self::Conftest(Conftest::Json),
            "tap" => Self::Conftest(Conftest::Tap),
            "table" => Self::Conftest(Conftest::Table),
            "github" => Self::Conftest(Conftest::Github),
            name => {
                return Err(format!(
                    "unknown format `{name}`: expected `text`, `findings`, `sarif`, `junit`, `markdown`, `stdout`, \
                     `json`, `tap`, `table` or `github`"
                ));
            }
        })
    }
}

/// What was found, in both terms.
pub(crate) struct Found {
    /// How many rules were evaluated.
    pub(crate) rules: usize,
    /// As Conftest counts; what is waived is an exception.
    pub(crate) results: Vec<CheckResult>,
    /// What is waived only warns.
    pub(crate) findings: Vec<Finding>,
    /// What is wrong with the waivers.
    pub(crate) faults: Vec<String>,
    /// What the pull request's own waivers would do.
    pub(crate) proposed: Vec<String>,
}

impl Found {
    /// `judged` with its waivers as of `now`.
    pub(crate) fn of(judged: &JudgedPlan, waivers: &Waivers, now: Timestamp) -> Self {
        let facts = &judged.facts;
        let waived = waive(&facts.findings, &facts.waivers, now);
        let mut results = judged.results.clone();
        // findings follow the results in their order: failures, then warnings
        let mut excuses = waived.excuses.iter();
        for result in &mut results {
            let mut exceptions = Vec::new();
            for outcomes in [&mut result.failures, &mut result.warnings] {
                outcomes.retain(|outcome| {
                    let is_waived = excuses.next().is_some_and(Option::is_some);
                    if is_waived {
                        exceptions.push(outcome.clone());
                    }
                    !is_waived
                });
            }
            result.exceptions.extend(exceptions);
        }
        Self {
            rules: usize::try_from(facts.rules).unwrap_or(usize::MAX),
            results,
            findings: excused(&facts.findings, &facts.waivers, now),
            faults: waived.faults.into_iter().map(|fault| fault.text).collect(),
            proposed: waivers.preview(&facts.findings, now),
        }
    }
}

/// Shows what was found.
pub(crate) fn plan(
    found: &Found,
    plan: Option<&Plan>,
    preview: Option<Result<JudgedPlan, Error>>,
    output: Output,
    host: &mut Host,
) -> Result<Outcome, Error> {
    let outcome = match crate::outcome(&found.findings) {
        Outcome::Allowed if !found.faults.is_empty() => Outcome::Denied,
        outcome => outcome,
    };
    let denied = outcome == Outcome::Denied;
    let denying = found
        .findings
        .iter()
        .filter(|finding| finding.level == Level::Deny);
    let mut rules: Vec<&str> = denying.map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    let mut facts = vec![if denied {
        Fact::share("rule", rules.len(), found.rules)
    } else {
        Fact::count("rule", found.rules)
    }];
    if let Some(plan) = plan {
        facts.push(Fact::count(
            "resource",
            plan.json.resource_changes().count(),
        ));
        facts.push(Fact::name("plan", plan.digest.short()));
    }
    let sources = match plan {
        Some(plan) => plan
            .source
            .files()
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect(),
        None => Sources::new(),
    };
    let mut sections: Vec<Section> = preview.iter().map(preview_section).collect();
    if !found.proposed.is_empty() {
        sections.push(Section {
            title: "with the waivers of this pull request".to_owned(),
            language: "",
            lines: found.proposed.clone(),
        });
    }
    let report = Report {
        tool: "policy-check",
        title: "Policy check",
        outcome: report_formats::Outcome {
            label: if denied { "denied" } else { "allowed" },
            ok: !denied,
        },
        facts,
        reasons: found.faults.clone(),
        findings: &found.findings,
        sections,
        sources: &sources,
    };
    match output {
        Output::Ours(format) => project::publish(&report, format, host)?,
        Output::Conftest(format) => {
            host.say(format.render(&found.results).trim_end());
            project::announce(&report, host)?;
        }
    }
    host.output("decision", report.outcome.label)?;
    host.output("denials", &rules.len().to_string())?;
    Ok(outcome)
}

/// What the pull request's own policies would say.
fn preview_section(preview: &Result<JudgedPlan, Error>) -> Section {
    let title = "with the policies of this pull request".to_owned();
    let lines = match preview {
        Ok(judged) if judged.facts.findings.is_empty() => vec!["nothing would be found".to_owned()],
        Ok(judged) => judged
            .facts
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.rule, finding.message))
            .collect(),
        Err(error) => vec![format!("they cannot judge: {error}")],
    };
    Section {
        title,
        language: "",
        lines,
    }
}

/// Shows how the policies' tests ended.
pub(crate) fn tests(
    report: &VerifyReport,
    output: Output,
    host: &mut Host,
) -> Result<Outcome, Error> {
    if let Output::Conftest(Conftest::Json) | Output::Ours(Format::Json) = output {
        let json = serde_json::to_string_pretty(report).unwrap_or_default();
        host.say(&json);
    } else {
        for test in report.failures() {
            let why = match &test.outcome {
                TestOutcome::Error(message) => format!(": {message}"),
                TestOutcome::Failed | TestOutcome::Passed | TestOutcome::Skipped => String::new(),
            };
            let place = format!("{}:{}", test.position.file, test.position.line);
            host.say(&format!(
                "failed  data.{}.{}  {place}{why}",
                test.namespace, test.name
            ));
            for (_, line) in &test.prints {
                host.say(&format!("        {line}"));
            }
        }
        let tests = report.tests.len();
        let failed = report.failures().count();
        let skipped = report
            .tests
            .iter()
            .filter(|test| test.outcome == TestOutcome::Skipped)
            .count();
        host.say(&format!(
            "{tests} test{}, {} passed, {failed} failed, {skipped} skipped",
            if tests == 1 { "" } else { "s" },
            tests - failed - skipped
        ));
    }
    Ok(if report.passed() {
        Outcome::Allowed
    } else {
        Outcome::Denied
    })
}
