//! The release file, `models/<model>/<environment>.yaml`: what it pins, and how another package is pinned in it.
//!
//! People write in this file too, so it is never written anew: [`ReleaseFile::repin`] changes the scalars that must
//! change ([`edit`]) and leaves every other byte. What came out is parsed and compared before anybody sees it.

mod edit;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_yaml::Value;

use crate::Error;
pub(crate) use edit::EditError;

/// A release file as it is written, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct ReleaseFile {
    /// Where it lies.
    pub(crate) path: Utf8PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What it says.
    pub(crate) says: Says,
}

/// What a release file says.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Says {
    pub(crate) model: String,
    pub(crate) environment: String,
    pub(crate) release: Release,
    #[serde(default)]
    pub(crate) previous: Option<Release>,
    pub(crate) deployment: Deployment,
}

/// One release: a package, and what it was made of when it was reviewed.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Release {
    /// The package's versioned ARN.
    pub(crate) package: String,
    /// The image's reference with its digest.
    pub(crate) image: String,
    pub(crate) model_data: ModelData,
    pub(crate) training_data: TrainingData,
    /// How good it was on rows that it had not seen.
    #[serde(default)]
    pub(crate) metrics: BTreeMap<String, f64>,
}

/// Where a model's data lies, and what it was.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct ModelData {
    pub(crate) url: String,
    pub(crate) etag: String,
}

/// The data that the model was trained on.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct TrainingData {
    pub(crate) sha256: String,
}

/// How the release is put into service.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Deployment {
    pub(crate) instance_type: String,
    pub(crate) instance_count: i32,
    pub(crate) canary_percent: i32,
    pub(crate) bake_seconds: i32,
    pub(crate) termination_wait_seconds: i32,
    pub(crate) timeout_seconds: i32,
}

impl Release {
    /// The group and the version: `housing 7`, as people call it.
    pub(crate) fn name(&self) -> String {
        name_of(&self.package)
    }

    /// The version of the package in its group.
    pub(crate) fn version(&self) -> Option<u32> {
        version_of(&self.package)
    }

    /// The group that the package is a version of.
    pub(crate) fn group(&self) -> Option<&str> {
        let (_, path) = self.package.split_once(":model-package/")?;
        path.split_once('/').map(|(group, _)| group)
    }
}

/// The version of a package in its group; none for a package of its own.
pub(crate) fn version_of(arn: &str) -> Option<u32> {
    let (_, path) = arn.split_once(":model-package/")?;
    let (_, version) = path.split_once('/')?;
    version.parse().ok()
}

/// `arn:..:model-package/housing/7` is `housing 7`, as people call it.
pub(crate) fn name_of(arn: &str) -> String {
    let path = arn
        .split_once(":model-package/")
        .map_or(arn, |(_, path)| path);
    path.replacen('/', " ", 1)
}

/// Every package that a release file below `folder` pins, in any environment, now or before.
pub(crate) fn pins(folder: &Utf8Path) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    struct Pins {
        release: Pin,
        previous: Option<Pin>,
    }
    #[derive(Deserialize)]
    struct Pin {
        package: String,
    }
    let failed = |source| Error::ReadReleases {
        folder: folder.to_owned(),
        source,
    };
    let mut pins = Vec::new();
    for model in folder.read_dir_utf8().map_err(failed)? {
        let model = model.map_err(failed)?;
        if !model.path().is_dir() {
            continue;
        }
        for file in model.path().read_dir_utf8().map_err(failed)? {
            let path = file.map_err(failed)?.into_path();
            if path.extension() != Some("yaml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(failed)?;
            let says: Pins = serde_yaml::from_str(&text)
                .map_err(|source| Error::ReleaseFile { file: path, source })?;
            pins.push(says.release.package);
            pins.extend(says.previous.map(|previous| previous.package));
        }
    }
    Ok(pins)
}

impl ReleaseFile {
    /// The release file of `environment` below `folder`: that of `model`, or the only one there is.
    ///
    /// # Errors
    /// None, several and none named, or one that says less than it must.
    pub(crate) fn find(
        folder: &Utf8Path,
        environment: &str,
        model: Option<&str>,
    ) -> Result<Self, Error> {
        let failed = |source| Error::ReadReleases {
            folder: folder.to_owned(),
            source,
        };
        let mut found: Vec<(String, Utf8PathBuf)> = Vec::new();
        for entry in folder.read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let file = entry.path().join(format!("{environment}.yaml"));
            if file.is_file() && model.is_none_or(|model| model == entry.file_name()) {
                found.push((entry.file_name().to_owned(), file));
            }
        }
        found.sort();
        match found.as_slice() {
            [(_, path)] => {
                let text = std::fs::read_to_string(path).map_err(failed)?;
                Self::parse(path, text)
            }
            [] => Err(Error::NoReleaseFile {
                file: folder
                    .join(model.unwrap_or("<model>"))
                    .join(format!("{environment}.yaml")),
            }),
            several => Err(Error::WhichModel {
                known: several.iter().map(|(model, _)| model.clone()).collect(),
            }),
        }
    }

    /// What `text` says.
    ///
    /// # Errors
    /// It says less than it must.
    pub(crate) fn parse(path: &Utf8Path, text: String) -> Result<Self, Error> {
        let says = serde_yaml::from_str(&text).map_err(|source| Error::ReleaseFile {
            file: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
            says,
        })
    }

    /// This file with other pins, and nothing else changed. Of a release's metrics it keeps those that it has.
    ///
    /// # Errors
    /// It is written in a way that cannot be changed without writing it anew.
    pub(crate) fn repin(
        &self,
        release: &Release,
        previous: Option<&Release>,
    ) -> Result<Self, Error> {
        let mut release = release.clone();
        release
            .metrics
            .retain(|name, _| self.says.release.metrics.contains_key(name));
        let text = edit::repin(&self.text, &release, previous).and_then(|text| {
            self.check(&text, &release, previous)?;
            Ok(text)
        });
        let text = text.map_err(|source| Error::Edit {
            file: self.path.clone(),
            source,
        })?;
        Self::parse(&self.path, text)
    }

    /// Whether `text` says the same as this file but for its pins.
    fn check(
        &self,
        text: &str,
        release: &Release,
        previous: Option<&Release>,
    ) -> Result<(), EditError> {
        let rest = |text: &str| -> Option<Value> {
            let mut value: Value = serde_yaml::from_str(text).ok()?;
            let mapping = value.as_mapping_mut()?;
            mapping.remove("release");
            mapping.remove("previous");
            Some(value)
        };
        let says: Says = serde_yaml::from_str(text).map_err(|_| EditError::Garbled)?;
        let same = says.release == *release
            && says.previous.as_ref() == previous
            && rest(text).is_some()
            && rest(text) == rest(&self.text);
        same.then_some(()).ok_or(EditError::Garbled)
    }
}

#[cfg(test)]
mod tests;
