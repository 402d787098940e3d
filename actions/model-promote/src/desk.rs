//! What a run works on, and the two places that a change of the release file can go to.

use gha::{Host, Outcome};
use project::Scope;
use report_formats::{Fact, Report, Section};

use crate::pull::{self, Done, Proposal, Wanted};
use crate::record;
use crate::release::{self, ReleaseFile};
use crate::{Args, Error, github, text};

/// What a run works on.
pub(crate) struct Desk<'a> {
    pub(crate) args: &'a Args,
    pub(crate) scope: Scope,
    pub(crate) file: ReleaseFile,
    pub(crate) endpoint: String,
}

/// A change of the release file, and the pull request that makes it.
#[derive(Debug)]
pub(crate) struct Changed<'a> {
    pub(crate) after: &'a ReleaseFile,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) wanted: Wanted,
}

impl Args {
    /// The approval that the command line tells, where there is no GitHub to look it up.
    pub(crate) fn given_approval(&self) -> Option<record::Approved> {
        Some(record::Approved {
            pull_request: self.pull_request.clone()?,
            merge_commit: self.merge_commit.clone()?,
            by: self.approved_by.clone(),
            source: record::Source::Given,
        })
    }
}

impl Desk<'_> {
    /// The commit that holds the release file: what is checked out, or what GitHub says that it is.
    pub(crate) fn commit(&self, host: &Host) -> Result<String, Error> {
        if matches!(
            host.event().map_err(Error::from)?,
            gha::Event::PullRequest(_)
        ) {
            return Err(Error::NotMerged);
        }
        let (commit, _) = self.scope.commit()?;
        commit
            .or_else(|| host.env("GITHUB_SHA"))
            .ok_or(Error::NoCommit)
    }

    /// Puts a change where it belongs: nowhere in a dry run, into a pull request where one is wanted, else into the
    /// working copy.
    pub(crate) fn put(&self, change: &Changed<'_>, host: &mut Host) -> Result<Outcome, Error> {
        let after = change.after;
        host.output("title", &change.title)?;
        if self.args.dry_run {
            host.output("changed", "false")?;
            host.progress(&format!(
                "dry run: `{}` would change\n{}",
                after.path,
                text::diff(&self.file.text, &after.text).trim_end()
            ));
            return Ok(Outcome::Allowed);
        }
        if self.args.propose {
            return self.propose(change, host);
        }
        std::fs::write(&after.path, &after.text).map_err(|source| Error::Write {
            file: after.path.clone(),
            source,
        })?;
        host.output("changed", "true")?;
        host.progress(&format!("wrote `{}`", after.path));
        Ok(Outcome::Allowed)
    }

    /// Sees to the pull request.
    fn propose(&self, change: &Changed<'_>, host: &mut Host) -> Result<Outcome, Error> {
        let github = github::connect(host)?;
        let proposal = Proposal {
            before: &self.file,
            after: change.after,
            title: &change.title,
            body: &change.body,
            wanted: change.wanted,
        };
        let path = self.scope.in_repository(&self.file.path);
        let (changed, line, address) = match pull::put(&proposal, &path, &github)? {
            Done::Opened(address) => (true, format!("opened {address}"), address),
            Done::Updated(address) => (true, format!("updated {address}"), address),
            Done::Unchanged(address) => (false, format!("nothing new for {address}"), address),
            Done::Declined(address) => {
                let name = change.after.says.release.name();
                let line = format!(
                    "somebody closed {address}, so {name} is not proposed again; ask for it with `package`"
                );
                (false, line, address)
            }
            Done::Foreign { branch, commit } => {
                host.output("changed", "false")?;
                let facts = vec![Fact::name("branch", &branch)];
                let reason = format!(
                    "commit {commit} on `{branch}` is somebody else's work, and would be lost: merge it, or delete the branch"
                );
                self.report(host, "refused", false, facts, vec![reason], Vec::new())?;
                return Ok(Outcome::Denied);
            }
        };
        host.output("changed", if changed { "true" } else { "false" })?;
        host.output("pull-request", &address)?;
        host.progress(&line);
        Ok(Outcome::Allowed)
    }

    /// Every package that a release file pins, in any environment.
    pub(crate) fn pins(&self) -> Result<Vec<String>, Error> {
        release::pins(&self.scope.settings.models.folder)
    }

    pub(crate) fn report(
        &self,
        host: &mut Host,
        label: &str,
        ok: bool,
        facts: Vec<Fact>,
        reasons: Vec<String>,
        sections: Vec<Section>,
    ) -> Result<(), Error> {
        let sources = report_formats::Sources::new();
        let report = Report {
            tool: "model-promote",
            title: "Model promote",
            outcome: report_formats::Outcome { label, ok },
            facts,
            reasons,
            findings: &[],
            sections,
            sources: &sources,
        };
        Ok(project::publish(&report, self.args.output, host)?)
    }
}
