//! What happens while a command runs.
//!
//! Terraform's machine-readable interface is one JSON message a line. It may gain kinds and fields in any minor
//! version, so what is unknown here becomes plain progress, and what is not JSON at all is passed on as it came.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::diagnostics::Diagnostic;

/// One thing that happened. Each text has been through the caller's mask.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A command is about to run; values of variables are replaced by `***`.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
    },
    /// A line that tells how it goes.
    Progress {
        /// The line.
        line: String,
    },
    /// The plan contains this change. Also told at the start of an apply, for each change of the saved plan.
    Planned(Change),
    /// The world differs from the state.
    Drift(Change),
    /// A change has begun.
    ResourceStarted {
        /// Resource.
        address: String,
        /// `create`, `update`, `delete` or `read`; a replacement is told as two.
        action: String,
    },
    /// A change is complete.
    ResourceDone {
        /// Resource.
        address: String,
        /// As above.
        action: String,
        /// The provider's identifier, where there is one.
        id: Option<String>,
        /// How long it took, to the second.
        elapsed: Duration,
    },
    /// A change failed; the reason follows as a diagnostic.
    ResourceErrored {
        /// Resource.
        address: String,
        /// As above.
        action: String,
        /// How long it took, to the second.
        elapsed: Duration,
    },
    /// An error or a warning.
    Diagnostic(Diagnostic),
    /// The state lock is being waited for or released.
    Lock {
        /// The tool's words.
        line: String,
    },
    /// Counts at the end of a plan or an apply.
    Summary(Summary),
    /// This process was interrupted for the `count`th time, and the tool was told.
    Interrupted {
        /// 1: it shuts down. 2: it gives up at once.
        count: usize,
    },
    /// A line that is not of the machine-readable interface.
    Raw {
        /// The line.
        line: String,
    },
    /// The command has ended.
    Finished {
        /// Exit code; none if a signal ended it.
        code: Option<i32>,
        /// How long it took.
        elapsed: Duration,
    },
}

/// A planned change, or drift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Resource.
    pub address: String,
    /// `create`, `read`, `update`, `replace`, `delete`, `move`, `import`, `remove` (forgotten, not destroyed), or what
    /// a later version of the tool calls it.
    pub action: String,
    /// Why a replacement or a deletion is needed, such as `cannot_update`.
    pub reason: Option<String>,
}

/// Counts of a plan or an apply.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Summary {
    /// To create, replacements included.
    #[serde(default)]
    pub add: u64,
    /// To update in place.
    #[serde(default)]
    pub change: u64,
    /// To import.
    #[serde(default)]
    pub import: u64,
    /// To destroy, replacements included.
    #[serde(default)]
    pub remove: u64,
    /// `plan`, `apply` or `destroy`.
    #[serde(default)]
    pub operation: String,
}

/// What a line of output means.
#[derive(Debug)]
pub(crate) enum Meaning {
    Event(Event),
    /// The whole state, printed because it could be written nowhere. It is full of secrets: no event.
    State(String),
    /// Nothing that a person needs.
    Silence,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "@message", default)]
    text: String,
    #[serde(rename = "type", default)]
    kind: String,
    diagnostic: Option<Diagnostic>,
    change: Option<RawChange>,
    hook: Option<Hook>,
    changes: Option<Summary>,
    state: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct RawChange {
    resource: Resource,
    #[serde(default)]
    action: String,
    reason: Option<String>,
}

#[derive(Deserialize)]
struct Resource {
    addr: String,
}

#[derive(Deserialize)]
struct Hook {
    resource: Option<Resource>,
    #[serde(default)]
    action: String,
    id_value: Option<String>,
    #[serde(default)]
    elapsed_seconds: f64,
}

/// Reads one line of output.
pub(crate) fn read(line: &str, mask: &dyn Fn(&str) -> String) -> Meaning {
    let Ok(message) = serde_json::from_str::<Message>(line) else {
        return match line.trim() {
            "" => Meaning::Silence,
            _ => Meaning::Event(Event::Raw { line: mask(line) }),
        };
    };
    if let Some(state) = message.state {
        return Meaning::State(state.get().to_owned());
    }
    let progress = || Event::Progress {
        line: mask(message.text.trim()),
    };
    let hook = message.hook.and_then(|hook| {
        Some((
            mask(&hook.resource?.addr),
            hook.action,
            hook.id_value.map(|id| mask(&id)),
            Duration::try_from_secs_f64(hook.elapsed_seconds).unwrap_or_default(),
        ))
    });
    let change = message.change.map(|change| Change {
        address: mask(&change.resource.addr),
        action: change.action,
        reason: change.reason,
    });
    Meaning::Event(match (message.kind.as_str(), hook, change) {
        ("version" | "outputs", ..) => return Meaning::Silence,
        ("diagnostic", ..) => match message.diagnostic {
            Some(diagnostic) => Event::Diagnostic(diagnostic.masked(mask)),
            None => progress(),
        },
        ("planned_change", _, Some(change)) => Event::Planned(change),
        ("resource_drift", _, Some(change)) => Event::Drift(change),
        ("apply_start", Some((address, action, ..)), _) => {
            Event::ResourceStarted { address, action }
        }
        ("apply_complete", Some((address, action, id, elapsed)), _) => Event::ResourceDone {
            address,
            action,
            id,
            elapsed,
        },
        ("apply_errored", Some((address, action, _, elapsed)), _) => Event::ResourceErrored {
            address,
            action,
            elapsed,
        },
        ("change_summary", ..) => match message.changes {
            Some(summary) => Event::Summary(summary),
            None => progress(),
        },
        (kind, ..) if kind.starts_with("state_lock") || message.text.contains("state lock") => {
            Event::Lock {
                line: mask(message.text.trim()),
            }
        }
        _ => progress(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.to_owned()
    }

    fn event(line: &str) -> Event {
        match read(line, &plain) {
            Meaning::Event(event) => event,
            other => panic!("no event: {other:?}"),
        }
    }

    #[test]
    fn an_unknown_kind_is_progress_and_no_json_is_raw() {
        assert_eq!(
            event(r#"{"@message":"later","type":"policy_result","hook":{"new":1}}"#),
            Event::Progress {
                line: "later".to_owned()
            }
        );
        assert_eq!(
            event("panic: oh"),
            Event::Raw {
                line: "panic: oh".to_owned()
            }
        );
        assert_eq!(
            event("[1]"),
            Event::Raw {
                line: "[1]".to_owned()
            }
        );
    }

    #[test]
    fn a_secret_is_masked_inside_json_escapes() {
        let mask = |text: &str| text.replace("pa\"ss", "***");
        let line = r#"{"@message":"x","type":"diagnostic","diagnostic":{"severity":"error","summary":"s pa\"ss","detail":"pa\"ss"}}"#;
        let Meaning::Event(Event::Diagnostic(diagnostic)) = read(line, &mask) else {
            panic!("no diagnostic");
        };
        assert_eq!(diagnostic.summary, "s ***");
        assert_eq!(diagnostic.detail, "***");
    }

    #[test]
    fn a_dumped_state_is_kept_to_the_letter_and_is_no_event() {
        let line = r#"{"@message":"Emergency state dump","type":"log","state":{"big":123456789012345678901234567890}}"#;
        let Meaning::State(state) = read(line, &plain) else {
            panic!("no state");
        };
        assert_eq!(state, r#"{"big":123456789012345678901234567890}"#);
    }
}
