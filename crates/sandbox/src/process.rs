//! Processes of which only the number is known: are they still the same, and how to end them.
//!
//! A process is identified by its number and the moment it started, so that a number which was given out again is never signalled.

#[cfg(not(target_os = "linux"))]
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};

/// A process, as something that can be written to a file and recognised later
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: u32,
    started: String,
}

impl Identity {
    /// The process with that number, if it runs
    pub(crate) fn of(pid: u32) -> Option<Self> {
        Some(Self {
            pid,
            started: started(pid)?,
        })
    }

    /// Whether it runs, and is not another one with the same number
    pub(crate) fn is_alive(&self) -> bool {
        started(self.pid).is_some_and(|started| started == self.started)
    }

    /// Signals it, and with it its process group if it leads one: what it runs is to end as well
    pub(crate) fn signal(&self, signal: Signal) {
        if self.is_alive()
            && let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw)
        {
            // it may end between two of these lines, which is what was wanted
            if rustix::process::kill_process_group(pid, signal).is_err() {
                rustix::process::kill_process(pid, signal).ok();
            }
        }
    }

    /// Whether it ended within `patience`
    pub(crate) fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

/// When a running process started, in a form that differs for each process that ever had the number
#[cfg(target_os = "linux")]
fn started(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // the name in parentheses may hold anything, also parentheses
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    if matches!(fields.first(), Some(&("Z" | "X"))) {
        return None;
    }
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(format!("{} {}", boot.trim(), fields.get(19)?))
}

#[cfg(not(target_os = "linux"))]
fn started(pid: u32) -> Option<String> {
    let asked = Command::new("ps")
        .args(["-o", "stat=,lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&asked.stdout);
    let (status, started) = said.trim().split_once(' ')?;
    (!status.starts_with('Z')).then(|| started.trim().to_owned())
}
