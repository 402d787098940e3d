//! The evidence folder: one file for each piece of evidence about one environment's plan.
//!
//! Files are written whole or not at all, readable by their owner only, and read with suspicion: a file that is no
//! evidence is an error, never skipped, because what is skipped is not judged. What evidence means is not known here.

use std::io::{ErrorKind, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{Case, Exhibit, Kind, NotAStatement, Predicate, Sha256, Statement, Verdict};
use miette::Diagnostic;

/// The evidence folder of one environment.
#[derive(Clone, Debug)]
pub struct Store {
    folder: Utf8PathBuf,
}

/// Why evidence cannot be read or written.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum StoreError {
    /// The folder or a file in it cannot be read.
    #[error("failed to read evidence from `{path}`")]
    #[diagnostic(help("check who may read the evidence folder"))]
    Read {
        /// The folder or file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file in the folder is no evidence, or was damaged.
    #[error("`{path}` is not evidence")]
    #[diagnostic(help(
        "keep nothing but evidence in this folder; remove the file, or run the action that writes it again"
    ))]
    NotEvidence {
        /// The file.
        path: Utf8PathBuf,
        /// What is wrong with it.
        source: NotAStatement,
    },
    /// Two files claim to be the one piece of their kind.
    #[error("`{first}` and `{second}` both are {kind} evidence")]
    #[diagnostic(help("remove the one that is not about this plan"))]
    Ambiguous {
        /// Their kind.
        kind: Kind,
        /// One file.
        first: String,
        /// The other file.
        second: String,
    },
    /// A file cannot be written.
    #[error("failed to write `{path}`")]
    Write {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Everything that lies in one folder.
#[derive(Debug, Default)]
pub struct Contents {
    /// What is judged.
    pub case: Case,
    /// The verdict over it, when it was judged already.
    pub verdict: Option<Exhibit<Verdict>>,
}

impl Store {
    /// The folder of `environment` below `folder`.
    pub fn new(folder: &Utf8Path, environment: &str) -> Self {
        Self {
            folder: folder.join(environment),
        }
    }

    /// Where the evidence lies.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// Writes a piece of evidence and returns its file. It replaces the piece of its kind that was there.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn save<P: Predicate>(&self, statement: &Statement<P>) -> Result<Utf8PathBuf, StoreError> {
        self.save_to(&format!("{}.json", P::KIND), statement)
    }

    /// Writes a piece of evidence about one of several things, such as an application, and returns its file.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn save_about<P: Predicate>(
        &self,
        about: &str,
        statement: &Statement<P>,
    ) -> Result<Utf8PathBuf, StoreError> {
        self.save_to(&format!("{}-{about}.json", P::KIND), statement)
    }

    fn save_to<P: Predicate>(
        &self,
        name: &str,
        statement: &Statement<P>,
    ) -> Result<Utf8PathBuf, StoreError> {
        let path = self.folder.join(name);
        let write = |source| StoreError::Write {
            path: path.clone(),
            source,
        };
        let bytes = statement.to_json().map_err(|error| write(error.into()))?;
        write_private(&path, &bytes)?;
        Ok(path)
    }

    /// Takes away what was written about an earlier plan.
    ///
    /// # Errors
    /// A folder that cannot be emptied.
    pub fn clear(&self) -> Result<(), StoreError> {
        match std::fs::remove_dir_all(&self.folder) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::Write {
                path: self.folder.clone(),
                source,
            }),
            _ => Ok(()),
        }
    }

    /// Reads everything in the folder; where there is no folder, there is no evidence.
    ///
    /// # Errors
    /// Anything in it that is not evidence.
    pub fn read(&self) -> Result<Contents, StoreError> {
        let failed = |source| StoreError::Read {
            path: self.folder.clone(),
            source,
        };
        let mut files = Vec::new();
        let entries = match self.folder.read_dir_utf8() {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Contents::default()),
            entries => entries.map_err(failed)?,
        };
        for entry in entries {
            files.push(entry.map_err(failed)?.into_path());
        }
        files.sort();
        let mut contents = Contents::default();
        for path in files {
            self.sort_in(&path, &mut contents)?;
        }
        Ok(contents)
    }

    fn sort_in(&self, path: &Utf8Path, contents: &mut Contents) -> Result<(), StoreError> {
        let bytes = std::fs::read(path).map_err(|source| StoreError::Read {
            path: path.to_owned(),
            source,
        })?;
        // the name says which kind to expect; the content has to agree
        let name = path.file_stem().unwrap_or_default();
        if name.starts_with(Kind::TerraformPlan.name()) {
            only(&mut contents.case.plan, exhibit(path, &bytes)?)
        } else if name.starts_with(Kind::ModelApproval.name()) {
            contents.case.approvals.push(exhibit(path, &bytes)?);
            Ok(())
        } else if name.starts_with(Kind::Verdict.name()) {
            only(&mut contents.verdict, exhibit(path, &bytes)?)
        } else if name.starts_with(Kind::TerraformApply.name()) {
            // a record of what was done, not something to judge; it only has to be one
            exhibit::<evidence::ApplyRecord>(path, &bytes).map(drop)
        } else if name.starts_with(Kind::EksRollout.name()) {
            exhibit::<evidence::RolloutRecord>(path, &bytes).map(drop)
        } else {
            // any other file counts as findings of policies, or is not evidence
            contents.case.policies.push(exhibit(path, &bytes)?);
            Ok(())
        }
    }
}

fn exhibit<P: Predicate>(path: &Utf8Path, bytes: &[u8]) -> Result<Exhibit<P>, StoreError> {
    let statement = Statement::from_json(bytes).map_err(|source| StoreError::NotEvidence {
        path: path.to_owned(),
        source,
    })?;
    Ok(Exhibit {
        file: path.file_name().unwrap_or_default().to_owned(),
        sha256: Sha256::of(bytes),
        statement,
    })
}

fn only<P: Predicate>(
    place: &mut Option<Exhibit<P>>,
    exhibit: Exhibit<P>,
) -> Result<(), StoreError> {
    if let Some(first) = place {
        let (first, second) = (first.file.clone(), exhibit.file);
        return Err(StoreError::Ambiguous {
            kind: P::KIND,
            first,
            second,
        });
    }
    *place = Some(exhibit);
    Ok(())
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn write_private(path: &Utf8Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_str().is_empty())
        .unwrap_or(Utf8Path::new("."));
    std::fs::create_dir_all(folder).map_err(write)?;
    // a temporary file is made private, and renaming it keeps that
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(write)?;
    file.write_all(bytes).map_err(write)?;
    file.persist(path).map_err(|error| write(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use evidence::{ApprovalFacts, Subject};

    use super::*;

    fn approval() -> Statement<ApprovalFacts> {
        let facts = ApprovalFacts {
            produced_at: jiff::Timestamp::UNIX_EPOCH,
            packages: vec![],
            unresolved: vec![],
        };
        Statement::new(vec![Subject::plan_file(Sha256::of("plan"))], facts)
    }

    fn store(folder: &tempfile::TempDir) -> Store {
        Store::new(Utf8Path::from_path(folder.path()).unwrap(), "prod")
    }

    #[test]
    fn reads_what_it_wrote_privately() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let path = store.save(&approval()).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let contents = store.read().unwrap();
        assert_eq!(contents.case.approvals[0].statement, approval());
        assert_eq!(
            contents.case.approvals[0].sha256,
            Sha256::of(std::fs::read(path).unwrap())
        );
        store.clear().unwrap();
        assert!(store.read().unwrap().case.approvals.is_empty());
    }

    #[test]
    fn what_is_not_evidence_is_an_error_whatever_it_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let path = store.save(&approval()).unwrap();
        for name in [
            "notes.txt",
            "verdict.json",
            "terraform-plan.json",
            "terraform-apply-1.json",
            "other.json",
        ] {
            let copy = store.folder().join(name);
            std::fs::copy(&path, &copy).unwrap();
            assert!(
                matches!(store.read(), Err(StoreError::NotEvidence { .. })),
                "{name}"
            );
            std::fs::remove_file(copy).unwrap();
        }
    }
}
