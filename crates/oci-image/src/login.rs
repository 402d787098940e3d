//! Who we are to a registry other than ECR: what `docker login` wrote down, or gave a credential helper to keep.
//!
//! A helper is a program `docker-credential-<name>` on the path that is asked by Docker's protocol: `get`, the server on
//! standard input, a JSON object back. It is asked when the registry wants a password, and again when that one ran out.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::{Basic, Credentials};

/// What Docker's own registry is called in the file.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";
/// How a helper says that it has nothing for a server
const NOT_FOUND: &str = "credentials not found";
/// The user of an answer that is no password but an identity token
const IDENTITY_TOKEN: &str = "<token>";
/// What a helper may take: some ask a cloud first
const PATIENCE: Duration = Duration::from_secs(30);

/// Docker's configuration file: in the folder that `DOCKER_CONFIG` names, or else below `HOME`.
#[must_use]
pub fn file(config: Option<Utf8PathBuf>, home: Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let folder = config.or_else(|| Some(home?.join(".docker")))?;
    Some(folder.join("config.json"))
}

/// The credentials for `host` by Docker's configuration file: none, a password, or a helper that is asked in time.
#[must_use]
pub fn credentials(config: Option<&Utf8Path>, host: &str) -> Credentials {
    let text = config.and_then(|file| std::fs::read_to_string(file).ok());
    match text.and_then(|text| login(&text, host)) {
        None => Credentials::Anonymous,
        Some(Login::Password(basic)) => Credentials::Basic(basic),
        Some(Login::Helper { name, server }) => Credentials::Renewed(Box::new(move || {
            let (name, server) = (name.clone(), server.clone());
            Box::pin(async move { ask(&name, &server).await })
        })),
    }
}

/// What the file says about a registry.
#[derive(Debug, PartialEq, Eq)]
enum Login {
    Password(Basic),
    Helper { name: String, server: String },
}

/// As Docker does: a helper for this registry, then the store for all, then what stands in the file.
fn login(config: &str, host: &str) -> Option<Login> {
    let config: Value = serde_json::from_str(config).ok()?;
    let names = match host {
        "docker.io" => vec![DOCKER_HUB.to_owned(), host.to_owned()],
        host => vec![host.to_owned(), format!("https://{host}")],
    };
    let of_host = |map: &str| {
        let map = config.get(map)?.as_object()?;
        names.iter().find_map(|name| Some((name, map.get(name)?)))
    };
    let helper = |name: &str, server: &str| {
        // it becomes part of a program's name
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        (!name.is_empty() && name.chars().all(plain)).then(|| Login::Helper {
            name: name.to_owned(),
            server: server.to_owned(),
        })
    };
    if let Some((server, name)) = of_host("credHelpers") {
        return helper(name.as_str()?, server);
    }
    let entry = of_host("auths");
    if let Some((_, entry)) = entry
        && let Some(auth) = entry.get("auth").and_then(Value::as_str)
        && !auth.is_empty()
    {
        let pair = String::from_utf8(BASE64_STANDARD.decode(auth).ok()?).ok()?;
        let (user, password) = pair.split_once(':')?;
        return Some(Login::Password(Basic {
            user: user.to_owned(),
            password: password.to_owned(),
        }));
    }
    let store = config.get("credsStore")?.as_str()?;
    helper(store, entry.map_or(&names[0], |(server, _)| server))
}

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper; nothing where it knows no password for the server.
async fn ask(name: &str, server: &str) -> Result<Option<Basic>, String> {
    let program = format!("docker-credential-{name}");
    let failed = |error: std::io::Error| format!("`{program}` could not be asked: {error}");
    let mut child = Command::new(&program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        // one that ended already did not want it, and says why below
        input.write_all(server.as_bytes()).await.ok();
    }
    let output = tokio::time::timeout(PATIENCE, child.wait_with_output())
        .await
        .map_err(|_| format!("`{program}` did not answer within {} s", PATIENCE.as_secs()))?
        .map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        // the protocol's errors come on standard output, and hold no secret
        return if said.contains(NOT_FOUND) {
            Ok(None)
        } else {
            Err(format!("`{program}` refused: {}", said.trim()))
        };
    }
    let answer: Answer = serde_json::from_str(&said)
        .map_err(|_| format!("`{program}` answered with something that is no credentials"))?;
    if answer.username == IDENTITY_TOKEN {
        return Err(format!(
            "`{program}` keeps an identity token for `{server}`, and a password is needed"
        ));
    }
    Ok(Some(Basic {
        user: answer.username,
        password: answer.secret,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(user: &str, password: &str) -> Option<Login> {
        Some(Login::Password(Basic {
            user: user.to_owned(),
            password: password.to_owned(),
        }))
    }

    fn helper(name: &str, server: &str) -> Option<Login> {
        Some(Login::Helper {
            name: name.to_owned(),
            server: server.to_owned(),
        })
    }

    #[test]
    fn what_docker_login_wrote_is_found_by_host() {
        let config = r#"{"auths": {"ghcr.io": {"auth": "YTpi"}, "https://index.docker.io/v1/": {"auth": "YzpkOmU="}, "helper.example": {}}}"#;
        assert_eq!(login(config, "ghcr.io"), password("a", "b"));
        assert_eq!(login(config, "docker.io"), password("c", "d:e"));
        assert_eq!(login(config, "helper.example"), None);
        assert_eq!(login(config, "elsewhere"), None);
    }

    #[test]
    fn a_helper_of_its_own_goes_before_the_store_of_all() {
        let config = r#"{"auths": {"ghcr.io": {}, "plain.example": {"auth": "YTpi"}}, "credsStore": "secretservice",
            "credHelpers": {"123.dkr.ecr.eu-central-1.amazonaws.com": "ecr-login", "bad.example": "../sh"}}"#;
        let ecr = "123.dkr.ecr.eu-central-1.amazonaws.com";
        assert_eq!(login(config, ecr), helper("ecr-login", ecr));
        assert_eq!(login(config, "ghcr.io"), helper("secretservice", "ghcr.io"));
        assert_eq!(
            login(config, "docker.io"),
            helper("secretservice", DOCKER_HUB)
        );
        assert_eq!(login(config, "plain.example"), password("a", "b"));
        assert_eq!(login(config, "bad.example"), None);
    }
}
