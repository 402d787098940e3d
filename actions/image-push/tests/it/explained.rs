//! What goes wrong is said with what to do, and by its exit code.

use ecr_sim::{Does, Fault};

use crate::desk::Desk;

/// The end of a run: exit code and what it said.
fn said(desk: &Desk, arguments: &[&str]) -> (i32, String) {
    let ran = desk.run(arguments);
    // a terminal's frame breaks lines
    let text = format!("{}{}", ran.stdout, ran.stderr);
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|word| *word != "|")
        .collect();
    (ran.exit_code, words.join(" "))
}

#[test]
fn a_call_that_iam_denies_is_the_statement_that_is_missing() {
    for (action, resource) in [
        ("DescribeRepositories", "*"),
        (
            "BatchGetImage",
            "arn:aws:ecr:eu-central-1:000000000000:repository/app",
        ),
        (
            "BatchCheckLayerAvailability",
            "arn:aws:ecr:eu-central-1:000000000000:repository/app",
        ),
        ("GetAuthorizationToken", "*"),
    ] {
        let desk = Desk::new();
        desk.layout("one", &[("a", b"1")]);
        desk.sim.deny(action);
        let (code, text) = said(&desk, &["--layout", "layout/one", "--tag", "v1"]);
        assert_eq!(code, 6, "{action}: {text}");
        let statement = format!("\"Action\": \"ecr:{action}\", \"Resource\": \"{resource}\"");
        let squeezed = |text: &str| text.replace(' ', "");
        assert!(
            squeezed(&text).contains(&squeezed(&statement)),
            "{action}: {text}"
        );
        assert!(desk.tag("v1").is_none());
    }
}

#[test]
fn a_missing_repository_is_bad_input() {
    let desk = Desk::new();
    let (code, text) = said(&desk, &["--repository", "nobody"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("ECR has no repository `nobody`"), "{text}");
}

#[test]
fn a_repository_that_a_push_may_create_is_created() {
    let desk = Desk::new();
    desk.sim.create_on_push("team");
    desk.layout("one", &[("a", b"1")]);
    let arguments = [
        "--repository",
        "team/web",
        "--layout",
        "layout/one",
        "--tag",
        "v1",
    ];
    let (code, text) = said(&desk, &arguments);
    assert_eq!(code, 0, "{text}");
    assert_eq!(desk.sim.tags("team/web").len(), 1);
    let (code, text) = said(&desk, &arguments);
    assert!(code == 0 && text.contains("unchanged"), "{text}");
    let (code, text) = said(
        &desk,
        &["--repository", "teams/web", "--layout", "layout/one"],
    );
    assert_eq!(code, 2, "{text}");
}

#[test]
fn lenders_that_cannot_lend_are_a_note() {
    let desk = Desk::with(ecr_sim::Config {
        mounting: false,
        ..ecr_sim::Config::default()
    });
    desk.configure("    mount_from: [base, nobody]\n");
    desk.layout("one", &[("a", b"1")]);
    let (code, text) = said(&desk, &["--layout", "layout/one", "--tag", "v1"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("the account does not mount blobs"), "{text}");
    assert!(
        text.contains("`nobody` cannot lend blobs: there is no such repository"),
        "{text}"
    );
}

#[test]
fn another_account_is_not_pushed_to() {
    let desk = Desk::new();
    let config = desk
        .read("towpath.yaml")
        .replace("000000000000", "111111111111");
    desk.write("towpath.yaml", &config);
    let (code, text) = said(&desk, &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("belongs to account 000000000000"), "{text}");
}

#[test]
fn what_cannot_be_copied_says_why_and_what_else_there_is() {
    let desk = Desk::new();
    desk.write("Dockerfile", "ARG BASE\nFROM ${BASE}\nRUN make\n");
    let (code, text) = said(&desk, &["--builder", "python"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("it has a `RUN` in its last stage"), "{text}");
    assert!(text.contains("builder: auto"), "{text}");
}

#[test]
fn a_base_that_is_not_there_is_named() {
    let desk = Desk::new();
    desk.write("Dockerfile", "ARG BASE\nFROM ${BASE}0\nCOPY app app\n");
    let (code, text) = said(&desk, &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("/base:10`"), "{text}");
}

#[test]
fn a_registry_that_stays_broken_is_an_outside_failure() {
    let desk = Desk::new();
    desk.layout("one", &[("a", b"1")]);
    desk.sim.fail(Fault {
        method: "PUT",
        path: "/manifests/",
        after: 0,
        times: 1000,
        does: Does::Answer(400, "MANIFEST_INVALID", "no such thing"),
    });
    let (code, text) = said(&desk, &["--layout", "layout/one", "--tag", "v1"]);
    assert_eq!(code, 6, "{text}");
    assert!(text.contains("MANIFEST_INVALID: no such thing"), "{text}");
}

#[test]
fn a_rule_that_would_take_away_what_runs_stops_the_push() {
    let desk = Desk::new();
    let first = desk.layout("one", &[("a", b"1")]);
    desk.layout("two", &[("a", b"2")]);
    desk.runs(&["--layout", "layout/one", "--tag", "v1"]);
    desk.sim.lifecycle("app", r#"{"rules":[{"rulePriority":2,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#);
    let deployed = first.digest().to_string();
    let arguments = [
        "--layout",
        "layout/two",
        "--tag",
        "v2",
        "--deployed",
        &deployed,
    ];
    let (code, text) = said(&desk, &arguments);
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("the lifecycle rule of priority 2 takes"),
        "{text}"
    );
    assert!(desk.tag("v2").is_none());
    // who may not ask is told so, and pushes
    desk.sim.deny("GetLifecyclePolicy");
    let (code, text) = said(&desk, &arguments);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("`ecr:GetLifecyclePolicy` is denied"),
        "{text}"
    );
}

#[test]
fn a_registry_behind_a_proxy_is_reached_through_it() {
    let desk = Desk::new();
    desk.layout("one", &[("a", b"1")]);
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = format!("http://somebody:secret@{}", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut begins = [0; 512];
        let read = std::io::Read::read(&mut stream, &mut begins).unwrap();
        String::from_utf8_lossy(&begins[..read]).into_owned()
    });
    let repository = "registry.invalid/app";
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_image-push"))
        .args([
            "--repository",
            repository,
            "--layout",
            "layout/one",
            "--tag",
            "v1",
        ])
        .env("HTTPS_PROXY", proxy)
        .current_dir(desk.path(""))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let asked = asked.join().unwrap();
    program.kill().unwrap();
    program.wait().unwrap();
    assert!(
        asked.starts_with("CONNECT registry.invalid:443 HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(
        asked.to_lowercase().contains("proxy-authorization: basic "),
        "{asked}"
    );
}
