//! The environment of the child.
//!
//! A person's environment is inherited, because credentials, proxies and `TF_VAR_*` live there; what would change
//! behind our back which arguments are used or what is printed is taken out. `TF_CLI_ARGS*` is always removed, also
//! from the caller's own additions: it can add `-target` or `-lock=false` to an apply that was approved without.
//! `TF_LOG*` survives only as an addition of the caller.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::diagnostics::{Diagnostic, Severity};

/// What a child is started with, and what a person should know about it.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) variables: BTreeMap<OsString, OsString>,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// The inherited environment and the caller's additions (which win), made safe for an unattended run.
pub(crate) fn environment(
    inherited: impl IntoIterator<Item = (OsString, OsString)>,
    additions: &[(String, String)],
) -> Environment {
    let mut variables: BTreeMap<OsString, OsString> = inherited
        .into_iter()
        .filter(|(name, _)| !starts_with(name, "TF_LOG"))
        .collect();
    variables.extend(additions.iter().map(|(k, v)| (k.into(), v.into())));
    let mut warnings = Vec::new();

    let arguments: Vec<OsString> = variables
        .keys()
        .filter(|name| starts_with(name, "TF_CLI_ARGS"))
        .cloned()
        .collect();
    for name in arguments {
        variables.remove(&name);
        warnings.push(warning(
            format!("`{}` is ignored", name.display()),
            "it would add arguments to a command that is run exactly as it is shown".to_owned(),
        ));
    }

    // Terraform 1.11 warns on each command and goes on without any configuration file, also without the one in the
    // home folder. The same is done here, said once, in a way that leaves its output alone.
    let missing = variables
        .get(OsStr::new("TF_CLI_CONFIG_FILE"))
        .filter(|path| !path.is_empty() && !Path::new(path).exists())
        .cloned();
    if let Some(path) = missing {
        variables.insert("TF_CLI_CONFIG_FILE".into(), "/dev/null".into());
        warnings.push(warning(
            format!("the CLI configuration file `{}` does not exist", path.display()),
            "`TF_CLI_CONFIG_FILE` names it; Terraform runs without provider mirrors and credentials from such a file"
                .to_owned(),
        ));
    }

    variables.insert("TF_IN_AUTOMATION".into(), "1".into());
    variables.insert("TF_INPUT".into(), "0".into());
    for (name, value) in [
        // No question to HashiCorp's servers about newer versions.
        ("CHECKPOINT_DISABLE", "1"),
        // A question of git on the terminal would stop a process that is not in its foreground group.
        ("GIT_TERMINAL_PROMPT", "0"),
    ] {
        variables.entry(name.into()).or_insert_with(|| value.into());
    }
    Environment {
        variables,
        warnings,
    }
}

fn starts_with(name: &OsStr, prefix: &str) -> bool {
    name.as_encoded_bytes().starts_with(prefix.as_bytes())
}

fn warning(summary: String, detail: String) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        summary,
        detail,
        address: None,
        range: None,
        snippet: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(inherited: &[(&str, &str)], additions: &[(&str, &str)]) -> Environment {
        environment(
            inherited.iter().map(|(k, v)| (k.into(), v.into())),
            &additions
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect::<Vec<_>>(),
        )
    }

    fn get<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
        environment.variables.get(OsStr::new(name))?.to_str()
    }

    #[test]
    fn extra_arguments_never_reach_the_child_and_are_named() {
        let made = made(
            &[("TF_CLI_ARGS", "-lock=false"), ("PATH", "/bin")],
            &[("TF_CLI_ARGS_apply", "-target=x")],
        );
        assert_eq!(get(&made, "TF_CLI_ARGS"), None);
        assert_eq!(get(&made, "TF_CLI_ARGS_apply"), None);
        assert_eq!(get(&made, "PATH"), Some("/bin"));
        let said: Vec<_> = made.warnings.iter().map(|w| w.summary.as_str()).collect();
        assert_eq!(
            said,
            ["`TF_CLI_ARGS` is ignored", "`TF_CLI_ARGS_apply` is ignored"]
        );
    }

    #[test]
    fn logging_is_kept_only_when_the_caller_asks() {
        let inherited = [("TF_LOG", "trace"), ("TF_LOG_PATH", "/tmp/x")];
        assert_eq!(get(&made(&inherited, &[]), "TF_LOG"), None);
        let asked = made(&inherited, &[("TF_LOG", "debug")]);
        assert_eq!(get(&asked, "TF_LOG"), Some("debug"));
        assert_eq!(get(&asked, "TF_LOG_PATH"), None);
    }

    #[test]
    fn a_missing_cli_configuration_is_a_warning_and_an_existing_one_is_kept() {
        let gone = made(&[("TF_CLI_CONFIG_FILE", "/nowhere/rc")], &[]);
        assert_eq!(get(&gone, "TF_CLI_CONFIG_FILE"), Some("/dev/null"));
        assert_eq!(gone.warnings.len(), 1);
        let there = made(&[("TF_CLI_CONFIG_FILE", "/dev/zero")], &[]);
        assert_eq!(get(&there, "TF_CLI_CONFIG_FILE"), Some("/dev/zero"));
        assert!(there.warnings.is_empty());
    }

    #[test]
    fn nobody_can_be_asked() {
        let made = made(&[("TF_INPUT", "1")], &[("TF_IN_AUTOMATION", "")]);
        assert_eq!(get(&made, "TF_INPUT"), Some("0"));
        assert_eq!(get(&made, "TF_IN_AUTOMATION"), Some("1"));
    }
}
