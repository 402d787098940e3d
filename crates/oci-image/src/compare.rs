//! In what two images differ, in one sentence: which layer, and the first file in it.
//!
//! The layers of the other image that differ are fetched, one at a time, into a file; both are then read side by side,
//! entry by entry, so that memory stays bounded whatever is in them.

mod layers;

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::{
    Blob, BlobPlace, Descriptor, Digest, Document, Image, ImageError, Manifest, MediaKind,
    Registry, RegistryError, RepositoryName,
};

/// Says in what `ours` differs from the image `theirs` in a repository.
///
/// # Errors
/// A registry that does not answer, or documents that are none.
pub async fn difference(
    ours: &Image,
    registry: &Registry,
    repository: &RepositoryName,
    theirs: Digest,
) -> Result<String, RegistryError> {
    let document = async |digest: Digest| {
        let found = registry.document(repository, &digest.to_string()).await?;
        found.ok_or_else(|| RegistryError::NoImage {
            reference: format!("{}/{repository}@{digest}", registry.host()),
        })
    };
    let mut theirs = document(theirs).await?;
    let mut ours_root = ours.root.clone();
    let mut prefix = String::new();
    let kind = |document: &Document| MediaKind::of(&document.media_type);
    if let (Some(MediaKind::Index), Some(MediaKind::Index)) = (kind(&ours_root), kind(&theirs)) {
        let (here, there) = (ours_root.index()?.manifests, theirs.index()?.manifests);
        let pairs = here.iter().filter_map(|one| {
            let other = there.iter().find(|other| other.platform == one.platform)?;
            (other.digest != one.digest).then_some((one, other))
        });
        let Some((one, other)) = pairs.into_iter().next() else {
            return Ok("they are for other platforms".to_owned());
        };
        if let Some(platform) = &one.platform {
            prefix = format!("for {platform}, ");
        }
        let child = ours
            .children
            .iter()
            .find(|child| child.digest == one.digest);
        ours_root = child
            .ok_or(ImageError::Missing { digest: one.digest })?
            .clone();
        theirs = document(other.digest).await?;
    }
    if kind(&ours_root) != kind(&theirs) {
        return Ok("one is for several platforms, and the other is not".to_owned());
    }
    let (here, there) = (ours_root.manifest()?, theirs.manifest()?);
    let found = manifests(ours, &here, registry, repository, &there).await?;
    Ok(format!("{prefix}{found}"))
}

async fn manifests(
    ours: &Image,
    here: &Manifest,
    registry: &Registry,
    repository: &RepositoryName,
    there: &Manifest,
) -> Result<String, RegistryError> {
    let layers = here.layers.iter().zip(&there.layers).enumerate();
    let differing = layers
        .filter(|(_, (one, other))| one.digest != other.digest)
        .map(|(number, pair)| (number + 1, pair))
        .next();
    if let Some((number, (one, other))) = differing {
        let name = format!(
            "layer {number} of {} is {} here and {} there",
            here.layers.len(),
            one.digest.short(),
            other.digest.short()
        );
        let file = first_file(ours, one, registry, repository, other).await?;
        return Ok(format!("{name}: {file}"));
    }
    if here.layers.len() != there.layers.len() {
        return Ok(format!(
            "there are {} layers here and {} there",
            here.layers.len(),
            there.layers.len()
        ));
    }
    if here.config.digest == there.config.digest {
        return Ok(
            "layers and configuration are the same, and something beside them differs: an annotation or a media type"
                .to_owned(),
        );
    }
    let theirs = registry.small_blob(repository, &there.config).await?;
    let digest = here.config.digest;
    let blob = ours
        .blobs
        .get(&digest)
        .ok_or(ImageError::Missing { digest })?;
    let bytes = match &blob.place {
        BlobPlace::Remote {
            registry,
            repository,
        } => registry
            .small_blob(repository, &here.config)
            .await?
            .to_vec(),
        _ => {
            let mut bytes = Vec::new();
            let read = std::io::Read::read_to_end(&mut blob.open()?, &mut bytes);
            read.map_err(|source| ImageError::Read {
                path: digest.to_string().into(),
                source,
            })?;
            bytes
        }
    };
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap_or_default();
    let place = first_place(&value(&bytes), &value(&theirs), "");
    Ok(format!(
        "every layer is the same; the configuration differs at `{}`",
        place.unwrap_or_else(|| "its spelling".to_owned())
    ))
}

async fn first_file(
    ours: &Image,
    one: &Descriptor,
    registry: &Registry,
    repository: &RepositoryName,
    other: &Descriptor,
) -> Result<String, RegistryError> {
    let digest = one.digest;
    let here = ours
        .blobs
        .get(&digest)
        .ok_or(ImageError::Missing { digest })?;
    // both stay until they are compared
    let (mut kept_ours, mut kept_theirs) = (None, None);
    let here = match &here.place {
        BlobPlace::Remote {
            registry,
            repository,
        } => fetched(registry, repository, one, &mut kept_ours).await?,
        _ => here.clone(),
    };
    let there = fetched(registry, repository, other, &mut kept_theirs).await?;
    let found = layers::first_difference(here.open()?, there.open()?);
    Ok(found.unwrap_or_else(|error| format!("it cannot be read as an archive ({error})")))
}

/// A layer in a temporary file, which goes with `kept`.
async fn fetched(
    registry: &Registry,
    repository: &RepositoryName,
    layer: &Descriptor,
    kept: &mut Option<tempfile::NamedTempFile>,
) -> Result<Blob, RegistryError> {
    let file = tempfile::NamedTempFile::new().map_err(|source| {
        RegistryError::Image(ImageError::Write {
            path: "a temporary file".into(),
            source,
        })
    })?;
    let file = kept.insert(file);
    registry
        .fetch(repository, layer, file.as_file_mut())
        .await?;
    let path = Utf8PathBuf::from(file.path().to_string_lossy().into_owned());
    Ok(Blob {
        descriptor: layer.clone(),
        place: BlobPlace::File { path, offset: 0 },
    })
}

/// The first path at which two values differ.
fn first_place(one: &Value, other: &Value, path: &str) -> Option<String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<&String> = one.keys().chain(other.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| {
                let path = [path, name].join(if path.is_empty() { "" } else { "." });
                match (one.get(name), other.get(name)) {
                    (Some(one), Some(other)) => first_place(one, other, &path),
                    _ => Some(path),
                }
            })
        }
        _ if one == other => None,
        _ => Some(path.to_owned()),
    }
}
