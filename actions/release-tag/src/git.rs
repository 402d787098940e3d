//! The program git, for what changes tags: it signs with the user's own keys and settings, and pushes several tags as one.
//!
//! GitHub's interface makes no signed tags and moves one reference at a time. A token is handed to git in its
//! environment, never in an argument, and never written into the clone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::Error;

/// Who tags where git knows no name: GitHub's own account for workflows.
const WORKFLOW: [(&str, &str); 2] = [
    ("GIT_COMMITTER_NAME", "github-actions[bot]"),
    (
        "GIT_COMMITTER_EMAIL",
        "41898282+github-actions[bot]@users.noreply.github.com",
    ),
];

/// Git in one clone, with the remote that releases go to.
#[derive(Debug)]
pub(crate) struct Git {
    root: Utf8PathBuf,
    remote: String,
    environment: Vec<(String, String)>,
}

/// A tag of the remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteTag {
    /// What the reference holds: a commit, or a tag's own object.
    pub(crate) object: String,
    /// The commit that it leads to.
    pub(crate) commit: String,
}

/// A tag that shall lead somewhere else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Move {
    pub(crate) tag: String,
    /// What the reference holds now; none when there is no such tag.
    pub(crate) from: Option<String>,
    /// The commit.
    pub(crate) to: String,
}

impl Git {
    /// Git in the clone at `root`; `token` is for a remote that is reached by HTTP.
    pub(crate) fn new(root: &Utf8Path, remote: &str, token: &str) -> Result<Self, Error> {
        let mut git = Self {
            root: root.to_owned(),
            remote: remote.to_owned(),
            environment: vec![("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned())],
        };
        let url = git.run(&["remote", "get-url", "--push", remote], "")?;
        if let Some(key) = header_key(url.trim()) {
            let header = format!("AUTHORIZATION: basic {}", credentials(token));
            // the empty one takes away what a checkout may have left: GitHub refuses two
            let settings = [(&key, ""), (&key, header.as_str())];
            let mut environment = vec![("GIT_CONFIG_COUNT".to_owned(), "2".to_owned())];
            for (index, (key, value)) in settings.into_iter().enumerate() {
                environment.push((format!("GIT_CONFIG_KEY_{index}"), key.clone()));
                environment.push((format!("GIT_CONFIG_VALUE_{index}"), value.to_owned()));
            }
            git.environment.extend(environment);
        }
        if git.run(&["var", "GIT_COMMITTER_IDENT"], "").is_err() {
            let named = WORKFLOW.map(|(name, value)| (name.to_owned(), value.to_owned()));
            git.environment.extend(named);
        }
        Ok(git)
    }

    /// Brings the remote's tags, and the commits that they lead to, into the clone.
    pub(crate) fn fetch_tags(&self) -> Result<(), Error> {
        let all = "+refs/tags/*:refs/tags/*";
        self.run(&["fetch", "--quiet", "--no-tags", &self.remote, all], "")?;
        Ok(())
    }

    /// The remote's tags, by name.
    pub(crate) fn tags(&self) -> Result<BTreeMap<String, RemoteTag>, Error> {
        let listed = self.run(&["ls-remote", "--tags", &self.remote], "")?;
        Ok(listed_tags(&listed))
    }

    /// Writes a tag with an object of its own into the clone; nobody else sees it yet.
    pub(crate) fn write_tag(
        &self,
        name: &str,
        commit: &str,
        message: &str,
        sign: bool,
    ) -> Result<(), Error> {
        let kind = if sign { "--sign" } else { "--annotate" };
        let options = ["tag", "--force", kind, "--cleanup=verbatim", "--file=-"];
        self.run(&[&options[..], &[name, commit]].concat(), message)?;
        Ok(())
    }

    /// Pushes a tag that the remote must not have yet.
    pub(crate) fn push_new(&self, name: &str) -> Result<(), Error> {
        let both = format!("refs/tags/{name}:refs/tags/{name}");
        self.run(&["push", "--quiet", "--no-verify", &self.remote, &both], "")?;
        Ok(())
    }

    /// Moves tags of the remote, all or none, and none that is not where it was seen.
    pub(crate) fn move_all(&self, moves: &[Move]) -> Result<(), Error> {
        let mut arguments = ["push", "--quiet", "--no-verify", "--atomic"]
            .map(str::to_owned)
            .to_vec();
        for Move { tag, from, .. } in moves {
            let seen = from.as_deref().unwrap_or_default();
            arguments.push(format!("--force-with-lease=refs/tags/{tag}:{seen}"));
        }
        arguments.push(self.remote.clone());
        // no `+` in front: it would overrule what was seen
        let pushed = moves
            .iter()
            .map(|Move { tag, to, .. }| format!("{to}:refs/tags/{tag}"));
        arguments.extend(pushed);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        self.run(&arguments, "")?;
        Ok(())
    }

    /// What git prints; `input` is what it reads.
    fn run(&self, arguments: &[&str], input: &str) -> Result<String, Error> {
        let failed = |detail: String| Error::Git {
            operation: arguments.first().copied().unwrap_or_default().to_owned(),
            detail,
        };
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.root)
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut run = || {
            let mut child = command.spawn()?;
            // small enough for the pipe; git may end without reading it
            let written = child
                .stdin
                .take()
                .map(|mut pipe| pipe.write_all(input.as_bytes()));
            let output = child.wait_with_output()?;
            match written {
                Some(Err(error)) if output.status.success() => Err(error),
                _ => Ok(output),
            }
        };
        let output = run().map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        Err(failed(match said.is_empty() {
            true => output.status.to_string(),
            false => said.join("; "),
        }))
    }
}

/// The setting of git that holds headers for the host of an address; none when it is not reached by HTTP.
fn header_key(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let host = host.rsplit('@').next()?;
    matches!(scheme, "http" | "https").then(|| format!("http.{scheme}://{host}/.extraheader"))
}

/// A token, as the header has it.
pub(crate) fn credentials(token: &str) -> String {
    STANDARD.encode(format!("x-access-token:{token}"))
}

/// The tags in what `git ls-remote` prints: a tag with an object of its own has a second line for its commit.
fn listed_tags(listed: &str) -> BTreeMap<String, RemoteTag> {
    let mut tags: BTreeMap<String, RemoteTag> = BTreeMap::new();
    for line in listed.lines() {
        let Some((hash, name)) = line.split_once("\trefs/tags/") else {
            continue;
        };
        match name.strip_suffix("^{}") {
            Some(name) => {
                if let Some(tag) = tags.get_mut(name) {
                    tag.commit = hash.to_owned();
                }
            }
            None => {
                let tag = RemoteTag {
                    object: hash.to_owned(),
                    commit: hash.to_owned(),
                };
                tags.insert(name.to_owned(), tag);
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_for_the_host_of_the_remote_alone() {
        let key = |url| header_key(url);
        assert_eq!(
            key("https://github.example.com/o/r.git").as_deref(),
            Some("http.https://github.example.com/.extraheader")
        );
        assert_eq!(
            key("https://someone@github.com/o/r").as_deref(),
            Some("http.https://github.com/.extraheader")
        );
        assert_eq!(key("git@github.com:o/r.git"), None);
        assert_eq!(key("ssh://git@github.com/o/r.git"), None);
        assert_eq!(key("/a/folder"), None);
    }

    #[test]
    fn a_tag_leads_through_its_own_object() {
        let tags = listed_tags("aa\trefs/tags/v1\nbb\trefs/tags/v1.0.0\ncc\trefs/tags/v1.0.0^{}\n");
        assert_eq!((&*tags["v1"].object, &*tags["v1"].commit), ("aa", "aa"));
        let annotated = &tags["v1.0.0"];
        assert_eq!((&*annotated.object, &*annotated.commit), ("bb", "cc"));
    }
}
