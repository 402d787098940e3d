//! Bodies that nobody means well with: refused, and never a failure of ours.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::stand_in::{Mood, StandIn, ask, instance};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());
static STAND_IN: LazyLock<StandIn> = LazyLock::new(|| RUNTIME.block_on(StandIn::new(Mood::Scores)));

/// The status of a body; what is not predicted has a problem document
fn status(body: Vec<u8>) -> u16 {
    let response = RUNTIME.block_on(ask(&STAND_IN.api(), "POST", "/predict", body));
    let document: Value = serde_json::from_str(&response.body).unwrap();
    if response.status != 200 {
        assert_eq!(document["status"], response.status);
    }
    response.status
}

#[test]
fn each_kind_is_refused() {
    let deep = |open: &str, close: &str| [open.repeat(50_000), close.repeat(50_000)].concat();
    let with = |value: &str| {
        let good = instance().to_string();
        good.replace("1200", value)
    };
    let text = |body: String| body.into_bytes();
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", vec![], 400),
        ("null", b"null".to_vec(), 422),
        ("arrays in arrays", text(deep("[", "]")), 400),
        (
            "objects in objects",
            text(deep("{\"instances\":", "}")),
            400,
        ),
        (
            "instances that are arrays",
            b"{\"instances\":[[[1]],[[2]]]}".to_vec(),
            422,
        ),
        (
            "a deep value",
            text(with(&["[".repeat(100), "]".repeat(100)].concat())),
            422,
        ),
        ("a number that is too large", text(with("1e999")), 400),
        (
            "a number of many digits",
            text(with(&"9".repeat(10_000))),
            400,
        ),
        (
            "a number of many decimals",
            text(with(&format!("0.{}", "9".repeat(10_000)))),
            200,
        ),
        (
            "the largest number",
            text(with("1.7976931348623157e308")),
            422,
        ),
        ("NaN", text(with("NaN")), 400),
        ("Infinity", text(with("-Infinity")), 400),
        ("a hexadecimal number", text(with("0x10")), 400),
        ("a lone surrogate", text(with("\"\\ud800\"")), 400),
        ("a zero byte", text(with("\"\\u0000\"")), 422),
        ("not UTF-8", b"{\"longitude\": \"\xff\xfe\"}".to_vec(), 400),
        (
            "UTF-16",
            "{}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            400,
        ),
        (
            "a byte order mark",
            [b"\xef\xbb\xbf", instance().to_string().as_bytes()].concat(),
            400,
        ),
        ("two documents", text(instance().to_string().repeat(2)), 400),
        ("a comma too many", text(with("1200,")), 400),
        ("a comment", text(with("1200 /* people */")), 400),
        (
            "a name of a megabyte",
            text(format!("{{\"{}\":1}}", "x".repeat(1_000_000))),
            422,
        ),
        (
            "many names",
            text(format!(
                "{{{}\"z\":1}}",
                (0..50_000)
                    .map(|n| format!("\"{n}\":1,"))
                    .collect::<String>()
            )),
            422,
        ),
        (
            "a prototype",
            b"{\"__proto__\":{\"longitude\":1}}".to_vec(),
            422,
        ),
        ("ten megabytes", vec![b'['; 10 << 20], 413),
        (
            "lines instead of commas",
            text(with("\"1200\\n1,2,3\"")),
            422,
        ),
    ];
    for (name, body, wanted) in cases {
        assert_eq!(status(body), wanted, "{name}");
    }
    assert_eq!(status(with("1200.0").into_bytes()), 200);
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        Just(instance()),
    ];
    let names = prop_oneof![
        Just("instances".to_owned()),
        Just("longitude".to_owned()),
        ".{0,6}"
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_refused(body in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!((400..500).contains(&status(body)));
    }

    #[test]
    fn any_json_is_answered(body in json()) {
        prop_assert!(status(body.to_string().into_bytes()) < 500);
    }

    #[test]
    fn a_good_body_with_something_else_in_it_is_answered(at in 0..200_usize, gone in 0..9_usize, put in ".{0,9}") {
        let mut body = instance().to_string().into_bytes();
        let at = at.min(body.len());
        body.splice(at..(at + gone).min(body.len()), put.into_bytes());
        prop_assert!(status(body) < 500);
    }
}
