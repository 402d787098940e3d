//! What a scan found, against what is deployed: only what is new counts, by severity, with exceptions that run out.
//!
//! A scan that does not come to an end is missing evidence, never a pass, whatever state it is in.

use std::time::{Duration, Instant};

use ecr_images::{Found, Severity, Vulnerability};
use gha::Host;
use jiff::civil::Date;
use jiff::tz::Offset;
use oci_image::Digest;
use settings::images::{Scan, Severity as Limit};

use crate::Error;
use crate::place::Place;
use crate::wanted::Wanted;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(3);

/// What the scan says about going on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Judged {
    /// Vulnerabilities that are new and bad.
    pub(crate) denied: Vec<String>,
    /// Why there is no answer.
    pub(crate) missing: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Waits for the scan of `digest` as long as the configuration says, and judges it.
pub(crate) async fn judged(
    wanted: &Wanted,
    place: &Place,
    digest: Digest,
    host: &mut Host,
) -> Result<Judged, Error> {
    let (Some(rule), Some((ecr, repository))) = (&wanted.image.scan, &place.ecr) else {
        return Ok(Judged::default());
    };
    let wait = Duration::try_from(rule.wait).unwrap_or_default();
    let until = Instant::now() + wait;
    let mut told = None;
    let found = loop {
        let found = ecr.scan(&repository.name, digest).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !found.state.is_under_way() || left.is_zero() {
            break found;
        }
        if told != Some(found.state) {
            host.progress(&format!("the scan {}", found.state.words()));
            told = Some(found.state);
        }
        tokio::time::sleep(PAUSE.min(left)).await;
    };
    let deployed = match wanted.deployed {
        Some(deployed) if deployed != digest => Some(ecr.scan(&repository.name, deployed).await?),
        Some(_) => Some(found.clone()),
        None => None,
    };
    let today = Offset::UTC.to_datetime(wanted.now).date();
    Ok(judge(&found, deployed.as_ref(), rule, today))
}

fn judge(found: &Found, deployed: Option<&Found>, rule: &Scan, today: Date) -> Judged {
    let mut judged = Judged::default();
    if !found.state.has_findings() {
        let because = match found.because.as_str() {
            "" => String::new(),
            because => format!(" ({because})"),
        };
        let how = match found.state.is_under_way() {
            true => format!(", also after {:#}", rule.wait),
            false => String::new(),
        };
        judged
            .missing
            .push(format!("the scan {}{how}{because}", found.state.words()));
        return judged;
    }
    let known: &[Vulnerability] = match deployed {
        Some(deployed) if deployed.state.has_findings() => &deployed.vulnerabilities,
        Some(deployed) => {
            judged.notes.push(format!(
                "the scan of what is deployed {}, so everything counts as new",
                deployed.state.words()
            ));
            &[]
        }
        None => &[],
    };
    let is_known = |one: &Vulnerability| {
        known
            .iter()
            .any(|other| (&other.name, &other.package) == (&one.name, &one.package))
    };
    let bad = found
        .vulnerabilities
        .iter()
        .filter(|one| one.severity >= limit(rule.fail_on));
    let mut used = Vec::new();
    for one in bad {
        let name = match one.package.as_str() {
            "" => one.name.clone(),
            package => format!("{} in {package}", one.name),
        };
        let exception = rule.exceptions.iter().find(|each| each.name == one.name);
        if let Some(exception) = exception {
            used.push(&exception.name);
        }
        match exception {
            Some(exception) if today <= exception.until => judged.notes.push(format!(
                "{name} is taken until {}: {}",
                exception.until, exception.reason
            )),
            _ if is_known(one) => judged
                .notes
                .push(format!("{name} is in the deployed image as well")),
            Some(exception) => judged.denied.push(format!(
                "{name} is {}, and its exception ran out on {}: {}",
                word(one.severity),
                exception.until,
                one.link
            )),
            None => judged.denied.push(format!(
                "{name} is {} and new: {}",
                word(one.severity),
                one.link
            )),
        }
    }
    for exception in &rule.exceptions {
        if !used.contains(&&exception.name) {
            judged.notes.push(format!(
                "the exception for {} is not needed any more",
                exception.name
            ));
        }
    }
    judged
}

fn limit(limit: Limit) -> Severity {
    match limit {
        Limit::Low => Severity::Low,
        Limit::Medium => Severity::Medium,
        Limit::High => Severity::High,
        Limit::Critical => Severity::Critical,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Undefined => "of no known severity",
        Severity::Informational => "informational",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

#[cfg(test)]
mod tests {
    use ecr_images::ScanState;
    use jiff::SignedDuration;
    use settings::images::Exception;

    use super::*;

    /// Every state, for a test that forgets none.
    const STATES: [ScanState; 12] = [
        ScanState::Complete,
        ScanState::Active,
        ScanState::InProgress,
        ScanState::Pending,
        ScanState::NotStarted,
        ScanState::Failed,
        ScanState::UnsupportedImage,
        ScanState::FindingsUnavailable,
        ScanState::LimitExceeded,
        ScanState::ScanEligibilityExpired,
        ScanState::ImageArchived,
        ScanState::Unknown,
    ];

    fn found(state: ScanState, list: &[(&str, Severity)]) -> Found {
        let one = |(name, severity): &(&str, Severity)| Vulnerability {
            name: (*name).to_owned(),
            package: "openssl".to_owned(),
            severity: *severity,
            link: "l".to_owned(),
        };
        Found {
            state,
            because: String::new(),
            vulnerabilities: list.iter().map(one).collect(),
        }
    }

    fn rule(exceptions: &[(&str, &str)]) -> Scan {
        let one = |(name, until): &(&str, &str)| Exception {
            name: (*name).to_owned(),
            reason: "r".to_owned(),
            until: until.parse().unwrap(),
        };
        Scan {
            fail_on: Limit::High,
            wait: SignedDuration::from_mins(5),
            exceptions: exceptions.iter().map(one).collect(),
        }
    }

    fn today() -> Date {
        "2026-06-01".parse().unwrap()
    }

    #[test]
    fn only_what_is_new_and_bad_counts() {
        let now = found(
            ScanState::Complete,
            &[
                ("A", Severity::High),
                ("B", Severity::Critical),
                ("C", Severity::Medium),
            ],
        );
        let before = found(ScanState::Active, &[("A", Severity::High)]);
        let judged = judge(&now, Some(&before), &rule(&[]), today());
        assert_eq!(judged.denied, ["B in openssl is critical and new: l"]);
        assert_eq!(
            judged.notes,
            ["A in openssl is in the deployed image as well"]
        );
        let judged = judge(&now, None, &rule(&[]), today());
        assert_eq!(judged.denied.len(), 2);
    }

    #[test]
    fn exceptions_run_out_and_are_missed_when_nobody_needs_them() {
        let now = found(
            ScanState::Complete,
            &[("A", Severity::High), ("B", Severity::High)],
        );
        let rule = rule(&[
            ("A", "2026-06-01"),
            ("B", "2026-05-31"),
            ("Z", "2026-12-31"),
        ]);
        let judged = judge(&now, None, &rule, today());
        assert_eq!(
            judged.denied,
            ["B in openssl is high, and its exception ran out on 2026-05-31: l"]
        );
        assert_eq!(
            judged.notes,
            [
                "A in openssl is taken until 2026-06-01: r",
                "the exception for Z is not needed any more"
            ]
        );
    }

    #[test]
    fn a_scan_without_an_end_is_missing_evidence_in_every_state() {
        for state in STATES {
            let judged = judge(&found(state, &[]), None, &rule(&[]), today());
            assert_eq!(judged.missing.is_empty(), state.has_findings(), "{state:?}");
            assert!(judged.denied.is_empty());
        }
        let judged = judge(&found(ScanState::Pending, &[]), None, &rule(&[]), today());
        assert_eq!(
            judged.missing,
            ["the scan waits for its turn, also after 5m"]
        );
    }

    #[test]
    fn without_a_scan_of_what_is_deployed_everything_is_new() {
        let now = found(ScanState::Complete, &[("A", Severity::High)]);
        let before = found(ScanState::ScanEligibilityExpired, &[("A", Severity::High)]);
        let judged = judge(&now, Some(&before), &rule(&[]), today());
        assert_eq!(judged.denied.len(), 1);
        assert_eq!(judged.notes.len(), 1);
    }
}
