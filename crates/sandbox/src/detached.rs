//! A sandbox that outlives the command that started it: `up`, `down`, `status`, `env`.
//!
//! [`up`] starts a supervisor, which is the caller's own program with a hidden subcommand that calls [`supervise`]. The supervisor owns the
//! [`Sandbox`], holds a lock in the state folder for as long as it lives, and writes `state.json` when the stand-ins answer. What it prints goes
//! to `log`. It stops on SIGTERM, SIGINT and SIGHUP, and when ministack ends. If it is killed, the stand-ins end with it, and the
//! state that it left is recognised as stale: by the process's number and the moment it started.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use miette::Diagnostic;
use rustix::process::Signal;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::environment::Environment;
use crate::health;
use crate::ministack::tail;
use crate::process::Identity;
use crate::running::{Options, Sandbox, StartError};
use crate::state::State;

const POLL: Duration = Duration::from_millis(50);
/// Longer than a sandbox takes to stop
const STOP: Duration = Duration::from_secs(15);

/// Why a detached sandbox could not be started, stopped or found
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum DetachedError {
    /// The sandbox did not start
    #[error(transparent)]
    #[diagnostic(transparent)]
    Start(#[from] StartError),
    /// The supervisor ended before the sandbox was ready
    #[error("the sandbox did not start")]
    #[diagnostic(help("read the end of `{path}`:\n{log}"))]
    Failed { path: Utf8PathBuf, log: String },
    /// The supervisor took too long
    #[error("the sandbox was not ready within {seconds} s, and was stopped")]
    #[diagnostic(help("read the end of `{path}`:\n{log}"))]
    Late {
        seconds: u64,
        path: Utf8PathBuf,
        log: String,
    },
    /// Another supervisor holds the folder
    #[error("another sandbox runs or is starting in `{path}`")]
    #[diagnostic(help("wait for it, or run `towpath sandbox down`"))]
    Taken { path: Utf8PathBuf },
    /// There is no sandbox
    #[error("no sandbox is running in `{path}`")]
    #[diagnostic(help("run `towpath sandbox up`"))]
    Down { path: Utf8PathBuf },
    /// The supervisor does not end
    #[error("the supervisor, process {pid}, did not end")]
    #[diagnostic(help("end it by hand, for example by `kill -9 {pid}`"))]
    Stuck { pid: u32 },
    /// ministack ended by itself
    #[error("ministack ended unexpectedly")]
    #[diagnostic(help("run `towpath sandbox up` to start anew"))]
    Lost,
    /// The state folder cannot be used
    #[error("failed to use `{path}`")]
    #[diagnostic(help("check that the folder is writable"))]
    Folder {
        path: Utf8PathBuf,
        #[source]
        source: io::Error,
    },
}

/// How a detached sandbox is
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// There is none
    Down,
    /// A supervisor died without a word; [`up`] and [`down`] clean up after it
    Stale,
    /// The supervisor runs, but a stand-in does not answer
    Unhealthy(State),
    /// Both stand-ins answer
    Up(State),
}

/// What [`up`] found or did
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// One was running
    Already(State),
    /// It is new
    Now(State),
}

/// Starts a sandbox in `folder`, unless one runs there, and waits until it is ready
///
/// `supervisor` is the command that ends up in [`supervise`] with the same folder. `patience` covers the installation of
/// tools too, so it is minutes on a machine's first day.
pub fn up(
    folder: &Utf8Path,
    supervisor: &mut Command,
    patience: Duration,
) -> Result<Started, DetachedError> {
    let place = Place::open(folder)?;
    let _turn = place.lock("turn.lock")?;
    if let Status::Up(state) | Status::Unhealthy(state) = place.status()? {
        return Ok(Started::Already(state));
    }
    place.clean()?;
    let log = place.file("log");
    let output = File::create(&log).map_err(place.error())?;
    let errors = output.try_clone().map_err(place.error())?;
    let mut child = supervisor
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .map_err(place.error())?;
    let deadline = Instant::now() + patience;
    loop {
        if let Some(state) = place.state()?.filter(|state| state.pid() == child.id()) {
            return Ok(Started::Now(state));
        }
        if child.try_wait().map_err(place.error())?.is_some() {
            return Err(DetachedError::Failed {
                log: tail(&log),
                path: log,
            });
        }
        if Instant::now() > deadline {
            if let Some(supervisor) = Identity::of(child.id()) {
                end(&supervisor)?;
            }
            child.wait().map_err(place.error())?;
            place.clean()?;
            return Err(DetachedError::Late {
                seconds: patience.as_secs(),
                log: tail(&log),
                path: log,
            });
        }
        sleep(POLL);
    }
}

/// Stops the sandbox in `folder`; whether there was one
pub fn down(folder: &Utf8Path) -> Result<bool, DetachedError> {
    if !folder.exists() {
        return Ok(false);
    }
    let place = Place::open(folder)?;
    let _turn = place.lock("turn.lock")?;
    let supervisor = place.supervisor().filter(Identity::is_alive);
    if let Some(supervisor) = &supervisor {
        end(supervisor)?;
    }
    place.clean()?;
    Ok(supervisor.is_some())
}

/// How the sandbox in `folder` is
pub fn status(folder: &Utf8Path) -> Result<Status, DetachedError> {
    match folder.exists() {
        true => Place::open(folder)?.status(),
        false => Ok(Status::Down),
    }
}

/// The variables of the sandbox in `folder`
pub fn env(folder: &Utf8Path) -> Result<Environment, DetachedError> {
    match status(folder)? {
        Status::Up(state) | Status::Unhealthy(state) => Ok(state.environment),
        Status::Down | Status::Stale => Err(DetachedError::Down {
            path: folder.to_owned(),
        }),
    }
}

/// Owns a sandbox in `folder` until a signal or ministack's end; what the hidden subcommand calls
pub fn supervise(folder: &Utf8Path, options: &Options) -> Result<(), DetachedError> {
    let place = Place::open(folder)?;
    let supervisor = Identity::of(std::process::id())
        .ok_or_else(|| place.error()(io::Error::other("this process's entry cannot be read")))?;
    let mut lock = place.try_lock("supervisor.lock")?;
    // written so that a sandbox which is still starting can be stopped too
    lock.set_len(0).map_err(place.error())?;
    serde_json::to_writer(&mut lock, &supervisor).map_err(|error| place.error()(error.into()))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let starting = Arc::new(AtomicBool::new(true));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        // a start cannot be interrupted half-way, so until then the signal does what it does by default
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&starting))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stopped)))
            .map_err(place.error())?;
    }
    let sandbox = Sandbox::start(options)?;
    starting.store(false, Ordering::Relaxed);
    let state = State {
        supervisor,
        folder: sandbox.folder().to_owned(),
        health: sandbox.health().into(),
        environment: sandbox.environment().clone(),
    };
    state
        .write(&place.file("state.json"))
        .map_err(place.error())?;
    while !stopped.load(Ordering::Relaxed) {
        if !sandbox.is_alive() {
            fs::remove_file(place.file("state.json")).map_err(place.error())?;
            return Err(DetachedError::Lost);
        }
        sleep(POLL);
    }
    sandbox.stop();
    match fs::remove_file(place.file("state.json")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(place.error()(error)),
        _ => Ok(()),
    }
}

/// The state folder
struct Place {
    folder: Utf8PathBuf,
}

impl Place {
    fn open(folder: &Utf8Path) -> Result<Self, DetachedError> {
        let place = Self {
            folder: folder.to_owned(),
        };
        // only this folder is private, not those that it lies in
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent).map_err(place.error())?;
        }
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(place.error()(error)),
            _ => Ok(place),
        }
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        self.folder.join(name)
    }

    fn error(&self) -> impl Fn(io::Error) -> DetachedError + '_ {
        |source| DetachedError::Folder {
            path: self.folder.clone(),
            source,
        }
    }

    /// Waits for the lock
    fn lock(&self, name: &str) -> Result<File, DetachedError> {
        let file = File::create(self.file(name)).map_err(self.error())?;
        file.lock().map_err(self.error())?;
        Ok(file)
    }

    /// Takes the lock if nobody has it
    fn try_lock(&self, name: &str) -> Result<File, DetachedError> {
        let mut open = File::options();
        // not truncated: whoever holds the lock has written into it
        let open = open.write(true).create(true).truncate(false);
        let file = open.open(self.file(name)).map_err(self.error())?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(DetachedError::Taken {
                path: self.folder.clone(),
            }),
            Err(TryLockError::Error(source)) => Err(self.error()(source)),
        }
    }

    /// The last process that took the supervisor's lock
    fn supervisor(&self) -> Option<Identity> {
        let written = fs::read(self.file("supervisor.lock")).ok()?;
        serde_json::from_slice(&written).ok()
    }

    fn state(&self) -> Result<Option<State>, DetachedError> {
        State::read(&self.file("state.json")).map_err(self.error())
    }

    fn status(&self) -> Result<Status, DetachedError> {
        Ok(match self.state()? {
            None => Status::Down,
            Some(state) if !state.supervisor.is_alive() => Status::Stale,
            Some(state) if state.health.iter().all(|url| health::answers(url)) => Status::Up(state),
            Some(state) => Status::Unhealthy(state),
        })
    }

    /// Removes what a dead supervisor may have left
    fn clean(&self) -> Result<(), DetachedError> {
        if let Some(state) = self.state()? {
            let own = state.folder.file_name();
            if own.is_some_and(|name| name.starts_with("towpath-sandbox-")) {
                // usually the shim has removed it
                fs::remove_dir_all(&state.folder).ok();
            }
        }
        match fs::remove_file(self.file("state.json")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.error()(error)),
            _ => Ok(()),
        }
    }
}

/// Asks the supervisor to end, and makes it end if it does not
fn end(supervisor: &Identity) -> Result<(), DetachedError> {
    supervisor.signal(Signal::TERM);
    if supervisor.ends_within(STOP) {
        return Ok(());
    }
    supervisor.signal(Signal::KILL);
    match supervisor.ends_within(STOP) {
        true => Ok(()),
        false => Err(DetachedError::Stuck {
            pid: supervisor.pid,
        }),
    }
}
