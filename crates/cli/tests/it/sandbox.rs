//! `towpath sandbox` as a person uses it: real processes, seen from outside.
//!
//! What the stand-ins answer, and all that can befall them, is tested where they are made, in `sandbox`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;
use test_support::{Program, Ran};

/// A person's folder, with a sandbox of its own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::with_prefix("towpath-cli-").unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn sandbox(&self, arguments: &[&str]) -> Ran {
        program(self.path(), arguments).run()
    }

    fn environment(&self) -> Value {
        let ran = self.sandbox(&["env", "--json"]);
        assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

impl Drop for Folder {
    /// Also when an assertion fails
    fn drop(&mut self) {
        self.sandbox(&["down"]);
    }
}

fn program(folder: &Utf8Path, arguments: &[&str]) -> Program {
    let machine = ["TOWPATH_MINISTACK", "TOWPATH_TERRAFORM", "XDG_CACHE_HOME"];
    let set = machine.map(|name| (name, std::env::var_os(name)));
    let set = set
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Program::new(env!("CARGO_BIN_EXE_towpath"))
        .arg("sandbox")
        .args(arguments)
        .cwd(folder)
        .envs(set)
}

/// The body of the answer to one request, which must go well.
fn http(method: &str, url: &str) -> String {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let timeout = Some(Duration::from_secs(20));
    stream.set_read_timeout(timeout).unwrap();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    body.to_owned()
}

fn is_open(url: &str) -> bool {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).is_ok()
}

/// The processes whose command line names `text`, but for those that have ended.
fn processes_with(text: &str) -> Vec<String> {
    let ran = Program::new("ps").args(["-A", "-o", "stat=,args="]).run();
    let lines = ran.stdout.lines();
    lines
        .filter(|line| line.contains(text) && !line.starts_with('Z'))
        .map(str::to_owned)
        .collect()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What belongs to a sandbox that is up: its folder among the temporary ones, and its endpoint.
fn belongings(environment: &Value) -> (Utf8PathBuf, String) {
    let file = Utf8Path::new(environment["AWS_CONFIG_FILE"].as_str().unwrap());
    let endpoint = environment["AWS_ENDPOINT_URL"].as_str().unwrap();
    (file.parent().unwrap().to_owned(), endpoint.to_owned())
}

#[test]
fn up_used_and_down() {
    let folder = Folder::new();
    let status = folder.sandbox(&["status"]);
    assert_eq!((status.exit_code, status.stdout.as_str()), (4, "down\n"));
    let none = folder.sandbox(&["env"]);
    assert_eq!((none.exit_code, none.stdout.as_str()), (6, ""));
    assert!(
        none.stderr.ends_with("hint: run `towpath sandbox up`\n"),
        "{}",
        none.stderr
    );

    let up = folder.sandbox(&["up"]);
    assert_eq!(up.exit_code, 0, "{}", up.stderr);
    let environment = folder.environment();
    let (own, endpoint) = belongings(&environment);
    assert!(
        up.stdout
            .contains(&format!("export AWS_ENDPOINT_URL='{endpoint}'\n")),
        "{}",
        up.stdout
    );
    assert_eq!(folder.sandbox(&["env"]).stdout, up.stdout);
    assert_eq!(environment["AWS_PROFILE"], Value::Null);
    let status = folder.sandbox(&["status"]);
    assert_eq!((status.exit_code, status.stdout.as_str()), (0, "up\n"));

    http("PUT", &format!("{endpoint}/shelf"));
    let buckets = http("GET", &format!("{endpoint}/"));
    assert!(buckets.contains("<Name>shelf</Name>"), "{buckets}");
    // up again finds the one that is there, with what is in it
    assert_eq!(folder.sandbox(&["up"]).stdout, up.stdout);
    assert_eq!(http("GET", &format!("{endpoint}/")), buckets);

    let down = folder.sandbox(&["down"]);
    assert_eq!(down.exit_code, 0, "{}", down.stderr);
    assert!(!is_open(&endpoint));
    assert_eq!(processes_with(own.as_str()), [""; 0]);
    assert_eq!(processes_with(folder.path().as_str()), [""; 0]);
    assert!(!own.exists());
    assert_eq!(folder.sandbox(&["status"]).exit_code, 4);
    assert_eq!(folder.sandbox(&["down"]).exit_code, 0);
}

#[test]
fn nothing_is_left_when_the_supervisor_is_killed() {
    let folder = Folder::new();
    let up = folder.sandbox(&["up"]);
    assert_eq!(up.exit_code, 0, "{}", up.stderr);
    let (own, endpoint) = belongings(&folder.environment());
    let state = std::fs::read(folder.path().join(".towpath/sandbox/state.json")).unwrap();
    let state: Value = serde_json::from_slice(&state).unwrap();
    let pid = state["supervisor"]["pid"].to_string();
    assert_eq!(Program::new("kill").args(["-9", &pid]).run().exit_code, 0);

    eventually("the port is closed", || !is_open(&endpoint));
    eventually("no process is left", || {
        processes_with(own.as_str()).is_empty()
    });
    eventually("no folder is left", || !own.exists());
    let status = folder.sandbox(&["status"]);
    assert_eq!(status.exit_code, 4);
    assert_eq!(status.stdout, "down, without having said so\n");
    assert_eq!(folder.sandbox(&["down"]).exit_code, 0);
    assert_eq!(folder.sandbox(&["status"]).stdout, "down\n");
}

#[test]
fn a_command_runs_in_a_sandbox_of_its_own() {
    let folder = Folder::new();
    let script = "echo $AWS_ENDPOINT_URL; echo $AWS_CONFIG_FILE; kill -0 $$";
    let ran = folder.sandbox(&["run", "--", "sh", "-c", script]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let (endpoint, file) = ran.stdout.trim().split_once('\n').unwrap();
    assert!(endpoint.starts_with("http://127.0.0.1:"), "{endpoint}");
    assert!(!is_open(endpoint));
    assert!(!Utf8Path::new(file).parent().unwrap().exists());
    // it is no part of a sandbox that is up
    assert_eq!(folder.sandbox(&["status"]).stdout, "down\n");

    let ran = folder.sandbox(&["run", "--", "sh", "-c", "exit 7"]);
    assert_eq!(ran.exit_code, 1);
    assert!(
        ran.stderr
            .ends_with("error: `sh` ended with exit status: 7\n"),
        "{}",
        ran.stderr
    );
    let ran = folder.sandbox(&["run", "--", "towpath-no-such-program"]);
    assert_eq!(ran.exit_code, 2);
    assert!(
        ran.stderr
            .contains("failed to run `towpath-no-such-program`"),
        "{}",
        ran.stderr
    );
    assert_eq!(folder.sandbox(&["run"]).exit_code, 2);
}

#[test]
fn tools_are_printed_for_a_shell() {
    let folder = Folder::new();
    let ran = folder.sandbox(&["tools"]);
    assert_eq!(ran.exit_code, 0, "{}", ran.stderr);
    let script = format!(
        "{}\"$TOWPATH_TERRAFORM\" version; \"$TOWPATH_MINISTACK\" -c 'import ministack; print(\"ministack\")'",
        ran.stdout
    );
    let used = Program::new("sh").args(["-c", &script]).run();
    assert_eq!(used.exit_code, 0, "{}", used.stderr);
    assert!(used.stdout.starts_with("Terraform v1."), "{}", used.stdout);
    assert!(used.stdout.ends_with("ministack\n"), "{}", used.stdout);
}
