//! The simulator's time.
//!
//! It is a value, not the machine's clock: a test starts it at an instant and moves it, so that what takes AWS minutes is decided
//! by the test. The default follows the machine and can be pushed ahead. Nothing runs in the background: whoever reads the
//! state first settles what has become due.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that all its clones share
#[derive(Debug, Clone)]
pub struct Clock {
    base: Base,
    ahead: Arc<Mutex<Duration>>,
}

#[derive(Debug, Clone, Copy)]
enum Base {
    Machine,
    Fixed(Duration),
}

impl Clock {
    /// Follows the machine's clock
    pub fn machine() -> Self {
        Self::on(Base::Machine)
    }

    /// Stands still at `since_epoch` until it is advanced
    pub fn fixed(since_epoch: Duration) -> Self {
        Self::on(Base::Fixed(since_epoch))
    }

    /// Lets `duration` pass
    pub fn advance(&self, duration: Duration) {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }

    /// Time since the Unix epoch
    pub fn now(&self) -> Duration {
        let base = match self.base {
            Base::Fixed(since_epoch) => since_epoch,
            Base::Machine => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default(),
        };
        base + *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn on(base: Base) -> Self {
        Self {
            base,
            ahead: Arc::default(),
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::machine()
    }
}
