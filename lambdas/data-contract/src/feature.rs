//! What the model is given of a row, and what it predicts: the contract's `transformLogic`, read once into a formula.
//!
//! Each operation is one of IEEE 754 on 64 bits, so every reader of the contract computes the same bits.

use crate::contract::{Column, ContractError, Kind};
use crate::raw;
use crate::row::Cell;

/// A number that is computed from a row
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Its name
    pub name: String,
    /// How it is computed
    pub formula: Formula,
}

/// How a feature is computed; columns by their index
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// As it is
    Column(usize),
    /// One by another
    Quotient(usize, usize),
    /// By a number
    Scaled(usize, f64),
    /// 1 if the text is this one, else 0
    Is(usize, String),
}

/// The target, and the features in their order
pub(crate) fn all(
    properties: Vec<raw::Property>,
    columns: &[Column],
) -> Result<(Feature, Vec<Feature>), ContractError> {
    let (mut targets, mut features) = (Vec::new(), Vec::new());
    for property in properties {
        let name = property.name;
        let logic = property.transform_logic.unwrap_or_default();
        let formula = Formula::of(&logic, columns)
            .ok_or_else(|| ContractError::unknown(format!("`{name}` is `{logic}`")))?;
        let mut role = None;
        for custom in property.custom_properties {
            match custom.property.as_str() {
                "role" => role = custom.value.as_str().map(str::to_owned),
                "unit" => {}
                other => return Err(ContractError::unknown(format!("`{other}` of `{name}`"))),
            }
        }
        match role.as_deref() {
            Some("target") => &mut targets,
            Some("feature") => &mut features,
            role => {
                return Err(ContractError::unknown(format!(
                    "the role {role:?} of `{name}`"
                )));
            }
        }
        .push(Feature { name, formula });
    }
    let Ok([target]) = <[Feature; 1]>::try_from(targets) else {
        return Err(ContractError::missing(
            "feature of the role `target`, or several",
        ));
    };
    let (Formula::Column(asked) | Formula::Scaled(asked, _)) = target.formula else {
        return Err(ContractError::unknown("a target made of several columns"));
    };
    // a row that asks for a prediction has not got what is to be predicted
    match features.iter().find(|feature| feature.formula.needs(asked)) {
        Some(feature) => {
            let name = &feature.name;
            Err(ContractError::unknown(format!(
                "`{name}` is made of the target"
            )))
        }
        None => Ok((target, features)),
    }
}

impl Formula {
    fn of(logic: &str, columns: &[Column]) -> Option<Self> {
        let find = |name: &str| columns.iter().position(|column| column.name == name);
        let number = |name: &str| {
            find(name).filter(|index| matches!(columns[*index].kind, Kind::Number { .. }))
        };
        if let Some((name, text)) = logic.split_once(" == ") {
            let text = text.strip_prefix('"')?.strip_suffix('"')?;
            let index = find(name)?;
            return match &columns[index].kind {
                Kind::Text { allowed } if allowed.iter().any(|known| known == text) => {
                    Some(Self::Is(index, text.to_owned()))
                }
                _ => None,
            };
        }
        let Some((above, below)) = logic.split_once(" / ") else {
            return number(logic).map(Self::Column);
        };
        let above = number(above)?;
        match number(below) {
            Some(below) => Some(Self::Quotient(above, below)),
            None => {
                let divisor = crate::number(below).filter(|divisor| *divisor != 0.0);
                Some(Self::Scaled(above, divisor?))
            }
        }
    }

    /// Whether it is made of this column
    pub fn needs(&self, column: usize) -> bool {
        match self {
            Self::Column(index) | Self::Scaled(index, _) | Self::Is(index, _) => *index == column,
            Self::Quotient(above, below) => [*above, *below].contains(&column),
        }
    }

    pub(crate) fn of_row(&self, cells: &[Cell]) -> f64 {
        let number = |index: usize| match &cells[index] {
            Cell::Number(number) => *number,
            Cell::Missing | Cell::Text(_) => f64::NAN,
        };
        match self {
            Self::Column(index) => number(*index),
            Self::Quotient(above, below) => number(*above) / number(*below),
            Self::Scaled(index, divisor) => number(*index) / divisor,
            Self::Is(index, text) => {
                let is = matches!(&cells[*index], Cell::Text(found) if found == text);
                f64::from(u8::from(is))
            }
        }
    }
}
