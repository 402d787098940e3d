//! Comments, check runs and code scanning, with GitHub's limits: what is too large is refused whole.

use serde_json::{Value, json};

use crate::repository::{REPOSITORY, Repository};
use crate::routes::{Answer, Request, refusal};

/// Characters of a comment.
const COMMENT: usize = 65_536;
/// Bytes of a check run's summary or text.
const CHECK: usize = 65_535;
/// Annotations in one request.
const ANNOTATIONS: usize = 50;

/// What runs said.
#[derive(Debug, Default)]
pub(crate) struct Reports {
    pub(crate) comments: Vec<Comment>,
    pub(crate) checks: Vec<Check>,
    pub(crate) scans: Vec<Value>,
    /// Tokens of workflows may not write: a pull request of a fork.
    pub(crate) read_only: bool,
    made: u64,
}

/// A comment.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Its number.
    pub id: u64,
    /// The pull request.
    pub pull: u64,
    /// Who wrote it.
    pub login: String,
    /// The text.
    pub body: String,
}

/// A check run.
#[derive(Clone, Debug)]
pub struct Check {
    id: u64,
    /// Its name.
    pub name: String,
    /// The commit.
    pub commit: String,
    /// How it ended.
    pub conclusion: String,
    /// The title.
    pub title: String,
    /// The summary.
    pub summary: String,
    /// The annotations, as they were sent.
    pub annotations: Vec<Value>,
}

impl Reports {
    pub(crate) fn say(&mut self, pull: u64, login: &str, body: &str) {
        self.made += 1;
        self.comments.push(Comment {
            id: self.made,
            pull,
            login: login.to_owned(),
            body: body.to_owned(),
        });
    }
}

pub(crate) fn answer(
    repository: &mut Repository,
    request: &Request<'_>,
    parts: &[&str],
) -> Option<Answer> {
    let writes = request.method != "GET";
    let ours = matches!(
        parts,
        ["issues", ..] | ["check-runs", ..] | ["code-scanning", ..]
    );
    if ours && writes && repository.reports.read_only && request.login.ends_with("[bot]") {
        return Some(refusal(403, "Resource not accessible by integration"));
    }
    match (request.method, parts) {
        ("GET", ["issues", number, "comments"]) => {
            let pull: u64 = number.parse().ok()?;
            repository.pulls.iter().find(|each| each.number == pull)?;
            let comments = repository.reports.comments.iter();
            let of = comments.filter(|comment| comment.pull == pull);
            Some(Answer::List(of.map(shown).collect()))
        }
        ("POST", ["issues", number, "comments"]) => {
            let pull: u64 = number.parse().ok()?;
            repository.pulls.iter().find(|each| each.number == pull)?;
            Some(comment(&mut repository.reports, pull, request))
        }
        ("PATCH", ["issues", "comments", id]) => {
            let id: u64 = id.parse().ok()?;
            Some(update(&mut repository.reports, id, request)?)
        }
        ("POST", ["check-runs"]) => Some(check(repository, request)),
        ("PATCH", ["check-runs", id]) => {
            let id: u64 = id.parse().ok()?;
            annotate(&mut repository.reports, id, request)
        }
        ("POST", ["code-scanning", "sarifs"]) => {
            for name in ["commit_sha", "ref", "sarif"] {
                if request.text(name).is_empty() {
                    return Some(refusal(422, "Invalid request."));
                }
            }
            repository.reports.scans.push(request.body.clone());
            Some(Answer::One(202, json!({"id": "1", "url": request.url})))
        }
        _ => None,
    }
}

fn comment(reports: &mut Reports, pull: u64, request: &Request<'_>) -> Answer {
    let body = request.text("body");
    if let Some(refused) = too_long(&body) {
        return refused;
    }
    reports.say(pull, &request.login, &body);
    let said = reports.comments.last().map(shown);
    Answer::One(201, said.unwrap_or_default())
}

fn update(reports: &mut Reports, id: u64, request: &Request<'_>) -> Option<Answer> {
    let comment = reports.comments.iter_mut().find(|each| each.id == id)?;
    let body = request.text("body");
    if let Some(refused) = too_long(&body) {
        return Some(refused);
    }
    if comment.login != request.login {
        return Some(refusal(403, "Resource not accessible by integration"));
    }
    comment.body = body;
    Some(Answer::One(200, shown(comment)))
}

fn too_long(body: &str) -> Option<Answer> {
    let long = body.encode_utf16().count() > COMMENT;
    let message = if long {
        "Body is too long (maximum is 65536 characters)"
    } else {
        "Body can't be blank"
    };
    (long || body.is_empty()).then(|| refusal(422, message))
}

fn shown(comment: &Comment) -> Value {
    let bot = comment.login.ends_with("[bot]");
    json!({
        "id": comment.id, "body": comment.body,
        "html_url": format!("https://github.example/{REPOSITORY}/pull/{}#issuecomment-{}", comment.pull, comment.id),
        "user": {"login": comment.login, "type": if bot { "Bot" } else { "User" }},
    })
}

fn check(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let commit = request.text("head_sha");
    if repository.commit(&commit).is_none() {
        return refusal(422, "No commit found for SHA");
    }
    if let Some(refused) = refused(&request.body["output"]) {
        return refused;
    }
    let output = &request.body["output"];
    let text = |name: &str| output[name].as_str().unwrap_or_default().to_owned();
    let reports = &mut repository.reports;
    reports.made += 1;
    reports.checks.push(Check {
        id: reports.made,
        name: request.text("name"),
        commit,
        conclusion: request.text("conclusion"),
        title: text("title"),
        summary: text("summary"),
        annotations: annotations(output),
    });
    Answer::One(
        201,
        json!({"id": reports.made, "html_url": format!("https://github.example/{REPOSITORY}/runs/{}", reports.made)}),
    )
}

fn annotate(reports: &mut Reports, id: u64, request: &Request<'_>) -> Option<Answer> {
    let check = reports.checks.iter_mut().find(|each| each.id == id)?;
    if let Some(refused) = refused(&request.body["output"]) {
        return Some(refused);
    }
    check
        .annotations
        .extend(annotations(&request.body["output"]));
    Some(Answer::One(200, json!({"id": id})))
}

fn annotations(output: &Value) -> Vec<Value> {
    output["annotations"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// Why an output is not taken.
fn refused(output: &Value) -> Option<Answer> {
    for name in ["summary", "text"] {
        if output[name].as_str().is_some_and(|text| text.len() > CHECK) {
            return Some(refusal(422, "Only 65535 characters are allowed"));
        }
    }
    let annotations = annotations(output);
    if annotations.len() > ANNOTATIONS {
        return Some(refusal(422, "No more than 50 items are allowed"));
    }
    let whole = |annotation: &Value| {
        let line = |name: &str| annotation[name].as_u64().is_some_and(|line| line > 0);
        let text = |name: &str, most: usize| {
            let text = annotation[name].as_str().unwrap_or_default();
            !text.is_empty() && text.len() <= most
        };
        let title = annotation["title"].as_str().unwrap_or_default();
        let level = annotation["annotation_level"].as_str().unwrap_or_default();
        line("start_line")
            && line("end_line")
            && text("path", 4096)
            && text("message", 64 << 10)
            && title.chars().count() <= 255
            && ["notice", "warning", "failure"].contains(&level)
    };
    let bad = !annotations.iter().all(whole);
    bad.then(|| refusal(422, "Invalid request: an annotation is not as it has to be"))
}
