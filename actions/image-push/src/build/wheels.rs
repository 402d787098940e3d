//! A virtual environment of locked wheels as a layer: fetched by pip for the target, laid out here.
//!
//! pip picks and checks the files (`fetch.py`); they are unpacked as the wheel format says, so that nothing of this
//! machine gets in: no compiled files, no paths, no times. The layer is kept by all that decides it, and a second build
//! with the same lock asks nobody. What pip itself would add, compiled files, is left out: they differ from run to run.

mod install;

use std::process::Stdio;

use camino::{Utf8Path, Utf8PathBuf};
use oci_image::layer::{Layer, Made};
use oci_image::{Blob, BlobPlace, Descriptor, Digest, Platform, media};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::python::Packages;
use crate::Error;

/// Another number for another layout of the same wheels.
const VERSION: u32 = 1;
/// The newest glibc that wheels may ask for: older than that of any base image that is still maintained.
const GLIBC: u32 = 28;
const FETCH: &str = include_str!("wheels/fetch.py");

/// For whom the packages are.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// `3.12.8`.
    pub(crate) version: String,
    /// `x86_64`.
    pub(crate) machine: &'static str,
}

/// The layer, and what is in it.
#[derive(Debug)]
pub(crate) struct Installed {
    pub(crate) made: Made,
    pub(crate) packages: Vec<Package>,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// The wheel.
    pub(crate) file: String,
    pub(crate) sha256: String,
}

/// What is kept beside a layer.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    digest: Digest,
    size: u64,
    diff_id: Digest,
    packages: Vec<Package>,
}

impl Target {
    /// From what the base image says of its Python, and the platform.
    pub(crate) fn of(env: &[String], platform: &Platform) -> Result<Self, String> {
        let version = env
            .iter()
            .find_map(|pair| pair.strip_prefix("PYTHON_VERSION="));
        let version = version.ok_or(
            "the base image does not say which Python it has, by `PYTHON_VERSION` in its environment",
        )?;
        let parts: Vec<&str> = version.split('.').collect();
        if parts.len() < 2 || !parts.iter().take(2).all(|part| part.parse::<u32>().is_ok()) {
            return Err(format!("the base image's `PYTHON_VERSION` is `{version}`"));
        }
        Ok(Self {
            version: version.to_owned(),
            machine: match platform.architecture.as_str() {
                "amd64" => "x86_64",
                "arm64" => "aarch64",
                other => return Err(format!("wheels for `{other}` have no name here")),
            },
        })
    }

    /// `3.12`
    pub(crate) fn short(&self) -> String {
        self.version
            .split('.')
            .take(2)
            .collect::<Vec<_>>()
            .join(".")
    }
}

/// Makes the layer, or takes the one that was made of the same.
pub(crate) async fn install(
    packages: &Packages,
    lock: &Utf8Path,
    target: &Target,
    cache: &Utf8Path,
    python: &str,
) -> Result<Installed, Error> {
    let read = |source| Error::Read {
        path: lock.to_owned(),
        source,
    };
    let text = std::fs::read(lock).map_err(read)?;
    let decides = format!(
        "{VERSION} {packages:?} {target:?} {GLIBC} {}",
        Digest::of(&text)
    );
    let kept = cache
        .join("packages")
        .join(format!("{}.json", Digest::of(decides).hex()));
    let blobs = cache.join("blobs");
    if let Some(installed) = taken(&kept, &blobs) {
        return Ok(installed);
    }
    let write = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| Error::Image(oci_image::ImageError::Write { path, source })
    };
    std::fs::create_dir_all(cache.join("packages")).map_err(write(cache))?;
    // gone with all that is in it at the end
    let scratch = tempfile::tempdir_in(cache).map_err(write(cache))?;
    let folder = Utf8PathBuf::from(scratch.path().to_string_lossy().into_owned());
    let files = fetch(lock, target, &folder, python).await?;
    let mut layer = Layer::default();
    let (wheels, root) = (folder.join("wheels"), folder.join("root"));
    let found = install::install(packages, target, &wheels, &files, &root, &mut layer)?;
    let made = layer.write(&blobs)?;
    let keep = Kept {
        digest: made.blob.descriptor.digest,
        size: made.blob.descriptor.size,
        diff_id: made.diff_id,
        packages: found.clone(),
    };
    let text = serde_json::to_vec_pretty(&keep)
        .unwrap_or_else(|error| unreachable!("it has only text keys: {error}"));
    evidence_store::write_private(&kept, &text)?;
    Ok(Installed {
        made,
        packages: found,
    })
}

/// The layer that was made before, if it is all there. Its bytes are held against its digest when they are sent.
fn taken(kept: &Utf8Path, blobs: &Utf8Path) -> Option<Installed> {
    let text = std::fs::read(kept).ok()?;
    let kept: Kept = serde_json::from_slice(&text).ok()?;
    let path = blobs.join(kept.digest.hex());
    let size = std::fs::metadata(&path).ok()?.len();
    if size != kept.size {
        return None;
    }
    Some(Installed {
        made: Made {
            blob: Blob {
                descriptor: Descriptor::new(media::LAYER, kept.digest, kept.size),
                place: BlobPlace::File { path, offset: 0 },
            },
            diff_id: kept.diff_id,
        },
        packages: kept.packages,
    })
}

/// Lets pip fetch the wheels; gives the names of the files.
async fn fetch(
    lock: &Utf8Path,
    target: &Target,
    folder: &Utf8Path,
    python: &str,
) -> Result<Vec<String>, Error> {
    let request = json!({
        "lock": lock, "folder": folder, "version": target.version, "machine": target.machine, "glibc": GLIBC,
    });
    let failed = |detail: String| Error::Packages {
        lock: lock.to_owned(),
        detail,
    };
    let ran = tokio::process::Command::new(python)
        .args(["-c", FETCH, &request.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| failed(format!("`{python}` does not start: {error}")))?;
    if !ran.status.success() {
        let text = String::from_utf8_lossy(&ran.stderr);
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        // a traceback of ours says less than pip's last words
        let said = lines.iter().filter(|line| line.starts_with("ERROR"));
        let said: Vec<&str> = said.copied().collect();
        let last = lines
            .iter()
            .rev()
            .take(3)
            .rev()
            .copied()
            .collect::<Vec<_>>();
        let lines = if said.is_empty() { last } else { said };
        return Err(failed(lines.join("\n")));
    }
    serde_json::from_slice(&ran.stdout).map_err(|error| failed(error.to_string()))
}
