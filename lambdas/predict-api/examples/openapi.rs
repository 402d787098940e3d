//! Writes the OpenAPI document to standard output: `cargo run -p predict-api --example openapi > docs/openapi.json`.

use std::error::Error;
use std::io::{self, Write as _};

use data_contract::Contract;

fn main() -> Result<(), Box<dyn Error>> {
    let mut document = predict_api::openapi(&Contract::housing()?);
    // the same text whatever else is built
    document.sort_all_objects();
    let text = serde_json::to_string_pretty(&document)?;
    Ok(writeln!(io::stdout(), "{text}")?)
}
