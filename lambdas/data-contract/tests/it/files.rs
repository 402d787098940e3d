//! Whole files.

use data_contract::{Check, Contract, Finding, Summary};

use crate::table;

pub(crate) fn check(contract: &Contract, file: &[u8], pieces: usize) -> Result<Summary, Finding> {
    let mut check = Check::of(contract, file.len() as u64)?;
    for piece in file.chunks(pieces) {
        check.push(piece)?;
    }
    check.finish()
}

#[test]
fn the_real_file_keeps_the_contract() {
    let contract = Contract::housing().unwrap();
    let (file, rows) = match table::real() {
        Some(file) => (file, 20_640),
        None => (table::made(20_640).into_bytes(), 20_640),
    };
    assert_eq!(check(&contract, &file, 64 * 1024), Ok(Summary { rows }));
    let twice = [
        file.as_slice(),
        file.split_inclusive(|byte| *byte == b'\n').nth(7).unwrap(),
    ];
    let finding = check(&contract, &twice.concat(), 64 * 1024).unwrap_err();
    assert_eq!(
        (finding.code.name(), finding.line),
        ("duplicate-row", Some(20_642))
    );
}
