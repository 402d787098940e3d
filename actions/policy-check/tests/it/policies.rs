//! Policies that cannot judge: each is one clear message with its place and what to do, and exit code 2.

use crate::desk::{Desk, POLICY};

fn said(rego: &str) -> String {
    Desk::with_policy(rego)
        .with("a.json", "{\"n\": \"abc\"}")
        .said(&["a.json"])
}

#[test]
fn no_folder() {
    let desk = Desk::new().with("a.json", "{\"a\": 1}");
    insta::assert_snapshot!(desk.said(&["a.json"]), @"
    exit code: 2
    error: folder `policy` does not exist
    hint: name the folder that holds the `.rego` files
    ");
}

#[test]
fn an_empty_folder() {
    let desk = Desk::new()
        .with("a.json", "{\"a\": 1}")
        .with("policy/README.md", "later");
    insta::assert_snapshot!(desk.said(&["a.json"]), @"
    exit code: 2
    error: no `.rego` file below `policy`
    hint: add a policy, or name another folder: a check without policies would always pass
    ");
}

#[test]
fn only_tests() {
    let desk = Desk::new()
        .with("a.json", "{\"a\": 1}")
        .with("policy/a_test.rego", "package main\ntest_x if true\n");
    insta::assert_snapshot!(desk.said(&["a.json"]), @"
    exit code: 2
    error: no policy declares the namespace `main`
    hint: add a policy with a `package` line
    ");
}

#[test]
fn a_syntax_error() {
    insta::assert_snapshot!(said("package main\n\ndeny contains msg if {\n\tmsg := \"open\n}\n"), @r#"
    exit code: 2
    error: 1 problem in the policies
      x failed to parse `policy/main.rego`: invalid character in string
       ,-[policy/main.rego:4:14]
     3 | deny contains msg if {
     4 |     msg := "open
       :                 ^
       :                 `-- invalid character in string
     5 | }
       `----
    "#);
}

#[test]
fn a_namespace_that_is_not_there() {
    let desk = Desk::with_policy(POLICY).with("a.json", "{\"a\": 1}");
    insta::assert_snapshot!(desk.said(&["a.json", "--namespace", "mian"]), @"
    exit code: 2
    error: no policy declares the namespace `mian`
    hint: choose one of `main`
    ");
    insta::assert_snapshot!(desk.said(&["a.json", "--namespace", "s3.*"]), @"
    exit code: 2
    error: no policy declares the namespace `s3.*`
    hint: choose one of `main`
    ");
}

#[test]
fn a_package_without_rules() {
    insta::assert_snapshot!(said("package main\n\nallowed := true\n"), @"
    exit code: 2
    error: namespace `main` has no deny, violation or warn rule
    hint: add a rule such as `deny contains msg if { .. }`: without one every input would pass
    ");
}

#[test]
fn a_misspelt_rule() {
    insta::assert_snapshot!(said("package main\n\ndeny contains \"a\" if input.a\n\ndenny contains \"b\" if input.b\n"), @r#"
    exit code: 2
    error: 1 problem in the selected namespaces
      x `denny` looks like a misspelt `deny`, and nothing uses it
       ,-[policy/main.rego:5:1]
     4 | 
     5 | denny contains "b" if input.b
       : ^^|^^
       :   `-- here
       `----
      help: rename it to `deny`, or to something that does not look like one
    "#);
}

#[test]
fn a_rule_that_is_no_set() {
    insta::assert_snapshot!(said("package main\n\ndeny := \"a\" if input.a\n"), @r#"
    exit code: 2
    error: 1 problem in the selected namespaces
      x `deny` is not a set of messages, so it could never deny or warn
       ,-[policy/main.rego:3:1]
     2 | 
     3 | deny := "a" if input.a
       : ^^|^
       :   `-- here
       `----
      help: write `deny contains msg if { .. }`, or rename a helper
    "#);
}

#[test]
fn a_call_to_the_outside() {
    insta::assert_snapshot!(said("package main\n\ndeny contains \"a\" if http.send({\"method\": \"get\", \"url\": \"http://example.com\"}).status_code == 200\n"), @r#"
    exit code: 2
    error: 1 problem in the policies
      x `http.send` is not allowed in a policy
       ,-[policy/main.rego:3:22]
     2 | 
     3 | deny contains "a" if http.send({"method": "get", "url": "http://example.com"}).status_code == 200
       :                      ^^^^|^^^^
       :                          `-- here
       `----
      help: a policy must not depend on the network: pass what it needs as data
    "#);
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(said("package main\n\ndeny contains \"a\" if starts_with(input.n, \"a\")\n"), @r#"
    exit code: 2
    error: 1 problem in the policies
      x unknown function `starts_with`
       ,-[policy/main.rego:3:22]
     2 | 
     3 | deny contains "a" if starts_with(input.n, "a")
       :                      ^^^^^|^^^^^
       :                           `-- no rule and no built-in has this name
       `----
      help: write `startswith`, if that is meant
    "#);
}

#[test]
fn an_error_while_a_rule_is_asked() {
    insta::assert_snapshot!(said("package main\n\ndeny contains \"a\" if {\n\tto_number(input.n) > 1\n}\n\nwarn contains \"b\"\n"), @r#"
    exit code: 2
    error: 1 rule could not be evaluated for `a.json`
      x data.main.deny: could not parse string as number
       ,-[policy/main.rego:4:20]
     3 | deny contains "a" if {
     4 |     to_number(input.n) > 1
       :                       ^^|^
       :                         `-- here
     5 | }
       `----
      help: check the value before the call: OPA would take the failed call for undefined and say nothing
    "#);
}

#[test]
fn a_result_without_a_message() {
    insta::assert_snapshot!(said("package main\n\ndeny contains {\"message\": \"a\"}\n"), @r#"
    exit code: 2
    error: 1 rule could not be evaluated for `a.json`
      x data.main.deny: `{"message":"a"}` is no message
       ,-[policy/main.rego:3:1]
     2 | 
     3 | deny contains {"message": "a"}
       : ^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^
       :                `-- here
       `----
      help: answer with a non-empty string, or an object with a non-empty string `msg` and, if any, `_loc` with
            `file` and `line`
    "#);
}

#[test]
fn data_that_cannot_be_read() {
    let desk = Desk::with_policy(POLICY)
        .with("a.json", "{\"a\": 1}")
        .with("data/a.json", "{\"a\": ");
    insta::assert_snapshot!(desk.said(&["a.json", "--data", "data"]), @"
    exit code: 2
    error: failed to parse the data file `data/a.json`
    caused by: EOF while parsing a value at line 1 column 6
    ");
    insta::assert_snapshot!(desk.said(&["a.json", "--data", "nowhere"]), @"
    exit code: 2
    error: folder `nowhere` does not exist
    hint: name the folder that holds the `.rego` files
    ");
}
