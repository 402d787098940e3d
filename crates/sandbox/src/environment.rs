//! The variables that lead AWS clients and Terraform into the sandbox, and those that would lead them elsewhere.
//!
//! Everything is standard: endpoints, keys that open nothing, a region. An endpoint on an address (not a name) makes every SDK address S3
//! buckets by path, so that no name has to resolve. Configuration files of the person are replaced by an empty one, because a
//! default profile may set what no variable overrides.

use std::process::Command;

use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// Variables to set, and variables to take away
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Names and values to set
    pub set: Vec<(String, String)>,
    /// Names to remove: left in place, they would lead a client to another account or endpoint
    pub remove: Vec<String>,
}

/// What picks credentials or endpoints in place of the keys and the URLs
const REMOVED: [&str; 17] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_S3_ENDPOINT",
    "AWS_CA_BUNDLE",
];

const ENDPOINT: &str = "AWS_ENDPOINT_URL";
/// What the simulator answers; everything else is ministack's
pub(crate) const SIMULATED: [&str; 4] = [
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME",
    "AWS_ENDPOINT_URL_GLUE",
    "AWS_ENDPOINT_URL_CLOUDWATCH",
];
/// ECR, whose registry ministack does not have
const REGISTRY: &str = "AWS_ENDPOINT_URL_ECR";
/// No proxy stands between a client and loopback
const DIRECT: &str = "127.0.0.1,localhost";

/// What leads a workflow's step to a GitHub that listens there
pub(crate) fn of_github(url: &str) -> [(String, String); 3] {
    [
        ("GITHUB_API_URL", url),
        ("GITHUB_REPOSITORY", github_sim::REPOSITORY),
        ("GITHUB_TOKEN", "sandbox"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

impl Environment {
    pub(crate) fn new(
        machine: &Machine,
        aws: &str,
        simulator: &str,
        registry: &str,
        region: &str,
        empty_file: &Utf8Path,
        more: Vec<(String, String)>,
    ) -> Self {
        let mut set: Vec<(String, String)> = [
            (ENDPOINT, aws),
            (REGISTRY, registry),
            ("AWS_ACCESS_KEY_ID", "sandbox"),
            ("AWS_SECRET_ACCESS_KEY", "sandbox"),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", empty_file.as_str()),
            ("AWS_SHARED_CREDENTIALS_FILE", empty_file.as_str()),
            ("CHECKPOINT_DISABLE", "1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        set.extend(SIMULATED.map(|name| (name.to_owned(), simulator.to_owned())));
        for name in ["NO_PROXY", "no_proxy"] {
            let merged = match machine.get(name) {
                Some(theirs) => format!("{theirs},{DIRECT}"),
                None => DIRECT.to_owned(),
            };
            set.push((name.to_owned(), merged));
        }
        set.extend(more);
        let other_endpoints = machine
            .variables()
            .keys()
            .filter(|name| {
                name.starts_with("AWS_ENDPOINT_URL_")
                    && !SIMULATED.contains(&name.as_str())
                    && *name != REGISTRY
            })
            .cloned();
        Self {
            remove: REMOVED
                .map(str::to_owned)
                .into_iter()
                .chain(other_endpoints)
                .collect(),
            set,
        }
    }

    /// A variable that is set
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.set.iter().find(|(set, _)| set == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Prepares a command to run in the sandbox
    pub fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        for name in &self.remove {
            command.env_remove(name);
        }
        let set = self.set.iter().map(|(name, value)| (name, value));
        command.envs(set)
    }

    /// Lines for a POSIX shell to evaluate
    pub fn to_shell(&self) -> String {
        let mut lines = format!("unset {}\n", self.remove.join(" "));
        for (name, value) in &self.set {
            let quoted = value.replace('\'', r"'\''");
            lines.push_str(&format!("export {name}='{quoted}'\n"));
        }
        lines
    }

    /// A JSON object: what to set by name, and `null` for what to remove
    pub fn to_json(&self) -> serde_json::Value {
        let removed = self
            .remove
            .iter()
            .map(|name| (name.clone(), serde_json::Value::Null));
        let set = self
            .set
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().into()));
        removed.chain(set).collect::<serde_json::Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(machine: &Machine) -> Environment {
        let empty = Utf8Path::new("/tmp/it's/empty");
        Environment::new(
            machine,
            "http://127.0.0.1:1",
            "http://127.0.0.1:2",
            "http://127.0.0.1:3",
            "eu-west-1",
            empty,
            vec![],
        )
    }

    #[test]
    fn a_shell_reads_back_what_was_written() {
        let environment = environment(&Machine::default());
        let script = format!(
            "AWS_PROFILE=prod; {} printf '%s|%s' \"$AWS_CONFIG_FILE\" \"${{AWS_PROFILE-none}}\"",
            environment.to_shell()
        );
        let said = Command::new("sh").args(["-c", &script]).output().unwrap();
        assert_eq!(
            String::from_utf8(said.stdout).unwrap(),
            "/tmp/it's/empty|none"
        );
    }

    #[test]
    fn inherited_endpoints_go_and_inherited_exceptions_stay() {
        let machine = Machine::default()
            .with("AWS_ENDPOINT_URL_S3", "https://elsewhere")
            .with("AWS_ENDPOINT_URL_CLOUDWATCH", "https://elsewhere")
            .with(REGISTRY, "https://elsewhere")
            .with("NO_PROXY", "internal");
        let environment = environment(&machine);
        assert!(
            environment
                .remove
                .contains(&"AWS_ENDPOINT_URL_S3".to_owned())
        );
        for simulated in SIMULATED {
            assert_eq!(environment.get(simulated), Some("http://127.0.0.1:2"));
            assert!(!environment.remove.contains(&simulated.to_owned()));
        }
        assert_eq!(environment.get(REGISTRY), Some("http://127.0.0.1:3"));
        assert!(!environment.remove.contains(&REGISTRY.to_owned()));
        assert_eq!(
            environment.get("NO_PROXY"),
            Some("internal,127.0.0.1,localhost")
        );
        assert!(environment.to_json()["AWS_PROFILE"].is_null());
    }
}
