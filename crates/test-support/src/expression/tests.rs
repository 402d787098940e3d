//! What the language yields, and what it refuses.

use serde_json::json;

use super::*;

fn context() -> Context {
    let values = json!({
        "inputs": {"policy-dir": "policy", "strict": "false", "none": ""},
        "env": {"A": "1"},
        "github": {"sha": "8d21f0c", "event": {"number": 7, "pull_request": {"draft": false}}},
        "steps": {"fetch": {"outputs": {"program": "/bin/x"}, "outcome": "success"}},
    });
    let Value::Object(values) = values else {
        unreachable!("an object literal")
    };
    Context {
        values,
        failed: false,
    }
}

fn value(expression: &str) -> Value {
    context().evaluate(expression).unwrap()
}

#[test]
fn operators_yield_what_github_yields() {
    for (expression, expected) in [
        ("inputs.policy-dir", json!("policy")),
        ("inputs['policy-dir']", json!("policy")),
        ("inputs.none || 'default'", json!("default")),
        ("inputs.policy-dir && 'set' || 'unset'", json!("set")),
        ("inputs.strict", json!("false")),
        ("inputs.strict == 'FALSE'", json!(true)),
        ("inputs.strict == false", json!(false)),
        ("inputs.none == false", json!(true)),
        ("'1' == 1", json!(true)),
        ("'x' == 0", json!(false)),
        ("null == ''", json!(true)),
        ("!inputs.none && 1 != 2", json!(true)),
        ("!(true && false) == true", json!(true)),
        ("true || false && false", json!(true)),
        ("'it''s'", json!("it's")),
        ("-1.5", json!(-1.5)),
        ("github.event.pull_request.draft", json!(false)),
        ("github.event.push.nothing", json!(null)),
        ("env.B", json!(null)),
        ("steps.fetch.outputs.other", json!(null)),
        ("steps.fetch.outcome == 'success'", json!(true)),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn values_are_filled_into_text() {
    let context = context();
    assert_eq!(
        context
            .fill("a ${{ inputs.policy-dir }}/${{github.event.number}} b")
            .unwrap(),
        "a policy/7 b"
    );
    assert_eq!(context.fill("${{ 'a }} b' }}").unwrap(), "a }} b");
    assert_eq!(
        context.fill("no expression $x {{").unwrap(),
        "no expression $x {{"
    );
    assert_eq!(context.fill("${{ env.B }}").unwrap(), "");
}

#[test]
fn a_condition_asks_for_success_unless_it_asks_for_a_status() {
    let mut context = context();
    for failed in [false, true] {
        context.failed = failed;
        for (condition, runs) in [
            ("inputs.policy-dir == 'policy'", !failed),
            ("${{ inputs.none }}", false),
            ("success()", !failed),
            ("failure()", failed),
            ("always()", true),
            ("${{ always() && inputs.none == '' }}", true),
            ("!cancelled()", true),
        ] {
            assert_eq!(
                context.allows(condition).unwrap(),
                runs,
                "{condition} after failure: {failed}"
            );
        }
    }
}

#[test]
fn what_cannot_be_meant_is_an_error() {
    let context = context();
    for name in [
        "inputs.policy_dir",
        "steps.fetsh.outputs.program",
        "steps.fetch.output",
        "github.shaa",
        "secrets.X",
    ] {
        let error = context.evaluate(name).unwrap_err();
        assert!(
            matches!(error, ExpressionError::Unknown(_)),
            "{name}: {error}"
        );
    }
    for wrong in [
        "",
        "inputs.",
        "a b",
        "(true",
        "'open",
        "1 +",
        "true ==",
        "inputs.policy-dir inputs.none",
        "\"x\"",
    ] {
        let error = context.evaluate(wrong).unwrap_err();
        let expected = matches!(
            error,
            ExpressionError::Syntax { .. } | ExpressionError::Unknown(_)
        );
        assert!(expected, "{wrong}: {error}");
    }
    assert_eq!(
        context.evaluate("hashFiles()"),
        Err(ExpressionError::Function("hashFiles".into()))
    );
    assert_eq!(
        context.fill("${{ inputs"),
        Err(ExpressionError::Unfinished("${{ inputs".into()))
    );
    assert_eq!(
        context.fill("${{ github.event }}"),
        Err(ExpressionError::Object("github.event".into()))
    );
}
