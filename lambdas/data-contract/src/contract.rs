//! A contract as it is meant: every rule in a form that can be enforced. What cannot be enforced is refused when the contract is read, so
//! that no rule is there only on paper.

use std::ops::RangeInclusive;

use crate::raw;

/// What a delivered table is like
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
}

/// A column of the table
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// As in the header
    pub name: String,
    /// Whether every row has a value
    pub required: bool,
    /// Where values may be missing: fewer than so many percent
    pub missing_below_percent: Option<f64>,
    /// What a value is
    pub kind: Kind,
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

impl Contract {
    /// Reads a contract's YAML
    ///
    /// # Errors
    /// It is not one, or says something that would not be enforced.
    pub fn parse(text: &str) -> Result<Self, ContractError> {
        let raw: raw::Contract = serde_yaml::from_str(text)?;
        let missing = |what: &str| ContractError::Missing(what.to_owned());
        let table = raw.schema.into_iter().next();
        let table = table.ok_or_else(|| missing("table"))?;
        let custom = |name: &str| {
            let found = table
                .custom_properties
                .iter()
                .find(|custom| custom.property == name);
            found.map(|custom| &custom.value)
        };
        match custom("encoding").and_then(|value| value.as_str()) {
            Some("utf-8") => {}
            other => return Err(ContractError::Unknown(format!("the encoding {other:?}"))),
        }
        let delimiter = match custom("delimiter").and_then(|value| value.as_str()) {
            Some(one) if one.len() == 1 => one.as_bytes()[0],
            other => return Err(ContractError::Unknown(format!("the delimiter {other:?}"))),
        };
        let maximum_bytes = custom("maximumBytes").and_then(|value| value.as_u64());
        let columns = table.properties.into_iter().map(Column::of);
        let mut contract = Self {
            id: raw.id,
            version: raw.version,
            delimiter,
            maximum_bytes: maximum_bytes.ok_or_else(|| missing("`maximumBytes`"))?,
            rows: 0..=u64::MAX,
            duplicates: true,
            columns: columns.collect::<Result<_, _>>()?,
            rules: Vec::new(),
        };
        for quality in table.quality {
            contract.demand(quality)?;
        }
        if contract.columns.is_empty() {
            return Err(missing(&format!("columns in `{}`", table.name)));
        }
        Ok(contract)
    }

    fn demand(&mut self, quality: raw::Quality) -> Result<(), ContractError> {
        let unknown = |what: &str| Err(ContractError::Unknown(what.to_owned()));
        match (quality.metric.as_deref(), quality.engine.as_deref()) {
            (Some("rowCount"), _) => match quality.must_be_between {
                Some((least, most)) => self.rows = least..=most,
                None => return unknown("a `rowCount` without `mustBeBetween`"),
            },
            (Some("duplicateValues"), _) => {
                let all = self.columns.iter().map(|column| &column.name);
                let named = quality.arguments.properties.unwrap_or_default();
                if quality.must_be != Some(0.0) || !all.eq(named.iter()) {
                    return unknown("`duplicateValues` other than none over all columns");
                }
                self.duplicates = false;
            }
            (None, Some("towpath")) => {
                let rule = quality.implementation.unwrap_or_default();
                let index = |name: &str| self.columns.iter().position(|column| column.name == name);
                let sides = rule.split_once(" <= ");
                let sides = sides.and_then(|(one, other)| Some((index(one)?, index(other)?)));
                match sides {
                    Some((less, greater)) => self.rules.push(Rule { less, greater }),
                    None => return unknown(&format!("the rule `{rule}`")),
                }
            }
            (metric, engine) => {
                return unknown(&format!("the metric {metric:?} of the engine {engine:?}"));
            }
        }
        Ok(())
    }
}

impl Column {
    fn of(property: raw::Property) -> Result<Self, ContractError> {
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
        Ok(Self {
            required: property.required,
            missing_below_percent,
            kind,
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HOUSING;

    #[test]
    fn this_repository_s_contract_is_understood() {
        let contract = Contract::parse(HOUSING).unwrap();
        assert_eq!(contract.id, "urn:towpath:data-contract:housing");
        assert_eq!(contract.rows, 1_000..=50_000_000);
        assert_eq!(
            (contract.delimiter, contract.maximum_bytes),
            (b',', 5 << 30)
        );
        assert!(!contract.duplicates);
        let names: Vec<&str> = contract
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(
            (names.len(), names[0], names[9]),
            (10, "longitude", "ocean_proximity")
        );
        assert_eq!(
            contract.rules,
            [Rule {
                less: 4,
                greater: 3
            }]
        );
        let bedrooms = &contract.columns[4];
        assert_eq!(
            (bedrooms.required, bedrooms.missing_below_percent),
            (false, Some(5.0))
        );
        let limits = Kind::Number {
            minimum: 1.0,
            maximum: 20_000.0,
        };
        assert_eq!(bedrooms.kind, limits);
    }

    #[test]
    fn a_rule_that_would_not_be_enforced_is_refused() {
        for (from, to) in [
            ("value: utf-8", "value: latin-1"),
            ("value: \",\"", "value: \"::\""),
            (
                "total_bedrooms <= total_rooms",
                "total_bedrooms < total_rooms",
            ),
            ("total_bedrooms <= total_rooms", "bedrooms <= total_rooms"),
            ("metric: rowCount", "metric: rowSum"),
            ("metric: invalidValues", "metric: strangeValues"),
            (
                "mustBe: 0\n        unit: rows\n        arguments:\n          properties: [longitude, ",
                "mustBe: 0\n        arguments:\n          properties: [",
            ),
            (
                "logicalTypeOptions: {minimum: 32, maximum: 42.5}",
                "logicalTypeOptions: {minimum: 32}",
            ),
        ] {
            let changed = HOUSING.replacen(from, to, 1);
            assert_ne!(changed, HOUSING, "{from}");
            assert!(Contract::parse(&changed).is_err(), "{to}");
        }
    }
}
