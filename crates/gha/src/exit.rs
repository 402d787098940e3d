//! Exit codes as public API: the same in every action, and exhaustive.
//!
//! Three of them are answers ([`Outcome`]): the program worked, and this is what it says. Three are errors
//! ([`Class`]). A new variant of either forces a decision here.

/// What an action answers when it worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0: yes.
    Allowed,
    /// 3: no.
    Denied,
    /// 4: an approval or a piece of evidence is missing.
    Missing,
    /// 5: the world, or a generated file, is not as described.
    Drift,
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// 1: ours.
    Ours,
    /// 2: the input or the configuration.
    BadInput,
    /// 6: a service or program that we asked.
    OutsideService,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Allowed => 0,
            Self::Denied => 3,
            Self::Missing => 4,
            Self::Drift => 5,
        }
    }
}

impl Class {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Ours => 1,
            Self::BadInput => 2,
            Self::OutsideService => 6,
        }
    }
}

/// An error that an action ends with: a diagnostic that knows whose fault it is.
pub trait Failure: miette::Diagnostic {
    /// Whose fault it is.
    fn class(&self) -> Class;
}
