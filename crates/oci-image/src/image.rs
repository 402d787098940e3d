//! An image that can be pushed: its documents as bytes, and where each of its blobs is.
//!
//! Every document is held against the digest that led to it, and every descriptor's size against the blob, before
//! anything is sent; a blob's bytes are held against its digest while they are sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};

use bytes::Bytes;
use camino::Utf8PathBuf;

use crate::{Descriptor, Digest, ImageError, Index, Manifest, MediaKind, Registry, RepositoryName};

/// A manifest or an index, as its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Document {
    /// Of `bytes`.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(&bytes),
            bytes,
        }
    }

    /// What an index or layout says of it.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(&self.media_type, &self.bytes)
    }

    /// Reads it as an image for one platform.
    ///
    /// # Errors
    /// Something else.
    pub fn manifest(&self) -> Result<Manifest, ImageError> {
        self.read()
    }

    /// Reads it as an index.
    ///
    /// # Errors
    /// Something else.
    pub fn index(&self) -> Result<Index, ImageError> {
        self.read()
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, ImageError> {
        serde_json::from_slice(&self.bytes).map_err(|source| ImageError::NotADocument {
            digest: self.digest,
            source,
        })
    }
}

/// Where the bytes of a blob are.
#[derive(Clone, Debug)]
pub enum BlobPlace {
    /// In a file, from an offset on: a layout has a file for each blob, an archive has one for all.
    File {
        /// The file.
        path: Utf8PathBuf,
        /// Where the blob begins, in bytes.
        offset: u64,
    },
    /// Here.
    Memory(Bytes),
    /// In a repository, where it was not fetched from yet.
    Remote {
        /// The registry.
        registry: Registry,
        /// The repository.
        repository: RepositoryName,
    },
}

/// A blob that can be sent.
#[derive(Clone, Debug)]
pub struct Blob {
    /// What it is.
    pub descriptor: Descriptor,
    /// Where it is.
    pub place: BlobPlace,
}

impl Blob {
    /// Its bytes as a stream, when it is on this machine.
    ///
    /// # Errors
    /// A file that cannot be read, or a blob that is elsewhere.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, ImageError> {
        match &self.place {
            BlobPlace::Memory(bytes) => Ok(Box::new(std::io::Cursor::new(bytes.clone()))),
            BlobPlace::File { path, offset } => {
                let read = |source| ImageError::Read {
                    path: path.clone(),
                    source,
                };
                let mut file = File::open(path).map_err(read)?;
                file.seek(SeekFrom::Start(*offset)).map_err(read)?;
                Ok(Box::new(file.take(self.descriptor.size)))
            }
            BlobPlace::Remote { .. } => Err(ImageError::Elsewhere {
                digest: self.descriptor.digest,
            }),
        }
    }
}

/// An image, or several under one index, ready to be pushed.
#[derive(Clone, Debug)]
pub struct Image {
    /// What a tag leads to.
    pub root: Document,
    /// What the root leads to, when it is an index.
    pub children: Vec<Document>,
    /// The blobs by digest.
    pub blobs: BTreeMap<Digest, Blob>,
}

impl Image {
    /// Follows `root` to everything that it leads to. `document` gives a manifest by its descriptor, and `place` says
    /// where a blob is, `None` when it is missing.
    ///
    /// # Errors
    /// A document that is missing or is not what its digest says, a blob that is missing, or a blob with two sizes.
    pub fn follow(
        root: Document,
        mut document: impl FnMut(&Descriptor) -> Result<Document, ImageError>,
        mut place: impl FnMut(&Descriptor) -> Result<Option<BlobPlace>, ImageError>,
    ) -> Result<Self, ImageError> {
        let mut children: Vec<Document> = Vec::new();
        let mut seen = BTreeSet::from([root.digest]);
        let mut waiting = vec![root.clone()];
        let mut manifests = Vec::new();
        while let Some(next) = waiting.pop() {
            match MediaKind::of(&next.media_type) {
                Some(MediaKind::Manifest) => manifests.push(next.manifest()?),
                Some(MediaKind::Index) => {
                    for descriptor in next.index()?.manifests {
                        if !seen.insert(descriptor.digest) {
                            continue;
                        }
                        if seen.len() > MOST_DOCUMENTS {
                            return Err(ImageError::TooMany);
                        }
                        let child = document(&descriptor)?;
                        waiting.push(child.clone());
                        // what is referred to goes first
                        children.insert(0, child);
                    }
                }
                None => {
                    return Err(ImageError::MediaType {
                        digest: next.digest,
                        media_type: next.media_type.chars().take(120).collect(),
                    });
                }
            }
        }
        let mut blobs: BTreeMap<Digest, Blob> = BTreeMap::new();
        for manifest in manifests {
            let parts = std::iter::once(manifest.config).chain(manifest.layers);
            for descriptor in parts.filter(|part| !part.is_foreign()) {
                if let Some(known) = blobs.get(&descriptor.digest) {
                    if known.descriptor.size != descriptor.size {
                        return Err(ImageError::Size {
                            digest: descriptor.digest,
                            said: descriptor.size,
                            found: known.descriptor.size,
                        });
                    }
                    continue;
                }
                let place = place(&descriptor)?.ok_or(ImageError::Missing {
                    digest: descriptor.digest,
                })?;
                blobs.insert(descriptor.digest, Blob { descriptor, place });
            }
        }
        Ok(Self {
            root,
            children,
            blobs,
        })
    }

    /// What a tag leads to, by its digest.
    pub fn digest(&self) -> Digest {
        self.root.digest
    }

    /// The bytes of its blobs together.
    pub fn size(&self) -> u64 {
        self.blobs.values().map(|blob| blob.descriptor.size).sum()
    }
}

/// An index with more is no image that anybody made.
const MOST_DOCUMENTS: usize = 1000;
