//! Lambda's part: a request id, a deadline, and another attempt when one failed or ended halfway.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use trigger::{Answer, Function, Invocation};

use crate::line::Line;

/// A request that nobody made before
pub fn request() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("request-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// An attempt at a request that has `time`
pub fn invocation(request_id: &str, time: Duration) -> Invocation {
    Invocation {
        request_id: request_id.to_owned(),
        deadline: SystemTime::now() + time,
    }
}

/// What became of an attempt
#[derive(Debug)]
pub enum Attempt<E> {
    /// The function answered
    Answered(Result<Answer, E>),
    /// The process ended where the line was cut
    Crashed,
}

/// One attempt, which ends where `line` is cut
pub async fn attempt<F: Function>(
    function: &F,
    line: &Line,
    event: &Value,
    invocation: &Invocation,
) -> Attempt<F::Error> {
    tokio::select! {
        answer = function.handle(event.clone(), invocation) => Attempt::Answered(answer),
        () = line.is_dead() => Attempt::Crashed,
    }
}

/// Tries until an attempt works, as often as Lambda does by itself or a person after it
///
/// # Errors
/// What the last attempt said.
pub async fn until_it_works<F: Function>(
    function: &F,
    event: &Value,
    request_id: &str,
    time: Duration,
) -> Result<Answer, F::Error> {
    let mut last = None;
    for _ in 0..5 {
        let invocation = invocation(request_id, time);
        match function.handle(event.clone(), &invocation).await {
            Ok(answer) => return Ok(answer),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(last.expect("there was an attempt"))
}

/// Lets a future run beside others
pub async fn all<T: Send + 'static>(
    futures: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut done = Vec::new();
    for task in running {
        done.push(task.await.expect("no attempt panics"));
    }
    done
}
