//! What the model was approved on: the bins of each feature and of the predictions, and how many rows were in each.
//!
//! The file has the shape of SageMaker's Model Monitor (`statistics.json`); training writes it, and the package names it. Only what is compared
//! is read. The first bin reaches down to minus infinity and the last one up to infinity; a value on a border belongs to the bin above.

use serde::Deserialize;

/// Called so among the features
const PREDICTION: &str = "prediction";

/// All columns, in the order in which a request has them, the predictions last
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// At least one feature, and the predictions
    pub columns: Vec<Column>,
}

/// One of them
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The feature's name
    pub name: String,
    /// Inner borders of the bins, rising
    borders: Vec<f64>,
    /// Rows in each bin: one more than there are borders
    pub counts: Vec<u64>,
}

/// Why a file is no baseline
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// Another shape
    #[error("it has not the shape of `statistics.json`")]
    Shape(#[from] serde_json::Error),
    /// Nothing to compare with
    #[error("{0}")]
    Content(String),
}

#[derive(Deserialize)]
struct File {
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    name: String,
    numerical_statistics: Numerical,
}

#[derive(Deserialize)]
struct Numerical {
    distribution: Distribution,
}

#[derive(Deserialize)]
struct Distribution {
    kll: Kll,
}

#[derive(Deserialize)]
struct Kll {
    buckets: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    lower_bound: f64,
    count: u64,
}

impl Baseline {
    /// Reads a `statistics.json`
    ///
    /// # Errors
    /// It is none, its last column is not the predictions, or a column has no bins, no rows or borders that do not rise.
    pub fn parse(text: &[u8]) -> Result<Self, BaselineError> {
        let file: File = serde_json::from_slice(text)?;
        let columns = file.features.into_iter().map(Column::of);
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        match columns.as_slice() {
            [_, .., last] if last.name == PREDICTION => Ok(Self { columns }),
            _ => Err(BaselineError::Content(format!(
                "its last column is not `{PREDICTION}`, after at least one feature"
            ))),
        }
    }

    /// How many numbers a request has in each row
    pub fn features(&self) -> usize {
        self.columns.len() - 1
    }
}

impl Column {
    fn of(feature: Feature) -> Result<Self, BaselineError> {
        let buckets = feature.numerical_statistics.distribution.kll.buckets;
        let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.count).collect();
        let inner = buckets.iter().skip(1);
        let borders: Vec<f64> = inner.map(|bucket| bucket.lower_bound).collect();
        let name = feature.name;
        if counts.iter().sum::<u64>() == 0 {
            return Err(BaselineError::Content(format!("`{name}` has no rows")));
        }
        if !borders.is_sorted_by(|before, after| before < after) {
            return Err(BaselineError::Content(format!(
                "the borders of `{name}` do not rise"
            )));
        }
        Ok(Self {
            name,
            borders,
            counts,
        })
    }

    /// The bin of a value
    pub fn bin(&self, value: f64) -> usize {
        self.borders.partition_point(|border| *border <= value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(lower: [f64; 3], counts: [u64; 3], last: &str) -> String {
        let bucket = |index: usize| serde_json::json!({"lower_bound": lower[index], "upper_bound": 9.0, "count": counts[index]});
        let feature = |name: &str| serde_json::json!({"name": name, "numerical_statistics": {"distribution": {"kll": {"buckets": [bucket(0), bucket(1), bucket(2)]}}}});
        serde_json::json!({"version": 0, "features": [feature("income"), feature(last)]})
            .to_string()
    }

    #[test]
    fn a_value_on_a_border_is_above_it() {
        let baseline = text([0.0, 1.0, 2.0], [3, 4, 5], "prediction");
        let baseline = Baseline::parse(baseline.as_bytes()).unwrap();
        let column = &baseline.columns[0];
        assert_eq!(
            (baseline.features(), column.counts.as_slice()),
            (1, &[3, 4, 5][..])
        );
        let bins = [-7.0, 0.99, 1.0, 2.0, 99.0].map(|value| column.bin(value));
        assert_eq!(bins, [0, 0, 1, 2, 2]);
    }

    #[test]
    fn what_cannot_be_compared_with_is_refused() {
        for (lower, counts, last, reason) in [
            ([0.0, 2.0, 1.0], [1, 1, 1], "prediction", "do not rise"),
            ([0.0, 1.0, 2.0], [0, 0, 0], "prediction", "has no rows"),
            ([0.0, 1.0, 2.0], [1, 1, 1], "age", "its last column is not"),
        ] {
            let error = Baseline::parse(text(lower, counts, last).as_bytes()).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
