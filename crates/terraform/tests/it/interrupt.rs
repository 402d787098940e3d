//! Signals while a command runs.
//!
//! Each test starts this test binary again as a process of its own (`helper`), because signals are a matter of whole
//! processes, and signals that one.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use terraform::{Error, Event, StateFate, Tool, ToolRequest};

use crate::fixture::{Fixture, root, tool, wait_for};

const TASK: &str = "TERRAFORM_IT_TASK";
const DIR: &str = "TERRAFORM_IT_DIR";

/// The process that is signalled: the other tests start it again by its name. It is a test only so that they can.
#[test]
fn helper() {
    let (Some(task), Some(dir)) = (std::env::var_os(TASK), std::env::var_os(DIR)) else {
        return;
    };
    let dir = Utf8PathBuf::try_from(std::path::PathBuf::from(dir)).unwrap();
    match task.to_str() {
        Some("apply") => {
            let root = root(tool(), dir.clone());
            let plan = dir.join("it.tfplan");
            let error = root
                .apply(&plan, &Default::default(), &mut |_| {})
                .unwrap_err();
            assert!(matches!(error, Error::Interrupted { .. }), "{error:?}");
            let saved = error.apply_run().unwrap().state == StateFate::Saved;
            println!("outcome: {error}; saved: {saved}");
        }
        Some("fake") => {
            let tool = Tool::find(&ToolRequest {
                name_or_path: Some(dir.join("fake").into_string()),
                ..ToolRequest::default()
            });
            let mut counts = Vec::new();
            let error = root(tool.unwrap(), dir).state_pull(&mut |event| {
                if let Event::Interrupted { count } = event {
                    counts.push(*count);
                }
            });
            println!("outcome: {}; heard {counts:?}", error.unwrap_err());
        }
        Some("idle") => {
            let root = root(tool(), dir.clone());
            root.workspace_show(&mut |_| {}).unwrap();
            std::fs::write(dir.join("started"), "").unwrap();
            std::thread::sleep(Duration::from_secs(60));
        }
        other => panic!("unknown task {other:?}"),
    }
}

fn start(task: &str, folder: &Fixture) -> Child {
    start_by(Command::new(std::env::current_exe().unwrap()), task, folder)
}

fn start_by(mut command: Command, task: &str, folder: &Fixture) -> Child {
    command
        .args(["--exact", "interrupt::helper", "--nocapture"])
        .env(TASK, task)
        .env(DIR, folder.path(""))
        // As a shell does for a job: ^C goes to all of its group.
        .process_group(0)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap()
}

/// Waits, with a limit, and gives what the helper reported.
fn finish(mut child: Child) -> (ExitStatus, String) {
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > Duration::from_secs(40) {
            child.kill().unwrap();
            panic!("the helper did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    let outcome = said.lines().find_map(|line| {
        let start = line.find("outcome: ")?;
        Some(line[start + "outcome: ".len()..].to_owned())
    });
    (status, outcome.unwrap_or(said))
}

const SLOW: &str = r#"
resource "terraform_data" "a" {}
resource "terraform_data" "b" {
  input = terraform_data.a.id
  provisioner "local-exec" { command = "echo $$ > started; exec sleep 600" }
}
resource "terraform_data" "c" { input = terraform_data.b.id }
"#;

fn an_apply_is_interrupted(send: impl Fn(&Child)) {
    let folder = Fixture::ready(SLOW);
    folder.plan();
    let child = start("apply", &folder);
    wait_for(&folder.path("started"));
    assert!(folder.path(".terraform.tfstate.lock.info").exists());
    let began = Instant::now();
    send(&child);
    let (status, outcome) = finish(child);
    assert!(status.success(), "{outcome}");
    assert_eq!(
        outcome,
        "`apply` was interrupted: 1 of 3 changes done, 1 failed, 1 not started; saved: true"
    );
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(!folder.path(".terraform.tfstate.lock.info").exists());
    let state = folder.read("terraform.tfstate");
    assert!(state.contains("\"name\": \"a\""), "{state}");
    let sleeper = folder.read("started").trim().parse().unwrap();
    assert!(
        test_kill_process(Pid::from_raw(sleeper).unwrap()).is_err(),
        "the provisioner lives on"
    );
    // The lock is free: the next plan works.
    assert!(folder.plan().has_changes);
}

#[test]
fn an_interrupt_lets_terraform_save_the_state_and_release_the_lock() {
    an_apply_is_interrupted(|child| kill_process(pid(child), Signal::INT).unwrap());
}

#[test]
fn a_request_to_terminate_is_passed_on_as_an_interrupt() {
    an_apply_is_interrupted(|child| kill_process(pid(child), Signal::TERM).unwrap());
}

/// Counts what it gets in a file, and ends at the second interrupt.
const COUNTER: &str = r#"
case $1 in version) echo Terraform v1.11.4; exit;; esac
n=0
trap 'n=$((n+1)); echo INT >> got' INT
trap 'echo TERM >> got' TERM
touch started
until test $n -ge 2; do sleep 0.05; done
exit 1
"#;

#[test]
fn each_signal_is_passed_on_once() {
    let folder = Fixture::new("");
    folder.script("fake", COUNTER);
    let child = start("fake", &folder);
    wait_for(&folder.path("started"));
    // To the whole group, as a terminal does: the tool must not get it directly as well.
    kill_process_group(pid(&child), Signal::TERM).unwrap();
    wait_for(&folder.path("got"));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(folder.read("got"), "INT\n");
    kill_process(pid(&child), Signal::INT).unwrap();
    let (_, outcome) = finish(child);
    assert_eq!(outcome, "`state pull` was interrupted; heard [1, 2]");
    assert_eq!(folder.read("got"), "INT\nINT\n");
}

#[test]
fn a_hang_up_interrupts_unless_it_was_ignored_from_the_start() {
    let folder = Fixture::new("");
    folder.script("fake", COUNTER);
    let mut nohup = Command::new("sh");
    nohup.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    nohup.arg(std::env::current_exe().unwrap());
    let child = start_by(nohup, "fake", &folder);
    wait_for(&folder.path("started"));
    kill_process(pid(&child), Signal::HUP).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(!folder.path("got").exists());
    kill_process(pid(&child), Signal::INT).unwrap();
    wait_for(&folder.path("got"));
    kill_process(pid(&child), Signal::INT).unwrap();
    assert_eq!(
        finish(child).1,
        "`state pull` was interrupted; heard [1, 2]"
    );

    let folder = Fixture::new("");
    folder.script("fake", COUNTER);
    let child = start("fake", &folder);
    wait_for(&folder.path("started"));
    kill_process(pid(&child), Signal::HUP).unwrap();
    wait_for(&folder.path("got"));
    kill_process(pid(&child), Signal::HUP).unwrap();
    assert_eq!(
        finish(child).1,
        "`state pull` was interrupted; heard [1, 2]"
    );
}

#[test]
fn between_commands_an_interrupt_ends_the_process() {
    for signal in [Signal::INT, Signal::TERM] {
        let folder = Fixture::ready("");
        let child = start("idle", &folder);
        wait_for(&folder.path("started"));
        kill_process(pid(&child), signal).unwrap();
        let (status, _) = finish(child);
        assert_eq!(status.signal(), Some(signal.as_raw()));
    }
}
