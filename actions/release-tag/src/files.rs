//! The files of a release: what lies in a folder, each with its digest, and the list of all digests as one file more.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest as _, Sha256};

use crate::Error;

/// The file with all digests, as `sha256sum --check` reads it.
pub(crate) const SUMS: &str = "SHA256SUMS";

/// A file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) name: String,
    /// SHA-256, in hexadecimal digits.
    pub(crate) digest: String,
    /// In bytes.
    pub(crate) size: u64,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    OnDisk(Utf8PathBuf),
    Here(Vec<u8>),
}

impl File {
    /// The bytes, which are those of the digest.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        let path = match &self.content {
            Content::Here(bytes) => return Ok(bytes.clone()),
            Content::OnDisk(path) => path,
        };
        let bytes = std::fs::read(path).map_err(|source| Error::ReadFile {
            file: path.clone(),
            source,
        })?;
        match digest(&bytes) == self.digest {
            true => Ok(bytes),
            false => Err(Error::ChangedFile { file: path.clone() }),
        }
    }
}

/// The files of a folder by name, [`SUMS`] among them; folders in it are left out.
pub(crate) fn files(folder: &Utf8Path) -> Result<Vec<File>, Error> {
    let failed = |file: &Utf8Path, source| Error::ReadFile {
        file: file.to_owned(),
        source,
    };
    let mut files = Vec::new();
    let entries = folder
        .read_dir_utf8()
        .map_err(|source| failed(folder, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| failed(folder, source))?;
        let (path, name) = (entry.path(), entry.file_name());
        // also through a link
        if !path.is_file() {
            continue;
        }
        if !is_name(name) {
            return Err(Error::FileName {
                name: name.to_owned(),
            });
        }
        let bytes = std::fs::read(path).map_err(|source| failed(path, source))?;
        if bytes.is_empty() {
            return Err(Error::EmptyFile {
                file: path.to_owned(),
            });
        }
        files.push(File {
            name: name.to_owned(),
            digest: digest(&bytes),
            size: bytes.len() as u64,
            content: Content::OnDisk(path.to_owned()),
        });
    }
    if files.is_empty() {
        return Err(Error::NoFiles {
            folder: folder.to_owned(),
        });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let given = files.iter().position(|file| file.name == SUMS);
    let given = given.map(|place| files.remove(place));
    let lines = files
        .iter()
        .map(|file| format!("{}  {}\n", file.digest, file.name));
    let sums = lines.collect::<String>().into_bytes();
    let sums = File {
        name: SUMS.to_owned(),
        digest: digest(&sums),
        size: sums.len() as u64,
        content: Content::Here(sums),
    };
    if given.is_some_and(|given| given.digest != sums.digest) {
        return Err(Error::OtherSums {
            file: folder.join(SUMS),
        });
    }
    files.push(sums);
    Ok(files)
}

/// SHA-256, in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether GitHub keeps a name as it is; it puts a dot for any other character, and takes names away that begin with one.
fn is_name(name: &str) -> bool {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+@".contains(&byte);
    name.bytes().all(kept) && !name.starts_with('.') && !name.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files_in_it: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for (name, text) in files_in_it {
            std::fs::write(path.join(name), text).unwrap();
        }
        (folder, path)
    }

    #[test]
    fn the_list_of_digests_is_what_sha256sum_reads() {
        let (_kept, path) = folder(&[("b.tar", "b"), ("a.tar", "a")]);
        std::fs::create_dir(path.join("more")).unwrap();
        let found = files(&path).unwrap();
        let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.tar", "b.tar", SUMS]);
        let sums = String::from_utf8(found[2].bytes().unwrap()).unwrap();
        assert_eq!(
            sums,
            "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  a.tar\n\
             3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d  b.tar\n"
        );
        // one that a build wrote already is taken when it says the same
        std::fs::write(path.join(SUMS), &sums).unwrap();
        assert_eq!(files(&path).unwrap(), found);
        std::fs::write(path.join(SUMS), sums.replace("ca97", "ca98")).unwrap();
        assert!(matches!(files(&path), Err(Error::OtherSums { .. })));
    }

    #[test]
    fn what_cannot_be_sent_is_refused_before_anything_is_done() {
        let (_kept, path) = folder(&[]);
        assert!(matches!(files(&path), Err(Error::NoFiles { .. })));
        let (_kept, path) = folder(&[("a b", "1")]);
        assert!(matches!(files(&path), Err(Error::FileName { .. })));
        let (_kept, path) = folder(&[("a", "")]);
        assert!(matches!(files(&path), Err(Error::EmptyFile { .. })));
        let gone = path.join("gone");
        assert!(matches!(files(&gone), Err(Error::ReadFile { .. })));
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_not_sent() {
        let (_kept, path) = folder(&[("a", "1")]);
        let found = files(&path).unwrap();
        std::fs::write(path.join("a"), "2").unwrap();
        assert!(matches!(found[0].bytes(), Err(Error::ChangedFile { .. })));
    }
}
