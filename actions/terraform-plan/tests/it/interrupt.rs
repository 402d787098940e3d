//! Being told to stop in the middle of a plan.

use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::{Fixture, wait_for};

/// A tool whose plan lasts until it is interrupted; then it takes a moment, as Terraform does to release its lock.
const SLOW: &str = r#"
case $1 in
  version) echo Terraform v1.11.4;;
  validate) echo '{"valid": true, "diagnostics": []}';;
  plan)
    trap 'echo INT >> ../.towpath-got; sleep 0.3; echo released >> ../.towpath-got; exit 1' INT
    touch ../.towpath-started
    for i in $(seq 1200); do sleep 0.05; done;;
esac
"#;

#[test]
fn an_interrupt_is_passed_on_and_waited_for() {
    let fixture = Fixture::new("");
    let tool = fixture.script(".towpath-terraform", SLOW);
    let child = Command::new(env!("CARGO_BIN_EXE_terraform-plan"))
        .current_dir(fixture.repository.path())
        .args(["--terraform", tool.as_str()])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&fixture.path(".towpath-started"));
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();

    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(fixture.read(".towpath-got"), "INT\nreleased\n");
    assert!(
        said.ends_with("error: `plan` was interrupted\nhint: run it again\n"),
        "{said}"
    );
    assert!(said.contains("interrupted: waiting until terraform has released the state lock"));
    assert_eq!(fixture.files(".towpath"), []);
}
