//! The one place where the tool is started.
//!
//! Output is handed over line by line while the child runs; interrupts are passed on to it; and it is always waited
//! for, because a Terraform that is left alone keeps the state lock. Knows nothing about what the lines mean.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::interrupt::Watch;

/// What is run, where and with what.
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) program: &'a Utf8Path,
    pub(crate) arguments: Vec<&'a str>,
    pub(crate) dir: &'a Utf8Path,
    pub(crate) variables: &'a BTreeMap<OsString, OsString>,
}

/// How standard output is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    Lines,
    Bytes,
}

/// Something came from the child, or for it.
#[derive(Debug)]
pub(crate) enum Heard {
    Out(String),
    Err(String),
    Interrupt(usize),
}

/// The end of a child.
#[derive(Debug)]
pub(crate) struct Ended {
    /// None if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Standard output, if it was taken as bytes.
    pub(crate) bytes: Vec<u8>,
    pub(crate) interrupts: usize,
    pub(crate) elapsed: Duration,
}

enum Message {
    Heard(Heard),
    /// One of the two pipes is closed.
    Closed,
}

/// Runs it to its end.
pub(crate) fn run(start: &Start<'_>, take: Take, hear: &mut dyn FnMut(Heard)) -> io::Result<Ended> {
    let began = Instant::now();
    let (sender, receiver) = mpsc::channel();
    let on_signal = sender.clone();
    // Before the child exists, so that no signal falls between the two.
    let watch = Watch::start(move |count| {
        // Nobody listens any more once the run is over.
        let _ = on_signal.send(Message::Heard(Heard::Interrupt(count)));
    })?;
    let mut child = Command::new(start.program)
        .args(&start.arguments)
        .current_dir(start.dir)
        .env_clear()
        .envs(start.variables)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    watch.child_started(child.id());

    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let out = {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let result = match (stdout, take) {
                (Some(pipe), Take::Lines) => lines(pipe, &sender, Heard::Out),
                (Some(mut pipe), Take::Bytes) => pipe.read_to_end(&mut bytes).map(|_| ()),
                (None, _) => Ok(()),
            };
            let _ = sender.send(Message::Closed);
            result.map(|()| bytes)
        })
    };
    let err = thread::spawn(move || {
        let result = stderr.map_or(Ok(()), |pipe| lines(pipe, &sender, Heard::Err));
        let _ = sender.send(Message::Closed);
        result
    });

    let mut open = 2;
    while open > 0 {
        match receiver.recv() {
            Ok(Message::Heard(heard)) => hear(heard),
            Ok(Message::Closed) => open -= 1,
            Err(_) => break,
        }
    }
    let code = reap(&mut child, &watch)?;
    for message in receiver.try_iter() {
        if let Message::Heard(heard) = message {
            hear(heard);
        }
    }
    let lost = |_| io::Error::other("a reader of the output panicked");
    err.join().map_err(lost)??;
    let bytes = out.join().map_err(lost)??;
    Ok(Ended {
        code,
        bytes,
        interrupts: watch.received(),
        elapsed: began.elapsed(),
    })
}

/// Waits in two steps: while the ended child is not yet reaped its id cannot belong to another process, so that no
/// signal can be sent to a stranger.
fn reap(child: &mut Child, watch: &Watch) -> io::Result<Option<i32>> {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), ended) {}
    }
    watch.child_ended();
    Ok(child.wait()?.code())
}

fn lines(pipe: impl Read, sender: &Sender<Message>, wrap: fn(String) -> Heard) -> io::Result<()> {
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        // The run is over only after this thread has said that its pipe is closed.
        let _ = sender.send(Message::Heard(wrap(text)));
        line.clear();
    }
    Ok(())
}
