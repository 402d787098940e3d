//! The files of a build: what the context holds when `.dockerignore` is through with it, in order.

use camino::{Utf8Path, Utf8PathBuf};

use super::ignore::Ignore;
use crate::Error;

/// One file of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// From the context's root.
    pub(crate) path: String,
    /// Where it is.
    pub(crate) place: Utf8PathBuf,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File { executable: bool },
    Link { target: String },
}

/// Lists the files, sorted by path. Folders without files do not count, and what we write ourselves, in `own`, does not
/// either: a run would change what the next one finds.
pub(crate) fn files(
    context: &Utf8Path,
    dockerfile: &Utf8Path,
    own: &Utf8Path,
) -> Result<Vec<File>, Error> {
    let walk = Walk {
        ignore: ignore(context, dockerfile)?,
        own: own.canonicalize_utf8().ok(),
    };
    let mut files = Vec::new();
    walk.folder(context, "", &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The ignore file of this Dockerfile, else the context's.
fn ignore(context: &Utf8Path, dockerfile: &Utf8Path) -> Result<Ignore, Error> {
    let own = Utf8PathBuf::from(format!("{dockerfile}.dockerignore"));
    for path in [own, context.join(".dockerignore")] {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(source) => return Err(Error::Read { path, source }),
        };
        return Ignore::parse(&text).map_err(|pattern| Error::Ignore { path, pattern });
    }
    Ok(Ignore::default())
}

struct Walk {
    ignore: Ignore,
    own: Option<Utf8PathBuf>,
}

impl Walk {
    fn folder(&self, folder: &Utf8Path, above: &str, files: &mut Vec<File>) -> Result<(), Error> {
        let failed = |source| Error::Read {
            path: folder.to_owned(),
            source,
        };
        for entry in folder.read_dir_utf8().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = match above {
                "" => entry.file_name().to_owned(),
                above => format!("{above}/{}", entry.file_name()),
            };
            let excluded = self.ignore.excludes(&path);
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                let is_own =
                    self.own.is_some() && entry.path().canonicalize_utf8().ok() == self.own;
                if !is_own && (!excluded || self.ignore.may_keep_in(&path)) {
                    self.folder(entry.path(), &path, files)?;
                }
                continue;
            }
            if excluded {
                continue;
            }
            let kind = if kind.is_symlink() {
                let target = entry.path().read_link_utf8().map_err(failed)?;
                Kind::Link {
                    target: target.into_string(),
                }
            } else if kind.is_file() {
                let metadata = entry.metadata().map_err(failed)?;
                Kind::File {
                    executable: is_executable(&metadata),
                }
            } else {
                // a socket or a pipe is nothing that a build can copy
                continue;
            };
            files.push(File {
                place: entry.path().to_owned(),
                path,
                kind,
            });
        }
        Ok(())
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
