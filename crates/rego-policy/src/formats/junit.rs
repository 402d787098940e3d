//! JUnit XML: a warning counts as a failure, an exception as skipped.

use super::{Kind, lines, named};
use crate::outcome::CheckResult;

/// Conftest's `junit`.
pub fn junit(results: &[CheckResult]) -> String {
    let mut cases = String::new();
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for result in results {
        for (kind, message) in lines(result) {
            tests += 1;
            let first = message.lines().next().unwrap_or_default();
            let name = escape(&named(result, first));
            let message = escape(&message);
            let inner = match kind {
                Kind::Warning | Kind::Failure => {
                    failures += 1;
                    format!("<failure message=\"Failed\" type=\"\">{message}</failure>")
                }
                Kind::Error => {
                    errors += 1;
                    format!("<error message=\"Error\" type=\"\">{message}</error>")
                }
                Kind::Exception => {
                    skipped += 1;
                    format!("<skipped message=\"{message}\"></skipped>")
                }
            };
            cases.push_str(&case(&name, &inner));
        }
        for _ in 0..result.successes {
            tests += 1;
            cases.push_str(&case(&escape(&named(result, "SUCCESS")), ""));
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n\t<testsuite name=\"conftest\" \
         tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\">\n\
         {cases}\t</testsuite>\n</testsuites>\n"
    )
}

fn case(name: &str, inner: &str) -> String {
    format!("\t\t<testcase classname=\"conftest\" name=\"{name}\">{inner}</testcase>\n")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            // XML 1.0 has no way to write other control characters.
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
