//! `crypto.sha256`, which policies use to compare contents; the engine has no `crypto` at all.

use super::{Builtin, text};
use sha2::{Digest, Sha256};

pub(super) fn builtins() -> Vec<Builtin> {
    vec![Builtin::new("crypto.sha256", 1, |params| {
        let digest = Sha256::digest(text(&params[0])?.as_bytes());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(hex.into())
    })]
}
