//! What the server's requests and the work outside of them share: the state, the stand-ins around it, and the threads that run processes.
//!
//! A handler only changes the [`World`]; what takes time (a script to run, an object to fetch) it leaves there as a [`Task`]. Each task
//! gets a thread, works without the lock, and comes back by [`Site::change`]. So neither a request nor the clock waits for a process,
//! and what a process's end means is decided under the same lock as everything else.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::aws::{Aws, Trouble};
use crate::rollout::Pace;
use crate::server::Config;
use crate::wire::Caller;
use crate::world::World;

/// How long the end of a simulator waits for its processes to be gone
const FAREWELL: Duration = Duration::from_secs(5);

type Work = dyn FnOnce(&Arc<Site>) + Send;

/// What a handler wants done outside of the lock
pub(crate) struct Task(Box<Work>);

impl Task {
    pub(crate) fn new(work: impl FnOnce(&Arc<Site>) + Send + 'static) -> Self {
        Self(Box::new(work))
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Task")
    }
}

pub(crate) struct Site {
    pub(crate) config: Config,
    /// The simulator's own address
    url: String,
    world: Mutex<World>,
    aws_url: Mutex<Option<String>>,
    folder: Mutex<Option<Folder>>,
    stopped: AtomicBool,
    busy: Mutex<usize>,
    idle: Condvar,
}

/// Where processes have their files
enum Folder {
    Temporary(TempDir),
    Kept(PathBuf),
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Site")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Site {
    pub(crate) fn new(config: Config, url: String) -> Arc<Self> {
        Arc::new(Self {
            aws_url: Mutex::new(config.aws_url.clone()),
            config,
            url,
            world: Mutex::default(),
            folder: Mutex::default(),
            stopped: AtomicBool::new(false),
            busy: Mutex::default(),
            idle: Condvar::new(),
        })
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// How virtual time passes
    pub(crate) fn pace(&self) -> Pace {
        Pace {
            transition: self.config.transition,
            speed: self.config.speed,
        }
    }

    /// Names the stand-in for the rest of AWS
    pub(crate) fn connect(&self, aws_url: &str) {
        *lock(&self.aws_url) = Some(aws_url.trim_end_matches('/').to_owned());
    }

    /// Whether there is one
    fn is_connected(&self) -> bool {
        lock(&self.aws_url).is_some()
    }

    /// A client of that stand-in
    pub(crate) fn aws(&self, caller: &Caller) -> Result<Aws, Trouble> {
        match lock(&self.aws_url).as_deref() {
            Some(url) => Ok(Aws::new(url, caller)),
            None => Err(Trouble::new(
                "the simulator was not told where S3 and Lambda are (`Config::aws_url`)",
            )),
        }
    }

    /// Runs `body` under the lock, and starts what it leaves to be done
    pub(crate) fn change<T>(self: &Arc<Self>, body: impl FnOnce(&mut World, Duration) -> T) -> T {
        let mut world = self.world();
        world.connected = self.is_connected();
        world.loads_models = self.config.loads_models;
        let answer = body(&mut world, self.config.clock.now());
        let tasks = std::mem::take(&mut world.tasks);
        drop(world);
        for task in tasks {
            self.spawn(task);
        }
        answer
    }

    fn spawn(self: &Arc<Self>, task: Task) {
        if self.is_stopped() {
            return;
        }
        *lock(&self.busy) += 1;
        let site = Arc::clone(self);
        let started = std::thread::Builder::new()
            .name("sagemaker-sim-task".into())
            .spawn(move || {
                let _busy = Busy(&site);
                (task.0)(&site);
            });
        if started.is_err() {
            self.done();
        }
    }

    fn done(&self) {
        *lock(&self.busy) -= 1;
        self.idle.notify_all();
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// A new folder for the files of one process
    pub(crate) fn workplace(&self, id: &str) -> Result<PathBuf, Trouble> {
        let mut folder = lock(&self.folder);
        let place = match &*folder {
            Some(folder) => folder.path(),
            None => {
                let made = match &self.config.folder {
                    Some(path) => Folder::Kept(path.clone()),
                    None => Folder::Temporary(
                        tempfile::Builder::new()
                            .prefix("sagemaker-sim-")
                            .tempdir()
                            .map_err(Trouble::from)?,
                    ),
                };
                folder.insert(made).path()
            }
        }
        .join(id);
        std::fs::create_dir_all(&place)?;
        Ok(place)
    }

    /// The interpreter of jobs and steps
    pub(crate) fn python(&self) -> String {
        let named = self.config.python.as_ref();
        named.map_or_else(|| "python3".into(), |path| path.display().to_string())
    }

    /// The variables with which a process of `caller` reaches both stand-ins, and nothing of the machine's own
    pub(crate) fn environment(&self, caller: &Caller) -> Vec<(String, String)> {
        let aws = lock(&self.aws_url).clone().unwrap_or_default();
        let path = self.config.path.clone();
        let mut set: Vec<(String, String)> = [
            ("PATH", path.as_str()),
            ("LANG", "C.UTF-8"),
            ("PYTHONUNBUFFERED", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
            ("AWS_ACCESS_KEY_ID", &caller.account),
            ("AWS_SECRET_ACCESS_KEY", "sandbox"),
            ("AWS_REGION", &caller.region),
            ("AWS_DEFAULT_REGION", &caller.region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ENDPOINT_URL", &aws),
            ("NO_PROXY", "127.0.0.1,localhost"),
            ("no_proxy", "127.0.0.1,localhost"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for service in ["SAGEMAKER", "SAGEMAKER_RUNTIME", "CLOUDWATCH", "GLUE"] {
            set.push((format!("AWS_ENDPOINT_URL_{service}"), self.url.clone()));
        }
        set
    }

    /// Ends everything: no process and no temporary file outlives this
    pub(crate) fn end(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let deadline = Instant::now() + FAREWELL;
        let mut busy = lock(&self.busy);
        while *busy > 0 && Instant::now() < deadline {
            let wait = self.idle.wait_timeout(busy, Duration::from_millis(50));
            busy = wait.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(busy);
        // a temporary folder is removed with its value
        lock(&self.folder).take();
    }
}

impl Folder {
    fn path(&self) -> PathBuf {
        match self {
            Self::Temporary(folder) => folder.path().to_owned(),
            Self::Kept(path) => path.clone(),
        }
    }
}

/// Counts a task as done, also one that panics
struct Busy<'s>(&'s Site);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.done();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
