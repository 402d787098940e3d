//! Rehearsing a function before it is deployed: the handler that Lambda will call, real stand-ins around it, and whatever can go wrong.
//!
//! A [`Stage`] is a sandbox with buckets, and makes events as EventBridge delivers them. A [`Line`] lies between the function and AWS: it
//! writes down every call and can be cut at any of them, before AWS hears it or before the answer is heard, which is what is left of a process that
//! ends there. [`lambda`] tries again as Lambda does. [`Standin`] speaks single operations that the sandbox has not.
//!
//! For tests only; nothing that is deployed links it.

pub mod lambda;
mod line;
mod stage;
mod standin;

pub use line::{Cut, Line};
pub use stage::Stage;
pub use standin::{Said, Standin};
