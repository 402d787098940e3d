//! Doing what is left, one step after the other.
//!
//! Each step is one call that GitHub does whole or not at all, but for a file that arrives in part: such a one is seen the
//! next time and sent again. So this can be stopped anywhere and run again.

use camino::{Utf8Path, Utf8PathBuf};
use gha::Host;
use github_api::{GitHub, NewRelease, Release};
use tempfile::TempDir;

use crate::Error;
use crate::files::{self, File};
use crate::git::Git;
use crate::plan::Planned;
use crate::steps::{Step, There, Wanted};

/// Where releases are made.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) git: Git,
    pub(crate) github: GitHub,
    /// A script that is run over the files that were downloaded again.
    pub(crate) check: Option<String>,
}

impl Place {
    /// What is there of a release.
    pub(crate) fn look(&self, tag: &str) -> Result<There, Error> {
        let tags = self.git.tags()?;
        let release = self.github.release(tag)?;
        let assets = match &release {
            Some(release) => self.github.assets(release.id)?,
            None => Vec::new(),
        };
        Ok(There {
            tags,
            release,
            assets,
        })
    }

    /// Does the steps; gives the release's address.
    pub(crate) fn act(
        &self,
        steps: &[Step],
        wanted: &Wanted,
        there: There,
        planned: &Planned,
        host: &mut Host,
    ) -> Result<String, Error> {
        let mut release = there.release;
        for step in steps {
            host.progress(&step.to_string());
            match step {
                Step::Tag {
                    tag,
                    commit,
                    signed,
                } => {
                    let message = format!("{tag}\n\n{}\n", planned.summary);
                    self.git.write_tag(tag, commit, &message, *signed)?;
                    self.git.push_new(tag)?;
                }
                Step::Draft { tag } => {
                    let draft = NewRelease {
                        tag_name: tag,
                        target_commitish: &wanted.commit,
                        name: tag,
                        body: &planned.notes,
                        prerelease: planned.prerelease,
                        draft: true,
                    };
                    release = Some(self.github.create_release(&draft)?);
                }
                Step::Remove { id, .. } => self.github.delete_asset(*id)?,
                Step::Upload { name, .. } => {
                    let file = wanted.files.iter().find(|file| file.name == *name);
                    if let (Some(file), Some(release)) = (file, &release) {
                        self.github.upload_asset(release, name, file.bytes()?)?;
                    }
                }
                Step::Verify { .. } => {
                    if let Some(release) = &release {
                        self.verify(release, &wanted.files, planned, host)?;
                    }
                }
                Step::Publish { latest, .. } => {
                    if let Some(draft) = &release {
                        release = Some(self.github.publish_release(draft.id, *latest)?);
                    }
                }
                Step::Move { moves } => self.git.move_all(moves)?,
            }
        }
        Ok(release.map(|release| release.html_url).unwrap_or_default())
    }

    /// Downloads every file again, compares it, and lets the script judge.
    fn verify(
        &self,
        release: &Release,
        files: &[File],
        planned: &Planned,
        host: &mut Host,
    ) -> Result<(), Error> {
        let folder = TempDir::with_prefix("towpath-release-").map_err(Error::Temporary)?;
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned());
        let path =
            path.map_err(|_| Error::Temporary(std::io::ErrorKind::InvalidFilename.into()))?;
        let assets = self.github.assets(release.id)?;
        for file in files {
            let differs = || Error::Differs {
                name: file.name.clone(),
            };
            let named = assets.iter().find(|asset| asset.name == file.name);
            let asset = named.ok_or_else(differs)?;
            let bytes = self.github.asset(asset.id)?;
            if files::digest(&bytes) != file.digest {
                // whatever GitHub says of it, the next run sends it again
                self.github.delete_asset(asset.id)?;
                return Err(differs());
            }
            std::fs::write(path.join(&file.name), bytes).map_err(Error::Temporary)?;
        }
        match &self.check {
            Some(script) => checked(script, &path, planned, host),
            None => Ok(()),
        }
    }
}

/// Runs a script in a folder; what it prints is shown.
fn checked(
    script: &str,
    folder: &Utf8Path,
    planned: &Planned,
    host: &mut Host,
) -> Result<(), Error> {
    let output = std::process::Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("TOWPATH_TAG", &planned.tag)
        .env("TOWPATH_VERSION", planned.version.to_string())
        .env("TOWPATH_COMMIT", &planned.commit)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(Error::Bash)?;
    for said in [&output.stdout, &output.stderr] {
        for line in String::from_utf8_lossy(said).lines() {
            host.progress(&format!("  {line}"));
        }
    }
    match output.status.success() {
        true => Ok(()),
        false => Err(Error::NotVerified {
            tag: planned.tag.clone(),
            status: output.status.to_string(),
        }),
    }
}
