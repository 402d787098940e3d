//! Which waivers count, and what a pull request changes in them.
//!
//! In a pull request a waiver counts when the commit that it starts from has it and the pull request keeps it: it cannot
//! excuse itself, and it can take a waiver away together with what that excuses. What it adds is shown as a preview, and
//! what it mistypes is an error already, because it would be one for everybody once it is merged.

use camino::{Utf8Path, Utf8PathBuf};
use evidence::{Finding, Waiver, waive};
use jiff::Timestamp;
use settings::{Settings, WaiverFile};
use worktree::Worktree;

use crate::{Error, Policies};

/// The rules that no waiver excuses, because they say that something could not be judged.
const NEVER: [&str; 1] = [crate::findings::HIDDEN];

/// The waivers for one environment.
#[derive(Debug, Default)]
pub struct Waivers {
    /// Those that count.
    pub(crate) count: Vec<Waiver>,
    /// What the pull request's own would be, when they are not the ones that count.
    pub(crate) proposed: Option<Result<Vec<Waiver>, String>>,
}

impl Waivers {
    /// Reads the waivers for `environment`.
    ///
    /// # Errors
    /// A file that cannot be read, or a waiver that is mistyped.
    pub fn load(
        settings: &Settings,
        policies: &Policies,
        environment: Option<&str>,
    ) -> Result<Self, Error> {
        let known = |rule: &str| !NEVER.contains(&rule);
        let rules: Vec<String> = policies
            .rule_ids()
            .into_iter()
            .filter(|rule| known(rule))
            .collect();
        let check = |files: &[WaiverFile]| {
            files.iter().try_for_each(|file| {
                file.check(
                    rules.iter().map(String::as_str),
                    settings.environments.keys().map(String::as_str),
                )
            })
        };
        let here = |files: &[WaiverFile]| -> Vec<Waiver> {
            let waivers = files.iter().flat_map(|file| file.of(environment));
            waivers.cloned().collect()
        };
        let worktree = Worktree::around(Utf8Path::new(".")).map_err(project::ProjectError::from)?;
        let Some(base) = policies.pull_request() else {
            let files = parse(&from_folder(&settings.policy.waivers, worktree.as_ref())?)?;
            check(&files).map_err(project::ProjectError::from)?;
            return Ok(Self {
                count: here(&files),
                proposed: None,
            });
        };
        let base = match &worktree {
            Some(worktree) => from_commit(&settings.policy.waivers, worktree, base)?,
            // without git nobody can say what the base has
            None => Vec::new(),
        };
        let proposed = from_folder(&settings.policy.proposed_waivers, worktree.as_ref())?;
        let (files, own) = (parse(&base)?, parse(&proposed)?);
        check(&files).map_err(project::ProjectError::from)?;
        let mut count = here(&files);
        count.retain(|waiver| here(&own).iter().any(|own| is_same(own, waiver)));
        let proposed = (proposed != base).then(|| match check(&own) {
            Ok(()) => Ok(here(&own)),
            // the rule may be one that the pull request adds, and that does not judge yet
            Err(error) => Err(error.to_string()),
        });
        Ok(Self { count, proposed })
    }

    /// What the pull request's own waivers would come to.
    pub(crate) fn preview(&self, findings: &[Finding], now: Timestamp) -> Vec<String> {
        let own = match &self.proposed {
            None => return Vec::new(),
            Some(Err(error)) => return vec![format!("they cannot be used yet: {error}")],
            Some(Ok(own)) => own,
        };
        let waived = waive(findings, own, now);
        let mut lines: Vec<String> = own
            .iter()
            .filter(|own| !self.count.contains(own))
            .map(|own| {
                let excused = waived
                    .excuses
                    .iter()
                    .flatten()
                    .filter(|waiver| waiver.place == own.place)
                    .count();
                let plural = if excused == 1 { "" } else { "s" };
                format!(
                    "{} on `{}` would excuse {excused} finding{plural}, {}",
                    own.rule,
                    own.address,
                    own.excuse().shown()
                )
            })
            .collect();
        lines.extend(waived.faults.into_iter().map(|fault| fault.text));
        lines
    }
}

/// Whether one is the other, perhaps with another owner, reason or time.
fn is_same(one: &Waiver, other: &Waiver) -> bool {
    (&one.rule, &one.address, &one.digest) == (&other.rule, &other.address, &other.digest)
}

fn parse(files: &[(Utf8PathBuf, Vec<u8>)]) -> Result<Vec<WaiverFile>, Error> {
    let parsed = files.iter().map(|(path, bytes)| {
        let text = std::str::from_utf8(bytes).map_err(|_| Error::NotText {
            path: path.to_string(),
        })?;
        Ok(WaiverFile::parse(path, text).map_err(project::ProjectError::from)?)
    });
    parsed.collect()
}

fn from_folder(
    files: &[Utf8PathBuf],
    worktree: Option<&Worktree>,
) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, Error> {
    let read = files.iter().map(|file| {
        let bytes = std::fs::read(file).map_err(|source| Error::ReadWaivers {
            path: file.clone(),
            source,
        })?;
        let name = worktree.map_or_else(|| file.clone(), |worktree| worktree.relative(file));
        Ok((name, bytes))
    });
    read.collect()
}

/// A file that the base does not have excuses nothing there.
fn from_commit(
    files: &[Utf8PathBuf],
    worktree: &Worktree,
    base: &str,
) -> Result<Vec<(Utf8PathBuf, Vec<u8>)>, Error> {
    let mut found = Vec::new();
    for file in files {
        let at = worktree
            .read(base, &worktree.relative(file))
            .map_err(project::ProjectError::from)?;
        found.extend(at.into_iter().map(|(path, bytes)| (path.into(), bytes)));
    }
    Ok(found)
}
