//! Local processes in the place of containers: started with an environment of their own, watched, and ended as a group.
//!
//! Each runs behind a leash: a shell that leads a process group, and a watcher in it that reads the shell's standard input. The
//! other end of that pipe is held here. When it closes, because the process is done, is to be stopped, or because the simulator
//! itself is gone, however it went, the watcher ends the whole group. So nothing that a script started is left behind.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::site::Site;

/// The shell becomes the process, so that the leader of the group is the process itself
const LEASH: &str = r#"exec 3<&0; (read -r _ <&3; kill -s KILL -- -$$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null"#;
/// How often a process is looked at
const PULSE: Duration = Duration::from_millis(10);
/// The most of a log's end that is read for a failure reason
const LAST: usize = 4096;

/// A process to run
#[derive(Debug)]
pub(crate) struct Process {
    /// The program and its arguments
    pub(crate) argv: Vec<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) folder: PathBuf,
    /// Folder of `stdout` and `stderr`
    pub(crate) logs: PathBuf,
    pub(crate) limit: Duration,
}

/// How a process ended
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum End {
    Succeeded,
    /// Its exit code (128 and the signal, if it was one), and the last line that it wrote to its standard error
    Failed {
        code: i32,
        last: String,
    },
    TimedOut,
    Stopped,
}

impl Process {
    /// Runs it until it ends, its time is up, or it or everything is stopped
    pub(crate) fn run(&self, site: &Site, stop: &AtomicBool) -> io::Result<End> {
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", LEASH, "sh"])
            .args(&self.argv)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(File::create(self.logs.join("stdout"))?)
            .stderr(File::create(self.logs.join("stderr"))?);
        let mut child = command.spawn()?;
        let leash = child.stdin.take();
        let deadline = Instant::now() + self.limit;
        let (status, cut) = loop {
            if let Some(status) = child.try_wait()? {
                break (status, None);
            }
            let cut = if stop.load(Ordering::Relaxed) || site.is_stopped() {
                Some(End::Stopped)
            } else if Instant::now() > deadline {
                Some(End::TimedOut)
            } else {
                None
            };
            if cut.is_some() {
                drop(leash);
                break (child.wait()?, cut);
            }
            std::thread::sleep(PULSE);
        };
        Ok(match (cut, status.code()) {
            (Some(cut), _) => cut,
            (None, Some(0)) => End::Succeeded,
            (None, code) => End::Failed {
                code: code.unwrap_or_else(|| {
                    128 + std::os::unix::process::ExitStatusExt::signal(&status).unwrap_or_default()
                }),
                last: last_line(&self.logs.join("stderr")),
            },
        })
    }
}

/// The last line of a file that is not empty
fn last_line(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    let end = &bytes[bytes.len().saturating_sub(LAST)..];
    let text = String::from_utf8_lossy(end);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    line.unwrap_or_default().trim().to_owned()
}
