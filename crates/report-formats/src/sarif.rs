//! The report as SARIF 2.1.0, for code scanning.
//!
//! GitHub refuses a whole file for one result without a file, so each result has one: the place of the finding, else
//! the policy that made it, else the configuration that asked for it. It matches results between runs by fingerprint;
//! ours leaves the line out, so that a finding keeps its history when a block moves.

mod log;

use std::collections::BTreeMap;

use evidence::{Finding, Level, Location, Sha256};

use crate::{Report, clean, json};
use log::{
    ArtifactLocation, AutomationDetails, Configuration, Driver, Help, Log, LogicalLocation,
    Message, PhysicalLocation, Place, Region, ResultProperties, Rule, RuleProperties, Run,
    RunProperties, Tool,
};

/// More results than these, and GitHub refuses the file.
const RESULTS: usize = 25_000;
/// Where GitHub cuts a rule's description, in characters.
const DESCRIPTION: usize = 1024;
/// What stands for the place of a finding that has neither a location nor a policy's file.
const CONFIGURATION: &str = "towpath.yaml";

/// `report` as one SARIF document.
pub fn sarif(report: &Report<'_>) -> String {
    let mut findings = report.ranked();
    let left_out = findings.len().saturating_sub(RESULTS);
    findings.truncate(RESULTS);
    let rules = rules(&findings);
    let order: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| (rule.id, index))
        .collect();
    let mut seen = BTreeMap::new();
    let results = findings
        .iter()
        .map(|finding| result(finding, order[finding.rule.as_str()], &mut seen))
        .collect();
    json::write(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: report.tool,
                    rules,
                },
            },
            automation_details: AutomationDetails {
                id: format!("{}/", report.tool),
            },
            column_kind: "unicodeCodePoints",
            results,
            properties: RunProperties {
                outcome: report.outcome.label,
                ok: report.outcome.ok,
                reasons: &report.reasons,
                left_out,
            },
        }],
    })
}

/// One entry a rule, in the order in which findings name them; each is described by the first finding that can.
fn rules<'a>(findings: &[&'a Finding]) -> Vec<Rule<'a>> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_rule: BTreeMap<&str, Vec<&'a Finding>> = BTreeMap::new();
    for finding in findings {
        let group = by_rule.entry(&finding.rule).or_default();
        if group.is_empty() {
            order.push(&finding.rule);
        }
        group.push(finding);
    }
    order.into_iter().map(|id| rule(&by_rule[id])).collect()
}

fn rule<'a>(findings: &[&'a Finding]) -> Rule<'a> {
    fn first<'a, T: ?Sized>(
        findings: &[&'a Finding],
        pick: impl Fn(&'a Finding) -> Option<&'a T>,
    ) -> Option<&'a T> {
        findings.iter().copied().find_map(pick)
    }
    let id = findings[0].rule.as_str();
    let title = first(findings, |finding| finding.title.as_deref()).unwrap_or(id);
    let help = first(findings, |finding| finding.remedy.as_deref()).unwrap_or(title);
    let title = clean::one_line(title);
    Rule {
        id,
        short_description: Message {
            text: clean::crop(&title, DESCRIPTION).into_owned(),
        },
        full_description: Message {
            text: clean::crop(&title, DESCRIPTION).into_owned(),
        },
        help: Help {
            text: clean::visible(help),
        },
        help_uri: first(findings, |finding| finding.link.as_deref())
            .filter(|link| clean::is_web(link)),
        default_configuration: Configuration {
            level: level(findings[0].level),
        },
        properties: RuleProperties {
            policy: first(findings, |finding| finding.policy_file.as_deref()),
        },
    }
}

fn result<'a>(
    finding: &'a Finding,
    rule_index: usize,
    seen: &mut BTreeMap<String, u32>,
) -> log::Result<'a> {
    let fingerprint = fingerprint(finding);
    let times = seen.entry(fingerprint.clone()).or_default();
    *times += 1;
    log::Result {
        rule_id: &finding.rule,
        rule_index,
        level: level(finding.level),
        message: Message {
            text: message(finding),
        },
        locations: [Place {
            physical_location: physical(finding),
            logical_locations: logical(finding),
        }],
        partial_fingerprints: BTreeMap::from([("towpath/v1", format!("{fingerprint}:{times}"))]),
        suppressions: finding.waived.as_ref().map(|excuse| {
            [log::Suppression {
                kind: "external",
                status: "accepted",
                justification: clean::visible(&excuse.shown()),
            }]
        }),
        properties: ResultProperties {
            metadata: &finding.metadata,
        },
    }
}

/// The rule, the thing and the words: all that stays the same when the code around moves.
fn fingerprint(finding: &Finding) -> String {
    let file = finding
        .location
        .as_ref()
        .map_or("", |place| place.file.as_str());
    let resource = finding.resource.as_deref().unwrap_or("");
    let digest = Sha256::of([&finding.rule, file, resource, &finding.message].join("\0"));
    digest.as_str()[..32].to_owned()
}

fn message(finding: &Finding) -> String {
    let resource = finding
        .resource
        .as_ref()
        .map(|resource| format!("in {resource}"));
    let lines = [
        Some(finding.message.clone()),
        resource,
        finding.remedy.clone(),
    ];
    let text = clean::visible(&lines.into_iter().flatten().collect::<Vec<_>>().join("\n"));
    // `[text](target)` would be a link, to wherever a pull request likes
    text.replace("](", "] (")
}

fn physical(finding: &Finding) -> PhysicalLocation {
    let fallback = || Location::line(finding.policy_file.as_deref().unwrap_or(CONFIGURATION), 1);
    let place = finding.location.clone().unwrap_or_else(fallback);
    PhysicalLocation {
        artifact_location: ArtifactLocation {
            uri: clean::uri(&place.file),
            uri_base_id: "%SRCROOT%",
        },
        region: Region {
            start_line: place.line.max(1),
            start_column: place.column.max(1),
            end_line: place.end_line.max(place.line).max(1),
            end_column: place.end_column,
        },
    }
}

fn logical(finding: &Finding) -> Option<[LogicalLocation<'_>; 1]> {
    let resource = finding.resource.as_deref()?;
    Some([LogicalLocation {
        fully_qualified_name: resource,
        kind: "resource",
    }])
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
    }
}
