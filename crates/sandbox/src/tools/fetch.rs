//! Downloads, checked before anything of them is used.
//!
//! Python does the transfer, because it is needed anyway and knows the machine's proxies and certificates; the digest is computed here.

use std::fs;
use std::process::Command;

use camino::Utf8Path;
use sha2::{Digest, Sha256};

use super::python::Python;
use super::run;

/// What went wrong with a download
#[derive(Debug)]
pub(super) enum Failure {
    Transfer(String),
    Digest { found: String },
}

/// Puts the file at `url` into `file`, if it has that digest
pub(super) fn download(
    python: &Python,
    url: &str,
    expected: &str,
    file: &Utf8Path,
) -> Result<(), Failure> {
    let script = "import shutil, sys, urllib.request as r\n\
                  with r.urlopen(sys.argv[1], timeout=60) as a, open(sys.argv[2], 'wb') as b: shutil.copyfileobj(a, b)";
    let mut transfer = Command::new(&python.program);
    transfer.args(["-I", "-c", script, url, file.as_str()]);
    run(&mut transfer).map_err(Failure::Transfer)?;
    let bytes = fs::read(file).map_err(|error| Failure::Transfer(error.to_string()))?;
    let found = sha256(&bytes);
    match found == expected {
        true => Ok(()),
        false => Err(Failure::Digest { found }),
    }
}

/// Unpacks a zip archive into `folder`
pub(super) fn unzip(python: &Python, archive: &Utf8Path, folder: &Utf8Path) -> Result<(), String> {
    let mut unpack = Command::new(&python.program);
    unpack.args([
        "-I",
        "-m",
        "zipfile",
        "-e",
        archive.as_str(),
        folder.as_str(),
    ]);
    run(&mut unpack).map(drop)
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
