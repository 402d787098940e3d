//! What is said when a tool is not there.

use miette::Diagnostic;
use sandbox::tools::{ToolError, ministack, python};
use sandbox::{Machine, Options, Sandbox};

fn said(error: &ToolError) -> String {
    format!("{error}\n{}", error.help().unwrap())
}

#[test]
fn a_missing_python_is_named_with_what_to_do() {
    let machine = Machine::default().with("PATH", "/nowhere");
    assert_eq!(
        said(&python(&machine).unwrap_err()),
        "`python3` 3.10.0 or newer is needed, and was not found\n\
         install Python 3.10.0 or newer with its `venv` module, or name an interpreter by `TOWPATH_PYTHON`"
    );
}

#[test]
fn a_variable_that_names_no_python_is_named() {
    let machine = Machine::default().with("TOWPATH_PYTHON", "/bin/echo");
    let refused = said(&python(&machine).unwrap_err());
    assert!(
        refused.starts_with("`/bin/echo`, named by `TOWPATH_PYTHON`, does not answer as Python"),
        "{refused}"
    );
}

#[test]
fn a_python_without_ministack_is_refused_by_name() {
    let bare = python(&Machine::current()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = std::process::Command::new(&bare.program)
        .args(["-m", "venv", "--without-pip"])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(made.success());
    let interpreter = folder.path().join("bin/python");
    let machine = Machine::default().with("TOWPATH_MINISTACK", interpreter.to_str().unwrap());
    let refused = said(&ministack(&machine, |_| {}).unwrap_err());
    assert!(
        refused.contains("No module named 'cryptography'"),
        "{refused}"
    );
    assert!(refused.contains("TOWPATH_MINISTACK"), "{refused}");
}

#[test]
fn a_folder_that_is_no_mirror_is_refused_and_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().to_str().unwrap();
    let options = Options {
        machine: Machine::current().with("TOWPATH_PROVIDER_MIRROR", named),
        ..Options::default()
    };
    let refused = Sandbox::start(&options).unwrap_err();
    assert!(
        refused.to_string().contains("TOWPATH_PROVIDER_MIRROR"),
        "{refused}"
    );
}
