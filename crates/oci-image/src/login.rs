//! Who we are to a registry other than ECR: what `docker login` wrote down.
//!
//! Passwords that a credential helper keeps are not asked for: such a registry is used without credentials, and says so.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::{Basic, Credentials};

/// What Docker's own registry is called in the file.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Docker's configuration file: in the folder that `DOCKER_CONFIG` names, or else below `HOME`.
#[must_use]
pub fn file(config: Option<Utf8PathBuf>, home: Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let folder = config.or_else(|| Some(home?.join(".docker")))?;
    Some(folder.join("config.json"))
}

/// The credentials for `host` in Docker's configuration file, when they are there.
#[must_use]
pub fn credentials(config: Option<&Utf8Path>, host: &str) -> Credentials {
    let text = config.and_then(|file| std::fs::read_to_string(file).ok());
    match text.and_then(|text| basic(&text, host)) {
        Some(basic) => Credentials::Basic(basic),
        None => Credentials::Anonymous,
    }
}

fn basic(config: &str, host: &str) -> Option<Basic> {
    let config: Value = serde_json::from_str(config).ok()?;
    let auths = config.get("auths")?.as_object()?;
    let names = match host {
        "docker.io" => vec![DOCKER_HUB.to_owned()],
        host => vec![host.to_owned(), format!("https://{host}")],
    };
    let entry = names.iter().find_map(|name| auths.get(name))?;
    let pair = BASE64_STANDARD.decode(entry.get("auth")?.as_str()?).ok()?;
    let pair = String::from_utf8(pair).ok()?;
    let (user, password) = pair.split_once(':')?;
    Some(Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docker_login_wrote_is_found_by_host() {
        let config = r#"{"auths": {"ghcr.io": {"auth": "YTpi"}, "https://index.docker.io/v1/": {"auth": "YzpkOmU="}, "helper.example": {}}}"#;
        let of = |host| basic(config, host).map(|basic| (basic.user, basic.password));
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(of("ghcr.io"), pair("a", "b"));
        assert_eq!(of("docker.io"), pair("c", "d:e"));
        assert_eq!(of("helper.example"), None);
        assert_eq!(of("elsewhere"), None);
    }
}
