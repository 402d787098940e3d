//! What is written: how a file begins, what some crates must not call, and that nothing names the machine it was
//! written on.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

/// A crate, and what its code must not contain, tests aside
const UNWRITTEN: &[(&str, &[&str])] = &[
    (
        "crates/evidence",
        &[
            "std::env",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "Instant",
            "SystemTime",
            "Timestamp::now",
            "Zoned::now",
        ],
    ),
    (
        "crates/report-formats",
        &["std::fs", "std::net", "std::process", "File::"],
    ),
    (
        "crates/rego-policy",
        &["std::net", "std::process", "Command::new"],
    ),
    ("crates/settings", &["std::env", "std::net", "std::process"]),
    (
        "crates/tfplan",
        &["std::net", "std::process", "Command::new"],
    ),
    (
        "actions/gate",
        &["std::net", "std::process::Command", "Command::new"],
    ),
    (
        "actions/policy-check",
        &["std::net", "std::process::Command", "Command::new"],
    ),
];

/// Folders of people, as the systems name them; none is somebody's if an example's name follows
const HOMES: [&str; 2] = ["/home/", "/Users/"];
/// GitHub's runners, and whoever an example is about
const NOBODY: [&str; 4] = ["runner/", "me/", "you/", "user/"];

fn root() -> &'static Utf8Path {
    let manifest = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap()
}

/// The files that are, or would be, committed
fn files() -> Vec<Utf8PathBuf> {
    let said = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let names = String::from_utf8(said.stdout).unwrap();
    let names = names.split_terminator('\0').map(Utf8PathBuf::from);
    // removed, and not yet committed so
    names.filter(|name| root().join(name).is_file()).collect()
}

fn rust_files() -> Vec<Utf8PathBuf> {
    let rust: Vec<Utf8PathBuf> = files()
        .into_iter()
        .filter(|name| name.extension() == Some("rs"))
        .collect();
    assert!(
        rust.len() > 100,
        "only {} Rust files were found",
        rust.len()
    );
    rust
}

fn read(name: &Utf8Path) -> String {
    String::from_utf8_lossy(&fs::read(root().join(name)).unwrap()).into_owned()
}

/// The code of a file without comments, and without the tests below it
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]") && !line.starts_with("mod tests"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn is_test(name: &Utf8Path) -> bool {
    name.components().any(|part| part.as_str() == "tests") || name.file_name() == Some("tests.rs")
}

fn none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_file_opens_by_saying_why_it_exists() {
    let silent = rust_files()
        .into_iter()
        .filter(|name| !read(name).starts_with("//! "));
    let silent: Vec<String> = silent
        .map(|name| format!("{name}:1: a file opens with `//!` and why it exists"))
        .collect();
    none(&silent);
}

#[test]
fn no_crate_calls_what_it_must_not_know() {
    let files = rust_files();
    let mut broken = Vec::new();
    for (folder, unwritten) in UNWRITTEN {
        let mut own = files
            .iter()
            .filter(|name| name.starts_with(folder) && !is_test(name))
            .peekable();
        assert!(own.peek().is_some(), "there are no sources in `{folder}`");
        for name in own {
            let text = read(name);
            for (number, line) in code(&text) {
                let found = unwritten.iter().find(|unwanted| line.contains(**unwanted));
                broken.extend(found.map(|found| format!("{name}:{number}: `{found}`")));
            }
        }
    }
    none(&broken);
}

#[test]
fn tests_and_comments_may_say_what_code_must_not() {
    let text = "//! no `std::fs`\nuse std::io;\n    // not std::fs\nstd::fs::read(a);\n#[cfg(test)]\nmod tests {\nuse std::fs;";
    let told: Vec<usize> = code(text)
        .filter(|(_, line)| line.contains("std::fs"))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(told, [4]);
    assert!(is_test(Utf8Path::new("crates/evidence/src/judge/tests.rs")));
    assert!(!is_test(Utf8Path::new("crates/evidence/src/judge.rs")));
}

#[test]
fn no_file_names_the_machine_it_was_written_on() {
    let mut machine = vec![format!("{}/", root())];
    for variable in ["HOME", "CARGO_HOME"] {
        let folder = std::env::var_os(variable).map(|folder| folder.to_string_lossy().into_owned());
        machine.extend(
            folder
                .filter(|folder| folder.len() > 1)
                .map(|folder| format!("{folder}/")),
        );
    }
    let mut broken = Vec::new();
    for name in files() {
        let text = read(&name);
        for (number, line) in text.lines().enumerate() {
            if let Some(place) = machines_place(line, &machine) {
                broken.push(format!("{name}:{}: `{place}`", number + 1));
            }
        }
    }
    none(&broken);
}

/// The first path in a line that only a certain machine has
fn machines_place<'a>(line: &str, machine: &'a [String]) -> Option<&'a str> {
    let own = machine.iter().map(String::as_str).find(|place| {
        let before = line.find(place).and_then(|at| line[..at].chars().last());
        // a path that begins there, and not the middle of another
        line.contains(place)
            && !before.is_some_and(|letter| letter.is_alphanumeric() || "_-.}".contains(letter))
    });
    let somebodys = || {
        HOMES.into_iter().find(|home| {
            let mut places = line.match_indices(home);
            places.any(|(at, _)| {
                let after = &line[at + home.len()..];
                let named = after.starts_with(|letter: char| letter.is_ascii_alphanumeric());
                named && !NOBODY.iter().any(|nobody| after.starts_with(nobody))
            })
        })
    };
    own.or_else(somebodys)
}

#[test]
fn a_machines_place_is_recognised() {
    let machine = ["/srv/build/".to_owned()];
    let place = |line| machines_place(line, &machine);
    assert_eq!(place("path = \"/srv/build/a\""), Some("/srv/build/"));
    assert_eq!(place("see ../srv/build/a"), None);
    // split, so that this file does not break its own rule
    assert_eq!(place(concat!("/ho", "me/ada/.cargo")), Some("/home/"));
    assert_eq!(place("/home/runner/work"), None);
    assert_eq!(place("\"/home/\""), None);
}
