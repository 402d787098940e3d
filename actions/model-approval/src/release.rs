//! Release files: `models/<model>/<environment>.yaml`, which pin what serves where, and are reviewed like code.

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

use crate::Error;

/// The part of a release file that approval depends on.
#[derive(Debug, Deserialize)]
struct ReleaseFile {
    release: Release,
    #[serde(default)]
    previous: Option<Release>,
}

/// One release: a package, and what it was made of when it was reviewed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Release {
    /// The package's versioned ARN.
    pub(crate) package: String,
    /// The image's reference with its digest.
    pub(crate) image: String,
    /// The model's data.
    pub(crate) model_data: ModelData,
}

/// Where a model's data lies, and what it was.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ModelData {
    /// The object's address.
    pub(crate) url: String,
    /// The object's entity tag.
    pub(crate) etag: String,
}

impl Release {
    /// The image's digest, when the reference has one.
    pub(crate) fn image_digest(&self) -> Option<&str> {
        self.image.split_once('@').map(|(_, digest)| digest)
    }
}

/// A package that a release file pins.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    /// The file, from the repository's root.
    pub(crate) file: String,
    /// Whether it is the release, or the one before it that is kept for a rollback.
    pub(crate) current: bool,
    /// What it pins.
    pub(crate) release: Release,
}

/// Every pin for `environment` in the release files below `folder`; none when there is no such folder.
pub(crate) fn read(folder: &Utf8Path, environment: &str) -> Result<Vec<Pin>, Error> {
    let failed = |source| Error::ReadReleases {
        folder: folder.to_owned(),
        source,
    };
    let models = match folder.read_dir_utf8() {
        Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(failed)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut files: Vec<Utf8PathBuf> = models
        .iter()
        .map(|model| model.path().join(format!("{environment}.yaml")))
        .filter(|file| file.is_file())
        .collect();
    files.sort();
    let mut pins = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(failed)?;
        let parsed: ReleaseFile =
            serde_yaml::from_str(&text).map_err(|source| Error::ReleaseFile {
                file: file.clone(),
                source,
            })?;
        let releases = [(true, Some(parsed.release)), (false, parsed.previous)];
        pins.extend(releases.into_iter().filter_map(|(current, release)| {
            Some(Pin {
                file: file.to_string(),
                current,
                release: release?,
            })
        }));
    }
    Ok(pins)
}
