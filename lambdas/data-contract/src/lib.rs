//! The data contract as the Rust side reads it: what a column may hold, whether a delivered file keeps it, and what the model is given.
//!
//! [`Contract::parse`] reads `contracts/*.odcs.yaml`, and refuses what it would not enforce. [`Check`] takes a CSV file in
//! pieces, of whatever size, and stops at the first thing that is not as the contract says, with a [`Finding`] that names it.
//! [`Contract::row`] takes one row by the names of its fields, names everything that is wrong with it, and fills in what may
//! be missing; [`Row::features`] is what the model is asked.
//!
//! No network and no files: the text of this repository's own contract is part of the program ([`HOUSING`]).

mod check;
mod contract;
mod feature;
mod finding;
mod number;
mod raw;
mod row;

pub use check::{Check, Summary};
pub use contract::{Column, Contract, ContractError, Imputation, Kind, Rule};
pub use feature::{Feature, Formula};
pub use finding::{Code, Finding};
pub use number::number;
pub use row::{Given, Purpose, Row, Violation, Warning};

/// `contracts/housing.odcs.yaml`, as it was when this was compiled
pub const HOUSING: &str = include_str!("../../../contracts/housing.odcs.yaml");
