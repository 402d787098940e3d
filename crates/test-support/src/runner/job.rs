//! The job around an action: the variables that the runner sets, and the contexts that expressions see.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde_json::{Map, Value, json};

use crate::ActionRun;

/// The job's variables. What the test sets comes last and wins.
pub(super) fn environment(
    run: &ActionRun,
    root: &Utf8Path,
    workspace: &Utf8Path,
) -> BTreeMap<String, String> {
    let event = |pointer: &str| {
        run.event
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (full_ref, sha) = match run
        .event
        .pointer("/pull_request/number")
        .or(run.event.get("number"))
    {
        Some(number) if run.event_name.starts_with("pull_request") => {
            (format!("refs/pull/{number}/merge"), "")
        }
        _ => (event("/ref").to_owned(), event("/after")),
    };
    let short_ref = ["refs/heads/", "refs/tags/", "refs/pull/"]
        .iter()
        .find_map(|prefix| full_ref.strip_prefix(prefix))
        .unwrap_or(&full_ref);
    let or = |value: &str, default: &str| {
        if value.is_empty() {
            default.to_owned()
        } else {
            value.to_owned()
        }
    };
    let repository = or(event("/repository/full_name"), "towpath-dev/example");
    let owner = repository.split('/').next().unwrap_or_default().to_owned();
    let (system, architecture) = machine();
    let set: [(&str, String); 32] = [
        ("CI", "true".into()),
        ("GITHUB_ACTIONS", "true".into()),
        ("GITHUB_ACTION", "__run".into()),
        ("GITHUB_ACTION_PATH", run.folder.to_string()),
        ("GITHUB_ACTION_REF", String::new()),
        ("GITHUB_ACTOR", or(event("/sender/login"), "ada")),
        // nobody listens there: a test that means to talk to GitHub sets its own server
        ("GITHUB_API_URL", "http://127.0.0.1:9".into()),
        ("GITHUB_BASE_REF", event("/pull_request/base/ref").into()),
        ("GITHUB_EVENT_NAME", run.event_name.clone()),
        ("GITHUB_EVENT_PATH", root.join("event.json").to_string()),
        ("GITHUB_HEAD_REF", event("/pull_request/head/ref").into()),
        ("GITHUB_JOB", "test".into()),
        ("GITHUB_REF", full_ref.clone()),
        ("GITHUB_REF_NAME", short_ref.into()),
        ("GITHUB_REPOSITORY", repository.clone()),
        ("GITHUB_REPOSITORY_ID", "1".into()),
        ("GITHUB_REPOSITORY_OWNER", owner),
        ("GITHUB_RUN_ATTEMPT", "1".into()),
        ("GITHUB_RUN_ID", "1".into()),
        ("GITHUB_RUN_NUMBER", "1".into()),
        ("GITHUB_SERVER_URL", "https://github.com".into()),
        (
            "GITHUB_SHA",
            or(sha, "8d21f0c98d21f0c98d21f0c98d21f0c98d21f0c9"),
        ),
        ("GITHUB_TRIGGERING_ACTOR", or(event("/sender/login"), "ada")),
        ("GITHUB_WORKFLOW", "test".into()),
        (
            "GITHUB_WORKFLOW_REF",
            format!("{repository}/.github/workflows/test.yml@{full_ref}"),
        ),
        ("GITHUB_WORKSPACE", workspace.to_string()),
        ("RUNNER_ARCH", architecture.into()),
        ("RUNNER_ENVIRONMENT", "self-hosted".into()),
        ("RUNNER_NAME", "test".into()),
        ("RUNNER_OS", system.into()),
        ("RUNNER_TEMP", root.join("temp").to_string()),
        ("RUNNER_TOOL_CACHE", root.join("tools").to_string()),
    ];
    let mut environment: BTreeMap<_, _> = set
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    environment.extend(run.environment.clone());
    environment
}

/// `github` and `runner` say what the variables say, under the same names in lower case.
pub(super) fn contexts(
    environment: &BTreeMap<String, String>,
    event: &Value,
) -> Map<String, Value> {
    let named = |prefix: &str| {
        let names = environment
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        names
            .map(|(name, value)| (name.to_lowercase(), json!(value)))
            .collect::<Map<_, _>>()
    };
    let mut github = named("GITHUB_");
    github.entry("token").or_insert_with(|| json!(""));
    github.insert("event".to_owned(), event.clone());
    let mut contexts = Map::new();
    contexts.insert("github".to_owned(), Value::Object(github));
    contexts.insert("runner".to_owned(), Value::Object(named("RUNNER_")));
    contexts.insert("env".to_owned(), json!(environment));
    contexts
}

/// What the runner calls this machine.
fn machine() -> (&'static str, &'static str) {
    let system = match std::env::consts::OS {
        "macos" => "macOS",
        "windows" => "Windows",
        _ => "Linux",
    };
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "ARM64",
        _ => "X64",
    };
    (system, architecture)
}
