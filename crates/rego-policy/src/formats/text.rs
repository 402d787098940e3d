//! The default: one line for each message, then the summary.

use super::{Kind, lines, named, summary};
use crate::outcome::CheckResult;

/// Conftest's `stdout`, without colour.
pub fn text(results: &[CheckResult]) -> String {
    let mut out = String::new();
    for result in results {
        for (kind, message) in lines(result) {
            let word = match kind {
                Kind::Warning => "WARN",
                Kind::Failure => "FAIL",
                Kind::Exception => "EXCP",
                Kind::Error => "ERROR",
            };
            out.push_str(&format!("{word} - {}\n", named(result, &message)));
        }
    }
    out.push_str(&format!("\n{}\n", summary(results)));
    out
}
