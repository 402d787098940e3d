//! A folder of manifests: every object in it, checked for what every object needs.
//!
//! What a kind means is not known here. Files are read in the order of their names, without their subfolders, so that a variant may lie
//! in one; a size, a count and a depth bound what a file may do to us.

use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use miette::Diagnostic;
use serde_json::Value;

use crate::object::{ObjectRef, text};
use crate::yaml;

const LONGEST_FILE: u64 = 8 * 1024 * 1024;
const MOST_OBJECTS: usize = 10_000;

/// Why manifests cannot be used.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum ManifestError {
    /// A file or folder cannot be read.
    #[error("failed to read `{path}`")]
    Read {
        /// The file or folder.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is larger than any manifest.
    #[error("`{path}` is larger than 8 MiB")]
    #[diagnostic(help("split it"))]
    TooLarge {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A file is no YAML that we read.
    #[error("`{path}` cannot be used")]
    Yaml {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong, and where.
        source: serde_yaml::Error,
    },
    /// A document lacks what every object has.
    #[error("document {number} of `{path}` {problem}")]
    #[diagnostic(help(
        "each document is one object with `apiVersion`, `kind` and `metadata.name`"
    ))]
    NotAnObject {
        /// The file.
        path: Utf8PathBuf,
        /// Counted from one.
        number: usize,
        /// A fragment.
        problem: String,
    },
    /// One object stands twice.
    #[error("{object} stands in `{first}` and in `{second}`")]
    #[diagnostic(help("keep one of them"))]
    Twice {
        /// Its name.
        object: Box<ObjectRef>,
        /// A file.
        first: Utf8PathBuf,
        /// Another, or the same.
        second: Utf8PathBuf,
    },
    /// There is nothing in it.
    #[error("`{path}` holds no manifest")]
    #[diagnostic(help("name a folder of `.yaml` files, or one such file"))]
    Empty {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// There is too much in it.
    #[error("`{path}` holds more than 10,000 objects")]
    TooMany {
        /// The folder.
        path: Utf8PathBuf,
    },
}

/// One object as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The object.
    pub object: Value,
    /// The file that it stands in.
    pub file: Utf8PathBuf,
}

/// Reads a folder, or one file.
///
/// # Errors
/// A file that cannot be read, is too large, or is no list of objects.
pub fn read(path: &Utf8Path) -> Result<Vec<Manifest>, ManifestError> {
    let failed = |source| ManifestError::Read {
        path: path.to_owned(),
        source,
    };
    let mut files = Vec::new();
    if path.metadata().map_err(failed)?.is_dir() {
        for entry in path.read_dir_utf8().map_err(failed)? {
            let file = entry.map_err(failed)?.into_path();
            if matches!(file.extension(), Some("yaml" | "yml" | "json")) && file.is_file() {
                files.push(file);
            }
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut manifests = Vec::new();
    for file in files {
        read_file(&file, &mut manifests)?;
        if manifests.len() > MOST_OBJECTS {
            break;
        }
    }
    whole(path, manifests)
}

/// Reads what a tool made of `path`.
///
/// # Errors
/// The same.
pub fn parse(path: &Utf8Path, text: &str) -> Result<Vec<Manifest>, ManifestError> {
    let mut manifests = Vec::new();
    add(path, text, &mut manifests)?;
    whole(path, manifests)
}

fn whole(path: &Utf8Path, manifests: Vec<Manifest>) -> Result<Vec<Manifest>, ManifestError> {
    let path = path.to_owned();
    match manifests.len() {
        0 => return Err(ManifestError::Empty { path }),
        count if count > MOST_OBJECTS => return Err(ManifestError::TooMany { path }),
        _ => {}
    }
    once_each(&manifests)?;
    Ok(manifests)
}

fn read_file(path: &Utf8Path, manifests: &mut Vec<Manifest>) -> Result<(), ManifestError> {
    let failed = |source| ManifestError::Read {
        path: path.to_owned(),
        source,
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LONGEST_FILE + 1)
        .read_to_string(&mut text)
        .map_err(failed)?;
    add(path, &text, manifests)
}

fn add(path: &Utf8Path, text: &str, manifests: &mut Vec<Manifest>) -> Result<(), ManifestError> {
    if text.len() as u64 > LONGEST_FILE {
        return Err(ManifestError::TooLarge {
            path: path.to_owned(),
        });
    }
    let documents = yaml::documents(text).map_err(|source| ManifestError::Yaml {
        path: path.to_owned(),
        source,
    })?;
    for (number, document) in documents.into_iter().enumerate() {
        let problem = |problem: String| ManifestError::NotAnObject {
            path: path.to_owned(),
            number: number + 1,
            problem,
        };
        for object in flattened(document) {
            check(&object).map_err(problem)?;
            manifests.push(Manifest {
                object,
                file: path.to_owned(),
            });
        }
    }
    Ok(())
}

/// A `List` is its items, and an empty document is nothing.
fn flattened(document: Value) -> Vec<Value> {
    match document {
        Value::Null => Vec::new(),
        Value::Object(mut list) if list.get("kind").is_some_and(|kind| kind == "List") => {
            match list.remove("items") {
                Some(Value::Array(items)) => items,
                _ => vec![Value::Null],
            }
        }
        object => vec![object],
    }
}

fn check(object: &Value) -> Result<(), String> {
    if !object.is_object() {
        return Err("is no object".to_owned());
    }
    for pointer in ["/apiVersion", "/kind", "/metadata/name"] {
        if text(object, pointer).is_none() {
            return Err(format!("has no `{}`", pointer[1..].replace('/', ".")));
        }
    }
    // they become parts of a path
    for pointer in [
        "/metadata/name",
        "/metadata/namespace",
        "/apiVersion",
        "/kind",
    ] {
        let odd = |letter: char| {
            !(letter.is_ascii_alphanumeric()
                || "-._:".contains(letter)
                || letter == '/' && pointer == "/apiVersion")
        };
        if let Some(name) =
            text(object, pointer).filter(|name| name.contains(odd) || name.contains(".."))
        {
            return Err(format!(
                "has `{}` in `{}`",
                crate::object::one_line(name),
                pointer[1..].replace('/', ".")
            ));
        }
    }
    Ok(())
}

fn once_each(manifests: &[Manifest]) -> Result<(), ManifestError> {
    let mut seen = std::collections::BTreeMap::new();
    for manifest in manifests {
        let object = ObjectRef::of(&manifest.object);
        let key = (
            object.group().to_owned(),
            object.kind.clone(),
            object.namespace.clone(),
            object.name.clone(),
        );
        if let Some(first) = seen.insert(key, &manifest.file) {
            return Err(ManifestError::Twice {
                object: Box::new(object),
                first: first.clone(),
                second: manifest.file.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn read_all(files: &[(&str, &str)]) -> Result<Vec<Manifest>, String> {
        let folder = folder(files);
        read(Utf8Path::from_path(folder.path()).unwrap()).map_err(|error| {
            let causes =
                std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
            text.replace(folder.path().to_str().unwrap(), "")
        })
    }

    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

    #[test]
    fn files_lists_and_documents() {
        let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
        let found = read_all(&[
            ("b.yaml", list),
            ("a.yml", MAP),
            ("notes.txt", "x"),
            ("c.yaml", "---\n---\n"),
        ])
        .unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|one| ObjectRef::of(&one.object).name)
            .collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn what_is_no_manifest_is_named_with_its_file() {
        let twice = format!("{MAP}---\n{MAP}");
        for (text, expected) in [
            (
                "apiVersion: v1\nkind: ConfigMap\n",
                "document 1 of `/a.yaml` has no `metadata.name`",
            ),
            ("- a\n", "document 1 of `/a.yaml` is no object"),
            (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ../../x}\n",
                "has `../../x` in `metadata.name`",
            ),
            (
                "apiVersion: v1\nkind: ConfigMap\nkind: Pod\n",
                "the key `kind` stands twice",
            ),
            (&twice, "ConfigMap a stands in"),
            ("", "holds no manifest"),
            ("a: [", "cannot be used"),
        ] {
            let error = read_all(&[("a.yaml", text)]).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let large = "#".repeat(9 * 1024 * 1024);
        assert!(
            read_all(&[("a.yaml", &large)])
                .unwrap_err()
                .contains("larger than")
        );
    }
}
