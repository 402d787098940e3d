//! A file read once: checked against the contract and hashed while it passes.

use data_contract::{Check, Contract, Finding};
use sha2::{Digest as _, Sha256};
use trigger::{Reading, StoreError, hex};

use crate::quarantine::{Reason, quoted};

/// What a file is
#[derive(Debug)]
pub(crate) enum Checked {
    /// What the contract says
    Good { sha256: String, rows: u64 },
    /// Something else
    Bad(Reason),
}

/// Reads a file to its end, or to the first thing that is wrong with it
pub(crate) async fn check(
    contract: &Contract,
    mut reading: Reading,
) -> Result<Checked, StoreError> {
    let mut check = match Check::of(contract, reading.size) {
        Ok(check) => check,
        Err(finding) => return Ok(Checked::Bad(reason(&finding))),
    };
    let mut hash = Sha256::new();
    while let Some(piece) = reading.piece().await? {
        let piece = piece.as_ref();
        hash.update(piece);
        if let Err(finding) = check.push(piece) {
            return Ok(Checked::Bad(reason(&finding)));
        }
    }
    Ok(match check.finish() {
        Ok(summary) => Checked::Good {
            sha256: hex(&hash.finalize()),
            rows: summary.rows,
        },
        Err(finding) => Checked::Bad(reason(&finding)),
    })
}

fn reason(finding: &Finding) -> Reason {
    Reason {
        code: finding.code.name().to_owned(),
        message: finding.to_string(),
        line: finding.line,
        column: finding.column,
        field: finding.field.clone(),
        expected: finding.expected.clone(),
        found: finding.found.as_deref().map(quoted),
    }
}
