//! Applies that fail.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use terraform::{Class, Error, Outcome, StateFate};

use crate::fixture::Fixture;

const ONE_FAILS: &str = r#"
resource "terraform_data" "a" {}
resource "terraform_data" "b" { input = terraform_data.a.id }
resource "terraform_data" "c" {
  input = terraform_data.b.id
  provisioner "local-exec" { command = "echo the disk is full; exit 3" }
}
resource "terraform_data" "d" { input = terraform_data.c.id }
"#;

#[test]
fn what_was_done_what_failed_and_what_was_never_begun_is_known() {
    let folder = Fixture::ready(ONE_FAILS);
    let plan = folder.plan();
    let error = folder
        .root()
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the apply failed: 2 of 4 changes done, 1 failed, 1 not started"
    );
    let run = error.apply_run().unwrap();
    let of = |address: &str| {
        let change = run.changes.iter().find(|c| c.address == address);
        &change.unwrap().outcome
    };
    assert!(matches!(
        of("terraform_data.a"),
        Outcome::Done { id: Some(_), .. }
    ));
    assert!(matches!(of("terraform_data.b"), Outcome::Done { .. }));
    let Outcome::Failed(Some(why)) = of("terraform_data.c") else {
        panic!("{run:?}");
    };
    assert!(why.detail.contains("the disk is full"));
    assert_eq!(why.range.as_ref().unwrap().file, "main.tf");
    assert_eq!(of("terraform_data.d"), &Outcome::NotStarted);
    assert_eq!(run.state, StateFate::Saved);
    assert!(folder.read("terraform.tfstate").contains("\"b\""));
    assert_eq!(error.class(), Class::OutsideService);
}

#[test]
fn a_stale_plan_is_refused_and_nothing_is_done() {
    let folder = Fixture::ready("resource \"terraform_data\" \"a\" {}");
    let plan = folder.plan();
    let root = folder.root();
    root.apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap();
    let error = root
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap_err();
    assert!(matches!(error, Error::StalePlan(_)), "{error:?}");
    assert_eq!(error.class(), Class::BadInput);
    assert!(error.apply_run().is_none());
}

#[test]
fn no_plan_and_not_a_plan_are_told_apart() {
    let folder = Fixture::ready("");
    let apply = |name: &str| {
        folder
            .root()
            .apply(&folder.path(name), &Default::default(), &mut |_| {})
            .unwrap_err()
    };
    assert!(matches!(apply("gone.tfplan"), Error::NoPlan { .. }));
    let error = apply("main.tf");
    assert!(matches!(error, Error::NotAPlan(_)), "{error:?}");
}

#[test]
fn a_state_that_the_backend_refuses_is_found_in_the_file_that_holds_it() {
    let (address, server) = backend_that_refuses_states();
    let folder = Fixture::ready(&format!(
        "terraform {{\n  backend \"http\" {{\n    address = \"http://{address}\"\n    retry_max = 0\n  }}\n}}\n\
         resource \"terraform_data\" \"a\" {{}}\n"
    ));
    let plan = folder.plan();
    let error = folder
        .root()
        .apply(&plan.out, &Default::default(), &mut |_| {})
        .unwrap_err();
    let run = error.apply_run().unwrap();
    let StateFate::Errored(path) = &run.state else {
        panic!("{run:?}");
    };
    assert_eq!(path, &folder.path("errored.tfstate"));
    assert!(folder.read("errored.tfstate").contains("terraform_data"));
    let help = miette::Diagnostic::help(&error).unwrap().to_string();
    assert!(
        help.contains(&format!("terraform state push {path}")),
        "{help}"
    );
    assert_eq!(run.done(), 1);
    drop(server);
}

#[test]
fn a_state_that_can_be_written_nowhere_is_kept_in_a_private_file_and_not_shown() {
    let (address, server) = backend_that_refuses_states();
    let folder = Fixture::ready(&format!(
        "terraform {{\n  backend \"http\" {{\n    address = \"http://{address}\"\n    retry_max = 0\n  }}\n}}\n\
         resource \"terraform_data\" \"a\" {{\n  input = \"hunter2\"\n}}\n"
    ));
    let plan = folder.plan();
    // In the way of the file that Terraform would write.
    std::fs::create_dir(folder.path("errored.tfstate")).unwrap();
    let mut seen = String::new();
    let error = folder
        .root()
        .apply(&plan.out, &Default::default(), &mut |event| {
            seen.push_str(&format!("{event:?}\n"));
        })
        .unwrap_err();
    let StateFate::Errored(path) = &error.apply_run().unwrap().state else {
        panic!("{error:?}");
    };
    let state = std::fs::read_to_string(path).unwrap();
    let mode = path.metadata().unwrap().permissions().mode();
    std::fs::remove_file(path).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["resources"][0]["type"], "terraform_data");
    assert_eq!(mode & 0o777, 0o600);
    assert!(!seen.contains("hunter2"), "{seen}");
    drop(server);
}

/// Has no state, and takes none. It ends with the test process.
fn backend_that_refuses_states() -> (String, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = answer(stream.unwrap());
        }
    });
    (address, server)
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let status = if first.starts_with("GET") {
        "404 Not Found"
    } else {
        "500 Internal Server Error"
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}
