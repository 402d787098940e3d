//! An image from a base and layers on top of it. The base's blobs stay where they are: they are mounted or copied when
//! the image is pushed, and never unpacked.

use std::collections::BTreeMap;

use crate::layer::{Made, TIME_TEXT};
use crate::{
    Blob, BlobPlace, Config, Descriptor, Digest, Document, History, Image, ImageConfig, ImageError,
    Manifest, MediaKind, Platform, Registry, RegistryError, RepositoryName, RootFs, media,
};

/// Which image a layer was put upon.
const BASE_NAME: &str = "org.opencontainers.image.base.name";
const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// An image to build upon, for one platform.
#[derive(Clone, Debug)]
pub struct Base {
    /// What it is called.
    pub name: String,
    /// Its manifest's digest.
    pub digest: Digest,
    /// Its configuration.
    pub config: ImageConfig,
    layers: Vec<Descriptor>,
    blobs: BTreeMap<Digest, Blob>,
}

impl Base {
    /// Nothing.
    #[must_use]
    pub fn scratch(platform: &Platform) -> Self {
        Self {
            name: String::new(),
            digest: Digest::of(""),
            config: ImageConfig {
                architecture: platform.architecture.clone(),
                os: platform.os.clone(),
                created: None,
                config: Config::default(),
                rootfs: RootFs {
                    kind: "layers".to_owned(),
                    diff_ids: Vec::new(),
                },
                history: Vec::new(),
                rest: BTreeMap::new(),
            },
            layers: Vec::new(),
            blobs: BTreeMap::new(),
        }
    }

    /// Looks up `object`, a tag or digest, in a registry: two or three small documents.
    ///
    /// # Errors
    /// No such image, none for this platform, or a registry that does not answer.
    pub async fn fetch(
        registry: &Registry,
        repository: &RepositoryName,
        object: &str,
        platform: &Platform,
    ) -> Result<Self, RegistryError> {
        let name = format!("{}/{repository}:{object}", registry.host());
        let missing = || RegistryError::NoImage {
            reference: name.clone(),
        };
        let mut document = registry.document(repository, object).await?;
        if let Some(index) = &document
            && MediaKind::of(&index.media_type) == Some(MediaKind::Index)
        {
            let manifests = index.index()?.manifests.into_iter();
            let mut fitting = manifests.filter(|manifest| {
                let other = manifest.platform.as_ref();
                other.is_some_and(|other| platform.takes(other))
            });
            let fitting = fitting.next().ok_or_else(|| RegistryError::NoImage {
                reference: format!("{name} for {platform}"),
            })?;
            let object = fitting.digest.to_string();
            document = registry.document(repository, &object).await?;
        }
        let document = document.ok_or_else(missing)?;
        let manifest = document.manifest()?;
        let config = registry.small_blob(repository, &manifest.config).await?;
        let place = BlobPlace::Remote {
            registry: registry.clone(),
            repository: repository.clone(),
        };
        Self::of(name, &document, &manifest, &config, |_| place.clone()).map_err(Into::into)
    }

    /// One that is on this machine.
    ///
    /// # Errors
    /// An index, or an image that is damaged.
    pub fn local(name: &str, image: &Image) -> Result<Self, ImageError> {
        let manifest = image.root.manifest()?;
        let blob = |digest| {
            image
                .blobs
                .get(&digest)
                .ok_or(ImageError::Missing { digest })
        };
        let mut config = Vec::new();
        std::io::Read::read_to_end(&mut blob(manifest.config.digest)?.open()?, &mut config)
            .map_err(|source| ImageError::Read {
                path: name.into(),
                source,
            })?;
        for layer in &manifest.layers {
            blob(layer.digest)?;
        }
        let place = |digest: Digest| image.blobs[&digest].place.clone();
        Self::of(name.to_owned(), &image.root, &manifest, &config, place)
    }

    fn of(
        name: String,
        document: &Document,
        manifest: &Manifest,
        config: &[u8],
        place: impl Fn(Digest) -> BlobPlace,
    ) -> Result<Self, ImageError> {
        let config = serde_json::from_slice(config).map_err(|source| ImageError::NotADocument {
            digest: manifest.config.digest,
            source,
        })?;
        let layers: Vec<Descriptor> = manifest.layers.iter().map(as_oci).collect();
        let blobs = layers.iter().filter(|layer| !layer.is_foreign());
        let blobs = blobs.map(|layer| {
            let blob = Blob {
                descriptor: layer.clone(),
                place: place(layer.digest),
            };
            (layer.digest, blob)
        });
        Ok(Self {
            name,
            digest: document.digest,
            config,
            blobs: blobs.collect(),
            layers,
        })
    }

    /// The image with `layers` on top, each with what made it, running as `configure` says.
    #[must_use]
    pub fn with(
        &self,
        layers: Vec<(String, Made)>,
        configure: impl FnOnce(&mut Config),
        annotations: BTreeMap<String, String>,
    ) -> Image {
        let mut config = self.config.clone();
        configure(&mut config.config);
        config.created = Some(TIME_TEXT.to_owned());
        let mut blobs = self.blobs.clone();
        let mut descriptors = self.layers.clone();
        for (made_by, made) in layers {
            config.rootfs.diff_ids.push(made.diff_id);
            config.history.push(History {
                created: Some(TIME_TEXT.to_owned()),
                created_by: Some(made_by),
                ..History::default()
            });
            descriptors.push(made.blob.descriptor.clone());
            blobs.insert(made.blob.descriptor.digest, made.blob);
        }
        let config = to_json(&config);
        let descriptor = Descriptor::of(media::CONFIG, &config);
        blobs.insert(
            descriptor.digest,
            Blob {
                descriptor: descriptor.clone(),
                place: BlobPlace::Memory(config.into()),
            },
        );
        let mut annotations = annotations;
        if !self.name.is_empty() {
            annotations.insert(BASE_NAME.to_owned(), self.name.clone());
            annotations.insert(BASE_DIGEST.to_owned(), self.digest.to_string());
        }
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(media::MANIFEST.to_owned()),
            artifact_type: None,
            config: descriptor,
            layers: descriptors,
            subject: None,
            annotations,
        };
        Image {
            root: Document::new(media::MANIFEST, to_json(&manifest)),
            children: Vec::new(),
            blobs,
        }
    }
}

/// An artifact that refers to the image `subject`: one blob with a media type, an SBOM for example.
#[must_use]
pub fn referrer(subject: &Document, artifact_type: &str, bytes: Vec<u8>) -> Image {
    let empty = Document::new(media::EMPTY, "{}");
    let blob = Document::new(artifact_type, bytes);
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(media::MANIFEST.to_owned()),
        artifact_type: Some(artifact_type.to_owned()),
        config: empty.descriptor(),
        layers: vec![blob.descriptor()],
        subject: Some(subject.descriptor()),
        annotations: BTreeMap::new(),
    };
    let blobs = [empty, blob].map(|document| {
        let blob = Blob {
            descriptor: document.descriptor(),
            place: BlobPlace::Memory(document.bytes),
        };
        (document.digest, blob)
    });
    Image {
        root: Document::new(media::MANIFEST, to_json(&manifest)),
        children: Vec::new(),
        blobs: blobs.into(),
    }
}

/// Docker's names for the same bytes, as OCI calls them: one manifest should not mix both.
fn as_oci(layer: &Descriptor) -> Descriptor {
    let mut layer = layer.clone();
    if layer.media_type == media::DOCKER_LAYER {
        layer.media_type = media::LAYER.to_owned();
    }
    layer
}

fn to_json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value)
        .unwrap_or_else(|error| unreachable!("these documents have only text keys: {error}"))
}
