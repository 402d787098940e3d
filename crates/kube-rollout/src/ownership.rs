//! Who owns `spec.replicas`: an autoscaler's number is never taken from it.
//!
//! Leaving the member out is not enough: whoever owned it alone and stops saying it resets it to one. So what we own is sent as it is,
//! and what another manager owns is not sent. Once the autoscaler has scaled, it is the owner, and we are silent.

use serde_json::Value;

use crate::object::{list, text};

/// How our names as field managers begin; the application follows.
pub(crate) const MANAGERS: &str = "towpath-";

/// `wanted` without a say in a number of replicas that an autoscaler decides. `live` is the object as it is, `manager` our name.
pub(crate) fn hands_off(
    mut wanted: Value,
    live: Option<&Value>,
    autoscaled: bool,
    manager: &str,
) -> Value {
    let (true, Some(live)) = (autoscaled, live) else {
        return wanted;
    };
    let Some(spec) = wanted.get_mut("spec").and_then(Value::as_object_mut) else {
        return wanted;
    };
    let owners = owners_of_replicas(live);
    match live.pointer("/spec/replicas") {
        Some(replicas) if owners == [manager] => {
            spec.insert("replicas".to_owned(), replicas.clone());
        }
        _ => {
            spec.remove("replicas");
        }
    }
    wanted
}

/// Who owns `spec.replicas`, by what the server keeps of managed fields.
fn owners_of_replicas(live: &Value) -> Vec<&str> {
    let entries = list(live, "/metadata/managedFields").iter();
    let owning = entries.filter(|entry| entry.pointer("/fieldsV1/f:spec/f:replicas").is_some());
    let mut owners: Vec<&str> = owning.filter_map(|entry| text(entry, "/manager")).collect();
    owners.dedup();
    owners
}

/// What a HorizontalPodAutoscaler scales: kind and name.
pub(crate) fn scaled(autoscaler: &Value) -> Option<(String, String)> {
    let part = |path| text(autoscaler, path).map(str::to_owned);
    Some((
        part("/spec/scaleTargetRef/kind")?,
        part("/spec/scaleTargetRef/name")?,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn live(managers: &[&str]) -> Value {
        let fields: Vec<Value> = managers
            .iter()
            .map(|manager| json!({"manager": manager, "fieldsV1": {"f:spec": {"f:replicas": {}}}}))
            .collect();
        json!({"metadata": {"managedFields": fields}, "spec": {"replicas": 7}})
    }

    #[test]
    fn the_autoscaler_keeps_its_number() {
        let wanted = json!({"spec": {"replicas": 2, "paused": false}});
        for (live, autoscaled, expected) in [
            (None, true, json!(2)),
            (Some(live(&["towpath-a"])), false, json!(2)),
            (Some(live(&["towpath-a"])), true, json!(7)),
            (Some(live(&["kube-controller-manager"])), true, Value::Null),
            (
                Some(live(&["towpath-a", "kube-controller-manager"])),
                true,
                Value::Null,
            ),
            (Some(live(&[])), true, Value::Null),
        ] {
            let sent = hands_off(wanted.clone(), live.as_ref(), autoscaled, "towpath-a");
            assert_eq!(sent["spec"]["replicas"], expected, "{live:?}");
        }
    }
}
