//! What the tests share: HTTP of a few lines, processes seen from outside, and this test binary in another role.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{Options, Sandbox};

/// Tells a re-executed test binary that it is to play a role
const ROLE: &str = "SANDBOX_TEST_ROLE";

pub(crate) fn role() -> Option<String> {
    sandbox::Machine::current().get(ROLE).map(str::to_owned)
}

/// This test binary, running only the test that plays `role`
pub(crate) fn this_program_as(test: &str, role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(ROLE, role);
    command
}

pub(crate) fn start() -> Sandbox {
    Sandbox::start(&Options::default()).unwrap()
}

/// Status and body of one request to `http://<ip>:<port>/<path>`
pub(crate) fn http(method: &str, url: &str, headers: &str, body: &str) -> (u16, String) {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

pub(crate) fn is_open(url: &str) -> bool {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).is_ok()
}

/// Numbers of the running processes whose command line mentions `text`
pub(crate) fn processes_with(text: &str) -> Vec<u32> {
    let listed = Command::new("ps")
        .args(["-A", "-o", "pid=,stat=,args="])
        .output()
        .unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut found = Vec::new();
    for line in listed.lines().filter(|line| line.contains(text)) {
        let mut fields = line.split_whitespace();
        let pid = fields.next().unwrap().parse().unwrap();
        if !fields.next().unwrap().starts_with('Z') {
            found.push(pid);
        }
    }
    found
}

/// The sandbox's folder, from a variable that names a file in it
pub(crate) fn folder_of(empty_file: &str) -> String {
    let folder = empty_file.strip_suffix("/empty").unwrap();
    assert!(fs::exists(folder).unwrap());
    folder.to_owned()
}

pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(15);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Starts `command` and reads its output up to a line that starts with `word`; the rest of that line
pub(crate) fn spawn_and_read(command: &mut Command, word: &str) -> (Child, String) {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once(word)?.1.trim().to_owned()));
    match said {
        Some(rest) => (child, rest),
        None => panic!(
            "the program ended, {}, without `{word}`",
            child.wait().unwrap()
        ),
    }
}
