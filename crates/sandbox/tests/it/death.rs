//! The owner of a sandbox is killed: nothing outlives it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::support::{
    eventually, folder_of, http, is_open, processes_with, role, spawn_and_read, start,
    this_program_as,
};

/// Not a test by itself: what the re-executed program does
#[test]
fn plays_the_owner() {
    if role().as_deref() != Some("owner") {
        return;
    }
    let sandbox = start();
    let environment = sandbox.environment();
    let file = environment.get("AWS_CONFIG_FILE").unwrap();
    println!(
        "ready {file} {} {}",
        sandbox.aws_url(),
        sandbox.sagemaker_url()
    );
    std::thread::sleep(Duration::from_secs(120));
}

#[test]
fn nothing_outlives_a_killed_owner_not_even_what_a_lambda_runs() {
    let (mut owner, said) = spawn_and_read(
        &mut this_program_as("death::plays_the_owner", "owner"),
        "ready",
    );
    let [file, aws, sagemaker] = said.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{said}");
    };
    let folder = folder_of(file);
    let child = invoke_a_lambda_that_stays(aws, &folder);

    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("both ports are closed", || {
        !is_open(aws) && !is_open(sagemaker)
    });
    eventually("no process is left", || {
        processes_with(&folder).is_empty() && processes_with(&child).is_empty()
    });
    eventually("no folder is left", || !fs::exists(&folder).unwrap());
}

/// Runs a function that starts a process of its own; a text in that process's command line
fn invoke_a_lambda_that_stays(aws: &str, folder: &str) -> String {
    let marker = folder
        .rsplit('/')
        .next()
        .unwrap()
        .replace("towpath-sandbox-", "stays-");
    let code = tempfile::tempdir().unwrap();
    let source = code.path().join("index.py");
    fs::write(
        &source,
        format!(
            "import subprocess, sys\ndef handler(event, context):\n    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', '{marker}'], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n    return 'started'\n"
        ),
    )
    .unwrap();
    let python = sandbox::tools::python(&sandbox::Machine::current()).unwrap();
    let zipped = Command::new(&python.program)
        .args(["-c", "import base64, io, sys, zipfile\nb = io.BytesIO()\nwith zipfile.ZipFile(b, 'w') as z: z.write(sys.argv[1], 'index.py')\nprint(base64.b64encode(b.getvalue()).decode())"])
        .arg(&source)
        .output()
        .unwrap();
    let zip = String::from_utf8(zipped.stdout).unwrap();
    let scope = "Authorization: AWS4-HMAC-SHA256 Credential=sandbox/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Type: application/json\r\n";
    let function = serde_json::json!({
        "FunctionName": "stays", "Runtime": "python3.12", "Handler": "index.handler", "Timeout": 30,
        "Role": "arn:aws:iam::000000000000:role/lambda", "Code": {"ZipFile": zip.trim()},
    });
    let functions = format!("{aws}/2015-03-31/functions");
    let (status, body) = http("POST", &functions, scope, &function.to_string());
    assert_eq!(status, 201, "{body}");
    let (status, body) = http(
        "POST",
        &format!("{functions}/stays/invocations"),
        scope,
        "{}",
    );
    assert_eq!((status, body.as_str()), (200, "\"started\""));
    assert_eq!(processes_with(&marker).len(), 1);
    marker
}
