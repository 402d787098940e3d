//! Which package to propose, whether it may be, and the release file that pins it. It proposes; it never approves.

use s3_objects::Objects;
use sagemaker_models::{ApprovalStatus, PackageRecord, PackageStatus, Registry, RegistryError};

use crate::Error;
use crate::compare::{Judgement, overall};
use crate::evaluation::{Evaluation, evaluation};
use crate::release::{ModelData, Release, ReleaseFile, TrainingData, version_of};

/// A model, by all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Portrait {
    pub(crate) release: Release,
    pub(crate) record: PackageRecord,
    pub(crate) evaluation: Option<Evaluation>,
}

/// What came of looking for something to propose.
#[derive(Debug)]
pub(crate) enum Proposed {
    /// Nothing is to be done, for this reason.
    Nothing(String),
    /// The package may not be proposed, for these reasons.
    Refused {
        package: String,
        reasons: Vec<String>,
    },
    /// This.
    Change(Box<Change>),
}

/// A change of the release file, and who is compared in it.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) before: ReleaseFile,
    pub(crate) after: ReleaseFile,
    pub(crate) challenger: Portrait,
    /// What is pinned now, if the registry knows it.
    pub(crate) champion: Option<Portrait>,
}

impl Change {
    /// The challenger against the champion, where both were evaluated.
    pub(crate) fn judgement(&self) -> Option<Judgement> {
        let champion = self.champion.as_ref()?.evaluation.as_ref()?;
        Some(overall(champion, self.challenger.evaluation.as_ref()?))
    }
}

/// Looks for what to propose: `package`, or the newest one that is complete and that nobody rejected.
pub(crate) fn propose(
    before: &ReleaseFile,
    package: Option<&str>,
    registry: &Registry<'_>,
    objects: &Objects<'_>,
) -> Result<Proposed, Error> {
    let pinned = &before.says.release;
    let record = match package {
        Some(arn) => known(registry.package(arn))?,
        None => match newest(pinned, registry)? {
            Some(arn) => known(registry.package(&arn))?,
            None => {
                return Ok(Proposed::Nothing(
                    "there is no complete package that nobody rejected".to_owned(),
                ));
            }
        },
    };
    let Some(record) = record else {
        let package = package.unwrap_or_default().to_owned();
        let reasons = vec!["the registry does not know it".to_owned()];
        return Ok(Proposed::Refused { package, reasons });
    };
    if is(pinned, &record) {
        return Ok(Proposed::Nothing(format!(
            "{} is the release already",
            pinned.name()
        )));
    }
    let pinned_record = known(registry.package(&pinned.package))?.filter(|now| is(pinned, now));
    if package.is_none() && pinned_record.is_some() && version_of(&record.arn) < pinned.version() {
        return Ok(Proposed::Nothing(format!(
            "nothing newer than {} is complete and not rejected",
            pinned.name()
        )));
    }
    let release = match release_of(&record) {
        Ok(release) => release,
        Err(reasons) => {
            let package = record.arn;
            return Ok(Proposed::Refused { package, reasons });
        }
    };
    let mut kept = None;
    for earlier in std::iter::once(pinned).chain(&before.says.previous) {
        if earlier.package != release.package && kept.is_none() && stands(earlier, registry)? {
            kept = Some(earlier);
        }
    }
    let after = before.repin(&release, kept)?;
    let champion = match pinned_record {
        Some(record) => Some(Portrait {
            evaluation: evaluation(&record, objects)?,
            release: pinned.clone(),
            record,
        }),
        None => None,
    };
    let challenger = Portrait {
        evaluation: evaluation(&record, objects)?,
        release,
        record,
    };
    Ok(Proposed::Change(Box::new(Change {
        before: before.clone(),
        after,
        challenger,
        champion,
    })))
}

/// Whether one can go back to `release`: the registry has it as it was pinned, and nobody rejected it.
pub(crate) fn stands(release: &Release, registry: &Registry<'_>) -> Result<bool, Error> {
    let record = known(registry.package(&release.package))?;
    Ok(record.is_some_and(|record| {
        is(release, &record)
            && record.approval != ApprovalStatus::Rejected
            && record.status == PackageStatus::Completed
    }))
}

/// Unknown is an answer; a registry that does not answer, or not to us, ends the run.
pub(crate) fn known<T>(answer: Result<T, RegistryError>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(RegistryError::NotFound { .. }) => Ok(None),
        Err(error) => Err(Error::Registry(error)),
    }
}

/// Whether the registry's package is the one that was reviewed, and not another one under its name.
pub(crate) fn is(release: &Release, record: &PackageRecord) -> bool {
    let [container] = record.containers.as_slice() else {
        return false;
    };
    let etag = container.model_data_etag.as_deref().map(unquoted);
    let digest = release.image.split_once('@').map(|(_, digest)| digest);
    release.package == record.arn
        && digest == container.image_digest.as_deref()
        && Some(release.model_data.url.as_str()) == container.model_data.as_deref()
        && Some(unquoted(&release.model_data.etag)) == etag
}

/// What a release file would pin of this package, or why it must not be pinned.
pub(crate) fn release_of(record: &PackageRecord) -> Result<Release, Vec<String>> {
    let mut reasons = Vec::new();
    match &record.approval {
        ApprovalStatus::Rejected => {
            let note = record.note.as_ref().map(|note| format!(": {note}"));
            reasons.push(format!("it is rejected{}", note.unwrap_or_default()));
        }
        ApprovalStatus::Approved | ApprovalStatus::Pending => {}
        ApprovalStatus::Other(status) => reasons.push(format!("its approval status is {status}")),
    }
    match &record.status {
        PackageStatus::Completed => {}
        PackageStatus::Other(status) if matches!(status.as_str(), "Pending" | "InProgress") => {
            reasons.push(format!("it is still being made ({status})"));
        }
        PackageStatus::Other(status) => reasons.push(format!("its status is {status}")),
    }
    if version_of(&record.arn).is_none() {
        reasons.push("it is not one version of a group".to_owned());
    }
    let container = match record.containers.as_slice() {
        [container] => container.clone(),
        containers => {
            reasons.push(format!(
                "it has {} containers, and a release pins one",
                containers.len()
            ));
            return Err(reasons);
        }
    };
    let mut told = |what: &str, value: Option<String>| {
        value.unwrap_or_else(|| {
            reasons.push(format!("the registry does not tell its {what}"));
            String::new()
        })
    };
    let image = told("image", container.image);
    let digest = told("image's digest", container.image_digest);
    let url = told("model data", container.model_data);
    let etag = told("model data's entity tag", container.model_data_etag);
    let trained_on = record.metadata.get("input_sha256").cloned();
    let sha256 = told("training data (`input_sha256`)", trained_on);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    Ok(Release {
        package: record.arn.clone(),
        image: format!("{}@{digest}", untagged(&image)),
        model_data: ModelData {
            url,
            etag: unquoted(&etag).to_owned(),
        },
        training_data: TrainingData { sha256 },
        metrics: record
            .metadata
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), rounded(value.parse().ok()?))))
            .collect(),
    })
}

/// The newest version of the pinned group that may be proposed.
fn newest(pinned: &Release, registry: &Registry<'_>) -> Result<Option<String>, Error> {
    let group = pinned.group().ok_or_else(|| Error::NotAPackage {
        package: pinned.package.clone(),
    })?;
    let packages = known(registry.packages(group))?.unwrap_or_default();
    let proposable = packages.into_iter().find(|package| {
        package.status == PackageStatus::Completed && package.approval != ApprovalStatus::Rejected
    });
    Ok(proposable.map(|package| package.arn))
}

fn unquoted(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// An image's reference without its tag and digest.
fn untagged(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        // a colon before the last slash is that of a port
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// Four decimals are more than the noise leaves standing.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_pinned_by_its_digest_alone() {
        assert_eq!(untagged("host:5000/x/y:1.2@sha256:ab"), "host:5000/x/y");
        assert_eq!(untagged("host:5000/x/y"), "host:5000/x/y");
        assert_eq!(untagged("host/x:3"), "host/x");
    }
}
