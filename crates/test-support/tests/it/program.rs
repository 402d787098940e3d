//! A program is run with the environment that the test gives, and little else.

use test_support::{Program, Ran};

#[test]
fn a_child_sees_what_the_test_says_and_little_else() {
    // cargo sets this one for every test, so it would be there if anything were inherited
    assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
    let ran = Program::new("env").env("GIVEN", "1").run();
    let names: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    assert!(
        names.contains(&"GIVEN") && names.contains(&"PATH"),
        "{names:?}"
    );
    assert!(!names.contains(&"CARGO_PKG_NAME"), "{names:?}");
    for prefix in [
        "GITHUB_",
        "RUNNER_",
        "ACTIONS_",
        "INPUT_",
        "AWS_",
        "TF_",
        "KUBECONFIG",
    ] {
        assert!(
            !names.iter().any(|name| name.starts_with(prefix)),
            "{names:?}"
        );
    }
}

#[test]
fn a_child_reads_writes_and_ends() {
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    let ran = Program::new("sh")
        .args(["-c", "cat; pwd >&2; exit 7"])
        .stdin("in")
        .cwd(folder)
        .run();
    assert_eq!((ran.exit_code, ran.stdout.as_str()), (7, "in"));
    assert!(
        ran.stderr.trim_end().ends_with(folder.file_name().unwrap()),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_signal_is_an_exit_code_as_a_shell_says_it() {
    let killed = Ran {
        exit_code: 137,
        stdout: String::new(),
        stderr: String::new(),
    };
    assert_eq!(Program::new("sh").args(["-c", "kill -9 $$"]).run(), killed);
}

#[test]
fn a_child_that_reads_nothing_does_not_hang() {
    let ran = Program::new("sh")
        .args(["-c", "seq 100000"])
        .stdin("x".repeat(1 << 20))
        .run();
    assert_eq!(ran.stdout.lines().count(), 100_000);
}
