//! Many resources and many rules: right at scale. How long it takes is a benchmark's business, and not a test's.

use rego_policy::{Input, Namespaces, Options, PolicyFile, PolicySet, Sources};
use serde_json::{Value, json};

/// A set of `rules` rules that look at every resource, every one through a shared helper.
fn policies(rules: usize) -> Sources {
    let lib = "package lib\n\nresources := [r | some r in input.resource_changes; r.mode == \"managed\"]\n\nafter(r) := r.change.after\n";
    let files = (0..rules).map(|n| PolicyFile {
        path: format!("rule_{n}.rego"),
        text: format!(
            "package main\n\nimport data.lib\n\ndeny_{n} contains msg if {{\n\tsome r in lib.resources\n\tlib.after(r).number == {n}\n\tmsg := sprintf(\"%s has %d\", [r.address, {n}])\n}}\n"
        ),
    });
    let mut all = vec![PolicyFile {
        path: "lib.rego".to_owned(),
        text: lib.to_owned(),
    }];
    all.extend(files);
    Sources {
        policies: all,
        data: Vec::new(),
    }
}

fn plan(resources: usize) -> Value {
    let changes: Vec<Value> = (0..resources)
        .map(|n| {
            json!({
                "address": format!("aws_s3_bucket.b[{n}]"), "mode": "managed", "type": "aws_s3_bucket",
                "change": {"actions": ["create"], "before": null, "after": {"number": n % 100, "tags": {"a": "b"}}},
            })
        })
        .collect();
    json!({"resource_changes": changes})
}

#[test]
fn every_resource_meets_every_rule() {
    let set = PolicySet::load(policies(20), Options::default()).unwrap();
    let input = Input {
        file_name: "plan.json".to_owned(),
        value: plan(200),
    };
    let results = set.evaluate(&Namespaces::default(), &input).unwrap();
    assert_eq!(results[0].failures.len(), 40);
    assert_eq!(results[0].successes, 0);
}
