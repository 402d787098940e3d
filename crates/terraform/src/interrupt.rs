//! Interrupts while a command runs.
//!
//! Terraform answers the first SIGINT by finishing what is in flight, writing the state and releasing its lock; it
//! answers the second by giving up at once. A terminal sends ^C to a whole process group and a CI runner only to us, so
//! the child has a group of its own and hears of an interrupt from here alone: once for each that we receive.
//! SIGTERM and SIGHUP count as interrupts too, because Terraform does not shut down gracefully on them.
//!
//! `signal-hook` cannot take its handler out of the process again. Between commands the handler therefore does what the
//! system would have done without it: it ends the process.

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

/// How many watches there are, and the switch that the handlers of the idle process read.
struct Idle {
    watches: usize,
    switch: Option<Arc<AtomicBool>>,
}

static IDLE: Mutex<Idle> = Mutex::new(Idle {
    watches: 0,
    switch: None,
});

/// Receives the signals of this process and passes each on to a child as SIGINT, until dropped.
pub(crate) struct Watch {
    registered: Vec<SigId>,
    state: Arc<Mutex<State>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    child: Option<Pid>,
    received: usize,
}

impl Watch {
    /// Starts to listen; `on_signal` is told the count so far, from another thread.
    pub(crate) fn start(on_signal: impl Fn(usize) + Send + 'static) -> std::io::Result<Self> {
        let (mut listen, notify) = UnixStream::pair()?;
        enter()?;
        let mut watch = Self {
            registered: Vec::new(),
            state: Arc::default(),
            thread: None,
        };
        for signal in signals() {
            // On failure the half-made watch is dropped, and with it what it registered.
            let id = low_level::pipe::register(signal, notify.try_clone()?)?;
            watch.registered.push(id);
        }
        // From here the handlers hold the only write ends: when they are taken out, the thread reads the end.
        drop(notify);

        let state = Arc::clone(&watch.state);
        watch.thread = Some(std::thread::spawn(move || {
            let mut byte = [0];
            while matches!(listen.read(&mut byte), Ok(1)) {
                let mut state = lock(&state);
                state.received += 1;
                on_signal(state.received);
                state.interrupt_child();
            }
        }));
        Ok(watch)
    }

    /// From now on signals go to this child; if some came before it was started, it hears of one at once.
    pub(crate) fn child_started(&self, child: u32) {
        let mut state = lock(&self.state);
        state.child = i32::try_from(child).ok().and_then(Pid::from_raw);
        if state.received > 0 {
            state.interrupt_child();
        }
    }

    /// The child has ended and is about to be reaped: its id may then belong to somebody else.
    pub(crate) fn child_ended(&self) {
        lock(&self.state).child = None;
    }

    /// How many signals came.
    pub(crate) fn received(&self) -> usize {
        lock(&self.state).received
    }
}

impl State {
    fn interrupt_child(&self) {
        if let Some(pid) = self.child {
            // It can only fail when the child has ended, and then there is nobody left to tell.
            let _ = kill_process(pid, Signal::INT);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        leave();
        for id in self.registered.drain(..) {
            low_level::unregister(id);
        }
        if let Some(thread) = self.thread.take() {
            // A panic in the callback was reported by its own thread.
            let _ = thread.join();
        }
    }
}

/// The signals that interrupt. A hang-up that was ignored when we were started (`nohup`) stays ignored.
fn signals() -> impl Iterator<Item = i32> {
    static HANG_UP_IGNORED: OnceLock<bool> = OnceLock::new();
    let ignored = *HANG_UP_IGNORED.get_or_init(|| {
        // Only Linux tells; elsewhere it is taken for not ignored.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask & (1 << (SIGHUP - 1)) != 0)
    });
    [SIGINT, SIGTERM, SIGHUP]
        .into_iter()
        .filter(move |signal| !(ignored && *signal == SIGHUP))
}

fn enter() -> std::io::Result<()> {
    let mut idle = lock(&IDLE);
    let switch = match &idle.switch {
        Some(switch) => Arc::clone(switch),
        None => {
            let switch = Arc::new(AtomicBool::new(true));
            for signal in signals() {
                flag::register_conditional_default(signal, Arc::clone(&switch))?;
            }
            idle.switch = Some(Arc::clone(&switch));
            switch
        }
    };
    idle.watches += 1;
    switch.store(false, Ordering::SeqCst);
    Ok(())
}

fn leave() {
    let mut idle = lock(&IDLE);
    idle.watches = idle.watches.saturating_sub(1);
    if idle.watches == 0
        && let Some(switch) = &idle.switch
    {
        switch.store(true, Ordering::SeqCst);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
