//! No secret stays in a redacted plan, wherever it was copied to.

use proptest::prelude::*;
use serde_json::{Value, json};
use tfplan::{PlanJson, Redacted};

use crate::{CASES, document, leaves, plan};

fn redact(document: Value) -> Redacted {
    tfplan::redact(&PlanJson::from_value(document).expect("a plan"))
}

fn text(redacted: &Redacted) -> String {
    String::from_utf8(redacted.to_canonical_bytes()).expect("UTF-8")
}

#[test]
fn no_secret_is_left_in_any_plan() {
    for case in CASES {
        let redacted = tfplan::redact(&plan(case));
        for secret in [
            "hunter2-towpath",
            "nobody-marked-this-1",
            "fixture-secret-key-not-real",
            "AKIAFIXTUREFIXTURE00",
        ] {
            assert!(!text(&redacted).contains(secret), "{case}: {secret}");
        }
        assert!(!format!("{redacted:?}").contains("hunter2"), "{case}");
        assert!(redacted.plan().is_ok(), "{case}");
    }
}

#[test]
fn equal_values_have_equal_tokens() {
    let redacted = tfplan::redact(&plan("first"));
    let document = redacted.document();
    let token = &document["variables"]["password"]["value"];
    assert_eq!(token, "(sensitive-1)");
    let slot = redacted.plan().unwrap();
    let slot = slot
        .resource_changes()
        .find(|change| change.name == "slot")
        .unwrap();
    assert_eq!(&slot.after["input"]["token"], token);
    assert_eq!(slot.after["input"]["label"], "clean-0");
    // Another value, though it contains the first.
    let connection = &document["output_changes"]["connection"]["after"];
    assert_eq!(
        connection,
        &document["planned_values"]["outputs"]["connection"]["value"]
    );
    assert_ne!(connection, token);
    assert_eq!(
        document["output_changes"]["region"]["after"],
        "eu-central-1"
    );
}

#[test]
fn a_place_that_two_masks_cover_is_hidden_once() {
    let redacted = tfplan::redact(&plan("changes"));
    let document = redacted.document();
    let edited = &document["resource_changes"][4]["change"];
    let token = &document["variables"]["password"]["value"];
    assert_eq!(
        (
            &edited["before"]["input"]["password"],
            &edited["after"]["input"]["password"]
        ),
        (token, token)
    );
    assert_eq!(
        redacted.secrets().iter().collect::<Vec<_>>(),
        ["hunter2-towpath"]
    );
}

#[test]
fn what_is_not_secret_stays() {
    let redacted = tfplan::redact(&plan("aws"));
    let plan = redacted.plan().unwrap();
    let database = plan
        .resource_changes()
        .find(|change| change.kind == "aws_db_instance")
        .unwrap();
    assert!(
        database.after["password"]
            .as_str()
            .unwrap()
            .starts_with("(sensitive-")
    );
    assert_eq!(database.after["password_wo"], Value::Null);
    assert_eq!(database.after["username"], "app");
    let before = document("aws");
    assert_eq!(
        redacted.document()["resource_changes"][1],
        before["resource_changes"][1]
    );
    let provider = &redacted.document()["configuration"]["provider_config"]["aws"]["expressions"];
    assert_eq!(provider["region"]["constant_value"], "eu-central-1");
    assert_eq!(
        provider["skip_credentials_validation"]["constant_value"],
        true
    );
    assert!(
        provider["secret_key"]["constant_value"]
            .as_str()
            .unwrap()
            .starts_with("(sensitive-")
    );
    assert_eq!(redacted.swept(), []);
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for case in CASES {
        let again: Value =
            serde_json::from_slice(&serde_json::to_vec_pretty(&document(case)).unwrap()).unwrap();
        assert_eq!(
            text(&tfplan::redact(&plan(case))),
            text(&redact(again)),
            "{case}"
        );
    }
}

#[test]
fn copies_in_other_texts_are_covered_in_every_form() {
    let secret = "p\"ss<w>rd&/täst";
    let mut document = document("first");
    document["variables"]["password"]["value"] = json!(secret);
    let inner = json!({"user": "app", "password": secret}).to_string();
    let copies = [
        secret.to_owned(),
        format!("before {secret} behind"),
        inner.clone(),
        inner
            .replace('&', "\\u0026")
            .replace('<', "\\u003c")
            .replace('>', "\\u003e"),
        "https://app:p%22ss%3Cw%3Erd%26%2Ft%C3%A4st@host/".to_owned(),
        base64(secret.as_bytes()),
        base64(format!("app:{secret}").as_bytes()),
        base64(format!("user:{secret}@host").as_bytes()),
    ];
    document["checks"][0]["instances"] =
        json!([{"status": "pass", "problems": [{"message": copies[1]}]}]);
    document["resource_changes"][1]["change"]["after"]["input"] = json!(copies);
    let redacted = redact(document);
    let after = &redacted.document()["resource_changes"][1]["change"]["after"]["input"];
    for (index, copy) in copies.iter().enumerate() {
        let covered = after[index].as_str().unwrap();
        assert!(covered.contains("(sensitive-1)"), "{copy} became {covered}");
        assert!(
            redacted.secrets().mask(copy).contains("(sensitive-1)"),
            "{copy}"
        );
    }
    assert_eq!(
        redacted.document()["checks"][0]["instances"][0]["problems"][0]["message"],
        "before (sensitive-1) behind"
    );
    let swept: Vec<_> = redacted.swept().iter().map(ToString::to_string).collect();
    assert_eq!(swept.len(), copies.len());
    assert_eq!(swept[0], "terraform_data.plain after.input[0]");
    assert_eq!(redacted.secrets().iter().next(), Some(secret));
}

#[test]
fn numbers_and_parts_of_objects_are_secrets_too() {
    let mut document = document("first");
    document["variables"]["password"]["value"] =
        json!({"port": 54321, "key": "abcdef", "on": true, "no": "x"});
    document["resource_changes"][1]["change"]["after"]["input"] =
        json!({"a": "port 54321", "b": "abcdef", "c": "x", "d": true});
    let redacted = redact(document);
    let after = &redacted.document()["resource_changes"][1]["change"]["after"]["input"];
    assert_eq!(
        redacted.document()["variables"]["password"]["value"],
        "(sensitive-1)"
    );
    assert_eq!(
        after,
        &json!({"a": "port (sensitive-3)", "b": "(sensitive-2)", "c": "x", "d": true})
    );
}

#[test]
fn no_choice_of_a_secret_renames_what_policies_look_for() {
    for secret in [
        "terraform_data",
        "create",
        "input",
        "named",
        "shelf",
        "sensitive",
        "managed",
    ] {
        let mut document = document("first");
        document["variables"]["password"]["value"] = json!(secret);
        let redacted = redact(document.clone());
        let (redacted, plan) = (
            redacted.plan().unwrap(),
            PlanJson::from_value(document).unwrap(),
        );
        let names = |plan: &PlanJson| -> Vec<String> {
            let named = plan.resource_changes().map(|change| {
                let keys: Vec<_> = change.after.as_object().unwrap().keys().cloned().collect();
                format!(
                    "{} {} {} {:?} {keys:?}",
                    change.address, change.kind, change.mode, change.action
                )
            });
            named.collect()
        };
        assert_eq!(names(&redacted), names(&plan), "{secret}");
        let token = redacted.raw()["variables"]["password"]["value"].clone();
        assert_eq!(token, "(sensitive-1)", "{secret}");
    }
}

#[test]
fn odd_masks_hide_more_rather_than_less() {
    for (value, mask) in [
        (json!(["abcdef", "ghijkl"]), json!([false, true, true])),
        (json!({"a": "abcdef"}), json!([true])),
        (json!("abcdef"), json!({"a": true})),
        (json!({"a": "abcdef"}), json!("true")),
    ] {
        let mut document = document("first");
        document["resource_changes"][1]["change"]["after"]["input"] = value;
        document["resource_changes"][1]["change"]["after_sensitive"] = json!({"input": mask});
        assert!(!text(&redact(document)).contains("abcdef"), "{mask}");
    }
}

#[test]
fn what_becomes_secret_was_secret_before() {
    let mut document = document("changes");
    let change = &mut document["resource_changes"][4]["change"];
    change["before"]["input"]["password"] = json!("an older one");
    change["before_sensitive"] = json!({});
    assert!(!text(&redact(document)).contains("an older one"));
}

#[test]
fn attributes_called_value_and_sensitive_are_no_mask() {
    let mut document = document("first");
    let change = &mut document["resource_changes"][1]["change"];
    change["after"] = json!({"setting": {"value": "plain text", "sensitive": true}});
    change["after_unknown"] = json!({"value": true, "sensitive": true});
    let redacted = redact(document.clone());
    for part in ["after", "after_unknown"] {
        let at = format!("/resource_changes/1/change/{part}");
        assert_eq!(redacted.document().pointer(&at), document.pointer(&at));
    }
}

#[test]
fn short_secrets_are_covered_where_they_are_marked() {
    let mut document = document("aws");
    let database = "/resource_changes/0/change/after/password";
    *document.pointer_mut(database).unwrap() = json!("abc");
    let resources = document["configuration"]["root_module"]["resources"]
        .as_array_mut()
        .unwrap();
    let block = resources
        .iter_mut()
        .find(|resource| resource["type"] == "aws_db_instance")
        .unwrap();
    block["expressions"]["password"]["constant_value"] = json!("abc");
    assert!(!text(&redact(document)).contains("\"abc\""));
}

#[test]
fn constants_for_sensitive_variables_and_outputs_of_modules_are_covered() {
    let mut document = document("first");
    let root = "/configuration/root_module";
    *document
        .pointer_mut(&format!("{root}/module_calls/shelf/expressions/token"))
        .unwrap() = json!({"constant_value": "for-module"});
    document
        .pointer_mut(&format!("{root}/module_calls/shelf/module/variables/token"))
        .unwrap()["default"] = json!("by-default");
    *document
        .pointer_mut(&format!("{root}/outputs/connection/expression"))
        .unwrap() = json!({"constant_value": "of-output"});
    *document
        .pointer_mut(&format!("{root}/module_calls/shelf/expressions/label"))
        .unwrap() = json!({"constant_value": "not-secret"});
    let text = text(&redact(document));
    for secret in ["for-module", "by-default", "of-output"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert!(text.contains("not-secret"));
}

#[test]
fn masks_cover_lines_of_long_secrets_in_streams() {
    let key = "-----BEGIN KEY-----\nMIIEpAIBAAKCAQEA7\n-----END KEY-----\n";
    let mut document = document("first");
    document["variables"]["password"]["value"] = json!(key);
    let redacted = redact(document);
    assert_eq!(
        redacted
            .secrets()
            .mask("line MIIEpAIBAAKCAQEA7 of -----END KEY-----"),
        "line (sensitive-1) of -----END KEY-----"
    );
    assert_eq!(format!("{:?}", redacted.secrets()), "***");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_secret_that_is_copied_anywhere_is_covered(
        case in prop::sample::select(vec!["first", "changes"]),
        secret in "[a-zA-Z0-9+/ \"\\\\<&\u{e4}\n]{8,24}",
        around in "[a-z :]{0,5}",
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let mut document = document(case);
        let mut places = Vec::new();
        leaves(&document, "", &mut places);
        let holds_values = |place: &String| {
            let kinds = ["/after/", "/before/", "/values/in", "/values/out", "/constant_value", "/message", "/to_come"];
            kinds.iter().any(|kind| place.contains(kind)) && !place.ends_with("/type")
        };
        document["to_come"] = json!({"in": [{"a_later": "version"}]});
        places.push("/to_come/in/0/a_later".to_owned());
        places.retain(holds_values);
        document["variables"]["password"]["value"] = json!(secret);
        for pick in picks {
            let place = &places[pick.index(places.len())];
            *document.pointer_mut(place).unwrap() = json!(format!("{around}{secret}{around}"));
        }
        let escaped = json!(secret).to_string();
        let text = text(&redact(document));
        prop_assert!(!text.contains(&escaped[1..escaped.len() - 1]), "{} in {}", escaped, text);
    }
}
