//! The way back: to the release before this one, if it is still there to go back to.

use s3_objects::{ObjectError, Objects};
use sagemaker_models::Registry;

use crate::Error;
use crate::propose::stands;
use crate::release::ReleaseFile;

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
