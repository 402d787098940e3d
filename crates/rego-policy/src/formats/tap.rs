//! The Test Anything Protocol: a plan and a line for each test.

use super::{Kind, lines, named};
use crate::outcome::CheckResult;

/// Conftest's `tap`.
pub fn tap(results: &[CheckResult]) -> String {
    let mut out = String::new();
    for result in results {
        let said = lines(result);
        let total = said.len() + result.successes;
        if total == 0 {
            continue;
        }
        out.push_str(&format!("1..{total}\n"));
        let mut number = 0;
        let mut section = |out: &mut String, title: &str, word: &str, messages: Vec<&str>| {
            if messages.is_empty() {
                return;
            }
            out.push_str(title);
            for message in messages {
                number += 1;
                let line = named(result, &message.replace('\n', " "));
                out.push_str(&format!("{word} {number} - {line}\n"));
            }
        };
        let of = |kind: Kind| -> Vec<&str> {
            let wanted = said.iter().filter(|(k, _)| *k == kind);
            wanted.map(|(_, message)| message.as_str()).collect()
        };
        section(&mut out, "", "not ok", of(Kind::Failure));
        section(&mut out, "# errors\n", "not ok", of(Kind::Error));
        section(&mut out, "# warnings\n", "not ok", of(Kind::Warning));
        section(&mut out, "# exceptions\n", "ok", of(Kind::Exception));
        section(
            &mut out,
            "# successes\n",
            "ok",
            vec!["SUCCESS"; result.successes],
        );
    }
    out
}
