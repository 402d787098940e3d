//! What GitHub's REST interface answers, from its documentation: <https://docs.github.com/en/rest>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::repository::{Commit, Merge, Pull, REPOSITORY, Repository};
use crate::{releases, reports};

/// Whoever holds the token of a workflow.
const WORKFLOW: &str = "github-actions[bot]";
/// What a person's token begins with.
const PERSON: &str = "person:";

/// A request, taken apart.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    /// Below the repository.
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    /// Who asks.
    pub(crate) login: String,
    pub(crate) body: Value,
    /// The body, where it is no JSON.
    pub(crate) bytes: Vec<u8>,
    /// Where the server listens.
    pub(crate) url: &'a str,
}

/// An answer; a list is cut into pages by whoever sends it.
#[derive(Debug)]
pub(crate) enum Answer {
    One(u16, Value),
    List(Vec<Value>),
    /// It is done, and there is nothing to say.
    Nothing,
    /// It is at another address.
    Elsewhere(String),
}

impl Request<'_> {
    pub(crate) fn asked(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_default().to_owned()
    }
}

pub(crate) fn refusal(status: u16, message: &str) -> Answer {
    let url = "https://docs.github.com/rest";
    Answer::One(
        status,
        json!({"message": message, "documentation_url": url, "status": status.to_string()}),
    )
}

fn invalid(message: &str) -> Answer {
    Answer::One(
        422,
        json!({"message": "Validation Failed", "errors": [{"code": "custom", "message": message}], "status": "422"}),
    )
}

pub(crate) fn answer(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let parts: Vec<&str> = request
        .path
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let found = match (request.method, parts.as_slice()) {
        ("GET", []) => Some(one(
            json!({"full_name": REPOSITORY, "default_branch": "main", "clone_url": repository.clone_url()}),
        )),
        ("GET", ["git", "ref", "heads", branch @ ..]) => reference(repository, &branch.join("/")),
        ("GET", ["contents", path @ ..]) => contents(repository, &path.join("/"), request),
        ("GET", ["commits"]) => history(repository, request),
        ("GET", ["commits", sha, "pulls"]) => known(repository, sha).map(|_| {
            let pulls = repository.pulls_of(sha).into_iter();
            Answer::List(pulls.map(|pull| shown(repository, pull)).collect())
        }),
        ("GET", ["git", "commits", sha]) => known(repository, sha).map(|commit| {
            one(json!({
                "sha": sha, "message": commit.message, "tree": {"sha": commit.tree},
                "parents": commit.parents.iter().map(|sha| json!({"sha": sha})).collect::<Vec<_>>(),
            }))
        }),
        ("POST", ["git", "trees"]) => Some(write_tree(repository, request)),
        ("POST", ["git", "commits"]) => Some(write_commit(repository, request)),
        ("POST", ["git", "refs"]) => Some(create_branch(repository, request)),
        ("PATCH", ["git", "refs", "heads", branch @ ..]) => {
            Some(move_branch(repository, &branch.join("/"), request))
        }
        ("GET", ["pulls"]) => Some(list(repository, request)),
        ("POST", ["pulls"]) => Some(open(repository, request)),
        ("PATCH", ["pulls", number]) => update(repository, number, request),
        ("GET", ["pulls", number, "reviews"]) => reviews(repository, number),
        ("POST", ["pulls", number, "reviews"]) => review(repository, number, request),
        ("PUT", ["pulls", number, "merge"]) => merge(repository, number, request),
        _ => reports::answer(repository, request, &parts)
            .or_else(|| releases::answer(repository, request, &parts)),
    };
    found.unwrap_or_else(|| refusal(404, "Not Found"))
}

/// Whose token it is.
pub(crate) fn login(authorization: &str) -> String {
    let token = authorization.split_whitespace().last().unwrap_or_default();
    token.strip_prefix(PERSON).unwrap_or(WORKFLOW).to_owned()
}

fn one(value: Value) -> Answer {
    Answer::One(200, value)
}

fn known(repository: &Repository, sha: &str) -> Option<Commit> {
    repository.commit(sha)
}

/// The commit that a branch, or a commit's own hash, stands for.
fn resolved(repository: &Repository, at: &str) -> Option<String> {
    let branch = repository.branch(at);
    branch.or_else(|| known(repository, at).map(|_| at.to_owned()))
}

fn reference(repository: &Repository, branch: &str) -> Option<Answer> {
    let sha = repository.branch(branch)?;
    Some(one(
        json!({"ref": format!("refs/heads/{branch}"), "object": {"type": "commit", "sha": sha}}),
    ))
}

fn contents(repository: &Repository, path: &str, request: &Request<'_>) -> Option<Answer> {
    let commit = resolved(repository, request.asked("ref").unwrap_or("main"))?;
    let text = repository.text(&commit, path)?;
    // GitHub breaks its base64 into lines
    let packed = STANDARD.encode(text);
    let lines: Vec<String> = packed
        .chars()
        .collect::<Vec<_>>()
        .chunks(60)
        .map(|line| line.iter().collect())
        .collect();
    Some(one(json!({
        "type": "file", "path": path, "encoding": "base64", "content": lines.join("\n") + "\n",
    })))
}

fn history(repository: &Repository, request: &Request<'_>) -> Option<Answer> {
    let from = resolved(repository, request.asked("sha").unwrap_or("main"))?;
    let path = request.asked("path").unwrap_or_default();
    let commits = repository.history(&from, path).into_iter();
    let shown = commits.map(|sha| {
        let commit = known(repository, &sha);
        json!({
            "sha": sha,
            "author": commit.as_ref().map(|commit| who(&commit.author)),
            "commit": {"message": commit.map(|commit| commit.message)},
        })
    });
    Some(Answer::List(shown.collect()))
}

fn write_tree(repository: &Repository, request: &Request<'_>) -> Answer {
    let mut files = Vec::new();
    for entry in request.body["tree"].as_array().into_iter().flatten() {
        let (Some(path), Some(text)) = (entry["path"].as_str(), entry["content"].as_str()) else {
            return refusal(422, "tree.path or tree.content is missing");
        };
        files.push((path.to_owned(), text.to_owned()));
    }
    match repository.write_tree(Some(&request.text("base_tree")), &files) {
        Some(tree) => Answer::One(201, json!({"sha": tree})),
        None => refusal(404, "Not Found"),
    }
}

fn write_commit(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let tree = request.text("tree");
    if !repository.has_tree(&tree) {
        return refusal(422, "Tree SHA does not exist");
    }
    let parents = request.body["parents"].as_array().into_iter().flatten();
    let parents: Vec<String> = parents
        .filter_map(|sha| sha.as_str().map(str::to_owned))
        .collect();
    let made = repository.write_commit(&parents, &tree, &request.text("message"), &request.login);
    match made {
        Some(sha) => Answer::One(201, json!({"sha": sha})),
        None => refusal(422, "Parent SHA does not exist or is not a commit object"),
    }
}

fn create_branch(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let (name, sha) = (request.text("ref"), request.text("sha"));
    let Some(branch) = name.strip_prefix("refs/heads/") else {
        return refusal(422, "Reference name must start with refs/");
    };
    if repository.branch(branch).is_some() {
        return refusal(422, "Reference already exists");
    }
    if !repository.set_branch(branch, &sha) {
        return refusal(422, "Object does not exist");
    }
    Answer::One(201, json!({"ref": name, "object": {"sha": sha}}))
}

fn move_branch(repository: &mut Repository, branch: &str, request: &Request<'_>) -> Answer {
    let sha = request.text("sha");
    let Some(now) = repository.branch(branch) else {
        return refusal(422, "Reference does not exist");
    };
    if known(repository, &sha).is_none() {
        return refusal(422, "Object does not exist");
    }
    let forward = repository.ancestors(Some(&sha)).contains(&now);
    if !forward && request.body["force"] != json!(true) {
        return refusal(422, "Update is not a fast forward");
    }
    repository.set_branch(branch, &sha);
    one(json!({"ref": format!("refs/heads/{branch}"), "object": {"sha": sha}}))
}

fn list(repository: &Repository, request: &Request<'_>) -> Answer {
    let owner = REPOSITORY.split('/').next().unwrap_or_default();
    let state = request.asked("state").unwrap_or("open");
    let wanted = |pull: &&Pull| {
        let head = format!("{owner}:{}", pull.branch);
        (state == "all" || state == pull.state())
            && request.asked("head").is_none_or(|asked| asked == head)
            && request.asked("base").is_none_or(|asked| asked == pull.base)
    };
    let pulls = repository.pulls.iter().rev().filter(wanted);
    Answer::List(pulls.map(|pull| shown(repository, pull)).collect())
}

fn open(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let (branch, base) = (request.text("head"), request.text("base"));
    let (Some(head), Some(onto)) = (repository.branch(&branch), repository.branch(&base)) else {
        return invalid("The head or the base is not a branch");
    };
    if repository.ancestors(Some(&onto)).contains(&head) {
        return invalid(&format!("No commits between {base} and {branch}"));
    }
    let mut same = repository.pulls.iter();
    if same.any(|pull| pull.open && pull.branch == branch && pull.base == base) {
        return invalid(&format!("A pull request already exists for {branch}."));
    }
    let number = repository.open(
        &branch,
        &base,
        &request.text("title"),
        &request.text("body"),
        &request.login,
    );
    match repository.pull(number) {
        Some(pull) => Answer::One(201, shown(repository, pull)),
        None => refusal(500, "Server Error"),
    }
}

fn update(repository: &mut Repository, number: &str, request: &Request<'_>) -> Option<Answer> {
    let pull = repository.pull_mut(number.parse().ok()?)?;
    if let Some(title) = request.body["title"].as_str() {
        pull.title = title.to_owned();
    }
    if let Some(body) = request.body["body"].as_str() {
        pull.body = body.to_owned();
    }
    let pull = pull.clone();
    Some(one(shown(repository, &pull)))
}

fn reviews(repository: &Repository, number: &str) -> Option<Answer> {
    let pull = repository.pull(number.parse().ok()?)?;
    let reviews = pull.reviews.iter().enumerate();
    let shown = reviews.map(|(id, (login, state, commit))| {
        json!({"id": id + 1, "user": who(login), "state": state, "commit_id": commit, "body": ""})
    });
    Some(Answer::List(shown.collect()))
}

fn review(repository: &mut Repository, number: &str, request: &Request<'_>) -> Option<Answer> {
    let number = number.parse().ok()?;
    if repository.pull(number)?.author == request.login {
        return Some(invalid("Can not approve your own pull request"));
    }
    let state = match request.text("event").as_str() {
        "APPROVE" => "APPROVED",
        "REQUEST_CHANGES" => "CHANGES_REQUESTED",
        "COMMENT" => "COMMENTED",
        _ => "PENDING",
    };
    repository
        .review(number, &request.login, state)
        .then(|| one(json!({"user": who(&request.login), "state": state})))
}

fn merge(repository: &mut Repository, number: &str, request: &Request<'_>) -> Option<Answer> {
    let number = number.parse().ok()?;
    let pull = repository.pull(number)?;
    let asked = request.text("sha");
    if !asked.is_empty() && asked != repository.head_of(pull) {
        return Some(refusal(
            409,
            "Head branch was modified. Review and try the merge again.",
        ));
    }
    let how = match request.text("merge_method").as_str() {
        "squash" => Merge::Squash,
        _ => Merge::Commit,
    };
    Some(match repository.merge(number, how) {
        Some(sha) => {
            one(json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"}))
        }
        None => refusal(405, "Pull Request is not mergeable"),
    })
}

fn who(login: &str) -> Value {
    let kind = match login.ends_with("[bot]") {
        true => "Bot",
        false => "User",
    };
    json!({"login": login, "type": kind})
}

fn shown(repository: &Repository, pull: &Pull) -> Value {
    json!({
        "number": pull.number,
        "html_url": format!("https://github.com/{REPOSITORY}/pull/{}", pull.number),
        "state": pull.state(),
        "title": pull.title,
        "body": (!pull.body.is_empty()).then_some(&pull.body),
        "user": who(&pull.author),
        "merged_at": pull.merged_as.as_ref().map(|_| "2026-01-02T03:04:05Z"),
        "merge_commit_sha": pull.merged_as,
        "head": {"ref": pull.branch, "sha": repository.head_of(pull)},
        "base": {"ref": pull.base, "sha": repository.branch(&pull.base)},
    })
}
