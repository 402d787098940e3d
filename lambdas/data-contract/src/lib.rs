//! The data contract as the Rust side reads it: what a column may hold, and whether a delivered file keeps it.
//!
//! [`Contract::parse`] reads `contracts/*.odcs.yaml`, and refuses what it would not enforce. [`Check`] takes a CSV file in pieces, of whatever size, and
//! stops at the first thing that is not as the contract says, with a [`Finding`] that names it.
//!
//! No network and no files: the text of this repository's own contract is part of the program ([`HOUSING`]).

mod contract;
mod csv;
mod finding;
mod number;
mod raw;

pub use contract::{Column, Contract, ContractError, Kind, Rule};
pub use csv::{Check, Summary};
pub use finding::{Code, Finding};
pub use number::number;

/// `contracts/housing.odcs.yaml`, as it was when this was compiled
pub const HOUSING: &str = include_str!("../../../contracts/housing.odcs.yaml");
