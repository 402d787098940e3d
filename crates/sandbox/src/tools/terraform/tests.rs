//! Downloads from a local server: what is right is installed once, what is not is refused and leaves nothing.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::*;

/// A program that answers as Terraform does, zipped with Python
fn archive(machine: &Machine) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("terraform");
    fs::write(
        &file,
        "#!/bin/sh\n[ \"$2\" = -json ] && echo '{\"terraform_version\": \"1.11.4\"}' || echo Terraform v1.11.4\n",
    )
    .unwrap();
    let zip = folder.path().join("terraform.zip");
    let python = python(machine).unwrap();
    run(Command::new(&python.program)
        .args(["-m", "zipfile", "-c"])
        .args([&zip, &file]))
    .unwrap();
    fs::read(zip).unwrap()
}

/// A server that answers one request
fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).unwrap();
        write!(
            stream,
            "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        stream.write_all(&body).unwrap();
    });
    format!("http://{address}/{{version}}/{{platform}}.zip")
}

/// A machine with Python but no Terraform, and its own cache
fn machine(home: &tempfile::TempDir) -> Machine {
    let python = python(&Machine::current()).unwrap();
    Machine::default()
        .with("HOME", home.path().to_str().unwrap())
        .with("TOWPATH_PYTHON", python.program.as_str())
}

fn lock(url: String, digest: String) -> lock::Terraform {
    lock::Terraform {
        url,
        sha256: [(platform().unwrap(), digest)].into(),
        ..LOCK.terraform.clone()
    }
}

#[test]
fn an_absent_terraform_is_downloaded_once() {
    let home = tempfile::tempdir().unwrap();
    let machine = machine(&home);
    let zip = archive(&machine);
    let digest = fetch::sha256(&zip);
    let lock = lock(serve(zip), digest);
    for _ in 0..2 {
        // the server answers once only
        let found = find(&machine, &lock, |_| {}).unwrap();
        assert_eq!(found.version, Version::new(1, 11, 4));
        assert_eq!(found.flavour, Flavour::Terraform);
    }
}

#[test]
fn another_file_than_the_locked_one_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let machine = machine(&home);
    let zip = archive(&machine);
    let lock = lock(serve(zip), "0".repeat(64));
    let refused = find(&machine, &lock, |_| {}).unwrap_err();
    assert!(matches!(refused, ToolError::Digest { .. }), "{refused}");
    let left = fs::read_dir(machine.cache().unwrap().join("tools")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.iter()
            .all(|name| name.to_str().unwrap().ends_with(".lock")),
        "{left:?}"
    );
}

#[test]
fn a_variable_that_names_another_program_is_said() {
    let machine = Machine::default().with("TOWPATH_TERRAFORM", "/bin/echo");
    let refused = find(&machine, &LOCK.terraform, |_| {}).unwrap_err();
    assert!(
        refused.to_string().contains("TOWPATH_TERRAFORM"),
        "{refused}"
    );
}
