//! A layer made here, so that the same files give the same bytes on any machine.
//!
//! What differs between machines does not go in: entries are sorted, times and owners are fixed, modes are one of two,
//! and the gzip header names neither a time nor a system. The compressor (zlib-rs, which decides by no feature of the
//! processor) is part of this program; a new version of it may give other bytes for the same files, and a test tells.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write as _};

use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::{Blob, BlobPlace, Descriptor, Digest, Hashing, ImageError, media};

/// The time of everything in a layer: the first one that a zip archive can hold too.
pub const TIME: u64 = 315_532_800;
/// The same as configurations write it.
pub const TIME_TEXT: &str = "1980-01-01T00:00:00Z";

/// The files of a layer, by their path in the image, without a slash in front.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    entries: BTreeMap<String, Entry>,
}

/// One file of a layer.
#[derive(Clone, Debug)]
enum Entry {
    Folder,
    File { content: Content, executable: bool },
    Link(String),
}

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum Content {
    /// In a file.
    Path(Utf8PathBuf),
    /// Here.
    Bytes(Bytes),
}

/// A layer as a blob.
#[derive(Clone, Debug)]
pub struct Made {
    /// The blob.
    pub blob: Blob,
    /// The digest of its uncompressed bytes.
    pub diff_id: Digest,
}

impl Layer {
    /// Adds a file, and the folders above it.
    ///
    /// # Errors
    /// A path that leads out of the image, or that is a folder already.
    pub fn file(
        &mut self,
        path: &str,
        content: Content,
        executable: bool,
    ) -> Result<(), ImageError> {
        self.add(
            path,
            Entry::File {
                content,
                executable,
            },
        )
    }

    /// Adds a folder, and those above it; one that is there already stays.
    ///
    /// # Errors
    /// A path that leads out of the image, or where a file stands.
    pub fn folder(&mut self, path: &str) -> Result<(), ImageError> {
        match self.entries.get(path.trim_matches('/')) {
            Some(Entry::Folder) => Ok(()),
            _ => self.add(path.trim_end_matches('/'), Entry::Folder),
        }
    }

    /// Adds a symbolic link.
    ///
    /// # Errors
    /// The same.
    pub fn link(&mut self, path: &str, target: &str) -> Result<(), ImageError> {
        self.add(path, Entry::Link(target.to_owned()))
    }

    /// Adds everything below `folder` at `path`, as far as `takes` wants it. Symbolic links stay links.
    ///
    /// # Errors
    /// A folder that cannot be read, or a file that is neither file, folder nor link.
    pub fn tree(
        &mut self,
        folder: &Utf8Path,
        path: &str,
        takes: &mut dyn FnMut(&Utf8Path) -> bool,
    ) -> Result<(), ImageError> {
        let failed = |source| ImageError::Read {
            path: folder.to_owned(),
            source,
        };
        for entry in folder.read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let here = entry.path();
            if !takes(here) {
                continue;
            }
            let there = format!("{path}/{}", entry.file_name());
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                self.tree(here, &there, takes)?;
            } else if kind.is_symlink() {
                let target = here.read_link_utf8().map_err(failed)?;
                self.link(&there, target.as_str())?;
            } else if kind.is_file() {
                let executable = is_executable(&entry.metadata().map_err(failed)?);
                self.file(&there, Content::Path(here.to_owned()), executable)?;
            } else {
                return Err(refuse(&there, "it is neither a file nor a folder"));
            }
        }
        Ok(())
    }

    fn add(&mut self, path: &str, entry: Entry) -> Result<(), ImageError> {
        let path = path.trim_start_matches('/');
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if !path.split('/').all(plain) || path.contains('\0') {
            return Err(refuse(path, "its path leads elsewhere"));
        }
        for (at, _) in path.match_indices('/') {
            let folder = self.entries.entry(path[..at].to_owned());
            if !matches!(folder.or_insert(Entry::Folder), Entry::Folder) {
                return Err(refuse(path, "a file stands where a folder above it should"));
            }
        }
        let is_folder = matches!(entry, Entry::Folder);
        match self.entries.insert(path.to_owned(), entry) {
            Some(Entry::Folder) => Err(refuse(path, "a folder of that name is there already")),
            Some(_) if is_folder => Err(refuse(path, "a file of that name is there already")),
            _ => Ok(()),
        }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes it into `folder`, under the name of its digest.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub fn write(&self, folder: &Utf8Path) -> Result<Made, ImageError> {
        let failed = |source| ImageError::Write {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let compressed = Hashing::new(BufWriter::with_capacity(256 * 1024, file));
        let compressor = GzEncoder::new(compressed, Compression::default());
        let mut archive = tar::Builder::new(Hashing::new(compressor));
        archive.mode(tar::HeaderMode::Deterministic);
        for (path, entry) in &self.entries {
            append(&mut archive, path, entry)?;
        }
        let (compressor, diff_id, _) = archive.into_inner().map_err(failed)?.finish();
        let (file, digest, size) = compressor.finish().map_err(failed)?.finish();
        let mut file = file
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.flush().map_err(failed)?;
        let path = folder.join(digest.hex());
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(Made {
            blob: Blob {
                descriptor: Descriptor::new(media::LAYER, digest, size),
                place: BlobPlace::File { path, offset: 0 },
            },
            diff_id,
        })
    }
}

fn append<W: std::io::Write>(
    archive: &mut tar::Builder<W>,
    path: &str,
    entry: &Entry,
) -> Result<(), ImageError> {
    let mut header = tar::Header::new_gnu();
    header.set_mtime(TIME);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    let failed = |source| ImageError::Write {
        path: path.into(),
        source,
    };
    match entry {
        Entry::Folder => {
            header.set_entry_type(tar::EntryType::Directory);
            header.set_mode(0o755);
            let folder = format!("{path}/");
            archive.append_data(&mut header, folder, std::io::empty())
        }
        Entry::Link(target) => {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_mode(0o777);
            archive.append_link(&mut header, path, target)
        }
        Entry::File {
            content,
            executable,
        } => {
            header.set_entry_type(tar::EntryType::Regular);
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            match content {
                Content::Bytes(bytes) => {
                    header.set_size(bytes.len() as u64);
                    archive.append_data(&mut header, path, bytes.as_ref())
                }
                Content::Path(file) => {
                    let read = |source| ImageError::Read {
                        path: file.clone(),
                        source,
                    };
                    let open = File::open(file).map_err(read)?;
                    let size = open.metadata().map_err(read)?.len();
                    header.set_size(size);
                    // a file that shrinks meanwhile would leave the archive broken
                    archive.append_data(&mut header, path, Exactly(open, size))
                }
            }
        }
    }
    .map_err(failed)
}

/// A file of exactly so many bytes; another length is an error.
struct Exactly(File, u64);

impl Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = usize::try_from(self.1)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.0.read(&mut buffer[..most])?;
        self.1 -= read as u64;
        if read == 0 && self.1 > 0 && most > 0 {
            return Err(std::io::Error::other("the file changed while it was read"));
        }
        Ok(read)
    }
}

fn refuse(path: &str, because: &str) -> ImageError {
    ImageError::NotForALayer {
        path: path.to_owned(),
        because: because.to_owned(),
    }
}

#[cfg(unix)]
fn is_executable(file: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}
