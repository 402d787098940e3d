//! Releases and their files.
//!
//! A release begins as a draft, which nobody sees and everybody with the right to write may change. Published, it can be
//! immutable: then its tag and its files are as they are for ever, and its tag's name is used up.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::transport::{READ, WRITE};
use crate::{GitHub, GitHubError, encoded, found};

/// Drafts are among the newest; further back nobody looks for one.
const NEWEST: usize = 3;

/// A release.
#[derive(Clone, Debug, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: u64,
    /// The tag; for a draft, the one that it will have.
    pub tag_name: String,
    /// Whether nobody sees it yet.
    pub draft: bool,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// Whether nothing of it can be changed any more; `false` where GitHub does not say.
    #[serde(default)]
    pub immutable: bool,
    /// Where people read it.
    pub html_url: String,
    /// Where files are sent to.
    pub upload_url: String,
}

/// A file of a release.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Asset {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
    /// `uploaded`; anything else is a file that did not arrive whole.
    pub state: String,
    /// `sha256:` and the digest of what arrived, where GitHub says so.
    pub digest: Option<String>,
}

/// A release to be made.
#[derive(Clone, Debug, Serialize)]
pub struct NewRelease<'a> {
    /// The tag, which may be there already.
    pub tag_name: &'a str,
    /// The commit that the tag gets if it is not.
    pub target_commitish: &'a str,
    /// The title.
    pub name: &'a str,
    /// The text, in Markdown, at most 125,000 characters.
    pub body: &'a str,
    /// Whether it is a pre-release.
    pub prerelease: bool,
    /// Whether nobody sees it yet.
    pub draft: bool,
}

impl GitHub {
    /// The release with this tag, published or a draft; of several drafts the oldest. `None` when there is none.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn release(&self, tag: &str) -> Result<Option<Release>, GitHubError> {
        let route = format!("/releases/tags/{}", encoded(tag));
        if let Some(published) = found(self.transport.get(&route, READ))? {
            return Ok(Some(published));
        }
        let drafts = self.newest_releases()?.into_iter();
        Ok(drafts
            .filter(|release| release.tag_name == tag)
            .min_by_key(|release| release.id))
    }

    /// The three hundred newest releases; drafts are among them for whoever may write.
    fn newest_releases(&self) -> Result<Vec<Release>, GitHubError> {
        let mut all: Vec<Release> = Vec::new();
        for page in 1..=NEWEST {
            let route = format!("/releases?per_page=100&page={page}");
            let more: Vec<Release> = self.transport.get(&route, READ)?;
            let last = more.len() < 100;
            all.extend(more);
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// Makes a release.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn create_release(&self, release: &NewRelease<'_>) -> Result<Release, GitHubError> {
        self.transport.post("/releases", WRITE, &json!(release))
    }

    /// Publishes a draft. `latest` says whether it is the one that the repository's page shows.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn publish_release(&self, id: u64, latest: bool) -> Result<Release, GitHubError> {
        let body = json!({"draft": false, "make_latest": latest.to_string()});
        self.transport
            .patch(&format!("/releases/{id}"), WRITE, &body)
    }

    /// The files of a release.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn assets(&self, release: u64) -> Result<Vec<Asset>, GitHubError> {
        self.transport
            .pages(&format!("/releases/{release}/assets"), READ)
    }

    /// Sends a file to a release.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn upload_asset(
        &self,
        release: &Release,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Asset, GitHubError> {
        // it ends with `{?name,label}`
        let base = release.upload_url.split('{').next().unwrap_or_default();
        let name = encoded(name).replace('/', "%2F");
        self.transport
            .send_file(&format!("{base}?name={name}"), WRITE, bytes)
    }

    /// Takes a file away from a release.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn delete_asset(&self, asset: u64) -> Result<(), GitHubError> {
        self.transport
            .delete(&format!("/releases/assets/{asset}"), WRITE)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn asset(&self, asset: u64) -> Result<Vec<u8>, GitHubError> {
        self.transport
            .file(&format!("/releases/assets/{asset}"), READ)
    }

    /// Whether releases of this repository cannot be changed once they are published; `None` when this token may not know.
    ///
    /// # Errors
    /// See [`GitHubError`].
    pub fn immutable_releases(&self) -> Result<Option<bool>, GitHubError> {
        match self.transport.get::<Value>("/immutable-releases", READ) {
            Ok(answer) => Ok(answer["enabled"].as_bool()),
            Err(
                GitHubError::NotFound { .. }
                | GitHubError::MissingPermission { .. }
                | GitHubError::NotSignedIn { .. },
            ) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
