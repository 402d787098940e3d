//! What SageMaker tells EventBridge: changes of model packages and of endpoints.
//!
//! As from AWS, an event may come twice or late (faults of `PutEvents` ask for it), and not in order. Where the simulator knows no
//! EventBridge nothing is said, and an event that is not taken is lost.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::faults::{Delivery, Faults};
use crate::site::Task;
use crate::wire::Caller;

/// Puts an event about a resource
pub(crate) fn tell(
    (tasks, faults): (&mut Vec<Task>, &mut Faults),
    caller: &Caller,
    kind: &str,
    resource: &str,
    detail: &Value,
) {
    let Delivery { times, late } = faults.delivery();
    let entry = json!({
        "Source": "aws.sagemaker",
        "DetailType": kind,
        "Resources": [resource],
        "Detail": detail.to_string(),
    });
    for _ in 0..times {
        let (entry, caller) = (entry.clone(), caller.clone());
        tasks.push(Task::new(move |site| {
            std::thread::sleep(late);
            if let Ok(aws) = site.aws(&caller) {
                aws.put_event(&entry).ok();
            }
        }));
    }
}

/// An endpoint as events show it: as described, but with other words for its status, milliseconds, and its tags
pub(crate) fn of_endpoint(mut shown: Value, tags: Option<&BTreeMap<String, String>>) -> Value {
    let status = shown["EndpointStatus"].as_str().unwrap_or_default();
    shown["EndpointStatus"] = snake(status).into();
    for time in ["CreationTime", "LastModifiedTime"] {
        shown[time] = shown[time]
            .as_f64()
            .map(|seconds| (seconds * 1000.0).round())
            .into();
    }
    shown["Tags"] = json!(tags.cloned().unwrap_or_default());
    shown
}

/// `InService` as `IN_SERVICE`
fn snake(status: &str) -> String {
    let mut words = String::new();
    for letter in status.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push('_');
        }
        words.extend(letter.to_uppercase());
    }
    words
}
