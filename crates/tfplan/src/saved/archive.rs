//! Unpacking a zip that somebody else made, within bounds.
//!
//! Terraform reads the same file later with Go's zip reader. Whatever could make the two readers see different
//! entries (bytes before or behind the archive, names twice, overlapping data) is therefore an error here.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use serde_json::Value;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Error;

const END_OF_DIRECTORY: usize = 22;

/// How much is unpacked at most.
pub(super) struct Limits {
    entries: u64,
    bytes: u64,
}

pub(super) const LIMITS: Limits = Limits {
    entries: 10_000,
    bytes: 512 * 1024 * 1024,
};

/// Every file of the archive, by name.
pub(super) fn unpack(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    if !bytes.starts_with(b"PK") {
        return Err(what_else(bytes));
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(Error::DamagedArchive)?;
    refuse_ambiguity(bytes, &mut archive)?;
    if archive.len() as u64 > limits.entries {
        return Err(Error::TooLarge {
            limit: limits.entries,
            what: "entries",
        });
    }
    let too_large = || Error::TooLarge {
        limit: limits.bytes,
        what: "bytes",
    };
    if archive
        .decompressed_size()
        .is_some_and(|declared| declared > u128::from(limits.bytes))
    {
        return Err(too_large());
    }
    let mut left = limits.bytes;
    let mut entries = BTreeMap::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(Error::DamagedArchive)?;
        let name = clean_name(entry.name_raw())?;
        let mut content = Vec::new();
        // The declared size is the archive's claim; what counts is what comes out.
        let size = entry
            .take(left + 1)
            .read_to_end(&mut content)
            .map_err(|source| Error::DamagedArchive(ZipError::Io(source)))?;
        left = left.checked_sub(size as u64).ok_or_else(too_large)?;
        if entries.insert(name.clone(), content).is_some() {
            return Err(Error::ForbiddenName(name));
        }
    }
    Ok(entries)
}

fn refuse_ambiguity(bytes: &[u8], archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), Error> {
    let end = bytes
        .len()
        .checked_sub(END_OF_DIRECTORY)
        .and_then(|start| bytes.get(start..));
    let ends_cleanly =
        end.is_some_and(|end| end.starts_with(b"PK\x05\x06") && end.ends_with(&[0, 0]));
    if !ends_cleanly || !archive.comment().is_empty() {
        return Err(Error::Ambiguous("there is something behind its directory"));
    }
    if archive.offset() != 0 {
        return Err(Error::Ambiguous(
            "there is something before its first entry",
        ));
    }
    if archive.has_duplicate_names() {
        return Err(Error::Ambiguous("it holds the same name twice"));
    }
    if archive
        .has_overlapping_files()
        .map_err(Error::DamagedArchive)?
    {
        return Err(Error::Ambiguous("its entries overlap"));
    }
    Ok(())
}

fn clean_name(raw: &[u8]) -> Result<String, Error> {
    let shown = || Error::ForbiddenName(String::from_utf8_lossy(raw).escape_debug().to_string());
    let name = std::str::from_utf8(raw).map_err(|_| shown())?;
    let harmless = |part: &str| !part.is_empty() && part != "." && part != "..";
    if name.contains(['\\', ':'])
        || name.chars().any(char::is_control)
        || !name.split('/').all(harmless)
    {
        return Err(shown());
    }
    Ok(name.to_owned())
}

/// What the file is instead, so that the message can say what to do.
fn what_else(bytes: &[u8]) -> Error {
    let start = bytes.trim_ascii_start();
    if start.is_empty() {
        return Error::Empty;
    }
    if start[0] != b'{' {
        return Error::NotAPlan;
    }
    let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else {
        return Error::NotAPlan;
    };
    if object.contains_key("encrypted_data") {
        Error::Encrypted
    } else if object.contains_key("lineage") && object.contains_key("serial") {
        Error::State
    } else if object.contains_key("format_version") {
        Error::PlanJson
    } else {
        Error::NotAPlan
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(entries: &[(&str, usize)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, zeros) in entries {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(&vec![0; *zeros]).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn more_than_the_limits_is_refused() {
        let bytes = archive(&[("a", 600), ("b", 400)]);
        let within = |entries, limit| {
            unpack(
                &bytes,
                &Limits {
                    entries,
                    bytes: limit,
                },
            )
        };
        assert_eq!(within(2, 1000).unwrap()["b"].len(), 400);
        assert!(matches!(
            within(2, 999),
            Err(Error::TooLarge { what: "bytes", .. })
        ));
        assert!(matches!(
            within(1, 1000),
            Err(Error::TooLarge {
                what: "entries",
                ..
            })
        ));
    }

    #[test]
    fn a_declared_size_is_not_believed() {
        let mut bytes = archive(&[("a", 5000)]);
        let declared = 5000u32.to_le_bytes();
        for at in 0..bytes.len() - 4 {
            if bytes[at..at + 4] == declared {
                bytes[at..at + 4].copy_from_slice(&10u32.to_le_bytes());
            }
        }
        let result = unpack(
            &bytes,
            &Limits {
                entries: 1,
                bytes: 1000,
            },
        );
        assert!(
            matches!(
                result,
                Err(Error::TooLarge { .. } | Error::DamagedArchive(_))
            ),
            "{result:?}"
        );
    }
}
