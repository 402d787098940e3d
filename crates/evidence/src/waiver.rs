//! Waivers: who takes responsibility for which finding, and until when.
//!
//! A waiver excuses the findings of one rule on one resource. It excuses nothing else: no other resource, no error, no
//! piece of evidence that is missing, and no finding of which it is not certain what it is about. One that has run out,
//! that excuses nothing, or whose finding has changed is a fault, and a fault denies. The time is an argument.

use jiff::civil::Date;
use jiff::{Timestamp, tz::Offset};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatchPattern;

use crate::{Decision, Finding, Kind, Reason, Sha256};

/// What a team accepts for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule, for example `s3/encryption`.
    pub rule: String,
    /// The resource's full address; outside of quotes `*` stands for any characters.
    pub address: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which it counts, in UTC.
    #[schemars(with = "String")]
    pub expires: Date,
    /// The last day on which it may have nothing to excuse, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub unused_until: Option<Date>,
    /// The digest of the only finding that it excuses; without one, any of the rule on the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256>,
    /// Where it is written: a file and a line.
    pub place: String,
}

/// By whom a finding is excused, as reports show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Excuse {
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which that counts.
    #[schemars(with = "String")]
    pub expires: Date,
    /// Where the waiver is written.
    pub place: String,
}

/// What waivers make of findings.
#[derive(Debug)]
pub struct Waived<'a> {
    /// For each finding, in their order, the waiver that excuses it.
    pub excuses: Vec<Option<&'a Waiver>>,
    /// What is wrong with the waivers themselves. Each of these denies.
    pub faults: Vec<Reason>,
}

impl Waiver {
    /// Whether `address` is meant.
    ///
    /// In quotes, where an address holds the key of a `for_each`, `*` is itself. So a waiver for `a["x*"]` is for that
    /// instance alone.
    pub fn covers(&self, address: &str) -> bool {
        // no address has this private character, and none has a `*` outside of quotes
        const STAR: char = '\u{e000}';
        let mut quoted = false;
        let mut escaped = false;
        let pattern: String = self
            .address
            .chars()
            .map(|letter| {
                let is_quote = letter == '"' && !escaped;
                escaped = letter == '\\' && !escaped;
                quoted ^= is_quote;
                if quoted && letter == '*' {
                    STAR
                } else {
                    letter
                }
            })
            .collect();
        let address: String = address
            .chars()
            .map(|letter| if letter == '*' { STAR } else { letter })
            .collect();
        // `?` is itself as well: keys may hold it
        WildMatchPattern::<'*', '\0'>::new(&pattern).matches(&address)
    }

    /// Whether it has run out.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        today(now) > self.expires
    }

    /// What a report says about it.
    pub fn excuse(&self) -> Excuse {
        Excuse {
            owner: self.owner.clone(),
            reason: self.reason.clone(),
            expires: self.expires,
            place: self.place.clone(),
        }
    }

    fn is_for(&self, finding: &Finding) -> bool {
        // without a digest it is not certain what the finding is about
        finding.digest.is_some()
            && self.rule == finding.rule
            && finding
                .resource
                .as_deref()
                .is_some_and(|resource| self.covers(resource))
    }

    fn excuses(&self, finding: &Finding) -> bool {
        self.is_for(finding) && (self.digest.is_none() || self.digest == finding.digest)
    }

    fn fault(&self, findings: &[Finding], now: Timestamp) -> Option<Reason> {
        let what = format!(
            "the waiver of {} for `{}` (`{}`)",
            self.rule, self.address, self.place
        );
        let text = if self.has_expired(now) {
            format!("{what} expired on {}", self.expires)
        } else if findings.iter().any(|finding| self.excuses(finding))
            || self.unused_until.is_some_and(|until| today(now) <= until)
        {
            return None;
        } else if let Some(changed) = findings.iter().find(|finding| self.is_for(finding)) {
            let digest = changed.digest.as_ref().map_or("", Sha256::as_str);
            format!("{what} is void: what it excuses has changed, its digest is {digest} now")
        } else {
            format!("{what} has nothing to excuse")
        };
        Some(Reason {
            decision: Decision::Denied,
            from: Kind::PolicyCheck,
            about: Some(self.place.clone()),
            text,
        })
    }
}

/// Holds `waivers` against `findings` as of `now`.
pub fn waive<'a>(findings: &[Finding], waivers: &'a [Waiver], now: Timestamp) -> Waived<'a> {
    let live = |waiver: &&Waiver| !waiver.has_expired(now);
    let excuses = findings.iter().map(|finding| {
        waivers
            .iter()
            .filter(live)
            .find(|waiver| waiver.excuses(finding))
    });
    Waived {
        excuses: excuses.collect(),
        faults: waivers
            .iter()
            .filter_map(|waiver| waiver.fault(findings, now))
            .collect(),
    }
}

/// The findings as people are shown them: what is excused only warns, and says by whom.
pub fn excused(findings: &[Finding], waivers: &[Waiver], now: Timestamp) -> Vec<Finding> {
    let waived = waive(findings, waivers, now);
    findings
        .iter()
        .zip(waived.excuses)
        .map(|(finding, waiver)| match waiver {
            None => finding.clone(),
            Some(waiver) => Finding {
                level: crate::Level::Warn,
                // there is nothing to do about it; who answers for it stands in that place, in every format
                remedy: Some(waiver.excuse().shown()),
                waived: Some(waiver.excuse()),
                ..finding.clone()
            },
        })
        .collect()
}

impl Excuse {
    /// `waived until 2026-12-31 by ada: moved next week (policy/waivers.yaml:3)`
    pub fn shown(&self) -> String {
        format!(
            "waived until {} by {}: {} ({})",
            self.expires, self.owner, self.reason, self.place
        )
    }
}

fn today(now: Timestamp) -> Date {
    Offset::UTC.to_datetime(now).date()
}

#[cfg(test)]
mod tests;
