//! Images on disk: a folder in the OCI layout, or a tar archive of one, as `buildah push`, `docker save` (since Docker
//! 25) and `docker buildx --output type=oci` write them.
//!
//! An archive is not unpacked: where each blob begins in it is remembered. Documents are held against their digests here;
//! blobs against their sizes, and against their digests while they are sent.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    BlobPlace, Descriptor, Digest, Document, Image, ImageError, Index, LARGEST_MANIFEST, media,
};

/// The name that `index.json` gives to an image.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
const LAYOUT: &str = "oci-layout";
const VERSION: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
const INDEX: &str = "index.json";

/// No image has more blobs.
const MOST_FILES: usize = 100_000;

/// Where files are.
enum Files {
    Folder(Utf8PathBuf),
    /// Offset and size by name.
    Archive(Utf8PathBuf, BTreeMap<String, (u64, u64)>),
}

/// Reads the image in a folder or archive; the one called `name` when there are several.
///
/// # Errors
/// No layout, several images and no name, or an image that is damaged.
pub fn read(path: &Utf8Path, name: Option<&str>) -> Result<Image, ImageError> {
    let files = Files::open(path)?;
    let not = |because: &str| ImageError::NotALayout {
        path: path.to_owned(),
        because: because.to_owned(),
    };
    let index = files
        .small(INDEX)?
        .ok_or_else(|| not("it has no `index.json`"))?;
    let index: Index = serde_json::from_slice(&index)
        .map_err(|error| not(&format!("`index.json` is none: {error}")))?;
    let named = |descriptor: &&Descriptor| {
        name.is_none() || descriptor.annotations.get(REF_NAME).map(String::as_str) == name
    };
    let mut roots = index.manifests.iter().filter(named);
    let root = roots.next().ok_or_else(|| match name {
        Some(name) => not(&format!("it has no image `{name}`")),
        None => not("it has no image"),
    })?;
    if roots.any(|other| other.digest != root.digest) {
        return Err(not("it has several images, and none was named"));
    }
    let document = |descriptor: &Descriptor| files.document(descriptor);
    Image::follow(files.document(root)?, document, |descriptor| {
        files.place(descriptor)
    })
}

impl Files {
    fn open(path: &Utf8Path) -> Result<Self, ImageError> {
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let read = |source| ImageError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(read)?;
        let mut archive = tar::Archive::new(file);
        let mut found = BTreeMap::new();
        let entries = archive.entries_with_seek().map_err(read)?;
        for entry in entries {
            let entry = entry.map_err(|error| ImageError::NotALayout {
                path: path.to_owned(),
                because: format!("it is neither a folder nor a tar archive: {error}"),
            })?;
            if found.len() > MOST_FILES {
                return Err(ImageError::NotALayout {
                    path: path.to_owned(),
                    because: format!("it holds more than {MOST_FILES} files"),
                });
            }
            if entry.header().entry_type().is_file() {
                let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                let place = (entry.raw_file_position(), entry.size());
                found.insert(name.trim_start_matches("./").to_owned(), place);
            }
        }
        Ok(Self::Archive(path.to_owned(), found))
    }

    /// A file that is read whole, when it is there.
    fn small(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        let Some((path, offset, size)) = self.find(name)? else {
            return Ok(None);
        };
        let read = |source| ImageError::Read {
            path: path.clone(),
            source,
        };
        if size > LARGEST_MANIFEST {
            return Err(ImageError::NotALayout {
                path: path.clone(),
                because: format!("`{name}` is larger than {LARGEST_MANIFEST} bytes"),
            });
        }
        let mut file = File::open(&path).map_err(read)?;
        file.seek(SeekFrom::Start(offset)).map_err(read)?;
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes).map_err(read)?;
        Ok(Some(bytes))
    }

    fn document(&self, descriptor: &Descriptor) -> Result<Document, ImageError> {
        let digest = descriptor.digest;
        let bytes = self
            .small(&name_of(digest))?
            .ok_or(ImageError::Missing { digest })?;
        let document = Document::new(&descriptor.media_type, bytes);
        if document.digest != digest {
            return Err(ImageError::Corrupt {
                digest,
                found: document.digest,
            });
        }
        Ok(document)
    }

    fn place(&self, descriptor: &Descriptor) -> Result<Option<BlobPlace>, ImageError> {
        let Some((path, offset, size)) = self.find(&name_of(descriptor.digest))? else {
            return Ok(None);
        };
        if size != descriptor.size {
            return Err(ImageError::Size {
                digest: descriptor.digest,
                said: descriptor.size,
                found: size,
            });
        }
        Ok(Some(BlobPlace::File { path, offset }))
    }

    /// The file, where its bytes begin, and how many there are.
    fn find(&self, name: &str) -> Result<Option<(Utf8PathBuf, u64, u64)>, ImageError> {
        match self {
            Self::Archive(path, found) => Ok(found
                .get(name)
                .map(|(offset, size)| (path.clone(), *offset, *size))),
            Self::Folder(folder) => {
                let path = folder.join(name);
                match std::fs::metadata(&path) {
                    Ok(file) if file.is_file() => Ok(Some((path, 0, file.len()))),
                    Ok(_) => Ok(None),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(source) => Err(ImageError::Read { path, source }),
                }
            }
        }
    }
}

fn name_of(digest: Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// Writes an image, all of whose blobs are on this machine, as a layout into `folder`.
///
/// # Errors
/// A folder that cannot be written, or a blob that is elsewhere.
pub fn write(image: &Image, folder: &Utf8Path, name: Option<&str>) -> Result<(), ImageError> {
    let blobs = folder.join("blobs/sha256");
    let failed = |path: &Utf8Path| {
        let path = path.to_owned();
        move |source| ImageError::Write { path, source }
    };
    std::fs::create_dir_all(&blobs).map_err(failed(&blobs))?;
    for document in image.children.iter().chain([&image.root]) {
        let path = blobs.join(document.digest.hex());
        std::fs::write(&path, &document.bytes).map_err(failed(&path))?;
    }
    for blob in image.blobs.values() {
        let path = blobs.join(blob.descriptor.digest.hex());
        let mut file = File::create(&path).map_err(failed(&path))?;
        std::io::copy(&mut blob.open()?, &mut file).map_err(failed(&path))?;
        file.flush().map_err(failed(&path))?;
    }
    let mut root = image.root.descriptor();
    if let Some(name) = name {
        root.annotations
            .insert(REF_NAME.to_owned(), name.to_owned());
    }
    let index = Index {
        schema_version: 2,
        media_type: Some(media::INDEX.to_owned()),
        manifests: vec![root],
        annotations: BTreeMap::new(),
    };
    let index = serde_json::to_vec(&index)
        .unwrap_or_else(|error| unreachable!("an index has only text keys: {error}"));
    for (name, bytes) in [(LAYOUT, VERSION.as_bytes()), (INDEX, &index)] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).map_err(failed(&path))?;
    }
    Ok(())
}
