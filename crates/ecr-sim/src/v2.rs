//! The distribution protocol, as ECR speaks it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use hyper::Response;
use hyper::body::{Body, Frame, SizeHint};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::Gate;
use crate::server::{Asked, Broken, Reply, Shared, header, lock, refuse, reply};
use crate::state::{Repository, State, Upload, digest_of, hex};

pub(crate) async fn answer(
    state: &Shared,
    asked: &mut Asked,
    received: &AtomicU64,
) -> Result<Reply, Broken> {
    let path = asked.path.clone();
    if let Some(digest) = path.strip_prefix("/kept/") {
        // as S3 does it, where a signed address is all that is taken
        return Ok(match asked.header("authorization") {
            Some(_) => refuse(400, "InvalidArgument", "Only one auth mechanism allowed"),
            None => kept(&lock(state), digest),
        });
    }
    if path == "/token" {
        return Ok(token(&lock(state), asked));
    }
    let allowed = allowed(&lock(state), asked);
    if let Some(refusal) = allowed {
        // ECR answers while the body is still coming
        return Ok(refusal);
    }
    let Some(path) = path.strip_prefix("/v2/") else {
        return Ok(refuse(404, "NOT_FOUND", "no such path"));
    };
    if path.is_empty() {
        return Ok(reply(200, "{}"));
    }
    let parts = ["/blobs/uploads/", "/blobs/", "/manifests/", "/referrers/"];
    let found = parts.iter().find_map(|part| {
        let (name, object) = path.split_once(part)?;
        Some((*part, name.to_owned(), object.to_owned()))
    });
    let Some((part, name, object)) = found else {
        return Ok(refuse(404, "NOT_FOUND", "no such path"));
    };
    create_by_template(&mut lock(state), asked, &name);
    if !lock(state).repositories.contains_key(&name) {
        let words = format!("The repository with name '{name}' does not exist in the registry");
        return Ok(refuse(404, "NAME_UNKNOWN", &words));
    }
    match part {
        "/manifests/" => manifest(state, asked, &name, &object, received).await,
        "/referrers/" => Ok(referrers(&lock(state), &name, &object)),
        "/blobs/" => Ok(blob(&lock(state), asked, &name, &object)),
        _ if asked.method == "POST" => Ok(open(&mut lock(state), asked, &name)),
        _ => upload(state, asked, &name, &object, received).await,
    }
}

/// Creates a repository that is pushed to, where a template is for that.
fn create_by_template(state: &mut State, asked: &Asked, name: &str) {
    let fits = |prefix: &String| prefix == "ROOT" || name.starts_with(&format!("{prefix}/"));
    let pushes = asked.method == "POST" && !state.repositories.contains_key(name);
    if pushes && state.templates.iter().any(fits) {
        let repository = Repository::new("IMMUTABLE");
        state.repositories.insert(name.to_owned(), repository);
    }
}

/// Why this request may not be made; `None` when it may.
fn allowed(state: &State, asked: &Asked) -> Option<Reply> {
    let given = asked.header("authorization").unwrap_or_default();
    let basic = BASE64_STANDARD.encode(format!("AWS:{}", state.password()));
    let (expected, question) = match state.config.gate {
        Gate::Open => return None,
        Gate::Ecr => (
            format!("Basic {basic}"),
            format!(
                "Basic realm=\"{}/\",service=\"ecr.amazonaws.com\"",
                state.url
            ),
        ),
        Gate::Token => {
            let name = asked.path.trim_start_matches("/v2/");
            let name = name.split("/blobs/").next().unwrap_or_default();
            let name = name.split("/manifests/").next().unwrap_or_default();
            (
                format!("Bearer token-{}-{name}", state.password),
                format!(
                    "Bearer realm=\"{}/token\",service=\"sim\",scope=\"repository:{name}:pull,push\"",
                    state.url
                ),
            )
        }
    };
    if given == expected {
        return None;
    }
    let words = if given.is_empty() {
        "no basic auth credentials"
    } else {
        "Your authorization token has expired. Reauthenticate and try again."
    };
    let mut reply = refuse(401, "DENIED", words);
    header(&mut reply, "www-authenticate", &question);
    Some(reply)
}

fn token(state: &State, asked: &Asked) -> Reply {
    let scope = asked.value("scope").unwrap_or_default();
    let name = scope.split(':').nth(1).unwrap_or_default();
    let token = format!("token-{}-{name}", state.password);
    reply(200, json!({"token": token}).to_string())
}

async fn manifest(
    state: &Shared,
    asked: &mut Asked,
    name: &str,
    object: &str,
    received: &AtomicU64,
) -> Result<Reply, Broken> {
    if asked.method == "PUT" {
        let bytes = asked.whole().await?;
        received.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        let media_type = asked.header("content-type").unwrap_or_default().to_owned();
        let mut state = lock(state);
        let Some(repository) = state.repositories.get_mut(name) else {
            return Ok(refuse(404, "NAME_UNKNOWN", "gone"));
        };
        let tag = (!object.starts_with("sha256:")).then_some(object);
        if tag.is_none() && digest_of(&bytes) != object {
            return Ok(refuse(400, "DIGEST_INVALID", "the digest is another one"));
        }
        let document: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        return Ok(match repository.put(name, tag, &media_type, bytes) {
            Ok(digest) => {
                let mut reply = reply(201, "");
                header(&mut reply, "docker-content-digest", &digest);
                if let Some(subject) = document["subject"]["digest"].as_str() {
                    header(&mut reply, "oci-subject", subject);
                }
                reply
            }
            Err((code, words)) => refuse(400, code, &words),
        });
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_.-:".contains(letter);
    if !object.chars().all(plain) {
        return Ok(reply(400, ""));
    }
    let state = lock(state);
    let found = state.repositories.get(name);
    let Some((digest, stored)) = found.and_then(|found| found.manifest(object)) else {
        let words = "Requested image not found";
        return Ok(refuse(404, "MANIFEST_UNKNOWN", words));
    };
    let mut reply = reply(200, stored.bytes.clone());
    header(&mut reply, "content-type", &stored.media_type);
    header(&mut reply, "docker-content-digest", &digest);
    Ok(reply)
}

fn referrers(state: &State, name: &str, subject: &str) -> Reply {
    let manifests = state.repositories.get(name).map(|found| &found.manifests);
    let found: Vec<Value> = manifests
        .into_iter()
        .flatten()
        .filter_map(|(digest, stored)| {
            let document: Value = serde_json::from_slice(&stored.bytes).ok()?;
            (document["subject"]["digest"] == subject).then(|| {
                json!({
                    "mediaType": stored.media_type,
                    "digest": digest,
                    "size": stored.bytes.len(),
                    "artifactType": document["artifactType"],
                })
            })
        })
        .collect();
    let media_type = "application/vnd.oci.image.index.v1+json";
    let index = json!({"schemaVersion": 2, "mediaType": media_type, "manifests": found});
    let mut reply = reply(200, index.to_string());
    header(&mut reply, "content-type", media_type);
    reply
}

fn blob(state: &State, asked: &Asked, name: &str, digest: &str) -> Reply {
    let found = state.repositories.get(name);
    let size = found.and_then(|found| found.blobs.get(digest));
    let Some(size) = size else {
        return refuse(404, "BLOB_UNKNOWN", "blob unknown to registry");
    };
    if asked.method == "HEAD" {
        let mut reply = reply(200, "");
        header(&mut reply, "content-length", &size.to_string());
        header(&mut reply, "docker-content-digest", digest);
        return reply;
    }
    // the same server by another name, so that a client takes it for another host
    let elsewhere = state.url.replace("127.0.0.1", "localhost");
    let mut reply = reply(307, "");
    header(
        &mut reply,
        "location",
        &format!("{elsewhere}/kept/{digest}"),
    );
    reply
}

fn kept(state: &State, digest: &str) -> Reply {
    let opened = File::open(state.blob(digest));
    let opened = opened.and_then(|file| Ok((file.metadata()?.len(), file)));
    let Ok((size, file)) = opened else {
        return refuse(404, "NoSuchKey", "gone");
    };
    Response::new(BoxBody::new(FileBody { file, left: size }))
}

/// Opens a session, or mounts.
fn open(state: &mut State, asked: &Asked, name: &str) -> Reply {
    if let (Some(digest), Some(from)) = (asked.value("mount"), asked.value("from"))
        && state.lends(from, name, digest)
    {
        let size = state
            .repositories
            .get(from)
            .and_then(|lender| lender.blobs.get(digest).copied());
        if let (Some(size), Some(repository)) = (size, state.repositories.get_mut(name)) {
            repository.blobs.insert(digest.to_owned(), size);
            let mut reply = reply(201, "");
            header(&mut reply, "docker-content-digest", digest);
            header(
                &mut reply,
                "location",
                &format!("/v2/{name}/blobs/{digest}"),
            );
            return reply;
        }
    }
    let id = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
    let upload = Upload {
        repository: name.to_owned(),
        path: state.folder.join(format!("upload-{id}")),
        received: 0,
        hash: Sha256::new(),
    };
    state.uploads.insert(id.clone(), upload);
    let mut reply = reply(202, "");
    header(
        &mut reply,
        "location",
        &format!("/v2/{name}/blobs/uploads/{id}?state=opaque"),
    );
    header(&mut reply, "docker-upload-uuid", &id);
    reply
}

/// PATCH and PUT of a session.
async fn upload(
    state: &Shared,
    asked: &mut Asked,
    name: &str,
    id: &str,
    received: &AtomicU64,
) -> Result<Reply, Broken> {
    let (path, mut so_far) = match lock(state).uploads.get(id) {
        Some(upload) if upload.repository == name => (upload.path.clone(), upload.received),
        _ => {
            return Ok(refuse(
                404,
                "BLOB_UPLOAD_UNKNOWN",
                "The upload ID is not known",
            ));
        }
    };
    let has_body = asked.header("content-length").unwrap_or("1") != "0";
    let begins = asked
        .header("content-range")
        .and_then(|range| range.split('-').next()?.parse::<u64>().ok())
        .unwrap_or(0);
    if has_body && begins != so_far {
        let words = "The part does not begin where the upload ended";
        return Ok(refuse(416, "BLOB_UPLOAD_INVALID", words));
    }
    let broken = |_| Broken;
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(broken)?;
    while let Some(piece) = asked.piece(so_far).await? {
        file.write_all(&piece).map_err(broken)?;
        so_far += piece.len() as u64;
        received.fetch_add(piece.len() as u64, Ordering::Relaxed);
        // what arrived stays in the session, also when the rest does not come
        if let Some(upload) = lock(state).uploads.get_mut(id) {
            upload.hash.update(&piece);
            upload.received = so_far;
        }
    }
    if asked.method == "PATCH" {
        let mut reply = reply(201, "");
        header(
            &mut reply,
            "location",
            &format!("/v2/{name}/blobs/uploads/{id}?state=next"),
        );
        header(
            &mut reply,
            "range",
            &format!("0-{}", so_far.saturating_sub(1)),
        );
        return Ok(reply);
    }
    let digest = asked.value("digest").unwrap_or_default().to_owned();
    let mut state = lock(state);
    let Some(upload) = state.uploads.remove(id) else {
        return Ok(refuse(
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "The upload ID is not known",
        ));
    };
    let found = hex(&upload.hash.finalize());
    if found != digest {
        std::fs::remove_file(&path).ok();
        let words = format!("The digest is {found}");
        return Ok(refuse(400, "DIGEST_INVALID", &words));
    }
    std::fs::rename(&path, state.blob(&digest)).map_err(broken)?;
    if let Some(repository) = state.repositories.get_mut(name) {
        repository.blobs.insert(digest.clone(), so_far);
    }
    let mut reply = reply(201, "");
    header(&mut reply, "docker-content-digest", &digest);
    header(
        &mut reply,
        "location",
        &format!("/v2/{name}/blobs/{digest}"),
    );
    Ok(reply)
}

/// A file as a body.
struct FileBody {
    file: File,
    left: u64,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let mut piece = vec![0; 64 * 1024];
        Poll::Ready(match self.file.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                self.left = self.left.saturating_sub(read as u64);
                Some(Ok(Frame::data(piece.into())))
            }
            Err(error) => Some(Err(error)),
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
