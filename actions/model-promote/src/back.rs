//! The way back: to the release before this one, if it is still there to go back to; and to the one that serves, when a
//! rollout went back by itself and git says something else.

use s3_objects::{ObjectError, Objects};
use sagemaker_models::{ApprovalStatus, Registry};

use crate::Error;
use crate::propose::{is, known, release_of, stands};
use crate::release::{ReleaseFile, name_of};

/// What becomes of the release that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// It is kept, to come back to.
    Kept,
    /// It is rejected, so nothing may lead to it.
    Rejected,
}

/// The release file of `before` with the previous release in it, or why there is no way back.
pub(crate) fn back(
    before: &ReleaseFile,
    left: Left,
    registry: &Registry<'_>,
    objects: &Objects<'_>,
) -> Result<Result<ReleaseFile, String>, Error> {
    let Some(previous) = &before.says.previous else {
        let reason = format!("`{}` keeps no previous release to go back to", before.path);
        return Ok(Err(reason));
    };
    if !stands(previous, registry)? {
        return Ok(Err(format!(
            "{} cannot be gone back to: the registry does not have it as it was reviewed, or somebody rejected it",
            previous.name()
        )));
    }
    match objects.check(&previous.model_data.url) {
        Ok(()) => {}
        Err(ObjectError::NotFound { address }) => {
            let name = previous.name();
            return Ok(Err(format!(
                "{name} cannot be gone back to: `{address}` is gone"
            )));
        }
        Err(error) => return Err(Error::Object(error)),
    }
    let kept = (left == Left::Kept).then_some(&before.says.release);
    Ok(Ok(before.repin(previous, kept)?))
}

/// The first line of the pull request.
pub(crate) fn title(before: &ReleaseFile, after: &ReleaseFile) -> String {
    format!(
        "models: go back from {} to {} in {}",
        before.says.release.name(),
        after.says.release.name(),
        after.says.environment
    )
}

/// The text of the pull request.
pub(crate) fn body(before: &ReleaseFile, after: &ReleaseFile, because: &str) -> String {
    format!(
        "## Go back from {} to {} in {}\n\n{because}\n\nIts model and endpoint configuration are kept, so the plan updates the endpoint in place, \
         by canary, and creates nothing.\n\nMerging this approves it; `towpath model-promote --verify` proves afterwards what serves.\n",
        before.says.release.name(),
        after.says.release.name(),
        after.says.environment,
    )
}

/// The release file of `before` with what serves in it, or why that cannot be pinned. The release that did not come
/// to serve is nothing to go back to.
pub(crate) fn truth(
    before: &ReleaseFile,
    serves: &str,
    registry: &Registry<'_>,
) -> Result<Result<ReleaseFile, String>, Error> {
    let name = name_of(serves);
    let Some(record) = known(registry.package(serves))? else {
        return Ok(Err(format!(
            "{name} serves, and the registry does not know it"
        )));
    };
    let reviewed = before.says.previous.as_ref();
    let release = match reviewed.filter(|previous| is(previous, &record)) {
        Some(previous) if record.approval != ApprovalStatus::Rejected => previous.clone(),
        _ => match release_of(&record) {
            Ok(release) => release,
            Err(reasons) => {
                let reasons = reasons.join("; ");
                return Ok(Err(format!(
                    "{name} serves, and cannot be pinned: {reasons}"
                )));
            }
        },
    };
    Ok(Ok(before.repin(&release, None)?))
}

/// The first line of the pull request that pins what serves.
pub(crate) fn truth_title(before: &ReleaseFile, after: &ReleaseFile) -> String {
    format!(
        "models: {} serves in {}, and not {}",
        after.says.release.name(),
        after.says.environment,
        before.says.release.name()
    )
}

/// Its text.
pub(crate) fn truth_body(before: &ReleaseFile, after: &ReleaseFile, found: &[String]) -> String {
    let (left, serves) = (&before.says.release, &after.says.release);
    let found: String = found.iter().map(|reason| format!("- {reason}\n")).collect();
    format!(
        "## {} serves in {}, and not {}\n\nWhat `towpath model-promote --verify` found:\n\n{found}\n\
         This pins what serves, so that git says what is true again and the next plan leaves the endpoint as it is. \
         {} is not kept to go back to, because it never served.\n\n\
         - **Merge** this to stay with {}.\n\
         - **Close** it to try {} once more: apply again.\n\
         - **Reject** {} for good: `towpath model-promote --environment {} --model {} --package {} --revoke \"<reason>\"`.\n",
        serves.name(),
        after.says.environment,
        left.name(),
        left.name(),
        serves.name(),
        left.name(),
        left.name(),
        after.says.environment,
        after.says.model,
        left.package,
    )
}
