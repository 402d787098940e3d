//! The approval, written down where the gate and the auditor look: after the merge, before the apply.
//!
//! Merging is the approval, so what the registry gets is the pull request that brought the pin, the commit that it
//! became, and who approved it. Not everybody who clicked counts: the author of the change does not, a program does
//! not, and neither does somebody who approved before the branch was moved to another release. What is written is
//! compared first, because SageMaker tells everybody who listens each time.

use std::collections::BTreeMap;

use github_api::{Commit, GitHub, Pull, Review, ReviewState};
use sagemaker_models::{ApprovalStatus, Decision, PackageRecord, PackageStatus};

use crate::Error;
use crate::propose::is;
use crate::release::{Release, ReleaseFile};

/// Where a package says which merged pull request approved it.
pub(crate) const PULL_REQUEST: &str = "approval_pull_request";
/// Where it says which commit that became.
const MERGE_COMMIT: &str = "approval_merge_commit";
/// Where it says who approved it, with blanks between the names.
const APPROVED_BY: &str = "approval_approved_by";

/// Who approved a release, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Approved {
    /// The address of the pull request.
    pub(crate) pull_request: String,
    /// The commit that it became.
    pub(crate) merge_commit: String,
    /// Who approved it.
    pub(crate) by: Vec<String>,
    /// How this is known.
    pub(crate) source: Source,
}

/// How an approval is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// GitHub says so.
    GitHub,
    /// The command line says so.
    Given,
}

impl Approved {
    /// What the registry is to say.
    pub(crate) fn decision(&self) -> Decision {
        let told = match self.source {
            Source::GitHub => "",
            Source::Given => ", as the command line told",
        };
        let note = format!(
            "Approved by {} in {}, merged as {}{told}",
            self.by.join(", "),
            self.pull_request,
            self.merge_commit
        );
        Decision {
            approved: true,
            note,
            metadata: BTreeMap::from([
                (PULL_REQUEST.to_owned(), self.pull_request.clone()),
                (MERGE_COMMIT.to_owned(), self.merge_commit.clone()),
                (APPROVED_BY.to_owned(), self.by.join(" ")),
            ]),
        }
    }

    /// Whether the registry says it already. Names may have been cut there, so the merge commit decides.
    pub(crate) fn is_recorded(&self, record: &PackageRecord) -> bool {
        let says = |key: &str, value: &String| record.metadata.get(key) == Some(value);
        record.approval == ApprovalStatus::Approved
            && says(PULL_REQUEST, &self.pull_request)
            && says(MERGE_COMMIT, &self.merge_commit)
    }
}

/// Why no approval of this release may be written down, whoever merged it.
pub(crate) fn unfit(release: &Release, record: Option<&PackageRecord>) -> Vec<String> {
    let Some(record) = record else {
        return vec!["the registry does not know it".to_owned()];
    };
    let mut reasons = Vec::new();
    if record.approval == ApprovalStatus::Rejected {
        let note = record.note.as_ref().map(|note| format!(": {note}"));
        reasons.push(format!(
            "it is rejected, and no merge undoes that{}",
            note.unwrap_or_default()
        ));
    }
    if !is(release, record) {
        reasons.push(
            "the registry's is not the one that was reviewed: image or model data differ"
                .to_owned(),
        );
    }
    if let PackageStatus::Other(status) = &record.status {
        reasons.push(format!("it is not complete: its status is {status}"));
    }
    reasons
}

/// Who approved the release of `file`, which lies at `path` in commit `at`; or why nobody did.
pub(crate) fn look_up(
    file: &ReleaseFile,
    path: &str,
    at: &str,
    github: &GitHub,
) -> Result<Result<Approved, String>, Error> {
    let release = &file.says.release;
    let pins = |commit: &str| -> Result<bool, Error> {
        let text = github.file(path, commit)?;
        let there = text.and_then(|text| ReleaseFile::parse(&file.path, text).ok());
        Ok(there.is_some_and(|there| there.says.release == *release))
    };
    let Some(brought) = brought(&github.history(path, at)?, pins)? else {
        return Err(Error::OtherFile {
            file: path.to_owned(),
            at: at.to_owned(),
        });
    };
    let base = github.default_branch()?;
    let pull = github
        .pulls_of(&brought.sha)?
        .into_iter()
        .find(|pull| pull.merged_at.is_some() && pull.base.branch == base);
    let Some((pull, merge_commit)) = pull.and_then(|pull| {
        let commit = pull.merge_commit_sha.clone()?;
        Some((pull, commit))
    }) else {
        return Ok(Err(format!(
            "commit {} pins {} in `{path}`, and no pull request that was merged into `{base}` brought it",
            short(&brought.sha),
            release.name()
        )));
    };
    let reviews = github.reviews(pull.number)?;
    let (by, not_counted) = approvers(&pull, &brought, &reviews, pins)?;
    if by.is_empty() {
        let why = match not_counted.as_slice() {
            [] => String::new(),
            reasons => format!(" ({})", reasons.join("; ")),
        };
        return Ok(Err(format!(
            "{} was merged, and nobody who counts approved it{why}",
            pull.html_url
        )));
    }
    Ok(Ok(Approved {
        pull_request: pull.html_url,
        merge_commit,
        by,
        source: Source::GitHub,
    }))
}

/// The oldest commit since which every one pins the release; none when the newest does not.
fn brought(
    history: &[Commit],
    pins: impl Fn(&str) -> Result<bool, Error>,
) -> Result<Option<Commit>, Error> {
    let mut brought = None;
    for commit in history {
        if !pins(&commit.sha)? {
            break;
        }
        brought = Some(commit.clone());
    }
    Ok(brought)
}

/// Whose approval of the release counts, and why that of others does not.
fn approvers(
    pull: &Pull,
    brought: &Commit,
    reviews: &[Review],
    pins: impl Fn(&str) -> Result<bool, Error>,
) -> Result<(Vec<String>, Vec<String>), Error> {
    let authors = [pull.user.as_ref(), brought.author.as_ref()];
    let (mut by, mut not_counted) = (Vec::new(), Vec::new());
    for (login, review) in last_words(reviews) {
        let kind = review.user.as_ref().map(|user| user.kind.as_str());
        if review.state != ReviewState::Approved {
            continue;
        } else if authors.into_iter().flatten().any(|who| who.login == login) {
            not_counted.push(format!("{login} made the change"));
        } else if kind == Some("Bot") {
            not_counted.push(format!("{login} is a program"));
        } else if !matches!(&review.commit_id, Some(commit) if pins(commit)?) {
            not_counted.push(format!("{login} approved another release"));
        } else {
            by.push(login.to_owned());
        }
    }
    Ok((by, not_counted))
}

/// What everybody said last, by name; a comment takes back nothing.
fn last_words(reviews: &[Review]) -> BTreeMap<&str, &Review> {
    let mut last = BTreeMap::new();
    for review in reviews {
        match review.state {
            ReviewState::Commented | ReviewState::Pending => continue,
            ReviewState::Approved | ReviewState::ChangesRequested | ReviewState::Dismissed => {}
        }
        if let Some(user) = &review.user {
            last.insert(user.login.as_str(), review);
        }
    }
    last
}

/// A commit, as people read it.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}
