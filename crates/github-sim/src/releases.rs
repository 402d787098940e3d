//! Releases, as GitHub's REST interface has them: drafts that nobody sees, files sent to an address of its own, and what cannot be
//! changed any more once it is published.
//!
//! A draft has no tag; publishing makes the missing one. With immutable releases a published one keeps its tag and its files for ever,
//! and a tag's name is used once. A file that did not arrive whole stays, in the state `starter`, and is in the way.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::repository::{REPOSITORY, Repository};
use crate::routes::{Answer, Request, refusal};

/// What there is of releases.
#[derive(Debug)]
pub(crate) struct Releases {
    pub(crate) all: Vec<Release>,
    pub(crate) immutable: bool,
    /// GitHub Enterprise Server says no digests.
    pub(crate) digests: bool,
    made: u64,
}

impl Default for Releases {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            immutable: false,
            digests: true,
            made: 0,
        }
    }
}

/// A release.
#[derive(Clone, Debug)]
pub struct Release {
    pub(crate) id: u64,
    /// The tag, which a draft need not have yet.
    pub tag: String,
    pub(crate) target: String,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Whether nobody sees it yet.
    pub draft: bool,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// Whether the repository's page shows it.
    pub latest: bool,
    pub(crate) immutable: bool,
    /// Its files.
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Clone, Debug)]
pub struct Asset {
    pub(crate) id: u64,
    /// Its name.
    pub name: String,
    /// What arrived.
    pub bytes: Vec<u8>,
    /// Whether all of it did.
    pub whole: bool,
}

impl Releases {
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn at(&mut self, id: &str) -> Option<&mut Release> {
        let id: u64 = id.parse().ok()?;
        self.all.iter_mut().find(|release| release.id == id)
    }

    /// The bytes of a file, as the storage behind GitHub gives them.
    pub(crate) fn stored(&self, id: &str) -> Option<&[u8]> {
        let id: u64 = id.parse().ok()?;
        let mut assets = self.all.iter().flat_map(|release| &release.assets);
        let asset = assets.find(|asset| asset.id == id)?;
        Some(&asset.bytes)
    }
}

/// The answer to a request about releases; none when it is about something else, or about nothing that is there.
pub(crate) fn answer(
    repository: &mut Repository,
    request: &Request<'_>,
    parts: &[&str],
) -> Option<Answer> {
    match (request.method, parts) {
        ("GET", ["releases"]) => {
            let releases = &repository.releases;
            let newest = releases.all.iter().rev();
            let shown = newest.map(|release| shown(release, releases.digests, request.url));
            Some(Answer::List(shown.collect()))
        }
        ("GET", ["releases", "tags", tag @ ..]) => {
            let tag = tag.join("/");
            let releases = &repository.releases;
            let mut all = releases.all.iter();
            let found = all.find(|release| !release.draft && release.tag == tag)?;
            Some(Answer::One(
                200,
                shown(found, releases.digests, request.url),
            ))
        }
        ("POST", ["releases"]) => Some(create(repository, request)),
        ("PATCH", ["releases", id]) => update(repository, id, request),
        ("GET", ["releases", "assets", id]) => {
            repository.releases.stored(id)?;
            Some(Answer::Elsewhere(format!("{}/storage/{id}", request.url)))
        }
        ("DELETE", ["releases", "assets", id]) => remove(repository, id),
        ("GET", ["releases", id, "assets"]) => {
            let digests = repository.releases.digests;
            let release = repository.releases.at(id)?;
            let assets = release.assets.iter();
            Some(Answer::List(
                assets.map(|asset| file(asset, digests)).collect(),
            ))
        }
        ("POST", ["uploads", "releases", id, "assets"]) => {
            upload(repository, id, request.asked("name")?, &request.bytes, true)
        }
        ("GET", ["immutable-releases"]) => {
            let on = repository.releases.immutable;
            on.then(|| Answer::One(200, json!({"enabled": true, "enforced_by_owner": false})))
        }
        _ => None,
    }
}

fn create(repository: &mut Repository, request: &Request<'_>) -> Answer {
    let tag = request.text("tag_name");
    if tag.is_empty() {
        return invalid("tag_name", "missing_field");
    }
    let draft = request.body["draft"] == json!(true);
    let release = Release {
        id: repository.releases.number(),
        tag,
        target: request.text("target_commitish"),
        title: request.text("name"),
        body: request.text("body"),
        draft: true,
        prerelease: request.body["prerelease"] == json!(true),
        latest: false,
        immutable: false,
        assets: Vec::new(),
    };
    let id = release.id.to_string();
    repository.releases.all.push(release);
    if !draft && let Err(refused) = publish(repository, &id, request) {
        repository.releases.all.pop();
        return refused;
    }
    let digests = repository.releases.digests;
    match repository.releases.at(&id) {
        Some(release) => Answer::One(201, shown(release, digests, request.url)),
        None => refusal(500, "Server Error"),
    }
}

fn update(repository: &mut Repository, id: &str, request: &Request<'_>) -> Option<Answer> {
    let digests = repository.releases.digests;
    let release = repository.releases.at(id)?;
    if request.body["draft"] == json!(false) && release.draft {
        if let Err(refused) = publish(repository, id, request) {
            return Some(refused);
        }
    } else if release.immutable {
        return Some(invalid("base", "Cannot update an immutable release"));
    }
    let release = repository.releases.at(id)?;
    if let Some(body) = request.body["body"].as_str() {
        release.body = body.to_owned();
    }
    Some(Answer::One(200, shown(release, digests, request.url)))
}

fn publish(repository: &mut Repository, id: &str, request: &Request<'_>) -> Result<(), Answer> {
    let immutable = repository.releases.immutable;
    let there = || refusal(404, "Not Found");
    let release = repository.releases.at(id).ok_or_else(there)?.clone();
    let mut others = repository.releases.all.iter();
    if others.any(|other| !other.draft && other.tag == release.tag) {
        return Err(invalid("tag_name", "already_exists"));
    }
    if repository.tag(&release.tag).is_none() {
        let target = repository.branch(&release.target);
        let target = target.unwrap_or_else(|| release.target.clone());
        if !repository.set_tag(&release.tag, &target) {
            return Err(invalid("target_commitish", "invalid"));
        }
    }
    let latest = request.text("make_latest") != "false" && !release.prerelease;
    if latest {
        for other in &mut repository.releases.all {
            other.latest = false;
        }
    }
    let release = repository.releases.at(id).ok_or_else(there)?;
    release.draft = false;
    release.latest = latest;
    release.immutable = immutable;
    if immutable {
        let tag = release.tag.clone();
        repository.lock_tag(&tag);
    }
    Ok(())
}

/// Takes a file in; one that did not arrive whole stays.
pub(crate) fn upload(
    repository: &mut Repository,
    release: &str,
    name: &str,
    bytes: &[u8],
    whole: bool,
) -> Option<Answer> {
    let number = repository.releases.number();
    let digests = repository.releases.digests;
    let release = repository.releases.at(release)?;
    if release.immutable {
        return Some(invalid(
            "base",
            "Cannot upload assets to an immutable release.",
        ));
    }
    if release.assets.iter().any(|asset| asset.name == name) {
        return Some(invalid("name", "already_exists"));
    }
    let asset = Asset {
        id: number,
        name: name.to_owned(),
        bytes: bytes.to_vec(),
        whole,
    };
    let answer = Answer::One(201, file(&asset, digests));
    release.assets.push(asset);
    Some(answer)
}

fn remove(repository: &mut Repository, id: &str) -> Option<Answer> {
    let id: u64 = id.parse().ok()?;
    let mut all = repository.releases.all.iter_mut();
    let release = all.find(|release| release.assets.iter().any(|asset| asset.id == id))?;
    if release.immutable {
        return Some(invalid(
            "base",
            "Cannot delete assets of an immutable release.",
        ));
    }
    release.assets.retain(|asset| asset.id != id);
    Some(Answer::Nothing)
}

fn invalid(field: &str, code: &str) -> Answer {
    Answer::One(
        422,
        json!({"message": "Validation Failed", "errors": [{"resource": "Release", "field": field, "code": code, "message": format!("{field} {code}")}], "status": "422"}),
    )
}

fn shown(release: &Release, digests: bool, url: &str) -> Value {
    let (id, tag) = (release.id, &release.tag);
    let place = match release.draft {
        true => format!("untagged-{id:020x}"),
        false => tag.clone(),
    };
    let assets = release.assets.iter().map(|asset| file(asset, digests));
    json!({
        "id": id,
        "tag_name": tag,
        "target_commitish": release.target,
        "name": release.title,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "html_url": format!("https://github.com/{REPOSITORY}/releases/tag/{place}"),
        "upload_url": format!("{url}/uploads/repos/{REPOSITORY}/releases/{id}/assets{{?name,label}}"),
        "assets": assets.collect::<Vec<_>>(),
    })
}

fn file(asset: &Asset, digests: bool) -> Value {
    let digest = Sha256::digest(&asset.bytes);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "id": asset.id,
        "name": asset.name,
        "size": asset.bytes.len(),
        "state": if asset.whole { "uploaded" } else { "starter" },
        "content_type": "application/octet-stream",
        "digest": (digests && asset.whole).then(|| format!("sha256:{digest}")),
    })
}
