//! Where a model package stands: a pure function of the registry's record, the pins and the way of approving.

use evidence::{ModelPackage, Standing};
use sagemaker_models::{ApprovalStatus, PackageRecord, PackageStatus};
use settings::Approval;

use crate::release::Pin;

/// How approval comes about in this run.
#[derive(Clone, Debug)]
pub(crate) struct Approving {
    /// What the project counts as approval.
    pub(crate) mode: Approval,
    /// The files that the pull request changes; none outside of a pull request.
    pub(crate) pull_request: Option<Vec<String>>,
}

impl Approving {
    /// Whether merging this pull request approves what `pin` pins.
    fn by_merging(&self, pin: &Pin) -> bool {
        let changed = self.pull_request.as_ref();
        self.mode == Approval::PullRequest
            && pin.current
            && changed.is_some_and(|files| files.contains(&pin.file))
    }
}

/// What is known about the package `arn`, and where it stands by that.
pub(crate) fn standing(
    arn: String,
    used_by: Vec<String>,
    answer: Result<PackageRecord, String>,
    pins: &[Pin],
    approving: &Approving,
) -> ModelPackage {
    let pins: Vec<&Pin> = pins
        .iter()
        .filter(|pin| pin.release.package == arn)
        .collect();
    let mut package = ModelPackage {
        arn,
        used_by,
        pinned_by: pins.iter().map(|pin| pin.file.clone()).collect(),
        standing: Standing::Unknown,
        because: Vec::new(),
        approved_by: None,
        approved_at: None,
        approval_note: None,
        image_digest: None,
        model_data: None,
        model_data_etag: None,
    };
    let record = match answer {
        Ok(record) => record,
        Err(because) => {
            package.because = vec![because];
            return package;
        }
    };
    let container = record.containers.first().cloned().unwrap_or_default();
    package.approved_by = record.changed_by.clone();
    package.approved_at = record.changed_at;
    package.approval_note = record.note.clone();
    package.image_digest = container.image_digest;
    package.model_data = container.model_data;
    package.model_data_etag = container.model_data_etag;
    (package.standing, package.because) = judge(&record, &pins, approving);
    package
}

/// The first of these that holds: rejected, not pinned, not as pinned, not complete, not approved, approved.
fn judge(record: &PackageRecord, pins: &[&Pin], approving: &Approving) -> (Standing, Vec<String>) {
    if record.approval == ApprovalStatus::Rejected {
        let note = record.note.iter().map(|note| format!("\"{note}\""));
        let by = record.changed_by.iter().map(|name| format!("by {name}"));
        return (Standing::Rejected, note.chain(by).collect());
    }
    if pins.is_empty() {
        return (Standing::NotPinned, Vec::new());
    }
    let differences: Vec<String> = pins
        .iter()
        .flat_map(|pin| differences(record, pin))
        .collect();
    if !differences.is_empty() {
        return (Standing::Mismatch, differences);
    }
    match &record.status {
        PackageStatus::Completed => {}
        PackageStatus::Other(status) if matches!(status.as_str(), "Pending" | "InProgress") => {
            return (
                Standing::Pending,
                vec![format!("it is still being made ({status})")],
            );
        }
        PackageStatus::Other(status) => {
            return (Standing::Mismatch, vec![format!("its status is {status}")]);
        }
    }
    match &record.approval {
        ApprovalStatus::Approved => (Standing::Approved, Vec::new()),
        ApprovalStatus::Pending if pins.iter().any(|pin| approving.by_merging(pin)) => (
            Standing::ApprovedByMerging,
            vec!["the owners of the release file have to review it".to_owned()],
        ),
        ApprovalStatus::Pending => (
            Standing::Pending,
            vec!["its status is PendingManualApproval".to_owned()],
        ),
        ApprovalStatus::Other(status) => (
            Standing::Unknown,
            vec![format!("its approval status is {status}")],
        ),
        ApprovalStatus::Rejected => (Standing::Rejected, Vec::new()),
    }
}

/// How the package differs from what was reviewed. What the registry does not tell counts as different.
fn differences(record: &PackageRecord, pin: &Pin) -> Vec<String> {
    let [container] = record.containers.as_slice() else {
        return vec![format!(
            "it has {} containers, and `{}` pins one",
            record.containers.len(),
            pin.file
        )];
    };
    let pinned = &pin.release;
    let facts = [
        (
            "image digest",
            pinned.image_digest(),
            container.image_digest.as_deref(),
        ),
        (
            "model data",
            Some(pinned.model_data.url.as_str()),
            container.model_data.as_deref(),
        ),
        (
            "model data's entity tag",
            Some(pinned.model_data.etag.trim_matches('"')),
            container
                .model_data_etag
                .as_deref()
                .map(|etag| etag.trim_matches('"')),
        ),
    ];
    let differ = |(what, pinned, found): (&str, Option<&str>, Option<&str>)| match (pinned, found) {
        (Some(pinned), Some(found)) if pinned == found => None,
        (Some(pinned), found) => Some(format!(
            "its {what} is {}, `{}` pins {pinned}",
            found.unwrap_or("not told"),
            pin.file
        )),
        (None, _) => Some(format!("`{}` pins no {what}", pin.file)),
    };
    facts.into_iter().filter_map(differ).collect()
}

#[cfg(test)]
mod tests {
    use sagemaker_models::Container;

    use super::*;
    use crate::release::{ModelData, Release};

    const ARN: &str = "arn:aws:sagemaker:eu-central-1:123456789012:model-package/housing/7";
    const DIGEST: &str = "sha256:9b21c04e";

    fn record() -> PackageRecord {
        PackageRecord {
            arn: ARN.into(),
            approval: ApprovalStatus::Approved,
            status: PackageStatus::Completed,
            note: Some("better".into()),
            changed_by: Some("ada".into()),
            changed_at: None,
            containers: vec![Container {
                image: Some("account/xgboost:1".into()),
                image_digest: Some(DIGEST.into()),
                model_data: Some("s3://artifacts/model.tar.gz".into()),
                model_data_etag: Some("\"e1\"".into()),
                package: None,
            }],
            metadata: Default::default(),
            generated_by: None,
        }
    }

    fn pin() -> Pin {
        Pin {
            file: "models/housing/prod.yaml".into(),
            current: true,
            release: Release {
                package: ARN.into(),
                image: format!("account/xgboost@{DIGEST}"),
                model_data: ModelData {
                    url: "s3://artifacts/model.tar.gz".into(),
                    etag: "e1".into(),
                },
            },
        }
    }

    fn on_main() -> Approving {
        Approving {
            mode: Approval::PullRequest,
            pull_request: None,
        }
    }

    fn of(record: PackageRecord, pins: &[Pin], approving: &Approving) -> Standing {
        standing(ARN.into(), vec![], Ok(record), pins, approving).standing
    }

    #[test]
    fn approved_completed_and_as_pinned_is_the_only_way_to_approved() {
        assert_eq!(of(record(), &[pin()], &on_main()), Standing::Approved);
        type Change = fn(&mut PackageRecord);
        let changes: [(Change, Standing); 9] = [
            (
                |record| record.approval = ApprovalStatus::Pending,
                Standing::Pending,
            ),
            (
                |record| record.approval = ApprovalStatus::Rejected,
                Standing::Rejected,
            ),
            (
                |record| record.approval = ApprovalStatus::Other("none".into()),
                Standing::Unknown,
            ),
            (
                |record| record.status = PackageStatus::Other("InProgress".into()),
                Standing::Pending,
            ),
            (
                |record| record.status = PackageStatus::Other("Failed".into()),
                Standing::Mismatch,
            ),
            (
                |record| record.containers[0].image_digest = Some("sha256:other".into()),
                Standing::Mismatch,
            ),
            (
                |record| record.containers[0].image_digest = None,
                Standing::Mismatch,
            ),
            (
                |record| record.containers[0].model_data_etag = Some("e2".into()),
                Standing::Mismatch,
            ),
            (
                |record| record.containers.push(Container::default()),
                Standing::Mismatch,
            ),
        ];
        for (number, (change, expected)) in changes.into_iter().enumerate() {
            let mut record = record();
            change(&mut record);
            assert_eq!(
                of(record, &[pin()], &on_main()),
                expected,
                "change {number}"
            );
        }
        assert_eq!(of(record(), &[], &on_main()), Standing::NotPinned);
        let unknown = standing(
            ARN.into(),
            vec![],
            Err("denied".into()),
            &[pin()],
            &on_main(),
        );
        assert_eq!(
            (unknown.standing, unknown.because),
            (Standing::Unknown, vec!["denied".to_owned()])
        );
    }

    #[test]
    fn merging_approves_only_what_this_pull_request_pins() {
        let pending = || PackageRecord {
            approval: ApprovalStatus::Pending,
            ..record()
        };
        let files = |file: &str| Some(vec![file.to_owned()]);
        let mut approving = Approving {
            mode: Approval::PullRequest,
            pull_request: files("models/housing/prod.yaml"),
        };
        assert_eq!(
            of(pending(), &[pin()], &approving),
            Standing::ApprovedByMerging
        );
        assert_eq!(
            of(
                pending(),
                &[Pin {
                    current: false,
                    ..pin()
                }],
                &approving
            ),
            Standing::Pending
        );
        approving.pull_request = files("models/housing/dev.yaml");
        assert_eq!(of(pending(), &[pin()], &approving), Standing::Pending);
        approving = Approving {
            mode: Approval::Registry,
            pull_request: files("models/housing/prod.yaml"),
        };
        assert_eq!(of(pending(), &[pin()], &approving), Standing::Pending);
        approving.mode = Approval::PullRequest;
        let rejected = PackageRecord {
            approval: ApprovalStatus::Rejected,
            ..record()
        };
        assert_eq!(of(rejected, &[pin()], &approving), Standing::Rejected);
    }
}
