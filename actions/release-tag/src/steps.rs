//! What is left to do until a release is out: a function of what shall be and of what is there.
//!
//! The same question is asked before the first run and after one that was killed, so that a second run does what the first
//! one left. Nothing is taken back: a tag stays where it is, and what is published stays as it is.

use std::collections::BTreeMap;
use std::fmt;

use github_api::{Asset, Release};
use serde::Serialize;

use crate::Error;
use crate::files::File;
use crate::git::{Move, RemoteTag};
use crate::short;

/// What shall be.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) tag: String,
    pub(crate) commit: String,
    pub(crate) sign: bool,
    /// Whether the repository's page shows it.
    pub(crate) latest: bool,
    pub(crate) files: Vec<File>,
    pub(crate) floating: Vec<Move>,
}

/// What is there.
#[derive(Clone, Debug, Default)]
pub(crate) struct There {
    pub(crate) tags: BTreeMap<String, RemoteTag>,
    pub(crate) release: Option<Release>,
    pub(crate) assets: Vec<Asset>,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub(crate) enum Step {
    /// Make the tag and push it.
    Tag {
        tag: String,
        commit: String,
        signed: bool,
    },
    /// Make a release that nobody sees yet.
    Draft { tag: String },
    /// Take a file away that is not the one to be sent.
    Remove { id: u64, name: String },
    /// Send a file.
    Upload {
        name: String,
        size: u64,
        sha256: String,
    },
    /// Compare all files with what GitHub gives back.
    Verify { files: usize },
    /// Let everybody see the release.
    Publish { tag: String, latest: bool },
    /// Move the floating tags, all or none.
    Move { moves: Vec<Move> },
}

/// The steps that are left, in their order.
pub(crate) fn steps(wanted: &Wanted, there: &There) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let tag = &wanted.tag;
    match there.tags.get(tag) {
        None => steps.push(Step::Tag {
            tag: tag.clone(),
            commit: wanted.commit.clone(),
            signed: wanted.sign,
        }),
        Some(found) if found.commit == wanted.commit => {}
        Some(found) => {
            return Err(Error::TagElsewhere {
                tag: tag.clone(),
                commit: found.commit.clone(),
                wanted: wanted.commit.clone(),
            });
        }
    }
    let out = there.release.as_ref().is_some_and(|release| !release.draft);
    if !out {
        if there.release.is_none() {
            steps.push(Step::Draft { tag: tag.clone() });
        }
        sending(wanted, there, &mut steps);
        steps.push(Step::Publish {
            tag: tag.clone(),
            latest: wanted.latest,
        });
    }
    if !wanted.floating.is_empty() {
        steps.push(Step::Move {
            moves: wanted.floating.clone(),
        });
    }
    Ok(steps)
}

/// The files of a draft become those that were given.
fn sending(wanted: &Wanted, there: &There, steps: &mut Vec<Step>) {
    let good = |asset: &Asset| wanted.files.iter().any(|file| arrived(file, asset));
    let wrong = there.assets.iter().filter(|asset| !good(asset));
    steps.extend(wrong.map(|asset| Step::Remove {
        id: asset.id,
        name: asset.name.clone(),
    }));
    let missing = wanted
        .files
        .iter()
        .filter(|file| !there.assets.iter().any(|asset| arrived(file, asset)));
    steps.extend(missing.map(|file| Step::Upload {
        name: file.name.clone(),
        size: file.size,
        sha256: file.digest.clone(),
    }));
    if !wanted.files.is_empty() {
        steps.push(Step::Verify {
            files: wanted.files.len(),
        });
    }
}

/// Whether a file is there, as far as GitHub says without giving it back.
fn arrived(file: &File, asset: &Asset) -> bool {
    let digest = asset.digest.as_deref();
    let digest = digest.and_then(|digest| digest.strip_prefix("sha256:"));
    asset.name == file.name
        && asset.state == "uploaded"
        && asset.size == file.size
        && digest.is_none_or(|digest| digest == file.digest)
}

/// The names of files that a published release has otherwise than they were given.
pub(crate) fn differing<'a>(wanted: &'a Wanted, there: &'a There) -> Vec<&'a str> {
    let files = wanted.files.iter();
    files
        .filter(|file| !there.assets.iter().any(|asset| arrived(file, asset)))
        .map(|file| file.name.as_str())
        .collect()
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag {
                tag,
                commit,
                signed,
            } => {
                let kind = if *signed { "signed" } else { "annotated" };
                write!(out, "tag {} as `{tag}`, {kind}, and push it", short(commit))
            }
            Self::Draft { tag } => write!(out, "draft the release `{tag}`"),
            Self::Remove { name, .. } => {
                write!(out, "remove `{name}`, which is not the file to be sent")
            }
            Self::Upload { name, size, sha256 } => {
                let sha256 = short(sha256);
                write!(out, "upload `{name}`, {size} bytes, sha256:{sha256}...")
            }
            Self::Verify { files } => write!(out, "verify {files} files by downloading them again"),
            Self::Publish { tag, latest } => {
                let latest = if *latest { ", as the latest" } else { "" };
                write!(out, "publish `{tag}`{latest}")
            }
            Self::Move { moves } => {
                let moves = moves.iter().map(|step| match &step.from {
                    Some(from) => format!("`{}` from {}", step.tag, short(from)),
                    None => format!("`{}`, which is new", step.tag),
                });
                let moves: Vec<String> = moves.collect();
                write!(out, "move {}, all or none", moves.join(" and "))
            }
        }
    }
}
