//! What a pod shows of its troubles: pure functions over its status and the events about it.
//!
//! One pod gives at most one sign for each container, the most telling one. Which pods count, and for how long a sign may
//! last, is not decided here.

use serde_json::Value;

use crate::failure::{Budgets, Class, Judgement, Sign};
use crate::object::{ObjectRef, condition, list, number, one_line, text};
use crate::pull;
use crate::world::Event;

/// The troubles of a pod.
pub(crate) fn signs(pod: &Value, events: &[Event], budgets: &Budgets) -> Vec<Sign> {
    let this = Shown {
        pod,
        events,
        budgets,
    };
    if pod.pointer("/metadata/deletionTimestamp").is_some() {
        return this.lost().into_iter().collect();
    }
    if let Some(sign) = this.lost().or_else(|| this.unscheduled()) {
        return vec![sign];
    }
    if text(pod, "/status/phase") == Some("Failed") {
        return this.ended().into_iter().collect();
    }
    let init = list(pod, "/status/initContainerStatuses")
        .iter()
        .filter_map(|status| this.container(status, true));
    let mut signs: Vec<Sign> = init.collect();
    if signs.is_empty() {
        signs.extend(
            list(pod, "/status/containerStatuses")
                .iter()
                .filter_map(|status| this.container(status, false)),
        );
    }
    if signs.is_empty() {
        signs.extend(this.volume());
    }
    signs
}

/// Whether a pod is ready and not on its way out.
pub(crate) fn is_ready(pod: &Value) -> bool {
    pod.pointer("/metadata/deletionTimestamp").is_none() && crate::object::holds(pod, "Ready")
}

struct Shown<'a> {
    pod: &'a Value,
    events: &'a [Event],
    budgets: &'a Budgets,
}

impl Shown<'_> {
    fn sign(
        &self,
        class: Class,
        judgement: Judgement,
        container: Option<&str>,
        says: impl AsRef<str>,
    ) -> Sign {
        Sign {
            class,
            judgement,
            object: ObjectRef::of(self.pod),
            container: container.map(str::to_owned),
            text: one_line(says.as_ref()),
        }
    }

    fn event(&self, reason: &str) -> Option<&Event> {
        self.events
            .iter()
            .rev()
            .find(|event| event.reason == reason)
    }

    fn lost(&self) -> Option<Sign> {
        let disrupted = condition(self.pod, "DisruptionTarget")
            .filter(|condition| condition["status"] == "True");
        let reason = text(self.pod, "/status/reason");
        let says = match (disrupted, reason) {
            (Some(condition), _) => text(condition, "/message")
                .or_else(|| text(condition, "/reason"))
                .unwrap_or("is thrown out")
                .to_owned(),
            (
                None,
                Some(
                    "NodeLost"
                    | "NodeShutdown"
                    | "Terminated"
                    | "Evicted"
                    | "Preempting"
                    | "UnexpectedAdmissionError",
                ),
            ) => {
                let message = text(self.pod, "/status/message").unwrap_or("the node is gone");
                format!("{}: {message}", reason.unwrap_or_default())
            }
            _ if text(self.pod, "/status/phase") == Some("Unknown") => {
                "the node does not answer".to_owned()
            }
            _ => return None,
        };
        let node = text(self.pod, "/spec/nodeName").unwrap_or("no node");
        Some(self.sign(
            Class::NodeLost,
            Judgement::Transient,
            None,
            format!("pod on {node}: {says}"),
        ))
    }

    fn unscheduled(&self) -> Option<Sign> {
        let scheduled = condition(self.pod, "PodScheduled")?;
        if scheduled["status"] == "True" || text(self.pod, "/spec/nodeName").is_some() {
            return None;
        }
        let message = text(scheduled, "/message").unwrap_or("no node takes it");
        if message.contains("PersistentVolumeClaim") || message.contains("persistentvolumeclaim") {
            let judgement = Judgement::Budget(self.budgets.volume);
            return Some(self.sign(Class::Volume, judgement, None, message));
        }
        if text(scheduled, "/reason") != Some("Unschedulable") {
            return None;
        }
        let coming = self
            .event("TriggeredScaleUp")
            .or_else(|| self.event("Nominated"));
        let refused = self.event("NotTriggerScaleUp");
        let (judgement, note) = match (coming, refused) {
            (Some(event), _) => (
                Judgement::Budget(self.budgets.new_node),
                format!("; a node is coming ({})", event.message),
            ),
            (None, _) if text(self.pod, "/status/nominatedNodeName").is_some() => (
                Judgement::Budget(self.budgets.new_node),
                "; it waits for others to leave".to_owned(),
            ),
            (None, Some(event)) => (
                Judgement::Budget(self.budgets.unschedulable),
                format!("; no node is coming ({})", event.message),
            ),
            (None, None) => (
                Judgement::Budget(self.budgets.unschedulable),
                "; no node is coming".to_owned(),
            ),
        };
        Some(self.sign(
            Class::Unschedulable,
            judgement,
            None,
            format!("{message}{note}"),
        ))
    }

    /// A pod that is over, and failed.
    fn ended(&self) -> Option<Sign> {
        let failed = list(self.pod, "/status/containerStatuses")
            .iter()
            .chain(list(self.pod, "/status/initContainerStatuses"))
            .find(|status| {
                number(status, "/state/terminated/exitCode").is_some_and(|code| code != 0)
            })?;
        let name = text(failed, "/name").unwrap_or_default();
        // who owns the pod decides whether it tries again
        Some(self.exit(
            name,
            &failed["state"]["terminated"],
            1,
            Judgement::Transient,
            false,
        ))
    }

    fn container(&self, status: &Value, init: bool) -> Option<Sign> {
        let name = text(status, "/name").unwrap_or_default();
        let reason = text(status, "/state/waiting/reason").unwrap_or_default();
        let message = text(status, "/state/waiting/message").unwrap_or_default();
        let restarts = number(status, "/restartCount").unwrap_or(0);
        if pull::is_pulling(reason) {
            return Some(self.pulling(name, reason, message));
        }
        match reason {
            "CreateContainerConfigError" => return Some(self.config(name, message)),
            "RunContainerError" | "CreateContainerError" | "StartError" | "PostStartHookError" => {
                return Some(self.start(name, message));
            }
            _ => {}
        }
        let now = &status["state"]["terminated"];
        let before = &status["lastState"]["terminated"];
        let failed = |ended: &Value| number(ended, "/exitCode").is_some_and(|code| code != 0);
        // the one that runs now is one start after those that ended
        let ended = match (failed(now), reason) {
            (true, _) => Some((now, restarts + 1)),
            (_, "CrashLoopBackOff") => Some((before, restarts + 1)),
            _ if restarts > 0 && failed(before) && status["ready"] != true => {
                Some((before, restarts))
            }
            _ => None,
        };
        if let Some((ended, times)) = ended {
            return Some(self.exit(name, ended, times, self.crashed(times), init));
        }
        let runs = status.pointer("/state/running").is_some();
        if runs && status["ready"] != true && !init {
            return self.probe(name);
        }
        None
    }

    /// How bad it is that a container ended `times` times.
    fn crashed(&self, times: i64) -> Judgement {
        if times > i64::from(self.budgets.restarts) {
            Judgement::Permanent
        } else {
            Judgement::Transient
        }
    }

    fn pulling(&self, name: &str, reason: &str, message: &str) -> Sign {
        // before 1.32 the reason stands only in the event
        let told = message
            .trim_start_matches("Back-off pulling image")
            .contains(": ");
        let event = self.event("Failed").map(|event| event.message.as_str());
        let message = if told || reason == "InvalidImageName" {
            message
        } else {
            event.unwrap_or(message)
        };
        let class = pull::class(reason, message);
        let judgement = match class {
            Class::RegistryUnreachable => Judgement::Budget(self.budgets.registry),
            _ => Judgement::Permanent,
        };
        let image = self.image(name);
        let gist = pull::gist(message);
        let says = match class {
            Class::ImageMissing => format!("the registry has no `{image}` for container {name}"),
            Class::PullRefused => {
                format!("the registry refuses `{image}` for container {name} ({gist})")
            }
            _ => format!("`{image}` for container {name} cannot be pulled ({gist})"),
        };
        self.sign(class, judgement, Some(name), says)
    }

    fn image(&self, container: &str) -> &str {
        let of = |path| {
            list(self.pod, path)
                .iter()
                .find(|one| one["name"] == container)
        };
        of("/spec/containers")
            .or_else(|| of("/spec/initContainers"))
            .and_then(|one| text(one, "/image"))
            .unwrap_or("its image")
    }

    fn config(&self, name: &str, message: &str) -> Sign {
        let says = format!("container {name}: {message}");
        self.sign(
            Class::ConfigMissing,
            Judgement::Budget(self.budgets.config),
            Some(name),
            says,
        )
    }

    fn start(&self, name: &str, message: &str) -> Sign {
        let class = if message.contains("configmap") || message.contains("secret \"") {
            Class::ConfigMissing
        } else {
            Class::BadCommand
        };
        let gist = message
            .rsplit_once("container init: ")
            .map_or(message, |(_, end)| end)
            .trim_end_matches(": unknown");
        self.sign(
            class,
            Judgement::Permanent,
            Some(name),
            format!("container {name} cannot start: {gist}"),
        )
    }

    fn exit(
        &self,
        name: &str,
        ended: &Value,
        times: i64,
        judgement: Judgement,
        init: bool,
    ) -> Sign {
        let code = number(ended, "/exitCode").unwrap_or(-1);
        let reason = text(ended, "/reason").unwrap_or_default();
        if matches!(reason, "StartError" | "ContainerCannotRun") || matches!(code, 126 | 127) {
            let message =
                text(ended, "/message").map_or_else(|| format!("exit code {code}"), str::to_owned);
            return self.start(name, &message);
        }
        if reason == "OOMKilled" {
            let limit = self
                .limit(name)
                .map(|limit| format!(" of {limit}"))
                .unwrap_or_default();
            let says = format!(
                "container {name} was killed at its memory limit{limit}, {}",
                nth(times)
            );
            return self.sign(Class::OutOfMemory, judgement, Some(name), says);
        }
        let killed = self.events.iter().rev().find(|event| {
            event.reason == "Unhealthy"
                && (event.message.starts_with("Liveness") || event.message.starts_with("Startup"))
        });
        if let (Some(event), false) = (killed, init) {
            let says = format!(
                "container {name} was restarted, {}: {}",
                nth(times),
                event.message
            );
            return self.sign(Class::Probe, judgement, Some(name), says);
        }
        let said = text(ended, "/message")
            .map(|message| format!(" ({message})"))
            .unwrap_or_default();
        let class = if init {
            Class::InitContainer
        } else {
            Class::CrashLoop
        };
        let kind = if init { "init container" } else { "container" };
        self.sign(
            class,
            judgement,
            Some(name),
            format!("{kind} {name} exited {code}, {}{said}", nth(times)),
        )
    }

    fn limit(&self, container: &str) -> Option<&str> {
        let of = list(self.pod, "/spec/containers")
            .iter()
            .find(|one| one["name"] == container)?;
        text(of, "/resources/limits/memory")
    }

    fn probe(&self, name: &str) -> Option<Sign> {
        let event = self.event("Unhealthy")?;
        Some(self.sign(
            Class::Probe,
            Judgement::Transient,
            Some(name),
            format!("container {name} is not ready: {}", event.message),
        ))
    }

    fn volume(&self) -> Option<Sign> {
        let event = self
            .event("FailedMount")
            .or_else(|| self.event("FailedAttachVolume"))?;
        if text(self.pod, "/status/phase") != Some("Pending") {
            return None;
        }
        let missing = event.message.contains("configmap ")
            || event.message.contains("secret ")
            || event.message.contains("references non-existent");
        let (class, budget) = if missing && event.message.contains("not found")
            || event.message.contains("references non-existent")
        {
            (Class::ConfigMissing, self.budgets.config)
        } else {
            (Class::Volume, self.budgets.volume)
        };
        Some(self.sign(class, Judgement::Budget(budget), None, &event.message))
    }
}

/// `2nd time`
pub(crate) fn nth(times: i64) -> String {
    let ending = match (times % 10, times % 100) {
        (1, hundred) if hundred != 11 => "st",
        (2, hundred) if hundred != 12 => "nd",
        (3, hundred) if hundred != 13 => "rd",
        _ => "th",
    };
    format!("{times}{ending} time")
}

#[cfg(test)]
mod tests;
