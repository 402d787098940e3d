//! `cargo test`, and counting what it says.
//!
//! Every test binary ends with a line such as `test result: ok. 5 passed; 0 failed; 1 ignored; ...`. There is no other
//! stable form of it. Lines about tests that passed are not shown again when others failed.

use crate::failure::Failure;
use crate::process;
use crate::steps::Outcome;

use super::Run;

/// Runs the tests of all packages, to the end also when some fail.
pub(super) fn tests(run: &Run) -> Result<Outcome, Failure> {
    let mut command = run.workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]);
    let ran = process::with_progress(&mut run.join(command))?;
    let counted = Counts::of(&ran.output);
    let mut note = format!("{} passed", counted.passed);
    for (number, word) in [(counted.failed, "failed"), (counted.ignored, "ignored")] {
        if number > 0 {
            note.push_str(&format!(", {number} {word}"));
        }
    }
    // a binary that crashed or did not compile has no line that could be counted
    let failed = match ran.succeeded {
        true => counted.failed,
        false => counted.failed.max(1),
    };
    let output = match failed {
        0 => String::new(),
        _ => without_passes(&ran.output),
    };
    Ok(Outcome {
        passed: counted.passed,
        failed,
        note,
        output,
    })
}

#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Counts {
    fn of(output: &str) -> Self {
        let mut counts = Self::default();
        let results = output
            .lines()
            .filter_map(|line| line.strip_prefix("test result: ")?.split_once(". "));
        for (_, numbers) in results {
            for part in numbers.split("; ") {
                let Some((number, word)) = part.split_once(' ') else {
                    continue;
                };
                let number = number.parse().unwrap_or(0);
                match word {
                    "passed" => counts.passed += number,
                    "failed" => counts.failed += number,
                    "ignored" => counts.ignored += number,
                    _ => {} // measured, filtered out, and the time
                }
            }
        }
        counts
    }
}

fn without_passes(output: &str) -> String {
    let told = output.lines().filter(|line| {
        let passed = line.starts_with("test ") && line.ends_with("... ok");
        let empty =
            line.starts_with("running 0 tests") || line.starts_with("test result: ok. 0 passed");
        !passed && !empty
    });
    let mut told: Vec<&str> = told.collect();
    told.dedup_by(|line, before| line.is_empty() && before.is_empty());
    told.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
running 2 tests
test a::passes ... ok
test b::fails ... FAILED

failures:

---- b::fails stdout ----
test result: it says

test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0.53s


running 0 tests

test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: ok. 40 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s
";

    #[test]
    fn all_binaries_are_counted_together() {
        let expected = Counts {
            passed: 41,
            failed: 1,
            ignored: 2,
        };
        assert_eq!(Counts::of(OUTPUT), expected);
    }

    #[test]
    fn what_failed_is_shown_without_what_passed() {
        let shown = without_passes(OUTPUT);
        assert!(shown.contains("---- b::fails stdout ----"));
        assert!(!shown.contains("a::passes"));
        assert!(!shown.contains("running 0 tests"));
    }
}
