//! The body of a request: nothing, a document, or a blob as a stream of which only a few pieces are in memory at once.
//!
//! A blob is read, hashed and counted by a thread of its own, and the last piece is held back until its digest is known
//! to be right: a damaged blob never becomes a complete upload.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::mpsc;

use crate::{Descriptor, Digest, Hashing, ImageError, Traffic};

/// So large is one piece.
const PIECE: usize = 256 * 1024;
/// So many pieces wait to be sent.
const WAITING: usize = 2;

/// The body of a request.
pub(crate) struct Payload {
    content: Content,
    left: u64,
    /// Grows while the body moves.
    progress: Arc<AtomicU64>,
    traffic: Option<Arc<Traffic>>,
}

enum Content {
    Bytes(Option<Bytes>),
    Stream(mpsc::Receiver<io::Result<Bytes>>),
}

/// What was wrong with a stream's blob, when something was.
pub(crate) type Fault = Arc<Mutex<Option<ImageError>>>;

/// Takes out what was wrong.
pub(crate) fn taken(fault: &Fault) -> Option<ImageError> {
    fault.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Payload {
    pub(crate) fn empty() -> Self {
        Self::bytes(Bytes::new(), None)
    }

    pub(crate) fn bytes(bytes: Bytes, traffic: Option<Arc<Traffic>>) -> Self {
        Self {
            left: bytes.len() as u64,
            content: Content::Bytes(Some(bytes).filter(|bytes| !bytes.is_empty())),
            progress: Arc::default(),
            traffic,
        }
    }

    fn stream(
        descriptor: &Descriptor,
        receiver: mpsc::Receiver<io::Result<Bytes>>,
        traffic: Arc<Traffic>,
    ) -> Self {
        Self {
            content: Content::Stream(receiver),
            left: descriptor.size,
            progress: Arc::default(),
            traffic: Some(traffic),
        }
    }

    /// A blob that `reader` gives.
    pub(crate) fn from_reader(
        descriptor: &Descriptor,
        mut reader: Box<dyn Read + Send>,
        traffic: Arc<Traffic>,
    ) -> (Self, Fault) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let fault = Fault::default();
        let mut check = Check::new(descriptor, Arc::clone(&fault));
        tokio::task::spawn_blocking(move || {
            loop {
                let mut piece = vec![0; PIECE];
                let read = match fill(&mut reader, &mut piece) {
                    Ok(0) => {
                        if let Err(error) = check.end() {
                            sender.blocking_send(Err(error)).ok();
                        }
                        return;
                    }
                    Ok(read) => read,
                    Err(error) => {
                        sender.blocking_send(Err(error)).ok();
                        return;
                    }
                };
                piece.truncate(read);
                let checked = check.take(&piece).map(|()| Bytes::from(piece));
                let failed = checked.is_err();
                // nobody listens any more when the request ended early
                if sender.blocking_send(checked).is_err() || failed {
                    return;
                }
            }
        });
        (Self::stream(descriptor, receiver, traffic), fault)
    }

    /// A blob that another registry's answer gives.
    pub(crate) fn from_answer(
        descriptor: &Descriptor,
        mut body: Incoming,
        traffic: Arc<Traffic>,
    ) -> (Self, Fault) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let fault = Fault::default();
        let mut check = Check::new(descriptor, Arc::clone(&fault));
        tokio::spawn(async move {
            while let Some(frame) = body.frame().await {
                let checked = match frame.map(Frame::into_data) {
                    Ok(Ok(piece)) => check.take(&piece).map(|()| piece),
                    Ok(Err(_)) => continue,
                    Err(error) => Err(io::Error::other(error)),
                };
                let failed = checked.is_err();
                if sender.send(checked).await.is_err() || failed {
                    return;
                }
            }
            if let Err(error) = check.end() {
                sender.send(Err(error)).await.ok();
            }
        });
        (Self::stream(descriptor, receiver, traffic), fault)
    }

    pub(crate) fn progress(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.progress)
    }
}

/// Reads until `piece` is full or there is no more.
fn fill(reader: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < piece.len() {
        match reader.read(&mut piece[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Holds what passes against a descriptor.
pub(crate) struct Check {
    hashing: Option<Hashing<()>>,
    passed: u64,
    digest: Digest,
    size: u64,
    fault: Fault,
}

impl Check {
    pub(crate) fn new(descriptor: &Descriptor, fault: Fault) -> Self {
        Self {
            hashing: Some(Hashing::new(())),
            passed: 0,
            digest: descriptor.digest,
            size: descriptor.size,
            fault,
        }
    }

    /// Takes a piece in; an error when it is one too many, or the last one of something else.
    pub(crate) fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        self.passed += piece.len() as u64;
        if self.passed > self.size {
            return self.fail(ImageError::Size {
                digest: self.digest,
                said: self.size,
                found: self.passed,
            });
        }
        if let Some(hashing) = &mut self.hashing {
            hashing.update(piece);
        }
        if self.passed < self.size {
            return Ok(());
        }
        match self.hashing.take().map(Hashing::finish) {
            Some(((), found, _)) if found != self.digest => self.fail(ImageError::Corrupt {
                digest: self.digest,
                found,
            }),
            _ => Ok(()),
        }
    }

    /// There is no more; an error when there should be.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        if self.passed == self.size {
            return Ok(());
        }
        self.fail(ImageError::Size {
            digest: self.digest,
            said: self.size,
            found: self.passed,
        })
    }

    fn fail(&mut self, error: ImageError) -> io::Result<()> {
        let text = error.to_string();
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match &mut self.content {
            Content::Bytes(bytes) => Poll::Ready(bytes.take().map(Ok)),
            Content::Stream(receiver) => receiver.poll_recv(context),
        };
        if let Poll::Ready(Some(Ok(bytes))) = &next {
            let length = bytes.len() as u64;
            self.left = self.left.saturating_sub(length);
            self.progress.fetch_add(length, Ordering::Relaxed);
            if let Some(traffic) = &self.traffic {
                Traffic::add(&traffic.sent, length);
            }
        }
        next.map(|next| next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
