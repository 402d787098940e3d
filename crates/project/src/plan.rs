//! A saved plan with everything that is derived from it, over one private copy of its bytes.
//!
//! The copy is the point: whoever can write to the plan's folder could swap the file between two looks at it. All that
//! is said about a plan is said about these bytes, and `terraform-apply` applies these bytes.

use std::fs::{OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{PlanDigest, PlanFacts, Sha256, Subject};
use gha::Host;
use jiff::Timestamp;
use tempfile::TempDir;
use tfplan::{PlanJson, Redacted, SavedPlan, SourceMap, Unusable};

use crate::{ProjectError, Scope, Terraform};

/// A saved plan and what it says.
#[derive(Debug)]
pub struct Plan {
    folder: TempDir,
    /// The file, taken apart.
    pub saved: SavedPlan,
    /// What Terraform says that it does; holds secrets.
    pub json: PlanJson,
    /// The same without its secrets: what policies and people see.
    pub redacted: Redacted,
    /// What it does, as a digest.
    pub digest: PlanDigest,
    /// Where its resources are written.
    pub source: SourceMap,
}

impl Plan {
    /// Reads the saved plan in `file`. From here on the host and Terraform hide what it holds secret.
    ///
    /// # Errors
    /// A file that is missing, is no saved plan, or that Terraform does not read.
    pub fn read(
        file: &Utf8Path,
        scope: &Scope,
        terraform: &mut Terraform,
        host: &mut Host,
    ) -> Result<Self, ProjectError> {
        let bytes = std::fs::read(file).map_err(|source| ProjectError::ReadPlan {
            path: file.to_owned(),
            source,
        })?;
        let saved = SavedPlan::read(&bytes)?;
        let folder = private_folder().map_err(ProjectError::CopyPlan)?;
        let copy = private_copy(&folder).map_err(ProjectError::CopyPlan)?;
        write_once(&copy, &bytes).map_err(ProjectError::CopyPlan)?;

        let json = PlanJson::parse(&terraform.show_json(&copy, host)?)?;
        let redacted = tfplan::redact(&json);
        for secret in redacted.secrets().iter() {
            host.mask(secret);
        }
        terraform.hide(redacted.secrets().clone());
        let lock = saved.lock_file.as_ref().map(|lock| lock.text.as_str());
        let digest = tfplan::plan_digest(&json, lock);
        let source = SourceMap::from_saved(&saved, &scope.in_repository(&scope.environment.root));
        Ok(Self {
            folder,
            saved,
            json,
            redacted,
            digest,
            source,
        })
    }

    /// The private copy of the saved plan.
    ///
    /// # Errors
    /// A temporary folder whose path is not Unicode.
    pub fn file(&self) -> Result<Utf8PathBuf, ProjectError> {
        private_copy(&self.folder).map_err(ProjectError::CopyPlan)
    }

    /// What evidence about this plan names as its subjects.
    pub fn subjects(&self) -> Vec<Subject> {
        vec![
            Subject::plan_file(self.saved.file_sha256.clone()),
            Subject::plan_json(Sha256::of(self.redacted.to_canonical_bytes())),
            Subject::plan_digest(self.digest.clone()),
        ]
    }

    /// What the evidence about this plan says.
    ///
    /// When it was made stands in the plan itself, so evidence cannot make it younger; `otherwise` counts for versions of
    /// Terraform that did not write it.
    ///
    /// # Errors
    /// A git repository that cannot be read.
    pub fn facts(
        &self,
        scope: &Scope,
        terraform: &Terraform,
        otherwise: Timestamp,
    ) -> Result<PlanFacts, ProjectError> {
        let (commit, clean) = scope.commit()?;
        // that there is nothing to apply is no fault of a plan
        let redacted = self.redacted.plan()?;
        let unusable = redacted
            .unusable()
            .into_iter()
            .filter(|reason| *reason != Unusable::NotApplyable);
        Ok(PlanFacts {
            produced_at: self.json.timestamp().parse().unwrap_or(otherwise),
            environment: scope.environment.name.clone(),
            root: scope.in_repository(&scope.environment.root),
            commit,
            clean,
            workspace: self.saved.backend.workspace.clone(),
            tool: terraform.tool(),
            state: self.saved.state.clone(),
            lock_file: self
                .saved
                .lock_file
                .as_ref()
                .map(|lock| lock.sha256.clone()),
            changes: tfplan::summary(&redacted).planned_changes(),
            unusable: unusable.map(|reason| reason.to_string()).collect(),
        })
    }
}

fn private_folder() -> std::io::Result<TempDir> {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new()
        .prefix("towpath-plan-")
        .permissions(private)
        .tempdir()
}

fn write_once(path: &Utf8Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(path)?;
    file.write_all(bytes)
}

fn private_copy(folder: &TempDir) -> std::io::Result<Utf8PathBuf> {
    let path = Utf8PathBuf::try_from(folder.path().join("plan"))
        .map_err(camino::FromPathBufError::into_io_error)?;
    Ok(path)
}
