//! Checks a delivered file by hand, and says how fast that was:
//! `cargo run --release -p data-contract --example check -- housing.csv`

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::time::Instant;

use data_contract::{Check, Contract, Finding, Summary};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("name a CSV file")?;
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let contract = Contract::housing()?;
    let started = Instant::now();
    let checked = checked(&contract, &mut file, bytes)?;
    let speed = bytes as f64 / 1e6 / started.elapsed().as_secs_f64();
    let mut out = io::stdout();
    match checked {
        Ok(summary) => writeln!(out, "{} rows, {speed:.0} MB/s", summary.rows)?,
        Err(finding) => writeln!(out, "{}: {finding}\n{finding:#?}", finding.code.name())?,
    }
    Ok(())
}

fn checked(
    contract: &Contract,
    file: &mut File,
    bytes: u64,
) -> io::Result<Result<Summary, Finding>> {
    let mut check = match Check::of(contract, bytes) {
        Ok(check) => check,
        Err(finding) => return Ok(Err(finding)),
    };
    let mut piece = vec![0; 256 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(check.finish()),
            read => {
                if let Err(finding) = check.push(&piece[..read]) {
                    return Ok(Err(finding));
                }
            }
        }
    }
}
