//! A table with a row for each test.

use super::{Kind, lines};
use crate::outcome::CheckResult;

/// Conftest's `table`.
pub fn table(results: &[CheckResult]) -> String {
    let mut rows = vec![["RESULT", "FILE", "NAMESPACE", "MESSAGE"].map(str::to_owned)];
    for result in results {
        let row = |word: &str, message: &str| {
            let message = message.replace('\n', " ");
            [word, &result.filename, &result.namespace, &message].map(str::to_owned)
        };
        rows.extend((0..result.successes).map(|_| row("success", "SUCCESS")));
        rows.extend(lines(result).iter().map(|(kind, message)| {
            let word = match kind {
                Kind::Warning => "warning",
                Kind::Failure => "failure",
                Kind::Exception => "exception",
                Kind::Error => "error",
            };
            row(word, message)
        }));
    }
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule: String = widths
        .iter()
        .map(|w| format!("+{}", "-".repeat(w + 2)))
        .collect();
    let mut out = format!("{rule}+\n");
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            out.push_str(&format!("| {cell:<width$} "));
        }
        out.push_str("|\n");
        if index == 0 || index + 1 == rows.len() {
            out.push_str(&format!("{rule}+\n"));
        }
    }
    out
}
