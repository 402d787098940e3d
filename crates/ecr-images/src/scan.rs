//! What a scan found, and where it stands: all ten states.

use aws_sdk_ecr::types::{FindingSeverity, ImageIdentifier, ScanStatus};
use oci_image::Digest;

use crate::error::{classify, code};
use crate::{Ecr, EcrError};

/// Where a scan stands. The first two are the end of waiting with findings; pending states are worth waiting for; the
/// others never get any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanState {
    /// Basic scanning is done.
    Complete,
    /// Enhanced scanning is done, and goes on watching.
    Active,
    /// It has begun.
    InProgress,
    /// It waits for its turn.
    Pending,
    /// Nobody began one: the repository does not scan as images come, or it has not begun yet.
    NotStarted,
    /// It went wrong.
    Failed,
    /// This kind of image is not scanned.
    UnsupportedImage,
    /// There are no findings to be had.
    FindingsUnavailable,
    /// The account's limit is reached.
    LimitExceeded,
    /// The image is too old to be scanned on.
    ScanEligibilityExpired,
    /// The image is archived.
    ImageArchived,
    /// A state that this program does not know.
    Unknown,
}

/// How bad a vulnerability is, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Not said.
    Undefined,
    /// `INFORMATIONAL`
    Informational,
    /// `LOW`
    Low,
    /// `MEDIUM`
    Medium,
    /// `HIGH`
    High,
    /// `CRITICAL`
    Critical,
}

/// One vulnerability of one package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vulnerability {
    /// `CVE-2026-1`.
    pub name: String,
    /// The package; empty when the scanner does not say.
    pub package: String,
    /// How bad it is.
    pub severity: Severity,
    /// Where to read about it.
    pub link: String,
}

/// What a scan says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub state: ScanState,
    /// ECR's words beside that.
    pub because: String,
    /// What it found.
    pub vulnerabilities: Vec<Vulnerability>,
}

impl ScanState {
    /// Whether its findings count.
    #[must_use]
    pub fn has_findings(self) -> bool {
        matches!(self, Self::Complete | Self::Active)
    }

    /// Whether waiting may help.
    #[must_use]
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::InProgress | Self::Pending | Self::NotStarted)
    }

    /// For people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Complete | Self::Active => "is done",
            Self::InProgress => "has begun and is not done",
            Self::Pending => "waits for its turn",
            Self::NotStarted => "was not begun",
            Self::Failed => "failed",
            Self::UnsupportedImage => "cannot read this kind of image",
            Self::FindingsUnavailable => "has no findings to be had",
            Self::LimitExceeded => "was refused, because the account's limit is reached",
            Self::ScanEligibilityExpired => "is not made any more, because the image is too old",
            Self::ImageArchived => "is not made, because the image is archived",
            Self::Unknown => "is in a state that this version does not know",
        }
    }
}

fn state(status: Option<&ScanStatus>) -> ScanState {
    match status {
        Some(ScanStatus::Complete) => ScanState::Complete,
        Some(ScanStatus::Active) => ScanState::Active,
        Some(ScanStatus::InProgress) => ScanState::InProgress,
        Some(ScanStatus::Pending) => ScanState::Pending,
        Some(ScanStatus::Failed) => ScanState::Failed,
        Some(ScanStatus::UnsupportedImage) => ScanState::UnsupportedImage,
        Some(ScanStatus::FindingsUnavailable) => ScanState::FindingsUnavailable,
        Some(ScanStatus::LimitExceeded) => ScanState::LimitExceeded,
        Some(ScanStatus::ScanEligibilityExpired) => ScanState::ScanEligibilityExpired,
        Some(ScanStatus::ImageArchived) => ScanState::ImageArchived,
        _ => ScanState::Unknown,
    }
}

fn severity(severity: Option<&str>) -> Severity {
    match severity.map(FindingSeverity::from) {
        Some(FindingSeverity::Critical) => Severity::Critical,
        Some(FindingSeverity::High) => Severity::High,
        Some(FindingSeverity::Medium) => Severity::Medium,
        Some(FindingSeverity::Low) => Severity::Low,
        Some(FindingSeverity::Informational) => Severity::Informational,
        _ => Severity::Undefined,
    }
}

impl Ecr {
    /// What the scan of an image says now.
    ///
    /// # Errors
    /// Denied, no such image, or no answer.
    pub async fn scan(&self, repository: &str, digest: Digest) -> Result<Found, EcrError> {
        const ACTION: &str = "DescribeImageScanFindings";
        let id = ImageIdentifier::builder().image_digest(digest.to_string());
        let mut found = Found {
            state: ScanState::NotStarted,
            because: String::new(),
            vulnerabilities: Vec::new(),
        };
        let mut next = None;
        loop {
            let call = self
                .client
                .describe_image_scan_findings()
                .repository_name(repository)
                .image_id(id.clone().build())
                .set_next_token(next);
            let output = match call.send().await {
                Ok(output) => output,
                Err(error) if code(&error) == Some("ScanNotFoundException") => return Ok(found),
                Err(error) => return Err(classify(ACTION, &error)),
            };
            let status = output.image_scan_status();
            found.state = state(status.and_then(|status| status.status()));
            found.because = status
                .and_then(|status| status.description())
                .unwrap_or_default()
                .to_owned();
            if let Some(findings) = output.image_scan_findings() {
                for finding in findings.findings() {
                    let package = finding.attributes().iter();
                    let package = package.filter(|pair| pair.key() == "package_name");
                    let package = package.filter_map(|pair| pair.value()).next();
                    found.vulnerabilities.push(Vulnerability {
                        name: finding.name().unwrap_or_default().to_owned(),
                        package: package.unwrap_or_default().to_owned(),
                        severity: severity(finding.severity().map(FindingSeverity::as_str)),
                        link: finding.uri().unwrap_or_default().to_owned(),
                    });
                }
                for finding in findings.enhanced_findings() {
                    let details = finding.package_vulnerability_details();
                    let packages = details.map(|details| details.vulnerable_packages());
                    let package = packages.and_then(|packages| packages.first()?.name());
                    let name = details.and_then(|details| details.vulnerability_id());
                    found.vulnerabilities.push(Vulnerability {
                        name: name.or(finding.title()).unwrap_or_default().to_owned(),
                        package: package.unwrap_or_default().to_owned(),
                        severity: severity(finding.severity()),
                        link: details
                            .and_then(|details| details.source_url())
                            .unwrap_or_default()
                            .to_owned(),
                    });
                }
            }
            next = output.next_token().map(str::to_owned);
            if next.is_none() {
                found.vulnerabilities.sort();
                found.vulnerabilities.dedup();
                return Ok(found);
            }
        }
    }
}
