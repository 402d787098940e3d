//! What callers rely on beside the cases: digests, the list of rules, frames around errors, formats.

use camino::Utf8PathBuf;
use rego_policy::{
    CheckResult, DataFile, EvalError, Input, LoadError, Namespaces, Options, PolicyFile, PolicySet,
    RegoVersion, RuleKind, Sources, formats, read_folder,
};
use serde_json::json;

fn sources(files: &[(&str, &str)]) -> Sources {
    let policies = files.iter().map(|(path, text)| PolicyFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    });
    Sources {
        policies: policies.collect(),
        data: Vec::new(),
    }
}

fn load(files: &[(&str, &str)]) -> PolicySet {
    PolicySet::load(sources(files), Options::default()).unwrap()
}

fn evaluate(set: &PolicySet, value: serde_json::Value) -> Vec<CheckResult> {
    let input = Input {
        file_name: "plan.json".to_owned(),
        value,
    };
    set.evaluate_all(&Namespaces::default(), &input).unwrap()
}

const DENY: (&str, &str) = ("a.rego", "package main\n\ndeny contains \"x\" if input.x\n");
const WARN: (&str, &str) = ("b.rego", "package main\n\nwarn contains \"y\" if input.y\n");

#[test]
fn the_digest_follows_content_and_not_order() {
    let digest = load(&[DENY, WARN]).digest_hex();
    assert_eq!(digest.len(), 64);
    assert_eq!(load(&[WARN, DENY]).digest_hex(), digest);
    let mut others = vec![
        load(&[DENY]).digest_hex(),
        load(&[DENY, ("c.rego", WARN.1)]).digest_hex(),
        load(&[
            DENY,
            ("b.rego", "package main\n\nwarn contains \"z\" if input.y\n"),
        ])
        .digest_hex(),
    ];
    let mut with_data = sources(&[DENY, WARN]);
    with_data.data.push(DataFile {
        path: "d.json".to_owned(),
        prefix: Vec::new(),
        text: "{\"a\": 1}".to_owned(),
    });
    others.push(
        PolicySet::load(with_data, Options::default())
            .unwrap()
            .digest_hex(),
    );
    let v0 = Options {
        rego_version: RegoVersion::V0,
        ..Options::default()
    };
    let v0_text = (
        "a.rego",
        "package main\nimport rego.v1\ndeny contains \"x\" if input.x\n",
    );
    others.push(
        PolicySet::load(sources(&[v0_text]), v0)
            .unwrap()
            .digest_hex(),
    );
    others.push(load(&[v0_text]).digest_hex());
    others.push(digest);
    let all = others.len();
    others.sort();
    others.dedup();
    assert_eq!(others.len(), all, "two different sets have one digest");
}

#[test]
fn rules_are_listed_with_their_annotations() {
    let text = r#"# METADATA
# title: The package
# scope: package
package main

# METADATA
# title: No public buckets
# description: A public bucket leaks.
# related_resources:
# - https://example.com/a
# - ref: https://example.com/b
#   description: more
# custom:
#   severity: high
#   controls: [S3.1]
deny_public contains msg if {
	some msg in input.public
}

# METADATA
# title: For every definition
# scope: document
warn contains "a" if input.a

warn contains "b" if input.b

helper := 1
"#;
    let set = load(&[("s3.rego", text)]);
    let rules = set.rules();
    let seen: Vec<_> = rules
        .iter()
        .map(|r| {
            (
                r.name.as_str(),
                r.kind,
                r.position.line,
                r.metadata.title.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("deny_public", RuleKind::Deny, 16, Some("No public buckets")),
            ("warn", RuleKind::Warn, 23, Some("For every definition")),
            ("warn", RuleKind::Warn, 25, Some("For every definition")),
            ("helper", RuleKind::Helper, 27, Some("The package")),
        ]
    );
    let metadata = &rules[0].metadata;
    assert_eq!(
        metadata.description.as_deref(),
        Some("A public bucket leaks.")
    );
    assert_eq!(
        metadata.related_resources[0].reference,
        "https://example.com/a"
    );
    assert_eq!(
        metadata.related_resources[1].description.as_deref(),
        Some("more")
    );
    assert_eq!(metadata.custom["severity"], "high");
    assert_eq!(metadata.custom["controls"], json!(["S3.1"]));
    assert_eq!(set.namespaces(), ["main"]);
}

#[test]
fn a_parse_error_has_a_frame_around_the_rego() {
    let error = PolicySet::load(
        sources(&[(
            "policy/s3.rego",
            "package main\n\ndeny contains msg if {\n\tinput.x ==\n}\n",
        )]),
        Options::default(),
    )
    .unwrap_err();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::none());
    let mut shown = String::new();
    handler.render_report(&mut shown, &error).unwrap();
    for part in [
        "1 problem in the policies",
        "[policy/s3.rego:5:1]",
        "expecting expression",
        "input.x ==",
    ] {
        assert!(shown.contains(part), "`{part}` is missing in\n{shown}");
    }
}

#[test]
fn a_rule_that_cannot_be_judged_fails_the_evaluation() {
    let set = load(&[(
        "a.rego",
        "package main\n\ndeny contains \"x\" if to_number(input.n) > 1\ndeny_other contains \"y\"\n",
    )]);
    let input = Input {
        file_name: "plan.json".to_owned(),
        value: json!({"n": "abc"}),
    };
    let error = set.evaluate(&Namespaces::default(), &input).unwrap_err();
    let EvalError::Rules {
        results, errors, ..
    } = &error
    else {
        panic!("{error}");
    };
    assert_eq!(
        error.to_string(),
        "1 rule could not be evaluated for `plan.json`"
    );
    assert_eq!(errors[0].position.as_ref().unwrap().line, 3);
    assert_eq!(results[0].failures[0].msg, "y");
    assert_eq!(
        set.evaluate(
            &Namespaces::default(),
            &Input {
                value: json!({"n": "2"}),
                ..input
            }
        )
        .unwrap()[0]
            .failures
            .len(),
        2
    );
}

#[test]
fn folders_are_read_in_order_and_must_hold_policies() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    assert!(matches!(
        read_folder(&[root.join("none")]),
        Err(LoadError::MissingFolder { .. })
    ));
    assert!(matches!(
        read_folder(std::slice::from_ref(&root)),
        Err(LoadError::NoPolicies { .. })
    ));
    std::fs::create_dir(root.join("sub")).unwrap();
    for name in ["b.rego", "sub/a.rego", "a.rego", "readme.md", "sub/x.json"] {
        std::fs::write(root.join(name), "package main\n").unwrap();
    }
    let read = read_folder(std::slice::from_ref(&root)).unwrap();
    let names: Vec<_> = read
        .policies
        .iter()
        .map(|p| p.path.trim_start_matches(root.as_str()))
        .collect();
    assert_eq!(names, ["/a.rego", "/b.rego", "/sub/a.rego"]);
    let none = PolicySet::load(Sources::default(), Options::default());
    assert!(matches!(none, Err(LoadError::NoPolicies { .. })));
}

#[test]
fn tests_may_parse_files_beside_the_policy() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    std::fs::write(root.join("main.tf"), "resource \"x\" \"y\" {\n  n = 1\n}\n").unwrap();
    std::fs::write(root.join("b.yaml"), "n: 2\n").unwrap();
    std::fs::write(root.join("a.rego"), DENY.1).unwrap();
    let test = "package main\n\ntest_file if {\n\tparse_config_file(\"main.tf\").resource.x.y[0].n == 1\n\tfiles := parse_combined_config_files([\"main.tf\", \"b.yaml\"])\n\tfiles[0] == {\"path\": \"b.yaml\", \"contents\": {\"n\": 2}}\n}\n";
    std::fs::write(root.join("a_test.rego"), test).unwrap();
    let set = PolicySet::load(read_folder(&[root]).unwrap(), Options::default()).unwrap();
    let report = set.verify(&Namespaces::All).unwrap();
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.tests.len(), 1);
}

#[test]
fn formats_show_what_conftest_shows() {
    let text = "package main\n\ndeny contains {\"msg\": \"bad\\n100%\", \"_loc\": {\"file\": \"a,b.tf\", \"line\": 9}} if input.x\nwarn contains \"<w>\" if input.x\ndeny_fine contains \"z\" if input.y\nexception contains [\"skipped\"]\ndeny_skipped contains \"s\"\n";
    let results = evaluate(&load(&[("a.rego", text)]), json!({"x": true}));
    assert_eq!(
        formats::text(&results),
        "WARN - plan.json - main - <w>\nFAIL - plan.json - main - bad\n100%\nEXCP - plan.json - main - data.main.exception[_][_] == \"skipped\"\n\n4 tests, 1 passed, 1 warning, 1 failure, 1 exception\n"
    );
    assert_eq!(
        formats::github(&results),
        "::group::Testing \"plan.json\" against 4 policies in namespace \"main\"\n\
         ::error file=a%2Cb.tf,line=9::bad%0A100%25\n(ORIGINATING FROM plan.json L9)\n\
         ::warning file=plan.json,line=1::<w>\n\
         ::notice file=plan.json,line=1::data.main.exception[_][_] == \"skipped\"\n\
         success file=plan.json 1\n::endgroup::\n\
         4 tests, 1 passed, 1 warning, 1 failure, 1 exception\n"
    );
    let parsed: serde_json::Value =
        serde_json::from_str(&formats::json(&results).unwrap()).unwrap();
    assert_eq!(
        parsed,
        json!([{
            "filename": "plan.json", "namespace": "main", "successes": 1,
            "warnings": [{"msg": "<w>", "metadata": {"query": "data.main.warn"}}],
            "failures": [{"msg": "bad\n100%", "loc": {"file": "a,b.tf", "line": 9}, "metadata": {"query": "data.main.deny"}}],
            "exceptions": [{"msg": "data.main.exception[_][_] == \"skipped\""}],
        }])
    );
    let json = formats::json(&results).unwrap();
    assert!(json.starts_with("[\n\t{\n\t\t\"filename\""), "{json}");
    assert!(json.contains(r#""msg": "\u003cw\u003e""#), "{json}");
    assert!(
        formats::tap(&results)
            .starts_with("1..4\nnot ok 1 - plan.json - main - bad 100%\n# warnings\nnot ok 2")
    );
    let junit = formats::junit(&results);
    assert!(
        junit.contains("tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"1\""),
        "{junit}"
    );
    assert!(junit.contains("&lt;w&gt;"));
    assert_eq!(formats::table(&results).lines().count(), 8);
}
