//! One invocation: who asked, until when an answer counts, and waiting in between.
//!
//! Lambda kills a function at its deadline, so waiting ends a reserve before it, with an error: then Lambda's own retry goes on. Waits grow and are
//! drawn at random below their bound, so that a hundred invocations that were refused together do not come back together.

use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

/// What is known of the call that is being answered
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The same when Lambda tries an event again
    pub request_id: String,
    /// When the process is ended
    pub deadline: SystemTime,
}

/// The deadline is too close to wait any longer
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time of this invocation is over, the next attempt goes on")]
pub struct OutOfTime;

/// How often and how long there may be waiting
#[derive(Debug)]
pub struct Patience {
    until: Instant,
    bound: Duration,
}

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(10);

impl Invocation {
    /// Time that is left; none after the deadline
    pub fn remaining(&self) -> Duration {
        self.deadline
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }

    /// Waiting that leaves `reserve` for what has to be done after giving up
    pub fn patience(&self, reserve: Duration) -> Patience {
        Patience {
            until: Instant::now() + self.remaining().saturating_sub(reserve),
            bound: FIRST,
        }
    }
}

impl Patience {
    /// Waits a while, longer each time
    ///
    /// # Errors
    /// The wait would not end in time. Nothing was waited for then.
    pub async fn pause(&mut self) -> Result<(), OutOfTime> {
        let wait = self.bound.mul_f64(0.5 + 0.5 * fastrand::f64());
        self.bound = (self.bound * 2).min(LONGEST);
        self.rest(wait).await
    }

    /// Waits `wait`
    ///
    /// # Errors
    /// The wait would not end in time. Nothing was waited for then.
    pub async fn rest(&self, wait: Duration) -> Result<(), OutOfTime> {
        if Instant::now() + wait > self.until {
            return Err(OutOfTime);
        }
        sleep(wait).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation(time: Duration) -> Invocation {
        Invocation {
            request_id: "r".into(),
            deadline: SystemTime::now() + time,
        }
    }

    #[tokio::test]
    async fn waits_grow_and_leave_the_reserve() {
        let started = Instant::now();
        let mut patience = invocation(Duration::from_secs(3)).patience(Duration::from_secs(2));
        let mut waits = Vec::new();
        let mut last = Instant::now();
        while patience.pause().await.is_ok() {
            waits.push(last.elapsed());
            last = Instant::now();
        }
        assert!((1..=4).contains(&waits.len()), "{waits:?}");
        assert!(waits[0] >= FIRST / 2, "{waits:?}");
        assert!(started.elapsed() < Duration::from_secs(3));
        assert!(patience.bound > FIRST && patience.bound <= LONGEST);
    }

    #[tokio::test]
    async fn a_past_deadline_allows_no_wait() {
        let invocation = Invocation {
            deadline: SystemTime::UNIX_EPOCH,
            ..invocation(Duration::ZERO)
        };
        assert_eq!(invocation.remaining(), Duration::ZERO);
        let mut patience = invocation.patience(Duration::ZERO);
        assert_eq!(patience.pause().await, Err(OutOfTime));
    }
}
