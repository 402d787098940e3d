//! Real plans, made by Terraform (`tests/fixtures/README.md`), read by this crate.

mod digest;
mod json;
mod native;
mod redact;
mod saved;
mod source_map;
mod summary;

use serde_json::Value;
use tfplan::{PlanJson, SavedPlan};

const CASES: [&str; 4] = ["first", "changes", "destroy", "aws"];

fn bytes(file: &str) -> Vec<u8> {
    let path = format!("{}/tests/fixtures/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn saved(case: &str) -> SavedPlan {
    SavedPlan::read(&bytes(&format!("{case}/plan.tfplan"))).expect("a saved plan")
}

fn document(case: &str) -> Value {
    serde_json::from_slice(&bytes(&format!("{case}/plan.json"))).expect("JSON")
}

fn plan(case: &str) -> PlanJson {
    PlanJson::parse(&bytes(&format!("{case}/plan.json"))).expect("a plan")
}

/// Every place of a scalar below `value`, as JSON pointers.
fn leaves(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                leaves(
                    member,
                    &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, item)| leaves(item, &format!("{at}/{index}"), found)),
        _ => found.push(at.to_owned()),
    }
}
