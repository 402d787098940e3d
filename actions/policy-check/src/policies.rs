//! Which policies judge, and the proof that they can deny.
//!
//! In a pull request the policies are those of the commit that it starts from. What the pull request changes in them is
//! shown as a preview and decides nothing. A base branch without policies has nothing that could be weakened; then the
//! pull request's own are taken, and the evidence says so.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use evidence::Canary;
use rego_policy::{
    CheckResult, DataFile, Input, Namespaces, Options, PolicyFile, PolicySet, RuleInfo, Sources,
};
use settings::RegoVersion;
use tfplan::PlanJson;
use worktree::Worktree;

use crate::{Error, JudgedPlan};

/// The name of a known-bad plan in a policy folder.
const CANARY: &str = "canary.json";

/// The policies that judge.
#[derive(Debug)]
pub struct Policies {
    /// The policies, loaded.
    pub set: PolicySet,
    /// Where they were read.
    pub read_from: String,
    canary: Option<(String, Vec<u8>)>,
    from_base: bool,
    pull_request: Option<String>,
}

impl Policies {
    /// Reads and loads the policies; `base` is the commit that a pull request starts from.
    ///
    /// # Errors
    /// No policies, or policies that cannot be loaded.
    pub fn load(settings: &settings::Policy, base: Option<&str>) -> Result<Self, Error> {
        let mut policies = Self::read(settings, base)?;
        policies.pull_request = base.map(str::to_owned);
        Ok(policies)
    }

    /// The commit that the pull request starts from, in a pull request.
    pub(crate) fn pull_request(&self) -> Option<&str> {
        self.pull_request.as_deref()
    }

    /// The rules that can find anything, by the names that findings have.
    pub(crate) fn rule_ids(&self) -> BTreeSet<String> {
        let rules = self.set.rules().iter();
        rules
            .filter(|rule| rule.kind.is_asked())
            .map(|rule| crate::findings::rule_id(&rule.namespace, &rule.name))
            .collect()
    }

    fn read(settings: &settings::Policy, base: Option<&str>) -> Result<Self, Error> {
        let worktree = Worktree::around(Utf8Path::new(".")).map_err(project::ProjectError::from)?;
        if let (Some(worktree), Some(base)) = (&worktree, base) {
            if let Some(policies) = Self::from_commit(settings, worktree, base)? {
                return Ok(policies);
            }
            let mut policies = Self::from_folders(settings)?;
            policies.read_from =
                "the working copy, because the base branch has no policies".to_owned();
            return Ok(policies);
        }
        Self::from_folders(settings)
    }

    fn from_folders(settings: &settings::Policy) -> Result<Self, Error> {
        let sources = Sources::read(&settings.folders, &settings.data)?;
        let canary = match canary_path(settings, |path| path.is_file()) {
            Some(path) => {
                let bytes = std::fs::read(&path).map_err(|source| Error::Canary {
                    path: path.to_string(),
                    source: source.into(),
                })?;
                Some((path.into_string(), bytes))
            }
            None => None,
        };
        Ok(Self {
            set: PolicySet::load(sources, options(settings))?,
            read_from: "the working copy".to_owned(),
            canary,
            from_base: false,
            pull_request: None,
        })
    }

    fn from_commit(
        settings: &settings::Policy,
        worktree: &Worktree,
        base: &str,
    ) -> Result<Option<Self>, Error> {
        let mut sources = Sources::default();
        let mut files = Vec::new();
        for folder in &settings.folders {
            files.extend(
                worktree
                    .read(base, &worktree.relative(folder))
                    .map_err(project::ProjectError::from)?,
            );
        }
        for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".rego")) {
            sources.policies.push(PolicyFile {
                path: path.clone(),
                text: text(path, bytes)?,
            });
        }
        if sources.policies.is_empty() {
            return Ok(None);
        }
        for folder in &settings.data {
            let folder = worktree.relative(folder);
            for (path, bytes) in worktree
                .read(base, &folder)
                .map_err(project::ProjectError::from)?
            {
                if !matches!(
                    Utf8Path::new(&path).extension(),
                    Some("json" | "yaml" | "yml")
                ) {
                    continue;
                }
                let below = Utf8Path::new(&path)
                    .strip_prefix(&folder)
                    .ok()
                    .and_then(Utf8Path::parent);
                let prefix = below
                    .map(|folders| folders.components().map(|part| part.to_string()).collect());
                let text = text(&path, &bytes)?;
                sources.data.push(DataFile {
                    prefix: prefix.unwrap_or_default(),
                    path,
                    text,
                });
            }
        }
        let named = canary_path(settings, |path| {
            let path = worktree.relative(path);
            files.iter().any(|(file, _)| *file == path)
        });
        let canary = match named {
            Some(path) => worktree
                .read(base, &worktree.relative(&path))
                .map_err(project::ProjectError::from)?
                .pop(),
            None => None,
        };
        Ok(Some(Self {
            set: PolicySet::load(sources, options(settings))?,
            read_from: format!("base commit {base}"),
            canary,
            from_base: true,
            pull_request: None,
        }))
    }

    /// Puts the known-bad plan before the policies. That they deny it is what makes a pass worth something.
    ///
    /// # Errors
    /// They let it pass, or it is no plan.
    pub(crate) fn prove(&self, select: &Namespaces) -> Result<Canary, Error> {
        let Some((path, bytes)) = &self.canary else {
            return Ok(Canary::Absent);
        };
        let plan = PlanJson::parse(bytes).map_err(|source| Error::Canary {
            path: path.clone(),
            source: source.into(),
        })?;
        let value = tfplan::redact(&plan).into_document();
        let results = self.set.evaluate(
            select,
            &Input {
                file_name: path.clone(),
                value,
            },
        )?;
        if results.iter().all(|result| result.failures.is_empty()) {
            return Err(Error::CanaryPassed { path: path.clone() });
        }
        Ok(Canary::Denied)
    }

    /// How many rules `results` come from; several definitions of one rule are one.
    pub(crate) fn count(&self, results: &[CheckResult]) -> usize {
        let asked = |rule: &&RuleInfo| {
            rule.kind.is_asked()
                && results
                    .iter()
                    .any(|result| result.namespace == rule.namespace)
        };
        let rules = self
            .set
            .rules()
            .iter()
            .filter(asked)
            .map(|rule| (&rule.namespace, &rule.name));
        rules.collect::<BTreeSet<_>>().len()
    }

    /// What the pull request's own policies would say, when they are not the ones that judge.
    pub(crate) fn preview(
        &self,
        settings: &settings::Policy,
        judge: impl FnOnce(&Self) -> Result<JudgedPlan, Error>,
    ) -> Option<Result<JudgedPlan, Error>> {
        if !self.from_base {
            return None;
        }
        match Self::from_folders(settings) {
            Ok(own) if own.set.digest() == self.set.digest() => None,
            Ok(own) => Some(judge(&own)),
            Err(error) => Some(Err(error)),
        }
    }
}

fn options(settings: &settings::Policy) -> Options {
    Options {
        rego_version: match settings.rego_version {
            RegoVersion::V0 => rego_policy::RegoVersion::V0,
            RegoVersion::V1 => rego_policy::RegoVersion::V1,
        },
        ..Options::default()
    }
}

/// The file that is named, or the one that lies in a policy folder.
fn canary_path(
    settings: &settings::Policy,
    exists: impl Fn(&Utf8Path) -> bool,
) -> Option<Utf8PathBuf> {
    let named = settings.canary.clone();
    named.or_else(|| {
        settings
            .folders
            .iter()
            .map(|folder| folder.join(CANARY))
            .find(|path| exists(path))
    })
}

fn text(path: &str, bytes: &[u8]) -> Result<String, Error> {
    String::from_utf8(bytes.to_vec()).map_err(|_| Error::NotText {
        path: path.to_owned(),
    })
}
