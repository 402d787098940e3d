//! Runs every case folder and compares what it says with `expected.txt`.

use camino::{Utf8Path, Utf8PathBuf};
use rego_policy::{
    CheckResult, EvalError, Input, LoadError, Namespaces, Options, Outcome, PolicyProblem,
    PolicySet, Position, RegoVersion, RuleError, Sources, VerifyError, documents,
};
use std::fmt::Write as _;

#[test]
fn every_case_says_what_it_should() {
    let root = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases");
    let mut cases: Vec<Utf8PathBuf> = root
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .collect();
    cases.sort();
    assert!(cases.len() > 20, "cases are missing from {root}");
    let failed: Vec<String> = cases.iter().filter_map(|case| compare(case)).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn compare(case: &Utf8Path) -> Option<String> {
    let expected = std::fs::read_to_string(case.join("expected.txt")).unwrap();
    let mut request = Request::default();
    let mut wanted = String::new();
    for line in expected.lines() {
        if wanted.is_empty() && request.read(line) {
            continue;
        }
        wanted.push_str(line);
        wanted.push('\n');
    }
    let said = run(case, &request);
    let name = case.file_name().unwrap();
    (said != wanted).then(|| format!("--- {name}: expected\n{wanted}--- {name}: said\n{said}"))
}

#[derive(Default)]
struct Request {
    select: Namespaces,
    options: Options,
    verify: bool,
    combine: bool,
}

impl Request {
    fn read(&mut self, line: &str) -> bool {
        match line.split_once(": ").unwrap_or((line, "")) {
            ("select", "all") => self.select = Namespaces::All,
            ("select", names) => {
                self.select = Namespaces::Only(names.split(' ').map(str::to_owned).collect());
            }
            ("version", "v0") => self.options.rego_version = RegoVersion::V0,
            ("strict", "false") => self.options.strict = false,
            ("timeout", ms) => {
                self.options.timeout = std::time::Duration::from_millis(ms.parse().unwrap());
            }
            ("verify", "") => {
                self.verify = true;
                self.select = Namespaces::All;
            }
            ("combine", "") => self.combine = true,
            _ => return false,
        }
        true
    }
}

fn run(case: &Utf8Path, request: &Request) -> String {
    let mut out = String::new();
    let data: Vec<Utf8PathBuf> = Some(case.join("data"))
        .filter(|d| d.exists())
        .into_iter()
        .collect();
    let mut sources = match Sources::read(&[case.to_owned()], &data) {
        Ok(sources) => sources,
        Err(error) => return format!("LOAD {error}\n").replace(case.as_str(), "."),
    };
    let policies = sources.policies.iter_mut().map(|file| &mut file.path);
    for path in policies.chain(sources.data.iter_mut().map(|file| &mut file.path)) {
        *path = Utf8Path::new(path.as_str())
            .strip_prefix(case)
            .unwrap()
            .to_string();
    }
    let set = match PolicySet::load(sources, request.options.clone()) {
        Ok(set) => set,
        Err(LoadError::Policies { problems }) => {
            problems.iter().for_each(|p| problem(&mut out, "LOAD", p));
            return out;
        }
        Err(error) => return format!("LOAD {error}\n"),
    };
    if request.verify {
        verify(&mut out, &set, &request.select);
        return out;
    }
    for input in inputs(case, request.combine) {
        match set.evaluate(&request.select, &input) {
            Ok(results) => results.iter().for_each(|r| result(&mut out, r)),
            Err(EvalError::Rules {
                results, errors, ..
            }) => {
                results.iter().for_each(|r| result(&mut out, r));
                errors.iter().for_each(|e| rule_error(&mut out, e));
            }
            Err(EvalError::Policies { problems }) => {
                problems
                    .iter()
                    .for_each(|p| problem(&mut out, "REFUSED", p));
            }
            Err(error) => writeln!(out, "REFUSED {error}").unwrap(),
        }
    }
    out
}

fn inputs(case: &Utf8Path, combine: bool) -> Vec<Input> {
    let mut files: Vec<Utf8PathBuf> = case
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.starts_with("input"))
        })
        .collect();
    files.sort();
    let read: Vec<_> = files
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap().to_owned();
            (name, documents::read(path, None).unwrap())
        })
        .collect();
    if combine {
        return vec![Input {
            file_name: documents::COMBINED.to_owned(),
            value: documents::combine(read),
        }];
    }
    read.into_iter()
        .map(|(file_name, value)| Input { file_name, value })
        .collect()
}

fn result(out: &mut String, result: &CheckResult) {
    let CheckResult {
        filename,
        namespace,
        successes,
        ..
    } = result;
    writeln!(
        out,
        "{filename} {namespace}: {} tests, {successes} passed",
        result.tests()
    )
    .unwrap();
    for (word, outcomes) in [
        ("WARN", &result.warnings),
        ("FAIL", &result.failures),
        ("EXCP", &result.exceptions),
    ] {
        outcomes.iter().for_each(|o| outcome(out, word, o));
    }
}

fn outcome(out: &mut String, word: &str, outcome: &Outcome) {
    let mut metadata = outcome.metadata.clone();
    assert_eq!(metadata.remove("query").is_some(), word != "EXCP");
    write!(
        out,
        "{word} {} {} {}",
        outcome.rule,
        place(&outcome.policy),
        outcome.msg
    )
    .unwrap();
    if let Some(loc) = &outcome.loc {
        write!(out, " @ {}:{}", loc.file, loc.line).unwrap();
    }
    if !metadata.is_empty() {
        write!(out, " {}", serde_json::Value::from(metadata)).unwrap();
    }
    out.push('\n');
}

fn rule_error(out: &mut String, error: &RuleError) {
    let place = error.position.as_ref().map(place).unwrap_or_default();
    writeln!(out, "ERROR {:?} {place} {error}", error.kind).unwrap();
}

fn problem(out: &mut String, word: &str, problem: &PolicyProblem) {
    writeln!(out, "{word} {} {problem}", place(&problem.position)).unwrap();
}

fn place(position: &Position) -> String {
    let Position { file, line, column } = position;
    format!("{file}:{line}:{column}")
}

fn verify(out: &mut String, set: &PolicySet, select: &Namespaces) {
    match set.verify(select) {
        Ok(report) => {
            for test in &report.tests {
                let outcome = &test.outcome;
                writeln!(
                    out,
                    "{outcome:?} {}.{} {}",
                    test.namespace,
                    test.name,
                    place(&test.position)
                )
                .unwrap();
                for (at, text) in &test.prints {
                    let at = at.as_ref().map(place).unwrap_or_default();
                    writeln!(out, "  {at} {text}").unwrap();
                }
            }
            assert_eq!(report.passed(), report.failures().count() == 0);
        }
        Err(VerifyError::Load(LoadError::Policies { problems })) => {
            problems.iter().for_each(|p| problem(out, "LOAD", p));
        }
        Err(error) => writeln!(out, "REFUSED {error}").unwrap(),
    }
}
