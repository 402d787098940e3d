//! A column: what its values may be, what was seen of them, and what is done where one is missing.

use std::ops::RangeInclusive;

use crate::contract::ContractError;
use crate::raw;

/// A column of the table
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// As in the header
    pub name: String,
    /// What it is, in a sentence
    pub description: String,
    /// Whether every row has a value
    pub required: bool,
    /// Where values may be missing: fewer than so many percent
    pub missing_below_percent: Option<f64>,
    /// What a value is
    pub kind: Kind,
    /// What a number counts
    pub unit: Option<String>,
    /// Least and greatest value of the training data; a warning outside of them
    pub observed: Option<RangeInclusive<f64>>,
    /// Where the census cut off: the true value is at or beyond
    pub capped_at: Vec<f64>,
    /// What is put where a value is missing
    pub imputation: Option<Imputation>,
}

/// What a value is
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number between two, which belong to it
    Number {
        /// The least
        minimum: f64,
        /// The greatest
        maximum: f64,
    },
    /// One of these texts
    Text {
        /// All that there are
        allowed: Vec<String>,
    },
}

/// A missing value is estimated as another column's, times a factor
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Imputation {
    /// Index of the other column, which is required
    pub of: usize,
    /// The factor
    pub factor: f64,
}

pub(crate) fn index(columns: &[Column], name: &str) -> Option<usize> {
    columns.iter().position(|column| column.name == name)
}

pub(crate) fn all(properties: Vec<raw::Property>) -> Result<Vec<Column>, ContractError> {
    let mut columns: Vec<Column> = Vec::new();
    let mut ratios = Vec::new();
    for property in properties {
        let (column, imputation) = Column::of(property)?;
        if index(&columns, &column.name).is_some() {
            let twice = format!("the column `{}` twice", column.name);
            return Err(ContractError::Unknown(twice));
        }
        ratios.extend(imputation.map(|imputation| (columns.len(), imputation)));
        columns.push(column);
    }
    for (index_of_missing, ratio) in ratios {
        let of = index(&columns, &ratio.of)
            .filter(|of| columns[*of].required && matches!(columns[*of].kind, Kind::Number { .. }));
        let missing = &columns[index_of_missing];
        let is_number = matches!(missing.kind, Kind::Number { .. });
        let (Some(of), "ratio", true) = (of, ratio.method.as_str(), is_number) else {
            let name = &missing.name;
            return Err(ContractError::Unknown(format!(
                "the imputation of `{name}`"
            )));
        };
        columns[index_of_missing].imputation = Some(Imputation {
            of,
            factor: ratio.factor,
        });
    }
    // what is missing and not filled in could not be given to the model
    match columns
        .iter()
        .find(|column| !column.required && column.imputation.is_none())
    {
        Some(column) => Err(ContractError::Missing(format!(
            "imputation of `{}`",
            column.name
        ))),
        None => Ok(columns),
    }
}

impl Column {
    fn of(property: raw::Property) -> Result<(Self, Option<raw::Imputation>), ContractError> {
        let name = property.name;
        let unknown = |what: String| Err(ContractError::Unknown(format!("{what} of `{name}`")));
        let mut missing_below_percent = None;
        let mut allowed = None;
        for quality in property.quality {
            match quality.metric.as_deref() {
                Some("nullValues") if quality.unit.as_deref() == Some("percent") => {
                    missing_below_percent = quality.must_be_less_than;
                }
                Some("invalidValues") if quality.must_be == Some(0.0) => {
                    allowed = quality.arguments.valid_values;
                }
                metric => return unknown(format!("the metric {metric:?}")),
            }
        }
        let limits = property.logical_type_options;
        let kind = match (
            property.logical_type.as_str(),
            limits.minimum,
            limits.maximum,
            allowed,
        ) {
            ("number", Some(minimum), Some(maximum), None) => Kind::Number { minimum, maximum },
            ("string", None, None, Some(allowed)) => Kind::Text { allowed },
            (other, ..) => return unknown(format!("the type `{other}` with such limits")),
        };
        let (mut unit, mut observed, mut warns) = (None, None, false);
        let (mut capped_at, mut imputation) = (Vec::new(), None);
        for raw::Custom { property, value } in property.custom_properties {
            match property.as_str() {
                "unit" => unit = Some(serde_yaml::from_value(value)?),
                "observedRange" => {
                    let (least, greatest) = serde_yaml::from_value(value)?;
                    observed = Some(least..=greatest);
                }
                "outOfRange" if value.as_str() == Some("warn") => warns = true,
                "cappedAt" => capped_at = serde_yaml::from_value(value)?,
                "imputation" => imputation = Some(serde_yaml::from_value(value)?),
                other => return unknown(format!("`{other}` as it is")),
            }
        }
        if observed.is_some() != warns {
            return unknown("`observedRange` without `outOfRange`, or the reverse".into());
        }
        let column = Self {
            description: property.description,
            required: property.required,
            missing_below_percent,
            kind,
            unit,
            observed,
            capped_at,
            imputation: None,
            name,
        };
        Ok((column, imputation))
    }
}
