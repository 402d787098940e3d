//! Requests that go wrong on demand.

/// A request that goes wrong.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `PUT`, or `API` for ECR's own interface; empty for any.
    pub method: &'static str,
    /// A part of the path, or of the operation's name; empty for any.
    pub path: &'static str,
    /// How many such requests go well first; counts down.
    pub after: usize,
    /// How often it goes wrong; counts down.
    pub times: usize,
    /// How.
    pub does: Does,
}

/// How a request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// An answer without the work: status, code and words.
    Answer(u16, &'static str, &'static str),
    /// 429, and to come again after so many seconds.
    Throttle(u64),
    /// The connection breaks after so many bytes of the body.
    Reset(u64),
    /// The work is done, and the connection breaks before the answer.
    LoseAnswer,
    /// Nothing happens any more.
    Hang,
    /// The work is done, and nothing happens any more.
    HangAfter,
    /// The session is forgotten before the request is looked at.
    ExpireSession,
    /// The credentials run out before the request is looked at.
    ExpireCredentials,
    /// The answer says another digest.
    WrongDigest,
    /// The answer says another length.
    WrongLength,
    /// The answer's body is another one of the same length.
    WrongBody,
    /// The answer's body has no end.
    Endless,
    /// The answer has no `Location`.
    NoLocation,
    /// The answer's `Location` is on a host of somebody else's.
    OddLocation,
}

/// What happens to this request; `None` when it goes well.
pub(crate) fn due(faults: &mut [Fault], method: &str, path: &str) -> Option<Does> {
    for fault in faults {
        let method = fault.method.is_empty() || fault.method == method;
        if !method || !path.contains(fault.path) || fault.times == 0 {
            continue;
        }
        if fault.after > 0 {
            fault.after -= 1;
            continue;
        }
        fault.times -= 1;
        return Some(fault.does);
    }
    None
}
