//! GitHub workflow commands, with messages and properties escaped.

use super::summary;
use crate::outcome::{CheckResult, Outcome};

/// Conftest's `github`.
pub fn github(results: &[CheckResult]) -> String {
    let mut out = String::new();
    for result in results {
        let title = format!(
            "Testing {:?} against {} policies in namespace {:?}",
            result.filename,
            result.tests() + result.errors.len(),
            result.namespace
        );
        out.push_str(&format!("::group::{}\n", message(&title)));
        for (command, outcomes) in [
            ("error", &result.failures),
            ("warning", &result.warnings),
            ("notice", &result.exceptions),
        ] {
            outcomes
                .iter()
                .for_each(|outcome| annotation(&mut out, command, &result.filename, outcome));
        }
        for error in &result.errors {
            let file = property(&result.filename);
            let text = message(&error.to_string());
            out.push_str(&format!("::error file={file},line=1::{text}\n"));
        }
        if result.successes > 0 {
            let file = message(&result.filename);
            out.push_str(&format!("success file={file} {}\n", result.successes));
        }
        out.push_str("::endgroup::\n");
    }
    out + &summary(results) + "\n"
}

fn annotation(out: &mut String, command: &str, input: &str, outcome: &Outcome) {
    let (file, line) = match &outcome.loc {
        Some(loc) => (loc.file.as_str(), loc.line),
        None => (input, 1),
    };
    let text = message(&outcome.msg);
    out.push_str(&format!(
        "::{command} file={},line={line}::{text}\n",
        property(file)
    ));
    if file != input {
        out.push_str(&format!("(ORIGINATING FROM {} L{line})\n", message(input)));
    }
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
