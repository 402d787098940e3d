//! An endpoint, and what is to be done with it so that it serves a configuration: a decision over what SageMaker says of it.

/// As far as it matters here
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// SageMaker's word
    pub status: String,
    /// The configuration that serves
    pub configuration: String,
    /// The one to which it is being changed
    pub pending: Option<String>,
}

/// What to do next
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It serves what it should
    Nothing,
    /// It will
    UnderWay,
    /// There is none
    Create,
    /// It serves something else
    Update,
    /// Something else is under way, and has to end first
    Wait,
    /// Nothing ends by itself here
    Stuck,
}

/// Decides what brings an endpoint to serve `wanted`
pub fn next(seen: Option<&Seen>, wanted: &str) -> Step {
    let Some(seen) = seen else {
        return Step::Create;
    };
    let serves = seen.configuration == wanted;
    match seen.status.as_str() {
        "Creating" if serves => Step::UnderWay,
        "Updating" if seen.pending.as_deref() == Some(wanted) => Step::UnderWay,
        "InService" if serves => Step::Nothing,
        "InService" | "OutOfService" => Step::Update,
        "Creating" | "Updating" | "SystemUpdating" | "RollingBack" | "Deleting" => Step::Wait,
        _ => Step::Stuck,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(status: &str, configuration: &str, pending: Option<&str>) -> Step {
        let seen = Seen {
            status: status.into(),
            configuration: configuration.into(),
            pending: pending.map(str::to_owned),
        };
        next(Some(&seen), "new")
    }

    #[test]
    fn every_status_has_a_next_step() {
        assert_eq!(next(None, "new"), Step::Create);
        for (status, serving, pending, expected) in [
            ("InService", "new", None, Step::Nothing),
            ("InService", "old", None, Step::Update),
            ("OutOfService", "new", None, Step::Update),
            ("Creating", "new", None, Step::UnderWay),
            ("Creating", "old", None, Step::Wait),
            ("Updating", "old", Some("new"), Step::UnderWay),
            ("Updating", "old", Some("other"), Step::Wait),
            // going away from it
            ("Updating", "new", Some("other"), Step::Wait),
            ("SystemUpdating", "new", None, Step::Wait),
            ("RollingBack", "old", Some("new"), Step::Wait),
            ("Deleting", "new", None, Step::Wait),
            ("Failed", "new", None, Step::Stuck),
            ("UpdateRollbackFailed", "old", None, Step::Stuck),
            ("Unheard", "old", None, Step::Stuck),
        ] {
            assert_eq!(
                step(status, serving, pending),
                expected,
                "{status} {serving} {pending:?}"
            );
        }
    }
}
