//! The plan read from the file alone is the plan that Terraform prints.

mod cases;
mod made;

use std::sync::Mutex;

use serde_json::Value;
use tfplan::{PlanJson, SavedPlan};

use crate::{CASES, bytes};

#[test]
fn kept_plans_are_read_as_terraform_prints_them() {
    for case in CASES {
        let file = bytes(&format!("{case}/plan.tfplan"));
        let shown = bytes(&format!("{case}/plan.json"));
        assert_eq!(difference(&file, &shown), Vec::<String>::new(), "{case}");
    }
}

#[test]
fn plans_made_here_are_read_as_terraform_prints_them() {
    let wrong = Mutex::new(Vec::new());
    made::each(&cases::CASES, |case| {
        let found = match made::make(case) {
            Ok(made) => difference(&made.file, &made.shown),
            Err(error) => vec![error],
        };
        if !found.is_empty() {
            wrong.lock().expect("no panic").push(format!(
                "{}\n  {}",
                case.name,
                found.join("\n  ")
            ));
        }
    });
    let wrong = wrong.into_inner().expect("no panic");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the two differ, as JSON pointers.
pub(crate) fn difference(file: &[u8], shown: &[u8]) -> Vec<String> {
    let native = match SavedPlan::read(file).expect("a plan").changes_json() {
        Ok(native) => native.judged(),
        Err(unclear) => return vec![format!("unclear: {unclear}")],
    };
    let shown = PlanJson::parse(shown).expect("a plan").judged();
    let mut found = Vec::new();
    if tfplan::plan_digest(&native, None) != tfplan::plan_digest(&shown, None) {
        found.push("the digests differ".to_owned());
    }
    let mut expected = shown.raw().clone();
    let members = expected.as_object_mut().expect("an object");
    members.remove("configuration");
    // variables that were not set have their defaults from the configuration
    if let Some(Value::Object(variables)) = members.get_mut("variables") {
        variables.retain(|name, _| {
            native
                .raw()
                .pointer(&format!("/variables/{name}"))
                .is_some()
        });
        if variables.is_empty() {
            members.remove("variables");
        }
    }
    differ(&expected, native.raw(), "", &mut found);
    found
}

fn differ(expected: &Value, found: &Value, at: &str, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, member) in expected {
                match found.get(key) {
                    Some(found) => differ(member, found, &format!("{at}/{key}"), differences),
                    None => differences.push(format!("{at}/{key} is missing: {member}")),
                }
            }
            let more = found.keys().filter(|key| !expected.contains_key(*key));
            differences.extend(more.map(|key| format!("{at}/{key} is too much: {}", found[key])));
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                differ(expected, found, &format!("{at}/{index}"), differences);
            }
        }
        (expected, found) if expected == found => {}
        (expected, found) => differences.push(format!("{at}: {expected} became {found}")),
    }
}
