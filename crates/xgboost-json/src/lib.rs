//! Scores rows with a model that XGBoost saved as JSON, to the same numbers as XGBoost itself.
//!
//! [`Model::parse`] reads what `Booster.save_model("model.json")` of XGBoost 1.7 and later writes, and refuses by name what it would
//! not score as XGBoost does: other boosters than trees, several outputs, unknown objectives. [`Model::score`] answers one row.
//!
//! All arithmetic is in 32 bits and in XGBoost's order, because its trees were grown on such numbers: a value that is rounded
//! otherwise can take another branch. Early stopping (`best_iteration`) is not looked at: all trees count, as in `Booster.predict`.
//!
//! No files and no network. The binary format (UBJ) is not read.

mod forest;
mod model;
mod objective;
mod saved;

pub use model::{Model, TooManyValues};
pub use saved::Refused;
