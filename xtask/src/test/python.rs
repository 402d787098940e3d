//! The Python tests: each folder's in an environment of its own, made from its locked requirements.
//!
//! Numbers are computed by one thread: the tests compare bytes, and the cores are shared with other steps.

use crate::failure::Failure;
use crate::process;
use crate::steps::{Outcome, Steps};

use super::Run;

/// A folder with tests, and what they need
struct Suite {
    name: &'static str,
    folder: &'static str,
    /// The locked requirements; the second is taken where the program before it does not answer
    requirements: &'static str,
    without: Option<(&'static str, &'static str)>,
}

const SUITES: [Suite; 2] = [
    Suite {
        name: "pipelines' tests",
        folder: "pipelines",
        requirements: "pipelines/requirements-spark.lock",
        without: Some(("java", "pipelines/requirements.lock")),
    },
    Suite {
        name: "frontend's tests",
        folder: "frontend",
        requirements: "frontend/requirements-test.lock",
        without: None,
    },
];

/// The stand-in for S3, which some of the tests talk to
const MINISTACK: &str = "crates/sandbox/tools/requirements.lock";

pub(super) fn steps(run: &Run, steps: &mut Steps) {
    for suite in &SUITES {
        steps.step(suite.name, || suite.run(run));
    }
    steps.step("READMEs of iac", || {
        let mut command = run.join(std::process::Command::new(interpreter(run, MINISTACK)?));
        command.args(["-B", "iac/readme.py", "--check"]);
        process::quietly(command.current_dir(&run.workspace.root)).map(Outcome::of)
    });
}

impl Suite {
    fn run(&self, run: &Run) -> Result<Outcome, Failure> {
        let requirements = match self.without {
            Some((program, smaller)) if !super::tools::is_there(program) => smaller,
            _ => self.requirements,
        };
        let python = interpreter(run, requirements)?;
        let ministack = interpreter(run, MINISTACK)?;
        let mut command = run.join(std::process::Command::new(python));
        command
            .args(["-B", "-m", "pytest", "-q", "-rs", "-o"])
            .arg(format!("cache_dir={}", run.folder.join("pytest")))
            .arg(self.folder)
            .env("TOWPATH_MINISTACK", ministack)
            .current_dir(&run.workspace.root)
            .env("OMP_NUM_THREADS", "1");
        let ran = process::quietly(&mut command)?;
        let counts = Counts::of(&ran.output);
        let mut note = format!("{} passed", counts.passed);
        for (number, word) in [(counts.failed, "failed"), (counts.skipped, "skipped")] {
            if number > 0 {
                note.push_str(&format!(", {number} {word}"));
            }
        }
        let failed = match ran.succeeded && counts.passed > 0 {
            true => counts.failed,
            false => counts.failed.max(1),
        };
        for line in ran
            .output
            .lines()
            .filter(|line| line.starts_with("SKIPPED"))
        {
            crate::screen::say(format!("    {line}"));
        }
        Ok(Outcome {
            passed: counts.passed,
            failed,
            note,
            output: if failed > 0 {
                ran.output
            } else {
                String::new()
            },
        })
    }
}

/// The interpreter that has what `requirements` lists, in this run
fn interpreter(run: &Run, requirements: &str) -> Result<String, Failure> {
    crate::python::interpreter(run.program("towpath"), requirements)
}

/// What pytest's last line says: `3 failed, 80 passed, 1 skipped in 12.3s`
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Counts {
    fn of(output: &str) -> Self {
        let mut counts = Self::default();
        let last = output.lines().rev().find(|line| {
            line.contains(" in ") && line.trim_end_matches([' ', '=']).ends_with(['s', ')'])
        });
        let (said, _) = last
            .and_then(|line| line.split_once(" in "))
            .unwrap_or_default();
        for part in said.trim_matches(['=', ' ']).split(", ") {
            let Some((number, word)) = part.split_once(' ') else {
                continue;
            };
            let number = number.parse().unwrap_or(0);
            match word {
                "passed" => counts.passed += number,
                "failed" | "error" | "errors" => counts.failed += number,
                "skipped" => counts.skipped += number,
                _ => {} // warnings, deselected
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_read() {
        let output = "....\n=== short test summary info ===\nSKIPPED [1] a.py:1: no Java\n1 failed, 80 passed, 2 skipped, 3 warnings in 125.31s (0:02:05)\n";
        let expected = Counts {
            passed: 80,
            failed: 1,
            skipped: 2,
        };
        assert_eq!(Counts::of(output), expected);
        assert_eq!(Counts::of("no tests ran in 0.01s\n"), Counts::default());
        assert_eq!(Counts::of("Traceback\n"), Counts::default());
    }
}
