//! Plan JSON: real plans are read, and what is no plan is refused by name.

use serde_json::{Value, json};
use tfplan::{Action, PlanJson, PlanJsonError as Error, Unusable};

use crate::{CASES, bytes, document, plan};

#[test]
fn reads_every_action_of_a_real_plan() {
    let plan = plan("changes");
    let actions: Vec<_> = plan
        .resource_changes()
        .map(|change| (change.address, change.action))
        .collect();
    assert_eq!(
        actions,
        [
            ("terraform_data.adopted", Action::NoOp),
            ("terraform_data.counted[0]", Action::NoOp),
            ("terraform_data.counted[1]", Action::Delete),
            ("terraform_data.deleted", Action::Delete),
            ("terraform_data.edited", Action::Update),
            ("terraform_data.forgotten", Action::Forget),
            ("terraform_data.kept", Action::NoOp),
            ("terraform_data.late", Action::Create),
            ("terraform_data.new_name", Action::NoOp),
            ("terraform_data.replaced", Action::ReplaceDeleteFirst),
            ("terraform_data.replaced_first", Action::ReplaceCreateFirst),
        ]
    );
    let by_address = |address| {
        plan.resource_changes()
            .find(|change| change.address == address)
            .unwrap()
    };
    assert_eq!(
        by_address("terraform_data.new_name").previous_address,
        Some("terraform_data.old_name")
    );
    assert_eq!(
        by_address("terraform_data.counted[1]").index,
        Some(&json!(1))
    );
    let import = by_address("terraform_data.adopted").importing.unwrap();
    assert_eq!(import.id, Some("6a1c2b1e-0000-4000-8000-00000000c0de"));
    assert_eq!(
        by_address("terraform_data.replaced").replace_paths,
        [json!(["triggers_replace"])]
    );
    let outputs: Vec<_> = plan
        .output_changes()
        .map(|output| (output.name, output.action))
        .collect();
    assert_eq!(
        outputs,
        [("gone", Action::Delete), ("size", Action::Update)]
    );
}

#[test]
fn a_failing_check_makes_a_plan_unusable() {
    let failing = Unusable::Check {
        address: "check.size".into(),
        status: "fail".into(),
        messages: vec!["size 2 is too much for s3cr3t-a".into()],
    };
    assert_eq!(plan("changes").unusable(), [failing]);
    assert_eq!(plan("first").unusable(), []);
}

#[test]
fn each_flag_is_a_reason_of_its_own() {
    let with = |name: &str, value: Value| {
        let mut document = document("first");
        document[name] = value;
        PlanJson::from_value(document).unwrap().unusable()
    };
    assert_eq!(with("errored", json!(true)), [Unusable::Errored]);
    assert_eq!(with("complete", json!(false)), [Unusable::Incomplete]);
    assert_eq!(with("applyable", json!(false)), [Unusable::NotApplyable]);
    assert_eq!(
        with("deferred_changes", json!([{}, {}])),
        [Unusable::Deferred(2)]
    );
}

#[test]
fn flags_that_older_versions_do_not_write_are_no_reason() {
    let mut document = document("first");
    for flag in [
        "errored",
        "applyable",
        "complete",
        "checks",
        "deferred_changes",
    ] {
        document.as_object_mut().unwrap().remove(flag);
    }
    let plan = PlanJson::from_value(document).unwrap();
    assert_eq!(
        (plan.errored(), plan.applyable(), plan.complete()),
        (None, None, None)
    );
    assert_eq!(plan.unusable(), []);
}

#[test]
fn says_what_a_document_is_instead() {
    let parse = |text: &str| PlanJson::parse(text.as_bytes()).unwrap_err();
    assert!(matches!(parse(" "), Error::Empty));
    assert!(matches!(parse("{"), Error::NotJson(_)));
    assert!(matches!(parse("[]"), Error::NotAnObject));
    assert!(matches!(parse("{}"), Error::NotAPlan));
    assert!(matches!(
        parse(r#"{"resource_changes":[]}"#),
        Error::NotAPlan
    ));
    assert!(matches!(
        parse(r#"{"version":4,"lineage":"a","serial":1}"#),
        Error::StateFile
    ));
    assert!(matches!(
        parse(r#"{"format_version":"1.0"}"#),
        Error::StateJson
    ));
    assert!(matches!(
        parse(r#"{"format_version":"1.0","terraform_version":"1.11.4","values":{}}"#),
        Error::StateJson
    ));
    assert!(matches!(
        parse(r#"{"format_version":"0.2","resource_changes":[]}"#),
        Error::UnknownVersion(_)
    ));
    assert!(matches!(
        parse(r#"{"format_version":"10.0","resource_changes":[]}"#),
        Error::UnknownVersion(_)
    ));
    assert!(matches!(
        PlanJson::parse(&bytes("aws/plan.tfplan")).unwrap_err(),
        Error::SavedPlan
    ));
}

#[test]
fn a_plan_whose_changes_were_cut_is_refused() {
    for case in ["first", "changes", "aws"] {
        let mut document = document(case);
        document.as_object_mut().unwrap().remove("resource_changes");
        assert!(
            matches!(PlanJson::from_value(document), Err(Error::ChangesMissing)),
            "{case}"
        );
    }
}

#[test]
fn a_plan_of_outputs_alone_is_a_plan() {
    let text = r#"{"format_version":"1.2","planned_values":{"outputs":{},"root_module":{}},"output_changes":{}}"#;
    assert_eq!(
        PlanJson::parse(text.as_bytes())
            .unwrap()
            .resource_changes()
            .count(),
        0
    );
}

#[test]
fn wrong_types_are_named() {
    for (pointer, value, at) in [
        ("/errored", json!("false"), "errored"),
        ("/resource_changes", json!({}), "resource_changes"),
        (
            "/resource_changes/0/address",
            json!(7),
            "resource_changes[0].address",
        ),
        (
            "/resource_changes/0/change",
            json!(null),
            "resource_changes[0].change",
        ),
        (
            "/resource_changes/1/type",
            json!(""),
            "resource_changes[1].type",
        ),
        ("/checks/0/status", json!("passed"), "checks[0].status"),
    ] {
        let mut document = document("first");
        *document.pointer_mut(pointer).unwrap() = value;
        match PlanJson::from_value(document).unwrap_err() {
            Error::WrongType { at: named, .. } => assert_eq!(named, at),
            other => panic!("{pointer}: {other:?}"),
        }
    }
    let mut document = document("first");
    document["resource_changes"][0]["change"]["actions"] = json!(["create", "explode"]);
    let error = PlanJson::from_value(document).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"`terraform_data.guarded` has unknown actions `["create","explode"]`"#
    );
}

#[test]
fn printing_a_plan_shows_no_value() {
    for case in CASES {
        let plan = plan(case);
        let printed = format!("{plan:?} {:?}", plan.resource_changes().collect::<Vec<_>>());
        assert!(
            printed.contains("address") && !printed.contains("hunter2"),
            "{printed}"
        );
    }
}
