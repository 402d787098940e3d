//! What happens, while it happens: lines for a log, each with the seconds since the beginning.

use kube_rollout::{Failure, Moment};

/// How many of a container's last lines are shown; the summary has more.
const LAST_LINES: usize = 12;

/// The lines of one moment: most have one, a failure has its proof below it.
pub(crate) fn lines(moment: &Moment) -> Vec<String> {
    match &moment.failure {
        Some(failure) => proof(failure),
        None => vec![format!(
            "{:>6.1} s  {}",
            moment.at.as_secs_f64(),
            moment.what
        )],
    }
}

fn proof(failure: &Failure) -> Vec<String> {
    let mut lines = vec![format!("  x {}", failure.headline())];
    if !failure.logs.is_empty() {
        lines.push("    last lines of the container that ended:".to_owned());
        let skipped = failure.logs.len().saturating_sub(LAST_LINES);
        lines.extend(
            failure.logs[skipped..]
                .iter()
                .map(|line| format!("      | {line}")),
        );
    }
    if !failure.events.is_empty() {
        lines.push("    the cluster says:".to_owned());
        lines.extend(
            failure
                .events
                .iter()
                .take(3)
                .map(|event| format!("      | {event}")),
        );
    }
    if let Some(remedy) = &failure.remedy {
        lines.push(format!("    help: {remedy}"));
    }
    lines
}
