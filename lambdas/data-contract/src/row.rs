//! One row by the names of its fields, as a caller of the API or a table gives it.
//!
//! Unlike the check of a file, which stops at the first finding, this names every field that is at fault: a person corrects a
//! form once. A row that is taken has a value in every column.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::contract::{Column, Contract, Kind};
use crate::number::number;

/// What a field is given as
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Given<'v> {
    /// An empty cell, or `null`
    Missing,
    /// A number
    Number(f64),
    /// A text
    Text(&'v str),
    /// Something that no column is made of, in words
    Other(&'static str),
}

/// What a row is for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To be predicted, so it does not have the target
    Prediction,
    /// To be learned from, so it has the target
    Training,
}

/// A field that is not as the contract says
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its name
    pub field: String,
    /// What is wrong with it
    pub detail: String,
}

/// A value that the contract takes, though nothing like it was seen in training
#[derive(Debug, Clone, PartialEq)]
pub struct Warning<'c> {
    /// The column
    pub column: &'c Column,
    /// The value
    pub value: f64,
}

/// A row that keeps the contract; missing values are filled in
#[derive(Debug, Clone, PartialEq)]
pub struct Row<'c> {
    contract: &'c Contract,
    cells: Vec<Cell>,
    imputed: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// The target of a row that asks for it
    Missing,
    Number(f64),
    Text(String),
}

impl Given<'_> {
    fn in_words(self) -> String {
        match self {
            Self::Missing => "nothing".to_owned(),
            Self::Number(_) => "a number".to_owned(),
            Self::Text(_) => "a text".to_owned(),
            Self::Other(what) => what.to_owned(),
        }
    }
}

impl Column {
    /// What the text of a cell gives this column
    pub fn cell<'t>(&self, text: &'t str) -> Given<'t> {
        match &self.kind {
            _ if text.is_empty() => Given::Missing,
            Kind::Number { .. } => number(text).map_or(Given::Text(text), Given::Number),
            Kind::Text { .. } => Given::Text(text),
        }
    }

    fn take(&self, given: Given<'_>) -> Result<Cell, String> {
        match (&self.kind, given) {
            (_, Given::Missing) if self.required => Err("a value is required".to_owned()),
            (_, Given::Missing) => Ok(Cell::Missing),
            (Kind::Number { minimum, maximum }, Given::Number(number)) => {
                if (*minimum..=*maximum).contains(&number) {
                    return Ok(Cell::Number(number));
                }
                Err(format!("{number:?} is not within {minimum} to {maximum}"))
            }
            (Kind::Text { allowed }, Given::Text(text)) => {
                if allowed.iter().any(|known| known == text) {
                    return Ok(Cell::Text(text.to_owned()));
                }
                Err(format!("must be one of {}", quoted(allowed)))
            }
            (Kind::Number { .. }, other) => {
                Err(format!("must be a number, not {}", other.in_words()))
            }
            (Kind::Text { .. }, other) => Err(format!("must be a text, not {}", other.in_words())),
        }
    }
}

fn quoted(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}

impl Contract {
    /// Whether this column is what is to be predicted
    pub fn is_target(&self, column: usize) -> bool {
        self.target.formula.needs(column)
    }

    /// Takes a row by the names of its fields
    ///
    /// # Errors
    /// Every field that is at fault: first the contract's, in its order, then those that it does not know, in theirs.
    pub fn row<'n, 'v>(
        &self,
        purpose: Purpose,
        fields: impl IntoIterator<Item = (&'n str, Given<'v>)>,
    ) -> Result<Row<'_>, Vec<Violation>> {
        let mut given: Vec<Option<Given<'v>>> = vec![None; self.columns.len()];
        let mut faults: Vec<Option<String>> = vec![None; self.columns.len()];
        let mut strangers: Vec<Violation> = Vec::new();
        // a hostile row has a hundred thousand of them
        let mut strange = HashSet::new();
        for (name, value) in fields {
            let known = self.column(name);
            match known.filter(|index| purpose == Purpose::Training || !self.is_target(*index)) {
                Some(index) if given[index].is_some() => {
                    faults[index] = Some("is given twice".to_owned());
                }
                Some(index) => given[index] = Some(value),
                None if !strange.insert(name) => {}
                None => strangers.push(Violation {
                    field: name.to_owned(),
                    detail: match known {
                        Some(_) => "is what is to be predicted".to_owned(),
                        None => "is not a field of the contract".to_owned(),
                    },
                }),
            }
        }
        let mut cells = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.iter().enumerate() {
            let taken = match purpose {
                Purpose::Prediction if self.is_target(index) => Ok(Cell::Missing),
                _ => column.take(given[index].unwrap_or(Given::Missing)),
            };
            cells.push(taken.unwrap_or_else(|fault| {
                faults[index].get_or_insert(fault);
                Cell::Missing
            }));
        }
        for rule in &self.rules {
            if let (Cell::Number(less), Cell::Number(greater)) =
                (&cells[rule.less], &cells[rule.greater])
                && less > greater
            {
                let other = &self.columns[rule.greater].name;
                let fault = format!("{less} is more than `{other}`, which is {greater}");
                faults[rule.less].get_or_insert(fault);
            }
        }
        let named = faults
            .into_iter()
            .zip(&self.columns)
            .filter_map(|(fault, column)| {
                Some(Violation {
                    field: column.name.clone(),
                    detail: fault?,
                })
            });
        let violations: Vec<Violation> = named.chain(strangers).collect();
        if !violations.is_empty() {
            return Err(violations);
        }
        Ok(Row::completed(self, cells))
    }
}

impl<'c> Row<'c> {
    fn completed(contract: &'c Contract, mut cells: Vec<Cell>) -> Self {
        let mut imputed = Vec::new();
        for (index, column) in contract.columns.iter().enumerate() {
            if let (Cell::Missing, Some(imputation)) = (&cells[index], column.imputation)
                && let Cell::Number(other) = cells[imputation.of]
            {
                cells[index] = Cell::Number(other * imputation.factor);
                imputed.push(index);
            }
        }
        Self {
            contract,
            cells,
            imputed,
        }
    }

    /// Columns that were missing and are filled in, in the contract's order
    pub fn imputed(&self) -> impl Iterator<Item = &'c Column> {
        self.imputed
            .iter()
            .map(|index| &self.contract.columns[*index])
    }

    /// Values outside of what was seen in training, in the contract's order. An estimate is none.
    pub fn warnings(&self) -> impl Iterator<Item = Warning<'c>> {
        let columns = self.contract.columns.iter().enumerate();
        columns.filter_map(
            |(index, column)| match (&self.cells[index], &column.observed) {
                (Cell::Number(value), Some(range))
                    if !range.contains(value) && !self.imputed.contains(&index) =>
                {
                    Some(Warning {
                        column,
                        value: *value,
                    })
                }
                _ => None,
            },
        )
    }

    /// What the model is given, in the contract's order
    pub fn features(&self) -> Vec<f64> {
        let features = self.contract.features.iter();
        features
            .map(|feature| feature.formula.of_row(&self.cells))
            .collect()
    }

    /// The features as a line of CSV: each number as the shortest text that reads back as the same bits
    pub fn line(&self) -> String {
        let mut line = String::new();
        for feature in self.features() {
            if !line.is_empty() {
                line.push(',');
            }
            // writing to a String cannot fail
            write!(line, "{feature}").ok();
        }
        line
    }
}

#[cfg(test)]
mod tests;
