//! Every output format over one document that is denied, warned of and excepted: Conftest's word by word, ours parsed.

use serde_json::Value;

use crate::desk::Desk;

const POLICY: &str = r#"package main

deny_open contains result if {
	some port in input.ports
	port < 1024
	result := {
		"msg": sprintf("port %d is open, <b>&</b> 100%%", [port]),
		"_loc": {"file": "service.yaml", "line": 2},
		"details": {"port": port},
	}
}

violation_name contains {"msg": "it has no name"} if not input.name

warn contains "it is old" if input.age > 1

deny_tag contains "it has no tag"

exception contains ["tag"]

deny_never contains "never" if false
"#;

fn desk() -> Desk {
    Desk::with_policy(POLICY).with("service.yaml", "age: 2\nports: [22, 8080]\n")
}

fn printed(format: &str) -> String {
    let ran = desk().check(&["service.yaml", "--output", format]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

fn parsed(format: &str) -> Value {
    serde_json::from_str(&printed(format)).unwrap()
}

#[test]
fn stdout() {
    insta::assert_snapshot!(printed("stdout"), @r#"
    WARN - service.yaml - main - it is old
    FAIL - service.yaml - main - port 22 is open, <b>&</b> 100%
    FAIL - service.yaml - main - it has no name
    EXCP - service.yaml - main - data.main.exception[_][_] == "tag"

    5 tests, 1 passed, 1 warning, 2 failures, 1 exception
    "#);
}

#[test]
fn json() {
    insta::assert_snapshot!(printed("json"), @r#"
    [
    	{
    		"filename": "service.yaml",
    		"namespace": "main",
    		"successes": 1,
    		"warnings": [
    			{
    				"msg": "it is old",
    				"metadata": {
    					"query": "data.main.warn"
    				}
    			}
    		],
    		"failures": [
    			{
    				"msg": "port 22 is open, \u003cb\u003e\u0026\u003c/b\u003e 100%",
    				"loc": {
    					"file": "service.yaml",
    					"line": 2
    				},
    				"metadata": {
    					"query": "data.main.deny_open",
    					"details": {
    						"port": 22
    					}
    				}
    			},
    			{
    				"msg": "it has no name",
    				"metadata": {
    					"query": "data.main.violation_name"
    				}
    			}
    		],
    		"exceptions": [
    			{
    				"msg": "data.main.exception[_][_] == \"tag\""
    			}
    		]
    	}
    ]
    "#);
}

#[test]
fn tap() {
    insta::assert_snapshot!(printed("tap"), @r#"
    1..5
    not ok 1 - service.yaml - main - port 22 is open, <b>&</b> 100%
    not ok 2 - service.yaml - main - it has no name
    # warnings
    not ok 3 - service.yaml - main - it is old
    # exceptions
    ok 4 - service.yaml - main - data.main.exception[_][_] == "tag"
    # successes
    ok 5 - service.yaml - main - SUCCESS
    "#);
}

#[test]
fn table() {
    insta::assert_snapshot!(printed("table"), @r#"
    +-----------+--------------+-----------+------------------------------------+
    | RESULT    | FILE         | NAMESPACE | MESSAGE                            |
    +-----------+--------------+-----------+------------------------------------+
    | success   | service.yaml | main      | SUCCESS                            |
    | warning   | service.yaml | main      | it is old                          |
    | failure   | service.yaml | main      | port 22 is open, <b>&</b> 100%     |
    | failure   | service.yaml | main      | it has no name                     |
    | exception | service.yaml | main      | data.main.exception[_][_] == "tag" |
    +-----------+--------------+-----------+------------------------------------+
    "#);
}

#[test]
fn github() {
    insta::assert_snapshot!(printed("github"), @r#"
    ::group::Testing "service.yaml" against 5 policies in namespace "main"
    ::error file=service.yaml,line=2::port 22 is open, <b>&</b> 100%25
    ::error file=service.yaml,line=1::it has no name
    ::warning file=service.yaml,line=1::it is old
    ::notice file=service.yaml,line=1::data.main.exception[_][_] == "tag"
    success file=service.yaml 1
    ::endgroup::
    5 tests, 1 passed, 1 warning, 2 failures, 1 exception
    "#);
}

#[test]
fn text() {
    insta::assert_snapshot!(printed("text"), @"
      x main/name: it has no name
      | --> service.yaml:1
      help: see policy/main.rego:13

      x main/open: port 22 is open, <b>&</b> 100%
      | --> service.yaml:2
      help: see policy/main.rego:3

      ! main: it is old
      | --> service.yaml:1
      help: see policy/main.rego:15

    denied  2 of 5 rules
    ");
}

#[test]
fn markdown() {
    insta::assert_snapshot!(printed("markdown"), @"
    ### Policy check: denied

    2 of 5 rules

    | | what | where | remedy |
    | --- | --- | --- | --- |
    | x | main/name: it has no name | `service.yaml:1` |  |
    | x | main/open: port 22 is open, &lt;b&gt;&amp;&lt;/b&gt; 100% | `service.yaml:2` |  |
    | ! | main: it is old | `service.yaml:1` |  |
    ");
}

#[test]
fn findings() {
    let report = parsed("findings");
    let findings = report["findings"].as_array().unwrap();
    let rules: Vec<_> = findings.iter().map(|finding| &finding["rule"]).collect();
    assert_eq!(rules, ["main/name", "main/open", "main"]);
    assert_eq!(findings[1]["location"]["file"], "service.yaml");
    assert_eq!(findings[1]["location"]["line"], 2);
    assert_eq!(findings[1]["metadata"]["details"]["port"], 22);
    assert_eq!(findings[2]["level"], "warn");
}

#[test]
fn sarif() {
    let log = parsed("sarif");
    assert_eq!(log["version"], "2.1.0");
    let result = &log["runs"][0]["results"][1];
    assert_eq!(result["ruleId"], "main/open");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "service.yaml");
    assert_eq!(place["region"]["startLine"], 2);
    let message = result["message"]["text"].as_str().unwrap();
    assert!(
        message.contains("port 22 is open, <b>&</b> 100%"),
        "{message}"
    );
}

#[test]
fn junit() {
    let xml = printed("junit");
    assert!(xml.starts_with("<?xml"), "{xml}");
    assert!(
        xml.contains("port 22 is open, &lt;b&gt;&amp;&lt;/b&gt; 100%"),
        "{xml}"
    );
    assert_eq!(xml.matches("<failure type=\"deny\"").count(), 2, "{xml}");
}

#[test]
fn one_that_is_not_known() {
    insta::assert_snapshot!(desk().said(&["service.yaml", "-o", "xml"]), @"
    exit code: 2
    error: invalid value 'xml' for '--output <OUTPUT>': unknown format `xml`: expected `text`, `findings`, `sarif`, `junit`, `markdown`, `stdout`, `json`, `tap`, `table` or `github`

    For more information, try '--help'.
    ");
}

#[test]
fn under_github_a_message_is_an_annotation_once() {
    let ran = desk()
        .program()
        .args(["service.yaml", "-o", "github"])
        .env("GITHUB_ACTIONS", "true")
        .run();
    let commands: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("::") && line.contains("port 22"))
        .collect();
    assert_eq!(commands.len(), 1, "{}", ran.stdout);
}
