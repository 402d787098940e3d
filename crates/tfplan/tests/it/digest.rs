//! The digest ignores what does nothing, and changes with everything that does something.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tfplan::{PlanJson, plan_digest};

use crate::{CASES, document, leaves, plan, saved};

fn digest(document: &Value) -> evidence::PlanDigest {
    plan_digest(
        &PlanJson::from_value(document.clone()).expect("a plan"),
        None,
    )
}

#[test]
fn plans_that_do_different_things_differ() {
    let mut digests: Vec<String> = CASES
        .map(|case| plan_digest(&plan(case), None).to_string())
        .to_vec();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), CASES.len());
}

#[test]
fn time_and_versions_of_the_program_do_nothing() {
    let mut other = document("changes");
    other["timestamp"] = json!("2030-01-01T00:00:00Z");
    other["terraform_version"] = json!("1.12.0");
    assert_eq!(digest(&other), digest(&document("changes")));
}

#[test]
fn provider_versions_count_and_comments_do_not() {
    let text = saved("aws").lock_file.unwrap().text;
    let with = |lock: &str| plan_digest(&plan("aws"), Some(lock));
    assert_eq!(with(&text), with(&format!("# a comment\n{text}")));
    assert_ne!(with(&text), with(&text.replace("5.100.0", "5.100.1")));
    assert_ne!(with("odd {"), with("odd {{"));
    assert_ne!(with(&text), plan_digest(&plan("aws"), None));
}

#[test]
fn numbers_beyond_a_double_count() {
    let with = |number: &str| {
        let text = serde_json::to_string(&document("first"))
            .unwrap()
            .replace("\"weight\":1.5", &format!("\"weight\":{number}"));
        assert!(text.contains(number));
        plan_digest(&PlanJson::parse(text.as_bytes()).unwrap(), None)
    };
    assert_ne!(
        with("0.333333333333333333333333333333"),
        with("0.333333333333333333333333333334")
    );
    assert_ne!(
        with("12345678901234567890123"),
        with("12345678901234567890124")
    );
    assert_eq!(with("1.5"), plan_digest(&plan("first"), None));
}

#[test]
fn every_part_of_a_change_counts() {
    let changes = [
        ("/resource_changes/0/address", json!("terraform_data.other")),
        (
            "/resource_changes/0/previous_address",
            json!("terraform_data.other"),
        ),
        ("/resource_changes/0/deposed", json!("0badc0de")),
        (
            "/resource_changes/0/provider_name",
            json!("example.com/a/b"),
        ),
        ("/resource_changes/0/change/actions", json!(["update"])),
        ("/resource_changes/0/change/importing", json!({"id": "x"})),
        ("/resource_changes/0/change/before", json!({"input": 1})),
        ("/resource_changes/0/change/after", json!(null)),
        (
            "/resource_changes/0/change/after_unknown",
            json!({"id": true, "input": true}),
        ),
        ("/resource_changes/0/change/after_sensitive", json!({})),
        ("/output_changes/region/after", json!("eu-west-1")),
        ("/output_changes/region/after_unknown", json!(true)),
        ("/output_changes/region/actions", json!(["update"])),
        ("/deferred_changes", json!([{"reason": "x"}])),
        ("/action_invocations", json!([{"address": "action.x.y"}])),
    ];
    let original = document("first");
    for (pointer, value) in changes {
        let mut changed = original.clone();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        assert_ne!(digest(&changed), digest(&original), "{pointer}");
    }
}

/// The same document with the members of each object, and the changes, in another order.
fn shuffled(value: &Value, seed: u64) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members
                .iter()
                .map(|(key, value)| (key.clone(), shuffled(value, seed)))
                .collect();
            let length = members.len().max(1);
            members.rotate_left(usize::try_from(seed).expect("a small seed") % length);
            Value::Object(members.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(|item| shuffled(item, seed)).collect(),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_does_nothing(case in prop::sample::select(CASES.to_vec()), seed in 1u64..50, turn in 0usize..20) {
        let original = document(case);
        let mut other = shuffled(&original, seed);
        let changes = other["resource_changes"].as_array_mut().unwrap();
        let turn = turn % changes.len();
        changes.rotate_left(turn);
        prop_assert_eq!(digest(&other), digest(&original));
    }

    #[test]
    fn any_value_or_unknown_place_counts(
        case in prop::sample::select(CASES.to_vec()),
        part in prop::sample::select(vec!["before", "after", "after_unknown"]),
        pick in any::<prop::sample::Index>(),
        resource in any::<prop::sample::Index>(),
        new in prop_oneof![any::<bool>().prop_map(Value::from), any::<i32>().prop_map(Value::from), "[a-z]{0,9}".prop_map(Value::from)],
    ) {
        let original = document(case);
        let count = original["resource_changes"].as_array().unwrap().len();
        let at = format!("/resource_changes/{}/change/{part}", resource.index(count));
        let mut found = Vec::new();
        leaves(original.pointer(&at).unwrap_or(&Value::Null), &at, &mut found);
        prop_assume!(!found.is_empty());
        let place = &found[pick.index(found.len())];
        let mut other = original.clone();
        let Some(leaf) = other.pointer_mut(place) else { return Ok(()) };
        let new = match (part, &*leaf) {
            ("after_unknown", Value::Bool(mark)) => Value::Bool(!mark),
            _ => new,
        };
        prop_assume!(*leaf != new);
        *leaf = new;
        prop_assert_ne!(digest(&other), digest(&original), "{}", place);
    }
}
