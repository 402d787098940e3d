//! What a plan does, as one digest.
//!
//! Two plans that do the same have the same digest, whenever they were made and in whichever order their keys and
//! resources stand; any other action, value, unknown place or provider version gives another. Resources that stay as they
//! are count too, because policies judge them. Timestamps, the configuration and Terraform's reasons are left out: they
//! do nothing. The digest covers secret values, so who knows all else about a plan can try out guesses of a short one,
//! exactly as with the digest of the plan's file.

use evidence::{PlanDigest, Sha256};
use hcl_edit::structure::Body;
use serde_json::{Map, Value};

use crate::{Action, PlanJson, canonical, json};

/// The digest of what `plan` does, with the providers that `lock_file` (the text of `.terraform.lock.hcl`) pins.
pub fn plan_digest(plan: &PlanJson, lock_file: Option<&str>) -> PlanDigest {
    let document = plan.exact();
    let mut form = Form(b"towpath plan digest, form 1\n".to_vec());
    let mut resources: Vec<_> = json::changes(document, "resource_changes").collect();
    resources.sort_by_key(|change| (change.address, change.deposed));
    form.count(resources.len());
    for change in resources {
        form.text(Some(change.address));
        form.text(change.previous_address);
        form.text(change.deposed);
        form.text(Some(change.provider_name));
        form.action(change.action);
        form.value(change.before);
        form.value(change.after);
        form.value(&places(change.after_unknown));
        form.value(&places(change.before_sensitive));
        form.value(&places(change.after_sensitive));
        form.value(
            change
                .importing
                .map_or(&Value::Null, |importing| importing.raw),
        );
    }
    let mut outputs: Vec<_> = json::outputs(document).collect();
    outputs.sort_by_key(|output| output.name);
    form.count(outputs.len());
    for output in outputs {
        form.text(Some(output.name));
        form.action(output.action);
        form.value(output.before);
        form.value(output.after);
        form.value(&places(output.after_unknown));
        form.value(&places(output.after_sensitive));
    }
    // Since Terraform 1.14 a plan may hold work beside resources, in the order in which it is triggered.
    for section in ["action_invocations", "deferred_changes"] {
        form.value(document.get(section).unwrap_or(&Value::Null));
    }
    form.value(&lock_file.map_or(Value::Null, provider_versions));
    PlanDigest(Sha256::of(form.0))
}

/// One JSON value a line, in a fixed order, so that no two plans are written alike.
struct Form(Vec<u8>);

impl Form {
    fn value(&mut self, value: &Value) {
        canonical::write(value, &mut self.0);
        self.0.push(b'\n');
    }

    fn text(&mut self, text: Option<&str>) {
        self.value(&text.map_or(Value::Null, Value::from));
    }

    fn count(&mut self, count: usize) {
        self.value(&Value::from(count));
    }

    fn action(&mut self, action: Action) {
        // Not `name`: it does not say which of a replacement's halves comes first.
        self.text(Some(&format!("{action:?}")));
    }
}

/// A mask without the places where it says nothing, so that `{}`, `[]` and `false` mean the same.
fn places(mask: &Value) -> Value {
    match mask {
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(key, mask)| (key.clone(), places(mask)));
            let members: Map<_, _> = members.filter(|(_, mask)| !mask.is_null()).collect();
            if members.is_empty() {
                Value::Null
            } else {
                Value::Object(members)
            }
        }
        Value::Array(items) => {
            let items: Vec<Value> = items.iter().map(places).collect();
            if items.iter().all(Value::is_null) {
                Value::Null
            } else {
                Value::Array(items)
            }
        }
        Value::Bool(false) => Value::Null,
        other => other.clone(),
    }
}

/// The version of each provider; the whole text, when it does not parse, so that no change of it is lost.
fn provider_versions(lock_file: &str) -> Value {
    let Ok(body) = lock_file.parse::<Body>() else {
        return Value::from(lock_file);
    };
    let providers = body.get_blocks("provider").filter_map(|block| {
        let name = block.labels.first()?.as_str().to_owned();
        let version = block.body.get_attribute("version")?.value.as_str()?;
        Some((name, Value::from(version)))
    });
    Value::Object(providers.collect())
}
