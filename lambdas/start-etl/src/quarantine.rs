//! Where a file goes that is not what the contract says: `quarantine/<object id>/<file name>`, with `reason.json` beside it.
//!
//! The original stays where it is: the bucket keeps versions, and who delivered the file looks for it there. Doing it again writes the same
//! bytes to the same places. What is quoted from the file is cut short, and cannot become a formula in somebody's spreadsheet or an escape
//! sequence in somebody's terminal.

use serde::Serialize;
use trigger::{Copied, Object, Store, StoreError};

/// S3 copies no more than this in one call
const LARGEST_COPY: u64 = 5 * 1024 * 1024 * 1024;
/// What is left of a key's 1,024 bytes, and more than a person reads
const LONGEST_NAME: usize = 512;
/// How much of a value is quoted, in characters
const LONGEST_QUOTE: usize = 80;

/// Why a file is refused
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// For programs; it does not change
    pub code: String,
    /// For people
    pub message: String,
    /// Line of the file, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Column of the table, from 1
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// Name of the column
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the contract says
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What the file says
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

#[derive(Serialize)]
struct Document<'d> {
    #[serde(flatten)]
    reason: &'d Reason,
    object: Original<'d>,
    contract: ContractName<'d>,
}

#[derive(Serialize)]
struct Original<'d> {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'d str>,
    etag: &'d str,
    bytes: u64,
    /// Where its copy is; none when it is larger than what S3 copies
    #[serde(skip_serializing_if = "Option::is_none")]
    copy: Option<String>,
}

/// The contract that was not kept
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ContractName<'d> {
    /// Its id
    pub id: &'d str,
    /// Its version
    pub version: &'d str,
}

/// Puts a file into quarantine; where the reason is, or nothing if the file is no longer there
///
/// # Errors
/// S3 failed.
pub async fn quarantine(
    store: &Store,
    object: &Object,
    reason: &Reason,
    contract: ContractName<'_>,
) -> Result<Option<String>, StoreError> {
    let folder = format!("quarantine/{}", object.id());
    let copy = match object.size {
        0..=LARGEST_COPY => Some(format!("{folder}/{}", name_of_copy(object.file_name()))),
        _ => None,
    };
    if let Some(copy) = &copy
        && store.copy(object, copy).await? == Copied::Gone
    {
        return Ok(None);
    }
    let document = Document {
        reason,
        object: Original {
            uri: object.uri(),
            version_id: object.version_id.as_deref(),
            etag: &object.etag,
            bytes: object.size,
            copy: copy.map(|key| format!("s3://{}/{key}", object.bucket)),
        },
        contract,
    };
    // a document has no key that is not text, and no value that JSON has not
    let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let key = format!("{folder}/reason.json");
    store.put(&object.bucket, &key, &text).await?;
    Ok(Some(format!("s3://{}/{key}", object.bucket)))
}

/// The file's name, if that leaves room for a reason beside it; the end of a long one, because the ending says what it is
fn name_of_copy(name: &str) -> String {
    if name == "reason.json" {
        return "delivered-reason.json".into();
    }
    let start = (name.len().saturating_sub(LONGEST_NAME)..=name.len())
        .find(|start| name.is_char_boundary(*start));
    name[start.unwrap_or(0)..].to_owned()
}

/// A value of the file, so that it can be shown anywhere
pub fn quoted(value: &str) -> String {
    let mut shown: String = value
        .chars()
        .take(LONGEST_QUOTE)
        .flat_map(|character| match is_plain(character) {
            true => vec![character],
            false => character.escape_default().collect(),
        })
        .collect();
    if value.chars().nth(LONGEST_QUOTE).is_some() {
        shown.push('\u{2026}');
    }
    match value
        .trim_start()
        .starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%'])
        && value.trim().parse::<f64>().is_err()
    {
        true => format!("'{shown}"),
        false => shown,
    }
}

/// Neither a control character nor one that turns the direction of writing or hides
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_is_harmless_wherever_it_is_shown() {
        for (value, shown) in [
            ("-122.23", "-122.23"),
            ("NEAR BAY", "NEAR BAY"),
            ("caf\u{e9}", "caf\u{e9}"),
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "'\\t=1"),
            ("a\u{1b}[31m\0", "a\\u{1b}[31m\\u{0}"),
            ("\u{202e}abc", "\\u{202e}abc"),
        ] {
            assert_eq!(quoted(value), shown, "{value:?}");
        }
        let long = quoted(&"x".repeat(100_000));
        assert_eq!(long.chars().count(), LONGEST_QUOTE + 1);
    }

    #[test]
    fn a_copy_has_a_name_of_its_own_that_fits() {
        assert_eq!(name_of_copy("a.csv"), "a.csv");
        assert_eq!(name_of_copy("reason.json"), "delivered-reason.json");
        let long = format!("{}.csv", "\u{e9}".repeat(500));
        let name = name_of_copy(&long);
        assert!(
            name.len() <= LONGEST_NAME && name.ends_with("\u{e9}.csv"),
            "{name}"
        );
    }
}
