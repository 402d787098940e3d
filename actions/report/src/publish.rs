//! Where a report goes on GitHub: one comment that is kept current, a check run, and code scanning.
//!
//! The comment is found again by a mark on its first line. A comment counts as ours only when a program wrote it, or
//! whoever holds the token: anybody may write a mark, and nobody else's comment is touched. Behind the mark stand the
//! fingerprints of the denials that it tells, so that the next one can say what is new.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use evidence::Level;
use gha::Host;
use github_api::{ANNOTATIONS, Annotation, CheckOutput, Comment, GitHub, GitHubError};
use report_formats::{Budget, Report};

use crate::Error;
use crate::told::fingerprint;

/// Where GitHub itself answers; GitHub Enterprise Server says otherwise in `GITHUB_API_URL`.
const API: &str = "https://api.github.com";
const MARK: &str = "<!-- towpath:report:v1";
/// Fingerprints that are remembered.
const REMEMBERED: usize = 500;
/// Requests that carry annotations; what is beyond them is in the summary.
const BATCHES: usize = 10;
/// Characters of a comment.
const COMMENT: usize = 65_536;

/// A pull request, seen with the token of this run.
#[derive(Debug)]
pub(crate) struct Place {
    github: GitHub,
    number: u64,
    commit: String,
}

/// What was told before.
#[derive(Debug)]
pub(crate) struct Before {
    comment: u64,
    /// The denials, by fingerprint.
    pub(crate) findings: Vec<String>,
}

impl Place {
    /// The pull request of this run; none where there is no token.
    pub(crate) fn connect(
        number: u64,
        commit: String,
        host: &mut Host,
    ) -> Result<Option<Self>, Error> {
        let (Some(repository), Some(token)) =
            (host.env("GITHUB_REPOSITORY"), host.env("GITHUB_TOKEN"))
        else {
            host.progress("no `GITHUB_TOKEN`: nothing is told to GitHub");
            return Ok(None);
        };
        host.mask(&token);
        let api = host.env("GITHUB_API_URL").unwrap_or_else(|| API.to_owned());
        Ok(Some(Self {
            github: GitHub::connect(&api, &repository, &token)?,
            number,
            commit,
        }))
    }

    /// What the comment that is there tells.
    pub(crate) fn before(&self, host: &mut Host) -> Result<Option<Before>, Error> {
        let comments = match self.github.comments(self.number) {
            Ok(comments) => comments,
            Err(error) => return degraded(error, "reading the comments", host).map(|()| None),
        };
        let ours = comments.into_iter().filter(is_ours).find_map(|comment| {
            let findings = remembered(&comment.body)?;
            Some(Before {
                comment: comment.id,
                findings,
            })
        });
        Ok(ours)
    }

    /// Tells it; gives the address of the comment.
    pub(crate) fn publish(
        &self,
        before: Option<&Before>,
        report: &Report<'_>,
        scan: bool,
        host: &mut Host,
    ) -> Result<Option<String>, Error> {
        let body = comment(report);
        let written = match before {
            Some(before) => self.github.update_comment(before.comment, &body),
            None => self.github.comment(self.number, &body),
        };
        let written = match written {
            Ok(comment) => Some(comment.html_url),
            Err(error) => degraded(error, "commenting", host).map(|()| None)?,
        };
        if let Err(error) = self.check(report, host) {
            degraded(error, "the check run", host)?;
        }
        if scan && let Err(error) = self.scan(report) {
            degraded(error, "code scanning", host)?;
        }
        Ok(written)
    }

    fn check(&self, report: &Report<'_>, host: &mut Host) -> Result<(), GitHubError> {
        let summary = report_formats::markdown(report, Budget::CHECK_RUN);
        let annotations = annotations(report);
        let conclusion = match report.outcome.ok {
            true => "success",
            false => "failure",
        };
        let title = format!("{}: {}", report.title, report.outcome.label);
        let mut batches = annotations.chunks(ANNOTATIONS);
        let mut output = CheckOutput {
            title: &title,
            summary: &summary,
            annotations: batches.next().unwrap_or_default(),
        };
        let run = self
            .github
            .check("towpath", &self.commit, conclusion, &output)?;
        for batch in batches.by_ref().take(BATCHES - 1) {
            output.annotations = batch;
            self.github.annotate(&run, &output)?;
        }
        let left_out: usize = batches.map(<[Annotation]>::len).sum();
        if left_out > 0 {
            host.progress(&format!("{left_out} findings have no annotation"));
        }
        Ok(())
    }

    fn scan(&self, report: &Report<'_>) -> Result<(), GitHubError> {
        let reference = format!("refs/pull/{}/head", self.number);
        let packed = packed(&report_formats::sarif(report));
        self.github.upload_sarif(&self.commit, &reference, &packed)
    }
}

/// Whether a program wrote it; a person's comment is never written over.
fn is_ours(comment: &Comment) -> bool {
    comment.user.as_ref().is_some_and(|who| who.kind == "Bot")
}

/// A token that may not write is no failure of the report: a fork's never may.
fn degraded(error: GitHubError, what: &str, host: &mut Host) -> Result<(), Error> {
    match error {
        GitHubError::MissingPermission { permission, .. }
        | GitHubError::NotFound { permission, .. } => {
            host.progress(&format!(
                "{what} needs `{permission}`, which this token has not (a pull request of a fork never has); the report is in the summary"
            ));
            Ok(())
        }
        error => Err(error.into()),
    }
}

/// The text of the comment: the mark with what is told, and the report in what is left of the room.
pub(crate) fn comment(report: &Report<'_>) -> String {
    let denials = report.findings.iter();
    let denials = denials.filter(|finding| finding.level == Level::Deny);
    let told: Vec<String> = denials.take(REMEMBERED).map(fingerprint).collect();
    let mark = format!("{MARK} {} -->\n", told.join(","));
    let room = COMMENT - mark.len();
    mark + &report_formats::markdown(report, Budget::Characters(room))
}

/// What stands behind the mark of a comment.
fn remembered(body: &str) -> Option<Vec<String>> {
    let (told, _) = body.strip_prefix(MARK)?.split_once("-->")?;
    let digits = |each: &&str| each.len() == 8 && each.bytes().all(|b| b.is_ascii_hexdigit());
    let told = told.trim().split(',').filter(digits);
    Some(told.map(str::to_owned).collect())
}

/// Every finding with a place, the worst first.
fn annotations(report: &Report<'_>) -> Vec<Annotation> {
    let shown = report_formats::annotations(report, BATCHES * ANNOTATIONS).shown;
    let placed = shown.into_iter().filter_map(|annotation| {
        let place = annotation.location?;
        Some(Annotation {
            path: place.file,
            start_line: place.line.max(1),
            end_line: place.end_line.max(place.line).max(1),
            annotation_level: match annotation.level {
                Level::Deny => "failure",
                Level::Warn => "warning",
            },
            title: annotation.title,
            message: annotation.message,
        })
    });
    placed.collect()
}

/// Compressed, in base64, as code scanning takes it.
fn packed(sarif: &str) -> String {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // writing into memory cannot fail
    packer.write_all(sarif.as_bytes()).ok();
    BASE64_STANDARD.encode(packer.finish().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fingerprints_are_read_from_a_mark() {
        let body = format!("{MARK} 0123abcd,nonsense,89abcdef -->\n### x");
        assert_eq!(remembered(&body).unwrap(), ["0123abcd", "89abcdef"]);
        assert_eq!(remembered(&format!("{MARK}  -->")).unwrap(), [""; 0]);
        assert_eq!(remembered(&format!("a\n{body}")), None);
        assert_eq!(remembered(&format!("{MARK} 0123abcd")), None);
    }
}
