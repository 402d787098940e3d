//! The zip of one program: the same bytes for the same program, and written only when it is another one.

use std::fs;
use std::io::{self, Cursor, Read as _, Write as _};

use camino::Utf8Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::failed;
use crate::failure::Failure;

/// The name under which Lambda starts a program
const ENTRY: &str = "bootstrap";

/// What a zip is made for
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    /// To be loaded before every cold start
    Small,
    /// To be tried once
    Quick,
}

/// Writes the zip, unless the one that is there holds this program; its bytes
pub(super) fn store(path: &Utf8Path, program: &[u8], effort: Effort) -> Result<Vec<u8>, Failure> {
    if let Ok(there) = fs::read(path)
        && holds(&there, program)
    {
        return Ok(there);
    }
    let zip = zipped(program, effort).map_err(failed("make", path))?;
    fs::write(path, &zip).map_err(failed("write", path))?;
    Ok(zip)
}

/// Whether this is what [`zipped`] makes of the program
fn holds(zip: &[u8], program: &[u8]) -> bool {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(zip)) else {
        return false;
    };
    if archive.len() != 1 {
        return false;
    }
    let Ok(mut entry) = archive.by_name(ENTRY) else {
        return false;
    };
    let mut found = Vec::with_capacity(program.len());
    entry.unix_mode() == Some(0o100_755)
        && entry.size() == program.len() as u64
        && entry.read_to_end(&mut found).is_ok()
        && found == program
}

fn zipped(program: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    // the default time is the first that the format knows
    let (method, level) = match effort {
        Effort::Small => (CompressionMethod::Deflated, Some(9)),
        Effort::Quick => (CompressionMethod::Stored, None),
    };
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .compression_level(level)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(ENTRY, options)?;
    writer.write_all(program)?;
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_says_nothing_but_the_program() {
        let program = b"\x7fELF and more".repeat(1000);
        let zip = zipped(&program, Effort::Small).unwrap();
        assert_eq!(zip, zipped(&program, Effort::Small).unwrap());
        assert!(holds(&zip, &program));
        assert!(!holds(&zip, b"\x7fELF"));
        assert!(!holds(b"", &program));
        let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
        let entry = archive.by_index(0).unwrap();
        assert_eq!(
            (entry.name().unwrap().as_ref(), entry.unix_mode()),
            ("bootstrap", Some(0o100_755))
        );
        let time = entry.last_modified().unwrap();
        assert_eq!((time.year(), time.month(), time.day()), (1980, 1, 1));
    }

    #[test]
    fn a_zip_is_written_when_it_differs_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("f.zip");
        let written = |program: &[u8]| {
            store(&path, program, Effort::Small).unwrap();
            fs::metadata(&path).unwrap().modified().unwrap()
        };
        let first = written(b"one");
        assert_eq!(written(b"one"), first);
        assert_ne!(written(b"two"), first);
        fs::write(&path, "broken").unwrap();
        written(b"two");
        assert!(holds(&fs::read(&path).unwrap(), b"two"));
    }
}
