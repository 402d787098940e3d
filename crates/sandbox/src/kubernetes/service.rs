//! One program of the control plane as a child process that cannot outlive its owner.
//!
//! A shell of a few lines leads the child's process group and waits on a pipe whose other end only the owner holds: when the
//! owner is gone, for whatever reason, the kernel closes it and the shell kills the program: an API server that is asked politely waits a
//! minute for its watchers, and there is nothing to save. Dropping does the same, and ends by the
//! group's number, before its leader is reaped, what did not listen.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

const SHIM: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
(wait_for_owner=$(cat <&3); kill -KILL $program; sleep 0.2; rm -rf "$REMOVE") &
exec 3<&-
wait $program
exit 0
"#;
const FIRST: &str = "etcd";
const GRACE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Service {
    child: Child,
    pub(super) log: Utf8PathBuf,
}

impl Service {
    /// Starts `program`; what it prints goes to `<name>.log` in `folder`. The first program that is started removes
    /// the folder when its owner is gone.
    pub(super) fn start(
        name: &str,
        program: &Utf8Path,
        arguments: &[String],
        folder: &Utf8Path,
    ) -> io::Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let output = File::create(&log)?;
        let remove = if name == FIRST { folder.as_str() } else { "" };
        let child = Command::new("sh")
            .args(["-c", SHIM, name, program.as_str()])
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            .env("TMPDIR", folder)
            .env("REMOVE", remove)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()?;
        Ok(Self { child, log })
    }

    /// Whether the program runs; the shell ends with it.
    pub(super) fn is_alive(&self) -> bool {
        !self.ends_within(Duration::ZERO)
    }

    /// The number of the shell that leads the group.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, without waiting.
    pub(super) fn ask_to_end(&mut self) {
        drop(self.child.stdin.take());
    }

    fn ends_within(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let pid = WaitId::Pid(Pid::from_child(&self.child));
        let peek = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while let Ok(None) = rustix::process::waitid(pid.clone(), peek) {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(POLL);
        }
        true
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.ask_to_end();
        self.ends_within(GRACE);
        rustix::process::kill_process_group(Pid::from_child(&self.child), Signal::KILL).ok();
        self.child.wait().ok();
    }
}
