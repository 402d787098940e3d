//! Builders of this machine: Docker's buildx, Buildah and Podman. Each writes an OCI archive that is pushed like any other.
//!
//! Base images go in by the digests that the fingerprint has, so that a tag which moves meanwhile makes no difference.
//! Times are set to a fixed one. What they print is shown as it comes; how they are set up (isolation, storage, sign-in)
//! is theirs, by their own variables and files.
//!
//! Tried with Buildah 1.28 and Podman 4.3. The command for Docker follows its documentation, and was not run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};
use gha::Host;
use oci_image::layer::TIME;
use oci_image::{Digest, Image, layout};
use settings::images::Builder;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::Command;

use crate::Error;
use crate::wanted::Wanted;

/// A builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Docker,
    Buildah,
    Podman,
}

const ALL: [Tool; 3] = [Tool::Docker, Tool::Buildah, Tool::Podman];

/// The builder that is asked for, or the first one that works here.
pub(crate) fn find(builder: Builder) -> Result<Tool, Error> {
    match builder {
        Builder::Docker => Ok(Tool::Docker),
        Builder::Buildah => Ok(Tool::Buildah),
        Builder::Podman => Ok(Tool::Podman),
        Builder::Auto | Builder::Python => ALL
            .into_iter()
            .find(|tool| tool.works())
            .ok_or(Error::NoBuilder),
    }
}

impl Tool {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Buildah => "buildah",
            Self::Podman => "podman",
        }
    }

    /// Whether it is there and answers; for Docker that takes a running daemon and buildx.
    fn works(self) -> bool {
        let question: &[&str] = match self {
            Self::Docker => &["buildx", "inspect"],
            Self::Buildah | Self::Podman => &["--version"],
        };
        let asked = std::process::Command::new(self.name())
            .args(question)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// Builds into `folder`, and reads what came.
    pub(crate) async fn build(
        self,
        wanted: &Wanted,
        bases: &BTreeMap<String, Digest>,
        folder: &Path,
        host: &mut Host,
    ) -> Result<Image, Error> {
        let folder = Utf8PathBuf::from(folder.to_string_lossy().into_owned());
        let archive = folder.join("image.tar");
        for command in self.commands(wanted, bases, &folder, &archive) {
            self.run(command, host).await?;
        }
        Ok(layout::read(&archive, None)?)
    }

    /// The commands, one after another.
    fn commands(
        self,
        wanted: &Wanted,
        bases: &BTreeMap<String, Digest>,
        folder: &Utf8Path,
        archive: &Utf8Path,
    ) -> Vec<Vec<String>> {
        let image = &wanted.image;
        let mut words: Vec<String> = match self {
            Self::Docker => vec!["buildx".into(), "build".into(), "--progress=plain".into()],
            Self::Buildah | Self::Podman => vec!["build".into(), "--format=oci".into()],
        };
        words.push(format!("--file={}", image.dockerfile));
        words.push(format!("--platform={}", wanted.platform));
        for (name, value) in &image.args {
            words.push(format!("--build-arg={name}={value}"));
        }
        for (name, digest) in bases.iter().filter(|(name, _)| !name.contains('@')) {
            words.push(format!(
                "--build-context={name}=docker-image://{name}@{digest}"
            ));
        }
        // a name of its own for each run, in letters that a repository may have
        let local = format!(
            "localhost/towpath/{}",
            &Digest::of(folder.as_str()).hex()[..16]
        );
        match self {
            Self::Docker => {
                // an attestation would give every build another digest
                words.push("--provenance=false".into());
                words.push("--sbom=false".into());
                words.push(format!("--build-arg=SOURCE_DATE_EPOCH={TIME}"));
                words.push(format!(
                    "--output=type=oci,dest={archive},rewrite-timestamp=true,oci-mediatypes=true"
                ));
                words.push(image.context.to_string());
                vec![words]
            }
            Self::Buildah | Self::Podman => {
                // a registry on this machine has no certificate
                let here = |name: &String| {
                    let host = name.split([':', '/']).next();
                    matches!(host, Some("localhost" | "127.0.0.1"))
                };
                if bases.keys().any(here) {
                    words.push("--tls-verify=false".into());
                }
                words.push(format!("--timestamp={TIME}"));
                words.push(format!("--tag={local}"));
                words.push(image.context.to_string());
                let mut push: Vec<String> = vec!["push".into(), "--quiet".into()];
                push.push(local.clone());
                push.push(format!("oci-archive:{archive}"));
                let remove = vec!["rmi".into(), local];
                vec![words, push, remove]
            }
        }
    }

    async fn run(self, words: Vec<String>, host: &mut Host) -> Result<(), Error> {
        let failed = |detail: String| Error::Build {
            builder: self.name(),
            detail,
        };
        let mut child = Command::new(self.name())
            .args(&words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(format!("it does not start: {error}")))?;
        // what a step prints comes by the one, what the builder says by the other
        let (mut out, mut err) = (lines(child.stdout.take()), lines(child.stderr.take()));
        let mut last: Vec<String> = Vec::new();
        while out.is_some() || err.is_some() {
            let line = tokio::select! {
                line = next(&mut out), if out.is_some() => line,
                line = next(&mut err), if err.is_some() => line,
            };
            if let Some(line) = line {
                host.progress(&format!("  {line}"));
                last.push(line);
                if last.len() > 10 {
                    last.remove(0);
                }
            }
        }
        let status = child
            .wait()
            .await
            .map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let verb = words.first().map(String::as_str).unwrap_or_default();
        Err(failed(format!(
            "`{} {verb}` ended with {status}:\n{}",
            self.name(),
            last.join("\n")
        )))
    }
}

type Output<T> = Option<Lines<BufReader<T>>>;

fn lines<T: AsyncRead>(output: Option<T>) -> Output<T> {
    output.map(|output| BufReader::new(output).lines())
}

/// The next line; at the end, or where it is no text, there are no more.
async fn next<T: AsyncRead + Unpin>(output: &mut Output<T>) -> Option<String> {
    let line = output.as_mut()?.next_line().await.ok().flatten();
    if line.is_none() {
        *output = None;
    }
    line
}
