//! The checklist that every generated file passes before it is written: least permissions, pinned actions, no expression
//! where a script begins, nothing privileged for strangers.
//!
//! The text is judged as it will lie there, parsed anew, with a team's own steps in it. A rule is waived with a reason and
//! an end; a waiver that has ended, or that waives nothing, is an error of its own.

use jiff::civil::Date;
use serde_yaml::{Mapping, Value};
use settings::workflows::{Waive, Workflows};

use crate::error::Error;
use crate::pins;
use crate::render::{Kind, Rendered};

/// Each rule, and what it says
const RULES: [(&str, &str); 17] = [
    ("yaml", "the file can be read"),
    (
        "size",
        "GitHub refuses files from 500 kB and more than 256 jobs",
    ),
    (
        "permissions",
        "nothing is granted to a whole workflow, and each job lists what it needs",
    ),
    ("reason", "a grant other than reading the contents says why"),
    (
        "trigger",
        "no trigger gives strangers a token that may write",
    ),
    (
        "concurrency",
        "runs have a group, and say what happens to those that wait",
    ),
    ("timeout", "a job ends"),
    ("name", "workflows, jobs and steps have names"),
    ("runner", "a runner is a fixed image of GitHub's"),
    (
        "pin",
        "an action is named by its commit, with the version beside it",
    ),
    ("image", "a container is named by its digest"),
    (
        "expression",
        "no expression stands in a script or in the name of an action",
    ),
    (
        "shell",
        "a script runs in bash, which stops at a failure in a pipe",
    ),
    ("credentials", "a checkout leaves no token behind"),
    (
        "secret",
        "a secret is given to one step, of a job with an environment",
    ),
    (
        "fork",
        "a job with an identity in the cloud does not run for a fork",
    ),
    (
        "script",
        "a script installs nothing unpinned, and sets nothing for later steps",
    ),
];
/// Triggers that run with the base repository's rights for what others send
const PRIVILEGED: [&str; 3] = ["pull_request_target", "workflow_run", "issue_comment"];
const KEYS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];
const LARGEST: usize = 500_000;
const MOST_JOBS: usize = 256;

/// What a rule found.
#[derive(Debug)]
struct Found {
    rule: &'static str,
    detail: String,
}

/// Holds every workflow against the rules.
pub(crate) fn judge(files: &[Rendered], wanted: &Workflows, today: Date) -> Result<(), Error> {
    let mut used = vec![false; wanted.waive.len()];
    for waive in &wanted.waive {
        check_waiver(waive, today)?;
    }
    for file in files.iter().filter(|file| file.kind != Kind::CodeOwners) {
        for found in findings(file) {
            let waived = wanted
                .waive
                .iter()
                .position(|waive| waive.rule == found.rule && waive.workflow == file.name);
            match waived {
                Some(index) => used[index] = true,
                None => {
                    return Err(Error::Breaks {
                        file: file.path.clone(),
                        rule: found.rule,
                        detail: found.detail,
                    });
                }
            }
        }
    }
    match used.iter().position(|used| !used) {
        None => Ok(()),
        Some(index) => Err(waiver(&wanted.waive[index], "nothing of the kind is there")),
    }
}

fn check_waiver(waive: &Waive, today: Date) -> Result<(), Error> {
    if !RULES.iter().any(|(name, _)| *name == waive.rule) {
        return Err(waiver(waive, "there is no such rule"));
    }
    if waive.expires < today {
        return Err(waiver(waive, &format!("it ended on {}", waive.expires)));
    }
    Ok(())
}

fn waiver(waive: &Waive, detail: &str) -> Error {
    Error::Waiver {
        rule: waive.rule.clone(),
        workflow: waive.workflow.clone(),
        detail: detail.to_owned(),
    }
}

fn findings(file: &Rendered) -> Vec<Found> {
    let mut found = Vec::new();
    let mut say = |rule: &'static str, detail: String| found.push(Found { rule, detail });
    if file.text.len() >= LARGEST {
        say("size", format!("{} bytes", file.text.len()));
    }
    let parsed = match serde_yaml::from_str::<Value>(&file.text) {
        Ok(Value::Mapping(parsed)) => parsed,
        Ok(_) => {
            say("yaml", "it is no map".to_owned());
            return found;
        }
        Err(error) => {
            say("yaml", error.to_string());
            return found;
        }
    };
    if file.kind == Kind::Workflow {
        workflow(&parsed, &file.text, &mut say);
    }
    found
}

type Say<'s> = dyn FnMut(&'static str, String) + 's;

fn workflow(parsed: &Mapping, text: &str, say: &mut Say<'_>) {
    let nothing = |value: &Value| value.as_mapping().is_some_and(Mapping::is_empty);
    if !parsed.get("permissions").is_some_and(nothing) {
        say("permissions", "the workflow's own are not `{}`".to_owned());
    }
    if !parsed.get("name").is_some_and(Value::is_string) {
        say("name", "the workflow has none".to_owned());
    }
    let explicit = parsed.get("concurrency").is_some_and(|group| {
        group.get("group").is_some() && group.get("cancel-in-progress").is_some()
    });
    if !explicit {
        say(
            "concurrency",
            "there is no group with `cancel-in-progress`".to_owned(),
        );
    }
    let triggers = parsed.get("on");
    for name in PRIVILEGED {
        if triggers.is_some_and(|triggers| has_trigger(triggers, name)) {
            say("trigger", format!("it runs on `{name}`"));
        }
    }
    for place in ["env", "defaults"] {
        if parsed
            .get(place)
            .is_some_and(|value| mentions(value, "secrets."))
        {
            say("secret", format!("`{place}` gives one to every job"));
        }
    }
    let reasons = reasons(text);
    let versions = pins::versions(text);
    let empty = Mapping::new();
    let jobs = parsed
        .get("jobs")
        .and_then(Value::as_mapping)
        .unwrap_or(&empty);
    if jobs.is_empty() || jobs.len() > MOST_JOBS {
        say("size", format!("{} jobs", jobs.len()));
    }
    let strangers = triggers.is_some_and(|triggers| has_trigger(triggers, "pull_request"));
    for (name, job) in jobs {
        let name = name.as_str().unwrap_or_default();
        let reasons: Vec<&str> = reasons
            .iter()
            .filter(|(of, _)| of == name)
            .map(|(_, scope)| scope.as_str())
            .collect();
        self::job(name, job, &reasons, strangers, say);
        for step in job["steps"].as_sequence().into_iter().flatten() {
            self::step(name, job, step, &versions, say);
        }
    }
}

fn has_trigger(triggers: &Value, name: &str) -> bool {
    match triggers {
        Value::String(only) => only == name,
        Value::Sequence(list) => list.iter().any(|each| each.as_str() == Some(name)),
        Value::Mapping(map) => map.contains_key(name),
        _ => false,
    }
}

fn job(name: &str, job: &Value, reasons: &[&str], strangers: bool, say: &mut Say<'_>) {
    let text = |key: &str| job.get(key).and_then(Value::as_str);
    if text("name").is_none() {
        say("name", format!("the job `{name}` has none"));
    }
    if job.get("timeout-minutes").and_then(Value::as_u64).is_none() {
        say(
            "timeout",
            format!("the job `{name}` has no `timeout-minutes`"),
        );
    }
    let runner = text("runs-on").unwrap_or_default();
    if runner.is_empty()
        || runner.contains("latest")
        || runner.contains("self-hosted")
        || runner.contains("${{")
    {
        say("runner", format!("the job `{name}` runs on `{runner}`"));
    }
    let mut identity = false;
    match job.get("permissions").and_then(Value::as_mapping) {
        None => say(
            "permissions",
            format!("the job `{name}` does not list its own"),
        ),
        Some(grants) => {
            for (scope, level) in grants {
                let scope = scope.as_str().unwrap_or_default();
                let level = level.as_str().unwrap_or_default();
                identity |= scope == "id-token" && level == "write";
                let harmless = (scope == "contents" && level == "read") || level == "none";
                if !harmless && !reasons.contains(&scope) {
                    say("reason", format!("the job `{name}` may `{scope}: {level}`"));
                }
            }
        }
    }
    let own = "github.event.pull_request.head.repo.full_name == github.repository";
    if strangers && identity && !text("if").is_some_and(|condition| condition.contains(own)) {
        say(
            "fork",
            format!("the job `{name}` has `id-token: write` on pull requests"),
        );
    }
    if job
        .get("secrets")
        .is_some_and(|secrets| secrets.as_str() == Some("inherit"))
    {
        say("secret", format!("the job `{name}` gives all of them away"));
    }
    if job.get("env").is_some_and(|env| mentions(env, "secrets.")) {
        say(
            "secret",
            format!("`env` of the job `{name}` gives one to every step"),
        );
    }
    let containers = job.get("container").into_iter().chain(
        job.get("services")
            .and_then(Value::as_mapping)
            .into_iter()
            .flat_map(Mapping::values),
    );
    for container in containers {
        let image = container
            .as_str()
            .or_else(|| container.get("image")?.as_str());
        if !image.is_some_and(|image| image.contains("@sha256:")) {
            let image = image.unwrap_or_default();
            say("image", format!("the job `{name}` runs `{image}`"));
        }
    }
}

fn step(
    job: &str,
    around: &Value,
    step: &Value,
    versions: &std::collections::BTreeMap<String, String>,
    say: &mut Say<'_>,
) {
    let Some(name) = step.get("name").and_then(Value::as_str) else {
        say("name", format!("a step of `{job}` has none"));
        return;
    };
    let whole = format!("`{name}` in `{job}`");
    if let Some(uses) = step.get("uses").and_then(Value::as_str) {
        let own = uses.starts_with("$/") || uses.starts_with("./");
        if uses.contains("${{") {
            say("expression", format!("{whole} uses `{uses}`"));
        } else if !own && (pins::take_apart(uses).is_none() || !versions.contains_key(uses)) {
            say("pin", format!("{whole} uses `{uses}`"));
        }
        if uses.starts_with("actions/checkout@") {
            let kept = step
                .get("with")
                .and_then(|with| with.get("persist-credentials"));
            let off = matches!(kept, Some(Value::Bool(false)))
                || kept.and_then(Value::as_str) == Some("false");
            if !off {
                say(
                    "credentials",
                    format!("{whole} has no `persist-credentials: false`"),
                );
            }
        }
    }
    if let Some(script) = step.get("run").and_then(Value::as_str) {
        if script.contains("${{") {
            say("expression", format!("the script of {whole}"));
        }
        if step.get("shell").and_then(Value::as_str) != Some("bash") {
            say("shell", whole.clone());
        }
        if let Some(why) = careless(script) {
            say("script", format!("{whole} {why}"));
        }
    }
    if step
        .get("env")
        .is_some_and(|env| KEYS.iter().any(|key| env.get(*key).is_some()))
    {
        say(
            "secret",
            format!("{whole} gets keys of AWS that do not expire"),
        );
    }
    if mentions(step, "toJSON(secrets") || mentions(step, "toJson(secrets") {
        say("secret", format!("{whole} gets all of them"));
    } else if mentions(step, "secrets.") && around.get("environment").is_none() {
        say(
            "secret",
            format!("{whole} gets one, and its job has no environment"),
        );
    }
}

/// Why a script makes what runs here depend on somebody outside, or what runs later on what it read.
fn careless(script: &str) -> Option<&'static str> {
    let words: Vec<&str> = script.split_whitespace().collect();
    let follows = |first: &str, second: &[&str]| {
        words
            .windows(2)
            .any(|pair| pair[0].ends_with(first) && second.contains(&pair[1]))
    };
    if script.contains("GITHUB_ENV") || script.contains("GITHUB_PATH") {
        return Some("sets the environment of later steps");
    }
    let fetches = words.iter().any(|word| matches!(*word, "curl" | "wget"));
    let shells = ["| sh", "| bash", "|sh", "|bash", "| sudo"];
    if fetches && shells.iter().any(|shell| script.contains(shell)) {
        return Some("runs what it fetched, unseen");
    }
    let hashes = script.contains("--require-hashes");
    if (follows("pip", &["install"]) || follows("pip3", &["install"])) && !hashes {
        return Some("installs packages without hashes");
    }
    if follows("npm", &["install", "i"])
        && words.iter().any(|word| matches!(*word, "-g" | "--global"))
    {
        return Some("installs a package without a lock");
    }
    None
}

fn mentions(value: &Value, what: &str) -> bool {
    match value {
        Value::String(text) => text.contains(what),
        Value::Sequence(list) => list.iter().any(|each| mentions(each, what)),
        Value::Mapping(map) => map.values().any(|each| mentions(each, what)),
        _ => false,
    }
}

/// Grants with a reason behind them: job and scope.
fn reasons(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut job = "";
    let mut inside = false;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if indent == 2 && line.trim_end().ends_with(':') {
            job = line.trim().trim_end_matches(':');
        }
        if indent <= 4 {
            inside = line.trim_end() == "    permissions:";
        }
        if inside
            && let Some((grant, reason)) = line.split_once(" # ")
            && let Some((scope, _)) = grant.trim().split_once(':')
            && !reason.trim().is_empty()
        {
            found.push((job.to_owned(), scope.to_owned()));
        }
    }
    found
}

/// The rules and what they say, for the README's table.
#[cfg(test)]
pub(crate) fn table() -> [(&'static str, &'static str); 17] {
    RULES
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(before: &str, after: &str) -> Vec<&'static str> {
        let sound = include_str!("../tests/fixtures/sound.yml");
        assert!(sound.contains(before), "{before}");
        let file = Rendered {
            name: "sound".to_owned(),
            path: "sound.yml".into(),
            kind: Kind::Workflow,
            text: sound.replacen(before, after, 1),
        };
        findings(&file)
            .into_iter()
            .map(|found| found.rule)
            .collect()
    }

    #[test]
    fn each_rule_finds_what_it_is_about_and_nothing_else() {
        assert_eq!(broken("name: Sound", "name: Sound"), Vec::<&str>::new());
        for (before, after, rule) in [
            ("jobs:", "jobs: [", "yaml"),
            ("permissions: {}", "permissions: read-all", "permissions"),
            (
                "    permissions:\n      contents: read\n      id-token: write # AWS\n",
                "",
                "permissions",
            ),
            ("id-token: write # AWS", "id-token: write", "reason"),
            (
                "  pull_request:",
                "  pull_request_target:\n  pull_request:",
                "trigger",
            ),
            ("  cancel-in-progress: false\n", "", "concurrency"),
            ("    timeout-minutes: 5\n", "", "timeout"),
            ("    name: Job\n", "", "name"),
            ("ubuntu-24.04", "ubuntu-latest", "runner"),
            (" # v7.0.1", "", "pin"),
            ("@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "pin"),
            (
                "persist-credentials: false",
                "fetch-depth: 0",
                "credentials",
            ),
            ("        shell: bash\n", "", "shell"),
            ("echo one", "echo ${{ github.head_ref }}", "expression"),
            ("echo one", "curl x | sh", "script"),
            ("echo one", "echo A=1 >> \"$GITHUB_ENV\"", "script"),
            ("echo one", "pip install x", "script"),
            ("MODE: one", "MODE: ${{ secrets.ONE }}", "secret"),
            ("MODE: one", "AWS_SECRET_ACCESS_KEY: one", "secret"),
            ("== github.repository", "!= ''", "fork"),
            (
                "    steps:",
                "    container: debian:12\n    steps:",
                "image",
            ),
        ] {
            assert_eq!(broken(before, after), [rule], "{before} -> {after}");
        }
    }

    #[test]
    fn the_readme_names_every_rule() {
        let readme = include_str!("../README.md");
        for (name, says) in table() {
            assert!(readme.contains(&format!("| `{name}` | {says} |")), "{name}");
        }
    }
}
