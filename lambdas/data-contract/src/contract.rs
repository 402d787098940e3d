//! A contract as it is meant: every rule in a form that can be enforced. What cannot be enforced is refused when the contract is
//! read, so that no rule is there only on paper.

mod column;

use std::ops::RangeInclusive;

pub use column::{Column, Imputation, Kind};

use crate::feature::{self, Feature};
use crate::raw;

/// What a delivered table is like, and what the model is given of it
#[derive(Debug, Clone, PartialEq)]
pub struct Contract {
    /// Its id
    pub id: String,
    /// Its version
    pub version: String,
    /// What separates two cells
    pub delimiter: u8,
    /// How large a file may be
    pub maximum_bytes: u64,
    /// How many rows there may be
    pub rows: RangeInclusive<u64>,
    /// Whether two rows may be the same
    pub duplicates: bool,
    /// The columns, in their order
    pub columns: Vec<Column>,
    /// What holds between two columns
    pub rules: Vec<Rule>,
    /// What is to be predicted
    pub target: Feature,
    /// What the model is given, in its order
    pub features: Vec<Feature>,
}

/// One column is never greater than another; columns by their index
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The one
    pub less: usize,
    /// The other
    pub greater: usize,
}

/// Why a text is no contract that can be enforced
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// No YAML, or of another shape
    #[error("failed to read the contract")]
    Shape(#[from] serde_yaml::Error),
    /// Something is missing
    #[error("the contract has no {0}")]
    Missing(String),
    /// Something is not understood
    #[error("the contract says {0}, which cannot be enforced")]
    Unknown(String),
}

impl ContractError {
    pub(crate) fn missing(what: impl Into<String>) -> Self {
        Self::Missing(what.into())
    }

    pub(crate) fn unknown(what: impl Into<String>) -> Self {
        Self::Unknown(what.into())
    }
}

impl Contract {
    /// This repository's own
    ///
    /// # Errors
    /// It does not keep to what can be enforced; a test sees to it that it does.
    pub fn housing() -> Result<Self, ContractError> {
        Self::parse(crate::HOUSING)
    }

    /// Reads a contract's YAML
    ///
    /// # Errors
    /// It is not one, or says something that would not be enforced.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let raw: raw::Contract = serde_yaml::from_str(text)?;
        let mut tables = raw.schema.into_iter();
        let (Some(table), Some(features), None) = (tables.next(), tables.next(), tables.next())
        else {
            return Err(ContractError::missing("two tables, rows and features"));
        };
        let columns = column::all(table.properties)?;
        if columns.is_empty() {
            return Err(ContractError::missing(format!(
                "columns in `{}`",
                table.name
            )));
        }
        let form = Form::of(&table.custom_properties)?;
        let (target, features) = feature::all(features.properties, &columns)?;
        let mut contract = Self {
            id: raw.id,
            version: raw.version,
            delimiter: form.delimiter,
            maximum_bytes: form.maximum_bytes,
            rows: 0..=u64::MAX,
            duplicates: true,
            columns,
            rules: Vec::new(),
            target,
            features,
        };
        for quality in table.quality {
            contract.demand(quality)?;
        }
        Ok(contract)
    }

    /// Index of the column of this name
    pub fn column(&self, name: &str) -> Option<usize> {
        column::index(&self.columns, name)
    }

    fn demand(&mut self, quality: raw::Quality) -> Result<(), ContractError> {
        let unknown = |what: String| Err(ContractError::Unknown(what));
        match (quality.metric.as_deref(), quality.engine.as_deref()) {
            (Some("rowCount"), _) => match quality.must_be_between {
                Some((least, most)) => self.rows = least..=most,
                None => return unknown("a `rowCount` without `mustBeBetween`".into()),
            },
            (Some("duplicateValues"), _) => {
                let all = self.columns.iter().map(|column| &column.name);
                let named = quality.arguments.properties.unwrap_or_default();
                if quality.must_be != Some(0.0) || !all.eq(named.iter()) {
                    return unknown("`duplicateValues` other than none over all columns".into());
                }
                self.duplicates = false;
            }
            (None, Some("towpath")) => {
                let rule = quality.implementation.unwrap_or_default();
                let number = |name| {
                    let index = self.column(name)?;
                    matches!(self.columns[index].kind, Kind::Number { .. }).then_some(index)
                };
                let sides = rule.split_once(" <= ");
                match sides.and_then(|(one, other)| Some((number(one)?, number(other)?))) {
                    Some((less, greater)) => self.rules.push(Rule { less, greater }),
                    None => return unknown(format!("the rule `{rule}`")),
                }
            }
            (metric, engine) => {
                return unknown(format!("the metric {metric:?} of the engine {engine:?}"));
            }
        }
        Ok(())
    }
}

/// How a table is written down
struct Form {
    delimiter: u8,
    maximum_bytes: u64,
}

impl Form {
    fn of(properties: &[raw::Custom]) -> Result<Self, ContractError> {
        let (mut encoding, mut delimiter, mut maximum_bytes) = (None, None, None);
        for raw::Custom { property, value } in properties {
            let wrong = || ContractError::unknown(format!("`{property}` {value:?}"));
            match (property.as_str(), value.as_str()) {
                ("encoding", Some("utf-8")) => encoding = Some(()),
                ("delimiter", Some(one)) if one.len() == 1 => delimiter = Some(one.as_bytes()[0]),
                ("maximumBytes", _) => maximum_bytes = Some(value.as_u64().ok_or_else(wrong)?),
                _ => return Err(wrong()),
            }
        }
        encoding.ok_or_else(|| ContractError::missing("`encoding`"))?;
        Ok(Self {
            delimiter: delimiter.ok_or_else(|| ContractError::missing("`delimiter`"))?,
            maximum_bytes: maximum_bytes.ok_or_else(|| ContractError::missing("`maximumBytes`"))?,
        })
    }
}

#[cfg(test)]
mod tests;
