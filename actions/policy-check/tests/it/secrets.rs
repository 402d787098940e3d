//! A sensitive value of the plan appears in nothing that is printed or written, even when a policy tries to show it.

use crate::desk::{CANARY, Desk, SECRET, plan_json};

/// Tries everything to tell what it saw.
const TELLING: &str = r#"package main

deny contains result if {
	some change in input.resource_changes
	result := {
		"msg": sprintf("%s is %v", [change.address, change.change.after]),
		"address": change.address,
		"all": change,
	}
}

warn contains msg if {
	msg := json.marshal(input.variables)
}
"#;

/// The secret, and how it looks in JSON and in JSON inside JSON; the last part alone gives it away as well.
fn forms() -> [String; 4] {
    let json = serde_json::to_string(SECRET).unwrap();
    let twice = serde_json::to_string(&json).unwrap();
    [
        SECRET.to_owned(),
        json.trim_matches('"').to_owned(),
        twice.trim_matches('"').to_owned(),
        "battery".to_owned(),
    ]
}

fn hidden(text: &str, place: &str) {
    let told = text
        .lines()
        .filter(|line| !line.starts_with("::add-mask::"));
    for line in told {
        for form in forms() {
            assert!(!line.contains(&form), "{place}: {line}");
        }
    }
}

fn search(desk: &Desk, arguments: &[&str]) {
    let formats = "text findings sarif junit markdown stdout json tap table github";
    for format in formats.split(' ') {
        for github in ["", "true"] {
            let ran = desk
                .program()
                .args(arguments)
                .args(["--output", format])
                .env("GITHUB_ACTIONS", github)
                .env("GITHUB_STEP_SUMMARY", desk.path(".towpath/summary.md"))
                .env("GITHUB_OUTPUT", desk.path(".towpath/output"))
                .run();
            assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
            assert!(ran.stdout.contains("terraform_data.held"), "{}", ran.stdout);
            hidden(&ran.stdout, format);
            hidden(&ran.stderr, format);
        }
    }
    for file in ["summary.md", "output", "evidence/prod/policy-check.json"] {
        let path = desk.path(".towpath").join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("no {path}"));
        hidden(&text, file);
    }
}

#[test]
fn the_plan_holds_what_is_searched_for() {
    let [_, json, ..] = forms();
    assert!(plan_json().contains(&json.replace('&', "\\u0026")));
}

#[test]
fn a_saved_plan_s_secret_is_shown_nowhere() {
    let desk = Desk::with_plan().with("policy/main.rego", TELLING);
    search(&desk, &[]);
}

#[test]
fn a_secret_in_the_plan_s_json_is_shown_nowhere() {
    let desk = Desk::with_plan()
        .with("policy/main.rego", TELLING)
        .with("plan.json", plan_json());
    search(&desk, &["plan.json"]);
}

#[test]
fn a_policy_may_still_see_that_there_is_a_secret() {
    let rego = "package main\ndeny contains change.address if { some change in input.resource_changes; change.change.after_sensitive.triggers_replace }\ndeny contains \"bad\" if input.resource_changes[0].address == \"terraform_data.open\"\n";
    let desk = Desk::with_plan()
        .with("policy/main.rego", rego)
        .with("policy/canary.json", CANARY);
    let ran = desk.check(&["-o", "stdout"]);
    assert!(
        ran.stdout.contains("main - terraform_data.held\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_error_of_a_rule_that_saw_a_secret_does_not_tell_it() {
    let rego = "package main\ndeny contains \"x\" if { some change in input.resource_changes; to_number(change.change.after.input.token) > 1 }\ndeny contains \"bad\" if input.resource_changes[0].change.after.input == \"public\"\n";
    let desk = Desk::with_plan().with("policy/main.rego", rego);
    let ran = desk.check(&[]);
    assert_eq!(ran.exit_code, 2, "{}", ran.stdout);
    hidden(&ran.stdout, "stdout");
    hidden(&ran.stderr, "stderr");
}
