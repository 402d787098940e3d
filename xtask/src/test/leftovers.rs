//! Processes that a run left behind.
//!
//! All that a run starts is told to keep its temporary files in the run's own folder, and whatever a test starts in an
//! environment of its own is started in, or with, a folder below it. So a process that names that folder among its
//! variables, in its arguments or as its working folder is of this run and of no other. Seen where `/proc` shows it.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::Utf8Path;

use crate::failure::Failure;
use crate::steps::Outcome;

/// What is being stopped may take a moment
const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// Passes when no process of the run is there any more.
pub(super) fn check(folder: &Utf8Path) -> Result<Outcome, Failure> {
    if !Path::new("/proc/self/environ").exists() {
        return Ok(Outcome::not_run("this system has no `/proc`"));
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = left_behind(folder)?;
        if left.is_empty() {
            return Ok(Outcome::passed());
        }
        if Instant::now() > deadline {
            let note = format!("{} left behind", left.len());
            return Ok(Outcome::failed(left.join("\n")).noting(note));
        }
        sleep(POLL);
    }
}

/// A line for each process that has to do with `folder`
fn left_behind(folder: &Utf8Path) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir("/proc")
        .map_err(|error| Failure::new("failed to read `/proc`").because(error))?;
    let names = entries.flatten().map(|entry| entry.file_name());
    let processes = names.filter_map(|name| name.to_str()?.parse::<u32>().ok());
    let this = std::process::id();
    Ok(processes
        .filter(|pid| *pid != this)
        .filter_map(|pid| describe(pid, folder))
        .collect())
}

/// The process, if it has to do with `folder`; a zombie has no environment, no arguments and no folder
fn describe(pid: u32, folder: &Utf8Path) -> Option<String> {
    let place = format!("/proc/{pid}");
    let read = |file: &str| fs::read(format!("{place}/{file}")).unwrap_or_default();
    let arguments = read("cmdline");
    let below = fs::read_link(format!("{place}/cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    if !below && !contains(&arguments, folder) && !contains(&read("environ"), folder) {
        return None;
    }
    let arguments = String::from_utf8_lossy(&arguments).replace('\0', " ");
    Some(format!("process {pid} still runs: `{}`", arguments.trim()))
}

fn contains(bytes: &[u8], folder: &Utf8Path) -> bool {
    let wanted = folder.as_str().as_bytes();
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    /// Ends the process also when the test fails
    struct Sleeper(Child);

    impl Drop for Sleeper {
        fn drop(&mut self) {
            self.0.kill().ok();
            self.0.wait().ok();
        }
    }

    fn sleeper(prepare: impl FnOnce(&mut Command) -> &mut Command) -> Sleeper {
        let mut command = Command::new("sleep");
        Sleeper(prepare(command.arg("600")).spawn().unwrap())
    }

    #[test]
    fn a_process_is_known_by_variable_argument_or_folder_until_it_ends() {
        let root = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(root.path()).unwrap();
        let found = || left_behind(folder).unwrap().len();
        assert_eq!(found(), 0);
        let by_variable = sleeper(|command| command.env_clear().env("ANY", folder));
        assert_eq!(found(), 1);
        let by_folder = sleeper(|command| command.env_clear().current_dir(folder));
        assert_eq!(found(), 2);
        let mut shell = Command::new("sh");
        shell
            .env_clear()
            .args(["-c", "read -r line", folder.as_str()]);
        let by_argument = Sleeper(shell.stdin(std::process::Stdio::piped()).spawn().unwrap());
        assert_eq!(found(), 3);
        let _another = sleeper(|command| command.env_clear());
        assert_eq!(found(), 3);
        drop((by_variable, by_folder, by_argument));
        assert_eq!(found(), 0);
    }
}
