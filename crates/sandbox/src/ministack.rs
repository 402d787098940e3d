//! The ministack process: started through `tools/shim.py`, which ends with its owner.
//!
//! The owner holds the write end of the shim's standard input; when this process is gone, for whatever reason, the kernel closes it and
//! the shim ends its whole group and removes the folder. The process group is ended from here as well, before its leader is
//! reaped, so that its number cannot belong to somebody else.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

use crate::environment::SIMULATED;
use crate::health;
use crate::machine::Machine;
use crate::process::Identity;
use crate::running::StartError;

const SHIM: &str = include_str!("../tools/shim.py");
const POLL: Duration = Duration::from_millis(20);
/// Longer than the shim's own patience
const GRACE: Duration = Duration::from_secs(6);

/// A running ministack
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    port: u16,
}

impl Process {
    /// Starts one that keeps everything in `folder`, and waits until it answers
    pub(crate) fn start(
        python: &Utf8Path,
        folder: &Utf8Path,
        region: &str,
        simulator: &str,
        machine: &Machine,
        patience: Duration,
    ) -> Result<Self, StartError> {
        let deadline = Instant::now() + patience;
        let log = folder.join("ministack.log");
        let child = spawn(python, folder, region, simulator, machine, &log).map_err(|source| {
            StartError::Spawn {
                program: python.to_owned(),
                source,
            }
        })?;
        let mut process = Self { child, port: 0 };
        let port = folder.join("port");
        loop {
            if process.port == 0 {
                let written = fs::read_to_string(&port).ok();
                process.port = written.and_then(|text| text.parse().ok()).unwrap_or(0);
            } else if health::answers(&process.health()) {
                return Ok(process);
            }
            if !process.is_alive() {
                return Err(StartError::Ended { log: tail(&log) });
            }
            if Instant::now() > deadline {
                return Err(StartError::Silent {
                    seconds: patience.as_secs(),
                    log: tail(&log),
                });
            }
            sleep(POLL);
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn health(&self) -> String {
        format!("{}/_ministack/health", self.url())
    }

    /// Whether the process runs; it is not reaped
    pub(crate) fn is_alive(&self) -> bool {
        Identity::of(self.child.id()).is_some()
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let pid = WaitId::Pid(self.group());
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while let Ok(None) = rustix::process::waitid(pid.clone(), peek) {
            if Instant::now() > deadline {
                return false;
            }
            sleep(POLL);
        }
        true
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        self.ends_within(GRACE);
        // the leader, if it did not listen, and children that it may have left; usually there is nobody any more
        rustix::process::kill_process_group(self.group(), Signal::KILL).ok();
        self.child.wait().ok();
    }
}

fn spawn(
    python: &Utf8Path,
    folder: &Utf8Path,
    region: &str,
    simulator: &str,
    machine: &Machine,
    log: &Utf8Path,
) -> io::Result<Child> {
    let shim = folder.join("shim.py");
    fs::write(&shim, SHIM)?;
    let output = File::create(log)?;
    let own = |name: &str| folder.join(name);
    for name in ["tmp", "home"] {
        fs::create_dir(own(name))?;
    }
    Command::new(python)
        .args(["-I", "-u", shim.as_str(), folder.as_str()])
        .current_dir(folder)
        // nothing of the person's: no credentials, no proxies, no Docker
        .env_clear()
        .env("PATH", machine.get("PATH").unwrap_or("/usr/bin:/bin"))
        .env("LANG", "C.UTF-8")
        .env("HOME", own("home"))
        .env("TMPDIR", own("tmp"))
        .env("S3_DATA_DIR", own("s3"))
        .env("STATE_DIR", own("state"))
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("MINISTACK_REGION", region)
        // functions inherit these, and find the simulator as its other clients do
        .envs(SIMULATED.map(|name| (name, simulator)))
        // both would listen on fixed ports, the first on every interface
        .env("IOT_MTLS_ENABLED", "0")
        .env("SFTP_ENABLED", "0")
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
}

/// The end of a log, for an error
pub(crate) fn tail(log: &Utf8Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
