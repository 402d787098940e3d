//! Conftest's conventions on the command line, as people know them: inputs, namespaces, data, exceptions.

use crate::desk::Desk;

const DEPLOYMENTS: &str = r#"package main

deny contains msg if {
	input.kind == "Deployment"
	not input.spec.securityContext.runAsNonRoot
	msg := sprintf("%s must not run as root", [input.metadata.name])
}

warn contains msg if {
	input.kind == "Deployment"
	input.spec.replicas < 2
	msg := sprintf("%s has one replica", [input.metadata.name])
}
"#;

const WEB: &str = "kind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, securityContext: {runAsNonRoot: true}}\n";
const JOB: &str = "kind: Deployment\nmetadata: {name: job}\nspec: {replicas: 2}\n";

fn deployments() -> Desk {
    Desk::with_policy(DEPLOYMENTS)
        .with("web.yaml", WEB)
        .with("job.yml", JOB)
}

#[test]
fn several_inputs_are_judged_one_by_one() {
    insta::assert_snapshot!(deployments().said(&["web.yaml", "job.yml", "-o", "stdout"]), @"
    exit code: 3
    WARN - web.yaml - main - web has one replica
    FAIL - job.yml - main - job must not run as root

    4 tests, 2 passed, 1 warning, 1 failure, 0 exceptions
    ");
}

#[test]
fn each_document_of_a_file_is_judged() {
    let desk = deployments().with("all.yaml", format!("{WEB}---\n{JOB}---\n"));
    insta::assert_snapshot!(desk.said(&["all.yaml", "-o", "stdout"]), @"
    exit code: 3
    WARN - all.yaml - main - web has one replica
    FAIL - all.yaml - main - job must not run as root

    4 tests, 2 passed, 1 warning, 1 failure, 0 exceptions
    ");
}

#[test]
fn a_warning_denies_only_where_it_should() {
    let desk = deployments();
    assert_eq!(desk.check(&["web.yaml"]).exit_code, 0);
    insta::assert_snapshot!(desk.said(&["web.yaml", "--fail-on-warn"]), @"
    exit code: 3
      x main: web has one replica
      | --> web.yaml:1
      help: see policy/main.rego:9

    denied  1 of 2 rules
    ");
    desk.write("towpath.yaml", "policy: {fail_on_warn: true}\n");
    assert_eq!(desk.check(&["web.yaml"]).exit_code, 3);
}

#[test]
fn hcl_has_the_shape_that_conftest_gives_it() {
    let rego = "package main\ndeny contains name if { some name; input.resource.aws_s3_bucket[name][0].acl == \"${var.acl}\" }\n";
    let desk = Desk::with_policy(rego).with(
        "main.tf",
        "resource \"aws_s3_bucket\" \"raw\" { acl = var.acl }\n",
    );
    insta::assert_snapshot!(desk.said(&["main.tf", "-o", "stdout"]), @"
    exit code: 3
    FAIL - main.tf - main - raw

    1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions
    ");
}

#[test]
fn standard_input_is_yaml_unless_a_parser_is_named() {
    let desk = deployments();
    let run = |input: &str, arguments: &[&str]| {
        let ran = desk.program().args(arguments).stdin(input).run();
        (ran.exit_code, ran.stdout)
    };
    let denied = (
        3,
        "FAIL - main - job must not run as root\n\n2 tests, 1 passed, 0 warnings, 1 failure, 0 exceptions\n".to_owned(),
    );
    assert_eq!(run(JOB, &["-", "-o", "stdout"]), denied);
    let json = r#"{"kind": "Deployment", "metadata": {"name": "job"}, "spec": {"replicas": 2}}"#;
    assert_eq!(run(json, &["-", "-o", "stdout"]), denied);
    assert_eq!(
        run(json, &["-", "--parser", "json", "-o", "stdout"]),
        denied
    );
    let (exit_code, _) = run(JOB, &["-", "--parser", "json", "-o", "stdout"]);
    assert_eq!(exit_code, 2, "YAML is no JSON");
}

#[test]
fn a_parser_reads_what_no_extension_tells() {
    let desk = deployments().with("job.txt", JOB);
    assert_eq!(desk.check(&["job.txt", "--parser", "yaml"]).exit_code, 3);
    insta::assert_snapshot!(desk.said(&["job.txt"]), @"
    exit code: 2
    error: no parser for `job.txt`
    hint: name one of `json`, `yaml`, `hcl2` with `--parser`
    ");
}

#[test]
fn combined_inputs_are_one() {
    let rego = r#"package main
deny contains msg if {
	some service in input
	service.contents.kind == "Service"
	names := {d.contents.metadata.name | some d in input; d.contents.kind == "Deployment"}
	not service.contents.for in names
	msg := sprintf("%s leads nowhere", [service.path])
}
"#;
    let desk = Desk::with_policy(rego)
        .with("web.yaml", WEB)
        .with("service.yaml", "{kind: Service, for: wbe}");
    let inputs = ["service.yaml", "web.yaml", "-o", "stdout"];
    let combined = ["service.yaml", "web.yaml", "-o", "stdout", "--combine"];
    insta::assert_snapshot!(desk.said(&combined), @"
    exit code: 3
    FAIL - Combined - main - service.yaml leads nowhere

    1 test, 0 passed, 0 warnings, 1 failure, 0 exceptions
    ");
    assert_eq!(desk.check(&inputs).exit_code, 0, "each alone is in order");
}

fn packages() -> Desk {
    let deny = |package: &str| format!("package {package}\ndeny contains \"{package} speaks\"\n");
    Desk::new()
        .with("policy/main.rego", deny("main"))
        .with("policy/s3.rego", deny("s3.encryption"))
        .with("policy/deep/s3.rego", deny("s3.access"))
        .with("policy/helpers.rego", "package helpers\nf(x) := x\n")
        .with("a.json", "{\"a\": 1}")
}

#[test]
fn main_is_asked_unless_a_namespace_is_named() {
    let desk = packages();
    let asked = |arguments: &[&str]| -> Vec<String> {
        let ran = desk
            .program()
            .args(["a.json", "-o", "json"])
            .args(arguments);
        let ran = ran.run();
        assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
        let results: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let results = results.as_array().unwrap();
        let names = results.iter().map(|check| check["namespace"].as_str());
        names.map(|name| name.unwrap().to_owned()).collect()
    };
    assert_eq!(asked(&[]), ["main"]);
    assert_eq!(asked(&["--namespace", "s3.access"]), ["s3.access"]);
    assert_eq!(asked(&["-n", "s3.*"]), ["s3.access", "s3.encryption"]);
    assert_eq!(
        asked(&["-n", "main", "-n", "s3.?ccess"]),
        ["main", "s3.access"]
    );
    let all = ["main", "s3.access", "s3.encryption"];
    assert_eq!(asked(&["--all-namespaces"]), all);
    assert_eq!(asked(&["-n", "main", "--all-namespaces"]), all);
    desk.write("towpath.yaml", "policy: {namespaces: [\"s3.*\"]}\n");
    assert_eq!(asked(&[]), ["s3.access", "s3.encryption"]);
    assert_eq!(asked(&["-n", "main"]), ["main"]);
}

#[test]
fn data_is_read_from_its_folder() {
    let rego = "package main\ndeny contains msg if { not input.owner in data.teams.known; msg := sprintf(\"nobody is called %s\", [input.owner]) }\n";
    let desk = Desk::with_policy(rego)
        .with("data/teams/a.yaml", "known: [ml]\n")
        .with("a.yaml", "owner: mI\n")
        .with("b.yaml", "owner: ml\n");
    insta::assert_snapshot!(desk.said(&["a.yaml", "b.yaml", "--data", "data", "-o", "stdout"]), @"
    exit code: 3
    FAIL - a.yaml - main - nobody is called mI

    2 tests, 1 passed, 0 warnings, 1 failure, 0 exceptions
    ");
}

#[test]
fn policies_come_from_every_folder_that_is_named() {
    let desk = packages();
    let folders = [
        "a.json",
        "-p",
        "policy/deep",
        "-p",
        "policy/main.rego",
        "--all-namespaces",
    ];
    insta::assert_snapshot!(desk.said(&folders), @"
    exit code: 3
      x main: main speaks
      | --> a.json:1
      help: see policy/main.rego:2

      x s3/access: s3.access speaks
      | --> a.json:1
      help: see policy/deep/s3.rego:2

    denied  2 of 2 rules
    ");
}

#[test]
fn an_exception_takes_a_denial_back_and_is_counted() {
    let rego = "package main\ndeny_root contains \"runs as root\"\ndeny_tag contains \"has no tag\"\nexception contains [\"root\"] if input.trusted\n";
    let desk = Desk::with_policy(rego)
        .with("a.yaml", "trusted: true")
        .with("b.yaml", "trusted: false");
    insta::assert_snapshot!(desk.said(&["a.yaml", "b.yaml", "-o", "stdout"]), @r#"
    exit code: 3
    FAIL - a.yaml - main - has no tag
    EXCP - a.yaml - main - data.main.exception[_][_] == "root"
    FAIL - b.yaml - main - runs as root
    FAIL - b.yaml - main - has no tag

    4 tests, 0 passed, 0 warnings, 3 failures, 1 exception
    "#);
}
