//! Stopping whoever asks at one request: before it is done, halfway, or when it is done and nobody hears of it.

use std::fmt;

/// When somebody is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The request came, and nothing was done.
    Before,
    /// Of a file that was sent a part arrived; as `Before` for anything else.
    Halfway,
    /// It was done, and the answer never came.
    After,
}

/// What happens at a request.
pub(crate) struct Interrupt {
    /// How many requests come before it.
    pub(crate) left: usize,
    pub(crate) when: When,
    pub(crate) then: Box<dyn FnMut() + Send>,
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Interrupt");
        shown.field("left", &self.left).field("when", &self.when);
        shown.finish_non_exhaustive()
    }
}
