//! From what a rule says to a finding: which rule, which resource, which line of Terraform, what to do.

use evidence::{Finding, Level, Location};
use project::Plan;
use rego_policy::{CheckResult, Outcome, RuleInfo};
use serde_json::Value;
use settings::Settings;

use crate::{Policies, excuse};

/// The rule about values that policies cannot see.
pub(crate) const HIDDEN: &str = "policy-check/hidden-value";

/// The findings in `results`; those on a plan point into its configuration. `document` is the redacted plan, if the
/// results are about one.
pub(crate) fn of(
    results: &[CheckResult],
    policies: &Policies,
    plan: Option<&Plan>,
    document: Option<&Value>,
    settings: &Settings,
) -> Vec<Finding> {
    let addresses = plan.map(addresses).unwrap_or_default();
    let planned = document.map(excuse::Planned::of);
    let warn = if settings.policy.fail_on_warn {
        Level::Deny
    } else {
        Level::Warn
    };
    let mut findings = Vec::new();
    for result in results {
        let failures = result.failures.iter().map(|outcome| (outcome, Level::Deny));
        for (outcome, level) in
            failures.chain(result.warnings.iter().map(|outcome| (outcome, warn)))
        {
            let rule = policies
                .set
                .rules()
                .iter()
                .find(|rule| rule.position == outcome.policy);
            let mut finding = finding(&result.namespace, outcome, level, rule);
            finding.resource = resource(outcome, &addresses);
            finding.digest = planned
                .as_ref()
                .and_then(|planned| planned.digest(outcome, &finding));
            if yields(rule, &finding, settings) {
                finding.level = Level::Warn;
            }
            finding.location =
                location(outcome, &finding, plan).or_else(|| of_document(plan, &result.filename));
            findings.push(finding);
        }
    }
    findings
}

/// Whether a rule about destroys leaves the decision to the gate, which expects this one.
///
/// A rule says so itself, by `yields_to: gate.allow_destroy` in its metadata.
fn yields(rule: Option<&RuleInfo>, finding: &Finding, settings: &Settings) -> bool {
    let yields_to = rule
        .and_then(|rule| rule.metadata.custom.get("yields_to"))
        .and_then(Value::as_str);
    let address = finding
        .resource
        .as_deref()
        .filter(|_| yields_to == Some("gate.allow_destroy"));
    address.is_some_and(|address| {
        settings
            .rules
            .allow_destroy
            .iter()
            .any(|allowed| allowed.covers(address))
    })
}

/// What repeats a secret is hidden from policies with it; a plan could use that to hide from its judge.
///
/// What is planned denies. What is there already its author cannot mend in this plan, so that only warns.
pub(crate) fn hidden(plan: &Plan) -> impl Iterator<Item = Finding> {
    plan.redacted.swept().iter().map(|swept| Finding {
        rule: HIDDEN.to_owned(),
        level: if swept.path.starts_with("before") {
            Level::Warn
        } else {
            Level::Deny
        },
        message: format!("`{swept}` repeats a sensitive value, so policies cannot see it"),
        title: Some("A value that policies cannot see".to_owned()),
        resource: Some(swept.address.clone()),
        location: plan
            .source
            .locate(&swept.address, None)
            .map(|located| located.location),
        remedy: Some(
            "mark only what is secret as sensitive, and do not use a secret as an ordinary value"
                .to_owned(),
        ),
        link: None,
        policy_file: None,
        metadata: Default::default(),
        digest: None,
        waived: None,
    })
}

fn finding(namespace: &str, outcome: &Outcome, level: Level, rule: Option<&RuleInfo>) -> Finding {
    let metadata = rule.map(|rule| &rule.metadata);
    let custom = |key: &str| {
        metadata
            .and_then(|metadata| metadata.custom.get(key))
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let own = |key: &str| {
        outcome
            .metadata
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let link = metadata
        .and_then(|metadata| metadata.related_resources.first())
        .map(|link| link.reference.clone());
    let rest = outcome
        .metadata
        .iter()
        .filter(|(key, _)| !["query", "address", "resource"].contains(&key.as_str()));
    Finding {
        rule: rule_id(namespace, &outcome.rule),
        level,
        message: outcome.msg.clone(),
        title: metadata.and_then(|metadata| metadata.title.clone()),
        resource: None,
        location: None,
        remedy: own("remedy").or_else(|| custom("remedy")),
        link,
        policy_file: Some(format!("{}:{}", outcome.policy.file, outcome.policy.line)),
        metadata: rest
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        digest: None,
        waived: None,
    }
}

/// `s3.encryption` and `deny` make `s3/encryption`; `deny_logs` in `main` makes `main/logs`.
pub(crate) fn rule_id(namespace: &str, rule: &str) -> String {
    let package = namespace.replace('.', "/");
    match rule.split_once('_') {
        Some((_, suffix)) => format!("{package}/{suffix}"),
        None => package,
    }
}

fn addresses(plan: &Plan) -> Vec<String> {
    let mut addresses: Vec<String> = plan
        .json
        .resource_changes()
        .map(|change| change.address.to_owned())
        .collect();
    addresses.sort_by_key(|address| std::cmp::Reverse(address.len()));
    addresses
}

/// The address that the rule names; otherwise the longest one that its message mentions.
fn resource(outcome: &Outcome, addresses: &[String]) -> Option<String> {
    let named = ["address", "resource"]
        .iter()
        .find_map(|key| outcome.metadata.get(*key)?.as_str());
    let mentioned = || {
        addresses
            .iter()
            .find(|address| outcome.msg.contains(address.as_str()))
    };
    named.map(str::to_owned).or_else(|| mentioned().cloned())
}

fn location(outcome: &Outcome, finding: &Finding, plan: Option<&Plan>) -> Option<Location> {
    if let Some(place) = &outcome.loc {
        return Some(Location::line(
            place.file.clone(),
            u32::try_from(place.line).unwrap_or(u32::MAX),
        ));
    }
    let attribute = outcome.metadata.get("attribute").and_then(Value::as_str);
    let (plan, address) = (plan?, finding.resource.as_deref()?);
    let change = plan
        .json
        .resource_changes()
        .find(|change| change.address == address);
    let located = match change {
        Some(change) => plan.source.locate_change(&change, attribute)?,
        None => plan.source.locate(address, attribute)?,
    };
    Some(located.location)
}

/// A document that is no plan is its own place.
fn of_document(plan: Option<&Plan>, file: &str) -> Option<Location> {
    (plan.is_none() && file != "-" && file != rego_policy::documents::COMBINED)
        .then(|| Location::line(file, 1))
}

#[cfg(test)]
mod tests {
    use super::rule_id;

    #[test]
    fn a_rule_is_named_by_its_package_and_its_suffix() {
        assert_eq!(rule_id("s3.encryption", "deny"), "s3/encryption");
        assert_eq!(rule_id("main", "deny_open_ports"), "main/open_ports");
        assert_eq!(rule_id("main", "warn"), "main");
    }
}
