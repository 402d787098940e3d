//! In by EKS: `DescribeCluster`, a token that is signed here, and a webhook that checks it as aws-iam-authenticator does.
//!
//! One small server plays EKS, STS and the webhook. It knows the secrets of three keys, so it does not believe a signature: it signs the same question
//! itself and compares.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use test_support::{Program, Ran};

use crate::desk::{Desk, NEW};

const CLUSTER: &str = "towpath-prod";
const REGION: &str = "eu-central-1";
const ROLE: &str = "arn:aws:sts::123456789012:assumed-role/deploy/GitHubActions";

/// The address and the certificate of the control plane, once it runs.
pub(crate) static PLANE: OnceLock<(String, String)> = OnceLock::new();

/// Where EKS, STS and the webhook are.
pub(crate) static SERVER: LazyLock<String> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    address
});

fn serve(mut stream: TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (status, kind, answer) = match path {
        "/token" => (
            200,
            "application/json",
            review(&serde_json::from_slice(&body).unwrap()).to_string(),
        ),
        "/" => (
            200,
            "text/xml",
            format!(
                "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{ROLE}</Arn><Account>123456789012</Account><UserId>X</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        path => match path.strip_prefix("/clusters/") {
            Some(CLUSTER) => (200, "application/json", describe(true).to_string()),
            Some("private") => (200, "application/json", describe(false).to_string()),
            _ => (
                404,
                "application/json",
                json!({"message": "No cluster found for name: nowhere."}).to_string(),
            ),
        },
    };
    let error = if status == 404 {
        "x-amzn-errortype: ResourceNotFoundException\r\n"
    } else {
        ""
    };
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\n{error}Connection: close\r\nContent-Length: {}\r\n\r\n{answer}", answer.len()).ok();
}

fn describe(public: bool) -> Value {
    let (address, certificate) = PLANE.get().unwrap();
    // an address that nothing answers at, as a private one is from outside
    let endpoint = if public {
        address.as_str()
    } else {
        "https://127.0.0.1:9"
    };
    json!({"cluster": {"name": CLUSTER, "status": "ACTIVE", "endpoint": endpoint,
        "certificateAuthority": {"data": STANDARD.encode(certificate)}, "resourcesVpcConfig": {"endpointPublicAccess": public}}})
}

/// Who a key belongs to: a user of Kubernetes, and whether there is an access entry.
fn user(key: &str) -> Option<Value> {
    match key {
        "AKIDDEPLOY" => Some(json!({"username": "deploy", "groups": ["system:masters"]})),
        "AKIDVIEW" => Some(json!({"username": "view", "groups": []})),
        _ => None,
    }
}

fn credentials(key: &str) -> Credentials {
    Credentials::new(
        key,
        format!("secret of {key}"),
        Some("session+/=".to_owned()),
        None,
        "test",
    )
}

/// Answers a TokenReview.
fn review(asked: &Value) -> Value {
    let token = asked["spec"]["token"].as_str().unwrap_or_default();
    let status = match verified(token).and_then(|key| user(&key)) {
        Some(user) => json!({"authenticated": true, "user": user}),
        None => json!({"authenticated": false}),
    };
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status})
}

/// The key that signed the token, if it is one for this cluster.
fn verified(token: &str) -> Option<String> {
    let url = String::from_utf8(
        URL_SAFE_NO_PAD
            .decode(token.strip_prefix("k8s-aws-v1.")?)
            .ok()?,
    )
    .ok()?;
    let query = url.strip_prefix(&format!("https://sts.{REGION}.amazonaws.com/?"))?;
    let parts: BTreeMap<&str, &str> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let key = parts
        .get("X-Amz-Credential")?
        .split("%2F")
        .next()?
        .to_owned();
    let date: String = parts
        .get("X-Amz-Date")?
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let at = |from: usize, to: usize| date.get(from..to);
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        at(0, 4)?,
        at(4, 6)?,
        at(6, 8)?,
        at(8, 10)?,
        at(10, 12)?,
        at(12, 14)?
    );
    let seconds = written.parse::<jiff::Timestamp>().ok()?.as_second();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?);
    let fresh = SystemTime::now()
        .duration_since(time)
        .is_ok_and(|age| age < Duration::from_secs(15 * 60));
    let ours = kube_rollout::token(&credentials(&key), REGION, CLUSTER, time).ok()?;
    (fresh && ours == token).then_some(key)
}

fn run(desk: &Desk, key: &str, cluster: &str) -> Ran {
    Program::new(env!("CARGO_BIN_EXE_eks-rollout"))
        .cwd(desk.path(""))
        .args([
            "--application",
            "frontend",
            "--manifests",
            "deploy",
            "--steady",
            "0",
            "--namespace",
            &desk.namespace,
            "--cluster",
            cluster,
        ])
        .envs([
            ("AWS_ENDPOINT_URL", SERVER.as_str()),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", &format!("secret of {key}")),
            ("AWS_SESSION_TOKEN", "session+/="),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .run()
}

#[test]
fn a_role_with_an_access_entry_rolls_out() {
    let Some(desk) = Desk::new() else { return };
    desk.deployment(NEW, "ready");
    let ran = run(&desk, "AKIDDEPLOY", CLUSTER);
    assert_eq!(ran.exit_code, 0, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(desk.record()["predicate"]["cluster"], CLUSTER);
}

#[test]
fn who_is_not_let_in_is_told_the_terraform_that_does() {
    let Some(desk) = Desk::new() else { return };
    desk.deployment(NEW, "ready");
    let ran = run(&desk, "AKIDNOBODY", CLUSTER);
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    for part in [
        "cluster `towpath-prod` does not let `arn:aws:sts::",
        "resource \"aws_eks_access_entry\"",
        "principal_arn = \"arn:aws:iam::123456789012:role/deploy\"",
    ] {
        assert!(ran.stderr.contains(part), "no `{part}` in {}", ran.stderr);
    }
    let ran = run(&desk, "AKIDVIEW", CLUSTER);
    assert_eq!(ran.exit_code, 2, "{}{}", ran.stdout, ran.stderr);
    for part in [
        "create deployments.apps in test-",
        "aws_eks_access_policy_association",
        "AmazonEKSEditPolicy",
    ] {
        assert!(ran.stderr.contains(part), "no `{part}` in {}", ran.stderr);
    }
}

#[test]
fn a_cluster_that_is_not_there_or_out_of_reach_is_said_to_be() {
    let Some(desk) = Desk::new() else { return };
    desk.deployment(NEW, "ready");
    let ran = run(&desk, "AKIDDEPLOY", "nowhere");
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("EKS does not describe cluster `nowhere`")
            && ran.stderr.contains("check the name, the region"),
        "{}",
        ran.stderr
    );
    let ran = run(&desk, "AKIDDEPLOY", "private");
    assert_eq!(ran.exit_code, 6, "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("the endpoint of cluster `private` is private"),
        "{}",
        ran.stderr
    );
}
