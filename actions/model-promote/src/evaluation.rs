//! What the pipeline measured: `evaluation.json`, and the golden predictions beside it.
//!
//! Both lie in S3, where the package's metadata says. A package that does not say is still a package: then its
//! metadata alone has to do, and the text tells what is not known.

use std::collections::BTreeMap;

use s3_objects::{ObjectError, Objects};
use sagemaker_models::PackageRecord;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Error;

/// Where the package's metadata says that its evaluation lies.
const EVALUATION: &str = "evaluation_uri";
/// The same for its golden predictions; otherwise they lie beside the evaluation.
const GOLDEN: &str = "golden_uri";

/// How good a model is, on rows that it has not seen.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Evaluation {
    pub(crate) rows: Rows,
    /// Rows drawn at random.
    pub(crate) random: Score,
    /// Whole places held back.
    pub(crate) spatial: Score,
    #[serde(default)]
    pub(crate) segments: BTreeMap<String, Score>,
    /// The linear model, on the same rows.
    pub(crate) baseline: Option<Baseline>,
    pub(crate) features: Vec<String>,
    pub(crate) data: Data,
    pub(crate) model_bytes: u64,
    pub(crate) latency_us_per_row: f64,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Rows {
    pub(crate) train: u64,
    pub(crate) test: u64,
}

/// An error, and how much of it is luck.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Score {
    pub(crate) rows: Option<u64>,
    pub(crate) rmse: f64,
    /// The standard error of the RMSE over draws of the test rows.
    pub(crate) rmse_noise: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Baseline {
    pub(crate) random: Score,
    pub(crate) spatial: Score,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Data {
    pub(crate) input_sha256: String,
    pub(crate) features_sha256: String,
}

/// Rows, and what the released model answers to them.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Golden {
    /// How far an answer may be off, as a share of it.
    pub(crate) tolerance: f64,
    pub(crate) rows: Vec<GoldenRow>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GoldenRow {
    pub(crate) csv: String,
    pub(crate) prediction: f64,
}

/// The package's evaluation; `None` when it has none, or nobody has it any more.
pub(crate) fn evaluation(
    package: &PackageRecord,
    objects: &Objects<'_>,
) -> Result<Option<Evaluation>, Error> {
    match package.metadata.get(EVALUATION) {
        Some(address) => read(address, objects),
        None => Ok(None),
    }
}

/// The package's golden predictions; `None` when it has none, or nobody has them any more.
pub(crate) fn golden(
    package: &PackageRecord,
    objects: &Objects<'_>,
) -> Result<Option<Golden>, Error> {
    let beside = package
        .metadata
        .get(EVALUATION)
        .and_then(|address| address.rsplit_once('/'))
        .map(|(folder, _)| format!("{folder}/golden.json"));
    match package.metadata.get(GOLDEN).cloned().or(beside) {
        Some(address) => read(&address, objects),
        None => Ok(None),
    }
}

fn read<T: DeserializeOwned>(address: &str, objects: &Objects<'_>) -> Result<Option<T>, Error> {
    let bytes = match objects.read(address) {
        Ok(bytes) => bytes,
        Err(ObjectError::NotFound { .. }) => return Ok(None),
        Err(error) => return Err(Error::Object(error)),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| Error::NotAnEvaluation {
        address: address.to_owned(),
        source,
    })
}
