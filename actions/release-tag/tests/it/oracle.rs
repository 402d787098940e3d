//! Thirty random histories, and what their versions must be by rules that are written down here a second time.
//!
//! The oracle knows no commit messages and no tags: it draws what happens, keeps three numbers, and says each version
//! before the program is asked. The program sees only the repository.

use fastrand::Rng;
use serde_json::Value;
use test_support::{Program, Repository};

const HISTORIES: u64 = 30;
const STEPS: usize = 40;

/// What a commit asks for, as the oracle has it: 0 nothing, 1 a patch, 2 a minor version, 3 a major one.
const MESSAGES: [(&str, usize); 16] = [
    ("docs: explain", 0),
    ("chore(ci): tidy", 0),
    ("refactor: shorter", 0),
    ("words without a type", 0),
    ("chore: x\n\nthis is no BREAKING CHANGE: at all", 0),
    ("fix: a thing (#12)", 1),
    ("fix(api): another", 1),
    ("perf: faster", 1),
    ("build(deps): bump x from 1 to 2", 1),
    ("deps: bump y", 1),
    ("feat: new", 2),
    ("feat(ui): newer\n\nlong story\n\nRefs: #3", 2),
    ("FEAT: shouted", 2),
    ("feat!: other", 3),
    ("fix(api)!: stricter", 3),
    ("fix: a\n\nBREAKING CHANGE: `x` is gone", 3),
];

/// The oracle's three numbers, and what is pending on top of them.
struct Oracle {
    /// None before the first release.
    full: Option<[u64; 3]>,
    /// The pre-release that this line is in: what it leads to, and its number.
    candidate: Option<([u64; 3], u64)>,
    since_full: Vec<(String, usize)>,
    since_any: Vec<(String, usize)>,
}

impl Oracle {
    fn expects(&self, prerelease: bool) -> Option<([u64; 3], Option<u64>)> {
        let largest =
            |pending: &[(String, usize)]| pending.iter().map(|(_, size)| *size).max().unwrap_or(0);
        let fresh = if prerelease {
            largest(&self.since_any)
        } else {
            largest(&self.since_full)
        };
        if fresh == 0 && (prerelease || self.candidate.is_none()) {
            return None;
        }
        let counted = match self.full {
            None => [0, 1, 0],
            Some([0, minor, patch]) => match largest(&self.since_full) {
                2 | 3 => [0, minor + 1, 0],
                _ => [0, minor, patch + 1],
            },
            Some([major, minor, patch]) => match largest(&self.since_full) {
                3 => [major + 1, 0, 0],
                2 => [major, minor + 1, 0],
                _ => [major, minor, patch + 1],
            },
        };
        let target = self
            .candidate
            .map_or(counted, |(begun, _)| begun.max(counted));
        if !prerelease {
            return Some((target, None));
        }
        let number = match self.candidate {
            Some((begun, number)) if begun == target => number + 1,
            _ => 1,
        };
        Some((target, Some(number)))
    }

    fn released(&mut self, (target, number): ([u64; 3], Option<u64>)) {
        self.since_any.clear();
        match number {
            Some(number) => self.candidate = Some((target, number)),
            None => {
                self.full = Some(target);
                self.candidate = None;
                self.since_full.clear();
            }
        }
    }

    fn committed(&mut self, hash: &str, size: usize) {
        for pending in [&mut self.since_full, &mut self.since_any] {
            pending.push((hash.to_owned(), size));
        }
    }

    /// Takes a pending commit back. What only an older release has would be a change of its own.
    fn reverted(&mut self, hash: &str) {
        self.since_full.retain(|(pending, _)| pending != hash);
        let known = self.since_any.len();
        self.since_any.retain(|(pending, _)| pending != hash);
        if known == self.since_any.len() {
            self.since_any.push((String::new(), 1));
        }
    }
}

fn text(([major, minor, patch], number): ([u64; 3], Option<u64>)) -> String {
    let number = number.map_or_else(String::new, |number| format!("-rc.{number}"));
    format!("{major}.{minor}.{patch}{number}")
}

fn commit(repository: &Repository, message: &str) -> String {
    repository.git(["commit", "--quiet", "--allow-empty", "--message", message]);
    repository.git(["rev-parse", "HEAD"])
}

#[test]
fn random_histories_have_the_versions_that_the_rules_say() {
    let (mut asked, mut given) = (0, 0);
    for seed in 0..HISTORIES {
        let mut random = Rng::with_seed(seed);
        let repository = Repository::new();
        let mut oracle = Oracle {
            full: None,
            candidate: None,
            since_full: Vec::new(),
            since_any: Vec::new(),
        };
        commit(&repository, "chore: begin");
        // half of them begin after 1.0.0
        if random.bool() {
            repository.git(["tag", "v1.2.3"]);
            oracle.full = Some([1, 2, 3]);
        }
        for step in 0..STEPS {
            match random.usize(..10) {
                0..=5 => {
                    let (message, size) = MESSAGES[random.usize(..MESSAGES.len())];
                    let hash = commit(&repository, message);
                    oracle.committed(&hash, size);
                }
                6 => {
                    // on a branch, and merged
                    let (message, size) = MESSAGES[random.usize(..MESSAGES.len())];
                    repository.git(["switch", "--quiet", "--create", "side"]);
                    let hash = commit(&repository, message);
                    repository.git(["switch", "--quiet", "main"]);
                    repository.git([
                        "merge",
                        "--quiet",
                        "--no-ff",
                        "side",
                        "--message",
                        "Merge pull request #5 from a/side",
                    ]);
                    repository.git(["branch", "--quiet", "--delete", "side"]);
                    oracle.committed(&hash, size);
                }
                7 => {
                    let pending: Vec<String> = oracle
                        .since_full
                        .iter()
                        .map(|(hash, _)| hash.clone())
                        .collect();
                    let hashes: Vec<&String> =
                        pending.iter().filter(|hash| !hash.is_empty()).collect();
                    if let Some(hash) = random.choice(hashes) {
                        commit(
                            &repository,
                            &format!("Revert \"a commit\"\n\nThis reverts commit {hash}."),
                        );
                        oracle.reverted(hash);
                    }
                }
                _ => {
                    let prerelease = random.usize(..3) == 0;
                    let expected = oracle.expects(prerelease);
                    let mut program = Program::new(env!("CARGO_BIN_EXE_release-tag"))
                        .args(["--output", "json"])
                        .cwd(repository.path());
                    if prerelease {
                        program = program.args(["--prerelease", "rc"]);
                    }
                    let ran = program.run();
                    assert_eq!(
                        ran.exit_code, 0,
                        "history {seed}, step {step}: {}",
                        ran.stderr
                    );
                    let releases: Value = serde_json::from_str(&ran.stdout).unwrap();
                    let said = releases[0]["version"].as_str().map(str::to_owned);
                    let log = || repository.git(["log", "--graph", "--format=%h %s%d"]);
                    assert_eq!(
                        said,
                        expected.map(text),
                        "history {seed}, step {step}:\n{}",
                        log()
                    );
                    asked += 1;
                    if let Some(expected) = expected {
                        given += 1;
                        repository.git(["tag", &format!("v{}", text(expected))]);
                        oracle.released(expected);
                    }
                }
            }
        }
    }
    assert!(
        asked > 150 && given > 100,
        "{given} versions of {asked} questions are too few"
    );
}
