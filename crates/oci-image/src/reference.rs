//! What images are called: `<host>/<repository>:<tag>@<digest>`, with the grammar of the distribution specification.
//!
//! Names are parsed once. What is not a name never reaches a registry: ECR answers a tag with a `+` with a bare 400.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// Where Docker looks when a name has no host.
const DOCKER_HUB: &str = "docker.io";

/// The path of a repository within its registry: `team/frontend`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName(String);

/// A tag: up to 128 letters, digits, `_`, `.` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Tag(String);

/// A whole name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The registry's host and port, as it is written.
    pub host: String,
    /// The repository.
    pub repository: RepositoryName,
    /// The tag, when there is one.
    pub tag: Option<Tag>,
    /// The digest, when there is one; it decides.
    pub digest: Option<Digest>,
}

/// A text that names nothing.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct NotAReference {
    text: String,
    expected: &'static str,
}

fn wrong(text: &str, expected: &'static str) -> NotAReference {
    NotAReference {
        text: text.chars().take(120).collect(),
        expected,
    }
}

impl RepositoryName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RepositoryName {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let part = |part: &str| {
            let (first, last) = (part.bytes().next(), part.bytes().last());
            first.is_some_and(letter)
                && last.is_some_and(letter)
                && part
                    .bytes()
                    .all(|byte| letter(byte) || b"._-".contains(&byte))
                && !part.contains("..")
        };
        if text.len() <= 255 && text.split('/').all(part) {
            return Ok(Self(text.to_owned()));
        }
        Err(wrong(text, "the name of a repository like `team/frontend`"))
    }
}

impl Tag {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `text` with what no tag may hold replaced by `-`; `None` when nothing is left.
    pub fn slug(text: &str) -> Option<Self> {
        let kept = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
        let text: String = text
            .chars()
            .map(|letter| if kept(letter) { letter } else { '-' })
            .take(128)
            .collect();
        text.trim_start_matches(['.', '-']).parse().ok()
    }
}

impl FromStr for Tag {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = (1..=128).contains(&text.len())
            && text.bytes().next().is_some_and(word)
            && text.bytes().all(|byte| word(byte) || b".-".contains(&byte));
        if fits {
            return Ok(Self(text.to_owned()));
        }
        Err(wrong(
            text,
            "a tag: up to 128 letters, digits, `_`, `.` and `-`",
        ))
    }
}

impl FromStr for Reference {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, NotAReference> {
        const EXPECTED: &str = "the name of an image like `<host>/<repository>:<tag>`";
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => {
                let digest = digest.parse().map_err(|_| wrong(text, EXPECTED))?;
                (name, Some(digest))
            }
            None => (text, None),
        };
        // a colon behind the last slash begins a tag; one before it, a port
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.parse::<Tag>()?)),
            _ => (name, None),
        };
        let (host, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                (host, path.to_owned())
            }
            Some(_) => (DOCKER_HUB, name.to_owned()),
            None => (DOCKER_HUB, format!("library/{name}")),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        if !host.bytes().all(plain) {
            return Err(wrong(text, EXPECTED));
        }
        Ok(Self {
            host: host.to_owned(),
            repository: path.parse()?,
            tag,
            digest,
        })
    }
}

impl Reference {
    /// What stands behind the repository in a request: the digest, else the tag, else `latest`.
    pub fn object(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.to_string(),
            (None, None) => "latest".to_owned(),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(formatter, "@{digest}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl TryFrom<String> for Tag {
    type Error = NotAReference;

    fn try_from(text: String) -> Result<Self, NotAReference> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_docker_reads_them() {
        for (text, whole) in [
            ("python:3.12-slim", "docker.io/library/python:3.12-slim"),
            ("team/app", "docker.io/team/app"),
            ("localhost/app:1", "localhost/app:1"),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b"),
            (
                "1.dkr.ecr.eu-central-1.amazonaws.com/a:b",
                "1.dkr.ecr.eu-central-1.amazonaws.com/a:b",
            ),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), whole);
        }
        let digest = Digest::of("x");
        let pinned: Reference = format!("python:3@{digest}").parse().unwrap();
        assert_eq!(pinned.object(), digest.to_string());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "UPPER/case",
            "a//b",
            "a:b+c",
            "a@sha256:1",
            "h.x/../v2",
            "h.x/a?b",
            "a b",
            "x@y.z/a",
        ] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_branch_becomes_a_tag() {
        let slug = |text| Tag::slug(text).map(|tag| tag.to_string());
        assert_eq!(slug("feature/x+y").as_deref(), Some("feature-x-y"));
        assert_eq!(slug("-.a").as_deref(), Some("a"));
        assert_eq!(slug("///"), None);
    }
}
