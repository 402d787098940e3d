//! Models that would be scored otherwise than by XGBoost, each refused by name.

use std::fs;

use serde_json::{Value, json};
use xgboost_json::Model;

fn saved() -> Value {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/reg-squarederror.json"
    );
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// What is said to the fixture with one member changed
fn refusal(pointer: &str, value: Value) -> String {
    let mut saved = saved();
    *saved.pointer_mut(pointer).unwrap() = value;
    Model::parse(saved.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn what_is_not_known_is_refused_by_name() {
    let booster = "/learner/gradient_booster";
    let parameters = "/learner/learner_model_param";
    let cases = [
        (
            refusal("/version", json!([1, 5, 2])),
            "saved by XGBoost 1.5.2",
        ),
        (refusal("/version", json!([])), "only 1.7 and later"),
        (
            refusal(&format!("{booster}/name"), "dart".into()),
            "the booster `dart`",
        ),
        (
            refusal(
                booster,
                json!({"name": "gblinear", "model": {"weights": []}}),
            ),
            "the booster `gblinear`",
        ),
        (
            refusal("/learner/objective/name", "rank:map".into()),
            "the objective `rank:map`",
        ),
        (
            refusal(&format!("{parameters}/num_class"), "3".into()),
            "3 outputs per row",
        ),
        (
            refusal(&format!("{parameters}/num_target"), "2".into()),
            "2 outputs per row",
        ),
        (
            refusal(&format!("{parameters}/base_score"), "[1E0,2E0]".into()),
            "`base_score` cannot be `[1E0,2E0]`",
        ),
        (
            refusal("/learner", json!({})),
            "not a model that XGBoost saved",
        ),
    ];
    for (said, expected) in cases {
        assert!(said.contains(expected), "{said}");
    }
    assert!(Model::parse(b"{L\x00").is_err(), "the binary format");
}

#[test]
fn a_tree_that_does_not_hang_together_is_refused() {
    let tree = "/learner/gradient_booster/model/trees/1";
    let cases = [
        (
            refusal(&format!("{tree}/left_children/1"), 0.into()),
            "hangs on two others",
        ),
        (
            refusal(&format!("{tree}/right_children/0"), 900.into()),
            "a child is not in it",
        ),
        (
            refusal(&format!("{tree}/right_children/0"), json!(-1)),
            "a child is not in it",
        ),
        (
            refusal(&format!("{tree}/split_indices/0"), 4.into()),
            "a feature that the model does not have",
        ),
        (
            refusal(&format!("{tree}/default_left"), json!([])),
            "not of one length",
        ),
        (
            refusal(&format!("{tree}/split_type/0"), 1.into()),
            "a set of categories is not in it",
        ),
    ];
    for (said, expected) in cases {
        assert!(
            said.starts_with("tree 1: ") && said.contains(expected),
            "{said}"
        );
    }
}
