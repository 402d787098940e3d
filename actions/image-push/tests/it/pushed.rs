//! An image that is built already, from a layout.

use std::os::unix::fs::PermissionsExt as _;

use ecr_sim::{Config, Does, Fault};
use serde_json::Value;
use test_support::Program;

use crate::desk::Desk;

#[test]
fn an_unchanged_layout_is_two_requests_and_no_byte() {
    let desk = Desk::new();
    let image = desk.layout("one", &[("lib/a", b"a"), ("app/b.py", b"b")]);
    let arguments = ["--layout", "layout/one", "--tag", "v1"];
    let text = desk.runs(&arguments);
    assert!(
        text.contains("pushed  image app") && text.contains("3 uploads"),
        "{text}"
    );
    assert_eq!(desk.tag("v1"), Some(image.digest().to_string()));
    desk.sim.requests();
    let text = desk.runs(&arguments);
    assert!(
        text.contains("unchanged  image app") && text.contains("  0 B  "),
        "{text}"
    );
    assert_eq!(
        desk.asked(),
        ["API DescribeRepositories", "API BatchGetImage"]
    );
}

#[test]
fn an_immutable_tag_of_another_image_is_refused_with_the_file_that_differs() {
    let desk = Desk::new();
    desk.layout("one", &[("lib/a", b"a"), ("app/b.py", b"print(1)")]);
    desk.layout("two", &[("lib/a", b"a"), ("app/b.py", b"print(2)")]);
    desk.runs(&["--layout", "layout/one", "--tag", "v1"]);
    let before = desk.tag("v1");
    desk.sim.requests();
    let ran = desk.run(&["--layout", "layout/two", "--tag", "v1"]);
    assert_eq!(ran.exit_code, 3, "{}", ran.stderr);
    assert!(
        ran.stdout.contains("tag `v1` leads to sha256:"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("layer 2 of 2"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("the first file that differs is `app/b.py` (content)"),
        "{}",
        ran.stdout
    );
    assert_eq!(desk.tag("v1"), before);
    // which was known before anything was sent
    assert_eq!(desk.received(), 0);
}

#[test]
fn a_tag_that_may_move_moves() {
    let desk = Desk::new();
    desk.sim.create("app", false);
    desk.layout("one", &[("a", b"1")]);
    let two = desk.layout("two", &[("a", b"2")]);
    desk.runs(&["--layout", "layout/one", "--tag", "latest"]);
    desk.runs(&["--layout", "layout/two", "--tag", "latest"]);
    assert_eq!(desk.tag("latest"), Some(two.digest().to_string()));
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::new();
    desk.layout("one", &[("a", b"1")]);
    let text = desk.runs(&["--layout", "layout/one", "--tag", "v1", "--dry-run"]);
    assert!(text.contains("would push"), "{text}");
    let text = desk.runs(&["--dry-run"]);
    assert!(text.contains("would build"), "{text}");
    let asked = desk.asked();
    assert!(
        !asked
            .iter()
            .any(|line| line.starts_with("PUT") || line.starts_with("POST")),
        "{asked:#?}"
    );
    assert!(!desk.path(".towpath/evidence").exists());
}

#[test]
fn evidence_names_the_digest_and_where_it_came_from() {
    let desk = Desk::new();
    desk.runs(&[]);
    let commit = desk.repository.borrow().git(["rev-parse", "HEAD"]);
    let statement: Value =
        serde_json::from_str(&desk.read(".towpath/evidence/images/app/image-push.json")).unwrap();
    let record = &statement["predicate"];
    assert_eq!(
        statement["predicateType"],
        "urn:towpath:evidence:image-push:v1"
    );
    assert_eq!(record["commit"], commit);
    assert_eq!(record["clean"], true);
    assert_eq!(record["builder"], "python");
    assert_eq!(record["tags"][1], commit);
    let digest = record["digest"].as_str().unwrap();
    assert_eq!(desk.tag(&commit).as_deref(), Some(digest));
    assert_eq!(
        statement["subject"][0]["digest"]["sha256"],
        digest.trim_start_matches("sha256:")
    );
    assert!(record["base"].as_str().unwrap().contains("/base:1@sha256:"));
}

#[test]
fn a_changed_working_copy_gets_no_tag_of_the_commit() {
    let desk = Desk::new();
    desk.write("app/app.py", "print('not committed')\n");
    desk.runs(&[]);
    let tags = desk.sim.tags("app");
    assert_eq!(tags.len(), 1);
    assert!(tags[0].0.starts_with("in-"), "{tags:?}");
}

#[test]
fn tags_come_from_git_by_rules() {
    let desk = Desk::new();
    desk.repository.borrow().git(["tag", "v1.4.0"]);
    desk.runs(&[
        "--tag",
        "{version}",
        "--tag",
        "{minor}",
        "--tag",
        "b-{branch}",
    ]);
    let tags: Vec<String> = desk
        .sim
        .tags("app")
        .into_iter()
        .map(|(tag, _)| tag)
        .collect();
    assert_eq!(tags[..3], ["1.4", "1.4.0", "b-main"]);
}

#[test]
fn a_registry_other_than_ecr_is_a_host_and_a_name() {
    let desk = Desk::with(Config {
        gate: ecr_sim::Gate::Open,
        ..Config::default()
    });
    let host = desk.sim.host().to_owned();
    desk.layout("one", &[("a", b"1")]);
    let repository = format!("{host}/app");
    let arguments = [
        "--repository",
        &repository,
        "--layout",
        "layout/one",
        "--tag",
        "v1",
    ];
    desk.runs(&arguments);
    desk.sim.requests();
    desk.runs(&arguments);
    assert_eq!(desk.asked(), ["HEAD /v2/app/manifests/v1"]);
}

#[test]
fn whoever_pushes_the_same_ingredients_first_decides() {
    let desk = Desk::new();
    desk.runs(&["--tag", "v1"]);
    let tags = desk.sim.tags("app");
    let fingerprint = &tags
        .iter()
        .find(|(tag, _)| tag.starts_with("in-"))
        .unwrap()
        .0;
    // an empty repository, into which somebody else pushes between our look and our push
    desk.sim.create("app", true);
    let theirs = desk.layout("theirs", &[("app/app.py", b"built elsewhere")]);
    desk.runs(&["--layout", "layout/theirs", "--tag", fingerprint]);
    desk.sim.fail(Fault {
        method: "API",
        path: "BatchGetImage",
        after: 0,
        times: 1,
        does: Does::Answer(200, "", ""),
    });
    let text = desk.runs(&["--tag", "v1"]);
    assert!(text.contains("pushed"), "{text}");
    assert_eq!(desk.tag("v1"), Some(theirs.digest().to_string()));
    assert_eq!(desk.tag(fingerprint), desk.tag("v1"));
}

/// A helper that does what Docker's protocol says: the server comes on standard input.
fn helper(desk: &Desk, script: &str) -> Program {
    let folder = desk.path("helpers");
    std::fs::create_dir_all(&folder).unwrap();
    let program = folder.join("docker-credential-vault");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let host = desk.sim.host();
    let config = format!(r#"{{"credHelpers": {{"{host}": "vault"}}}}"#);
    std::fs::write(folder.join("config.json"), config).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "the helper's own programs are there"
    )]
    let path = std::env::var("PATH").unwrap();
    desk.program(&["--repository", &format!("{host}/app"), "--tag", "one"])
        .env("PATH", format!("{folder}:{path}"))
        .env("DOCKER_CONFIG", folder)
}

#[test]
fn a_credential_helper_is_asked_for_the_password() {
    let desk = Desk::new();
    let answer = format!(
        r#"[ "$1" = get ] && read -r server; printf '{{"ServerURL": "%s", "Username": "AWS", "Secret": "{}"}}' "$server""#,
        desk.sim.password()
    );
    let ran = helper(&desk, &answer).run();
    assert_eq!(ran.exit_code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(desk.tag("one").is_some());
    assert!(!ran.stdout.contains(&desk.sim.password()), "{}", ran.stdout);
}

#[test]
fn a_helper_that_refuses_is_named() {
    let desk = Desk::new();
    let ran = helper(&desk, "echo 'the vault is sealed'; exit 1").run();
    assert_ne!(ran.exit_code, 0, "{}", ran.stdout);
    assert!(
        ran.stderr
            .contains("`docker-credential-vault` refused: the vault is sealed"),
        "{}",
        ran.stderr
    );
    // one that has nothing is no failure of its own: the registry says what it wants
    let ran = helper(
        &desk,
        "echo 'credentials not found in native keychain'; exit 1",
    )
    .run();
    assert_ne!(ran.exit_code, 0, "{}", ran.stdout);
    assert!(!ran.stderr.contains("vault"), "{}", ran.stderr);
}
