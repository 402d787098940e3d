//! The action from the outside: seeded defects, sound definitions, and what the user sees.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod seeded;
mod seen;
mod sound;

use camino::Utf8Path;
use serde_json::Value;
use test_support::{Program, Ran};

const SOUND: &str = include_str!("../fixtures/sound.pipeline.json");
const LOOPS: &str = include_str!("../fixtures/sdk-v3-steps.pipeline.json");

/// Runs the program over a file with this text.
fn lint(text: &str, format: &str) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    std::fs::write(path.join("a.pipeline.json"), text).unwrap();
    Program::new(env!("CARGO_BIN_EXE_pipeline-lint"))
        .args(["a.pipeline.json", "--output", format])
        .cwd(path)
        .run()
}

/// What is found in `text`: the rule without its prefix, and the line.
fn found(text: &str) -> Vec<(String, u64)> {
    let ran = lint(text, "json");
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(ran.exit_code, if findings.is_empty() { 0 } else { 3 });
    findings
        .iter()
        .map(|finding| {
            let rule = finding["rule"].as_str().unwrap();
            let line = finding["location"]["line"].as_u64().unwrap();
            (rule.strip_prefix("pipeline/").unwrap().to_owned(), line)
        })
        .collect()
}
