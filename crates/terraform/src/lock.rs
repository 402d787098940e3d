//! Who holds the state lock.
//!
//! Every backend of Terraform and OpenTofu reports a held lock as the same block of text ("Lock Info:") inside a
//! diagnostic; there is no structured form of it.

use std::fmt;

/// The holder of a state lock, as the holder described itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// What `force-unlock` takes.
    pub id: String,
    /// User and machine.
    pub who: String,
    /// What it is doing: `apply`, `plan` and so on.
    pub operation: String,
    /// When it was taken, in the tool's own notation.
    pub created: String,
    /// Where the state is.
    pub path: String,
    /// The version of the tool that took it.
    pub version: String,
}

impl Lock {
    /// Reads the lock out of a diagnostic's detail.
    pub(crate) fn parse(detail: &str) -> Option<Self> {
        let (_, block) = detail.split_once("Lock Info:")?;
        let field = |name: &str| {
            block
                .lines()
                .find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
                .map(|value| value.trim().to_owned())
        };
        let operation = field("Operation").unwrap_or_default();
        Some(Self {
            id: field("ID").filter(|id| !id.is_empty())?,
            who: field("Who").unwrap_or_default(),
            operation: match operation.strip_prefix("OperationType") {
                Some(short) => short.to_lowercase(),
                None => operation,
            },
            created: field("Created").unwrap_or_default(),
            path: field("Path").unwrap_or_default(),
            version: field("Version").unwrap_or_default(),
        })
    }
}

impl fmt::Display for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` holds it for `{}` since {}",
            self.who, self.operation, self.created
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_in_s3_is_read() {
        let detail = "Error message: operation error S3: PutObject, https response error StatusCode: 412\nLock Info:\n  \
            ID:        5f1b\n  Path:      states/prod.tfstate\n  Operation: OperationTypePlan\n  Who:       \
            ci@runner-7\n  Version:   1.11.4\n  Created:   2026-11-23 19:00:23.3 +0000 UTC\n  Info:      \n\n\nTerraform \
            acquires a state lock";
        let lock = Lock::parse(detail).unwrap();
        assert_eq!(lock.id, "5f1b");
        assert_eq!(lock.who, "ci@runner-7");
        assert_eq!(lock.operation, "plan");
        assert_eq!(lock.path, "states/prod.tfstate");
        assert_eq!(lock.version, "1.11.4");
        assert_eq!(lock.created, "2026-11-23 19:00:23.3 +0000 UTC");
    }

    #[test]
    fn no_holder_no_lock() {
        assert_eq!(Lock::parse("Error message: AccessDenied"), None);
        assert_eq!(Lock::parse("Lock Info:\n  ID:  \n  Who: x"), None);
    }
}
