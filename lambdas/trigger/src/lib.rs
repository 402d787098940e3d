//! What the functions share that start the next stage of the system: the object that an event speaks of, the invocation and how long it may
//! wait, what is written to S3 so that it happens once, logs and metrics.
//!
//! Events come twice, late and out of order, and a function may end at any instruction. So nothing here is remembered in the process:
//! what has to be known the next time is an object in S3, created or replaced under a condition that only one of several writers can meet.
//!
//! It does not know what is started, and has no other way into a stand-in than the standard variables of the AWS SDKs. Start reading
//! at [`Object`], then [`Invocation`].

mod answer;
mod invocation;
mod object;
mod serve;
mod store;
mod telemetry;

pub use answer::{Trouble, trouble};
pub use invocation::{Invocation, OutOfTime, Patience};
pub use object::{EventError, Object, hex};
pub use serve::{Answer, Function, Unfit, Variables, WrongVariable, serve};
pub use store::{Copied, Reading, Store, StoreError, Written};
pub use telemetry::{Count, log_to_stdout};
